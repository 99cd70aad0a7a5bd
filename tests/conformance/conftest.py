"""One furnished home for all of these tests."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conformance.furnishing import House

if sys.platform == "win32":
    collect_ignore_glob = ["test_*.py"]


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    """A home in which an environment is made when a test asks for it."""
    from tests.conformance.furnishing import House

    folder = tmp_path_factory.mktemp("house").resolve()
    for name in ("home", "tools"):
        (folder / name).mkdir(mode=0o755)
    return House(folder / "home", folder / "tools")
