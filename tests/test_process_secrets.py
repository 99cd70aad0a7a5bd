"""What nobody else may read is known by its name, or by its place in an address."""

from __future__ import annotations

import pytest

from jupyter_envs.process import secrets_in


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("UV_INDEX_URL", "https://me:pass%20word@host/simple", ("pass%20word", "pass word")),
        ("UV_INDEX", "a=https://me:p@ss/w0rd@host", ("p@ss/w0rd",)),
        ("UV_INDEX", "https://one:first@a https://two:second@b", ("second", "first")),
        ("UV_INDEX_SHOP_PASSWORD", " hunter2 ", ("hunter2",)),
        ("POETRY_PYPI_TOKEN_SHOP", "pypi-abc", ("pypi-abc",)),
        ("PIP_INDEX_URL", "https://a-token@host/simple", ("a-token",)),
        ("PIP_INDEX_URL", "https://me:abc@host/simple", ()),
        ("PIP_INDEX_URL", "https://host/project@tag", ()),
        ("PATH", "/usr/bin:/bin", ()),
    ],
)
def test_secrets_are_found(name: str, value: str, found: tuple[str, ...]) -> None:
    assert secrets_in({name: value}) == found
