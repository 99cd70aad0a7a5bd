"""The lock files that ship with the package."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from packaging.requirements import Requirement

from jupyter_envs import files
from jupyter_envs.borrowing import index_made
from jupyter_envs.borrowing.index_made import IndexMade
from tests.borrowing.conftest import reading_of
from tests.folders import make_base, make_environment
from tests.locks import MINORS

if TYPE_CHECKING:
    from pathlib import Path

    from jupyter_envs.host import Host

_ENTRY = re.compile(r"(?P<requirement>[^\\\n]+?) \\\n(?P<hashes>(?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)")
NEEDED = {"ipykernel", "ipython", "jupyter-client", "pyzmq", "tornado", "traitlets", "comm", "debugpy", "psutil"}


def text_of(minor: str) -> str:
    return files.read_text(str(index_made.LOCKS / f"py{minor}.txt"), files.LARGE) or ""


@pytest.mark.parametrize("minor", MINORS)
def test_every_line_is_a_pin_with_hashes_and_names_no_host(minor: str) -> None:
    text = text_of(minor)
    entries = list(_ENTRY.finditer(text))
    assert "".join(entry[0] for entry in entries) == text
    assert "://" not in text
    for entry in entries:
        requirement = Requirement(entry["requirement"])
        assert [each.operator for each in requirement.specifier] == ["=="]
        assert requirement.url is None


@pytest.mark.parametrize("minor", MINORS)
def test_what_is_pinned_for_a_python_is_all_that_ipykernel_requires(minor: str, host: Host, home: Path) -> None:
    """By the files; that they are whole is shown by the overlays that tests make of them, and by every building."""
    prefix = make_environment(home / "shop" / ".venv", make_base(home / "opt", f"{minor}.1"))
    versions = IndexMade(reading_of(prefix, host), host, {}).versions()
    assert versions.keys() >= NEEDED
    assert "colorama" not in versions
    assert "appnope" not in versions
