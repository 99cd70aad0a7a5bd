"""A package index on this machine, with all that a real ipykernel needs: no tool waits for a network to lock it."""

from __future__ import annotations

import email
import zipfile
from typing import TYPE_CHECKING

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name, parse_wheel_filename

from tests.faults.wheels import TINY, make_wheel
from tests.real.outside import as_invoking_user, interpreters, uv_run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

VERSIONS = ("99.0", "4.99", "1.99", "0.99")
"""What a package is given that is needed elsewhere only, on another system or an older Python."""


def stock(folder: Path) -> Path:
    """The folder of an index: a folder for each package, with its wheel."""
    downloaded = folder.with_name(f"{folder.name}-downloaded")
    _download(downloaded, "ipykernel")
    make_wheel(downloaded, "tiny", "1.0", TINY)
    for need in _needed_elsewhere(downloaded):
        version = next(each for each in VERSIONS if need.specifier.contains(each))
        make_wheel(downloaded, need.name.replace("-", "_"), version, {})
    for wheel in downloaded.iterdir():
        place = folder / parse_wheel_filename(wheel.name)[0]
        place.mkdir(parents=True, exist_ok=True)
        wheel.rename(place / wheel.name)
    return folder


def _download(folder: Path, *packages: str) -> None:
    """Wheels for the Python of the tests, by a pip that the machine's index settings reach."""
    pip = folder.with_name("pip")
    uv_run("venv", "--quiet", "--seed", "--no-project", "--python", interpreters().default.executable, pip)
    options = ("--quiet", "--only-binary=:all:", "--dest", folder)
    as_invoking_user(pip / "bin" / "python", "-I", "-m", "pip", "download", *options, *packages)


def _needed_elsewhere(folder: Path) -> Iterator[Requirement]:
    """What wheels need that is not there; what is locked is locked for every system."""
    wheels = list(folder.glob("*.whl"))
    known = {parse_wheel_filename(wheel.name)[0] for wheel in wheels}
    for need in (need for wheel in wheels for need in _needs(wheel)):
        if canonicalize_name(need.name) not in known and "extra" not in str(need.marker):
            known.add(canonicalize_name(need.name))
            yield need


def _needs(wheel: Path) -> list[Requirement]:
    with zipfile.ZipFile(wheel) as archive:
        metadata = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        told = email.message_from_bytes(archive.read(metadata))
    return [Requirement(text) for text in told.get_all("Requires-Dist", [])]
