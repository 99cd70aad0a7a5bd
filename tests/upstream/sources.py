"""The sources of what is installed: source distributions, by the ordinary client of the package index."""

from __future__ import annotations

import tarfile
from importlib import metadata
from typing import TYPE_CHECKING

from tests.real.outside import ToolError, uv_run

if TYPE_CHECKING:
    from pathlib import Path


class NotThereError(Exception):
    """The index did not give the sources; the message says what pip said."""


def fetch(distribution: str, folder: Path) -> Path:
    """The unpacked sources of a distribution in the version that is installed here."""
    version = metadata.version(distribution)
    place = folder / f"{distribution}-{version}"
    if not place.exists():
        wanted = ["--no-deps", "--no-binary", distribution, "--dest", str(folder), f"{distribution}=={version}"]
        try:
            uv_run("tool", "run", "--quiet", "pip", "download", "--quiet", *wanted)
        except ToolError as error:
            message = f"needs the sources of {distribution} {version}, which pip did not get: {error}"
            raise NotThereError(message) from error
        with tarfile.open(folder / f"{place.name}.tar.gz") as archive:
            archive.extractall(folder, filter="data")
    return place
