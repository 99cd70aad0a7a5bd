"""Projects that are built by hatchling, for tools that install a project with another one that it needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.folders import write

if TYPE_CHECKING:
    from pathlib import Path

BUILD = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
[tool.hatch.build.targets.wheel]
packages = ["inside"]
"""
BESIDE = '[project]\nname = "tiny-more"\nversion = "3.0"\n'


def make_two(home: Path, folder: Path, text: str) -> Path:
    """A project in a folder, whose text may name the address of `{beside}`, a second one in the home."""
    beside = home / "beside"
    for place in (folder, beside):
        write(place / "inside" / "__init__.py")
    write(beside / "pyproject.toml", BESIDE + BUILD)
    write(folder / "pyproject.toml", text.format(beside=beside.as_uri()) + BUILD)
    return folder
