"""An overlay out of the packages that the server itself runs with: nothing is downloaded, so nobody need be asked.

Only for interpreters of the server's own kind. What ipykernel requires is copied file by file, as the metadata list
them, with the modules that are compiled already; what is not is compiled while there is time left.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from importlib import metadata, util
from typing import TYPE_CHECKING

from jupyter_envs import process
from jupyter_envs.errors import Cancelled, EnvsError
from jupyter_envs.overlay.distributions import normalised
from jupyter_envs.overlay.solving import IPYKERNEL

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from importlib.metadata import Distribution
    from pathlib import Path

    from jupyter_envs.creator import Report

SECONDS = 1.6
"""How long all may take, so that a kernel's start can wait for it."""
_FIX = "Reinstall ipykernel beside the server, or take the packages from an index."
_LATER = ("debugpy", "jedi")
"""What a kernel's start does not import."""
_HEADER = 16


class Incomplete(EnvsError):
    """The server's own ipykernel is not one that could be copied; the message says why."""

    reason = "incomplete"


def closure(sites: Sequence[str]) -> dict[str, Distribution]:
    """ipykernel and all that it requires here, by normalised name, out of these folders. Raises Incomplete."""
    found: dict[str, Distribution] = {}
    pending: list[tuple[str, frozenset[str]]] = [(IPYKERNEL, frozenset())]
    met = set(pending)
    for name, extras in pending:
        package = found[name] = found.get(name) or _whole(name, sites)
        more = [each for each in _requirements(package, extras) if each not in met]
        met.update(more)
        pending.extend(more)
    return found


def copy(packages: Mapping[str, Distribution], site: Path, variables: Mapping[str, str], report: Report) -> None:
    """Copies distributions into an empty folder, compiled as far as the time allows."""
    began = time.monotonic()
    uncompiled: list[Path] = []
    made: set[Path] = set()
    for package in sorted(packages.values(), key=lambda each: normalised(each.name) in _LATER):
        if report.cancel.is_set():
            raise Cancelled("It was cancelled, and nothing is left of it.")
        for relative, source in _files(package):
            target = site / relative
            if target.parent not in made:
                target.parent.mkdir(parents=True, exist_ok=True)
                made.add(target.parent)
            _copy(source, target)
            if target.suffix == ".py" and not _copy_compiled(source, target, made):
                uncompiled.append(target)
    _compile(uncompiled, site, variables, SECONDS - (time.monotonic() - began))


def _whole(name: str, sites: Sequence[str]) -> Distribution:
    """A distribution whose files are all known and in their place."""
    package = next(iter(metadata.distributions(name=name, path=list(sites))), None)
    if package is None:
        raise Incomplete(f"The server's Python has no {name} of its own.", _FIX)
    if package.files is None:
        raise Incomplete(f"The server's {name} does not tell which files belong to it.", _FIX)
    if _is_editable(package):
        raise Incomplete(f"The server's {name} is installed in editable form.", _FIX)
    gone = next((relative for relative, source in _files(package) if not os.path.isfile(source)), None)
    if gone:
        raise Incomplete(f"The server's {name} lacks its file {gone}.", _FIX)
    return package


def _is_editable(package: Distribution) -> bool:
    try:
        told = json.loads(package.read_text("direct_url.json") or "{}")
        return bool(told.get("dir_info", {}).get("editable"))
    except (AttributeError, ValueError):
        return False


def _requirements(package: Distribution, extras: Iterable[str]) -> Iterator[tuple[str, frozenset[str]]]:
    """What a distribution requires on this Python, with the extras that are asked of it."""
    from packaging.requirements import InvalidRequirement, Requirement

    for text in package.requires or ():
        try:
            read = Requirement(text)
        except InvalidRequirement as error:
            raise Incomplete(f"The server's {package.name} requires '{text}', which makes no sense.", _FIX) from error
        if read.marker is None or any(read.marker.evaluate({"extra": extra}) for extra in ("", *extras)):
            yield normalised(read.name), frozenset(read.extras)


def _files(package: Distribution) -> Iterator[tuple[str, str]]:
    """The files of a distribution inside site-packages, each by its place there and its path; no compiled ones.

    Scripts and data for the prefix lie elsewhere (`../../../bin/ipython`), and a kernel needs none of them.
    """
    for each in package.files or ():
        if not each.is_absolute() and ".." not in each.parts and "__pycache__" not in each.parts:
            yield str(each), str(package.locate_file(each))


def _copy(source: str, target: Path) -> None:
    """A regular file with its time, by which Python tells whether what is compiled of it still holds."""
    shutil.copyfile(source, target)
    status = os.stat(source)
    os.utime(target, ns=(status.st_atime_ns, status.st_mtime_ns))


def _copy_compiled(source: str, target: Path, made: set[Path]) -> bool:
    """Copies what is compiled of a module, where it still holds; whether there was such a file."""
    name = os.path.join("__pycache__", f"{target.stem}.{sys.implementation.cache_tag}.pyc")
    compiled = os.path.join(os.path.dirname(source), name)
    if not _holds(compiled, target):
        return False
    to = target.parent / name
    if to.parent not in made:
        to.parent.mkdir(exist_ok=True)
        made.add(to.parent)
    shutil.copyfile(compiled, to)
    return True


def _holds(compiled: str, source: Path) -> bool:
    """Whether a compiled file is of this Python and of this source, by the time and the size that it holds."""
    try:
        with open(compiled, "rb") as file:
            header = file.read(_HEADER)
    except OSError:
        return False
    status = source.stat()
    wanted = [0, int(status.st_mtime), status.st_size]
    numbers = [int.from_bytes(header[start : start + 4], "little") for start in (4, 8, 12)]
    return header[:4] == util.MAGIC_NUMBER and numbers == [number & 0xFFFFFFFF for number in wanted]


def _compile(modules: list[Path], site: Path, variables: Mapping[str, str], seconds: float) -> None:
    """Compiles modules in this order for so long, beside this process; Python itself does the rest when it needs it."""
    if not modules or seconds <= 0:
        return
    listing = site.with_name("to-compile")
    listing.write_text("".join(f"{module}\n" for module in modules), "utf-8", "surrogateescape")
    words = [sys.executable, "-I", "-S", "-m", "compileall", "-q", "-q", "-i", os.fspath(listing)]
    process.run(words, site, variables, seconds=seconds)
    listing.unlink()
