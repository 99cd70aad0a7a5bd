"""An overlay out of the packages that the server itself runs with: nothing is downloaded, so nobody need be asked.

Only for interpreters of the server's own kind. What ipykernel requires is copied file by file, as the metadata list
them, with the modules that are compiled already; what is not is compiled while there is time left.
"""

from __future__ import annotations

import csv
import json
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from importlib import metadata, util
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_envs import naming, process
from jupyter_envs.errors import Cancelled, EnvsError
from jupyter_envs.overlay.distributions import normalised
from jupyter_envs.overlay.solving import IPYKERNEL

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from importlib.metadata import Distribution

    from jupyter_envs.borrowing.trial import Trial
    from jupyter_envs.creator import Report

SECONDS = 1.2
"""How long all may take, so that a kernel's start can wait for it."""
_FIX = "Reinstall ipykernel beside the server, or take the packages from an index."
_LATER = ("debugpy", "jedi")
"""What a kernel's start does not import."""
_HEADER = 16
_CHUNK = 1024 * 1024


class Incomplete(EnvsError):
    """The server's own ipykernel is not one that could be copied; the message says why."""

    reason = "incomplete"


def closure(sites: Sequence[str]) -> dict[str, Distribution]:
    """ipykernel and all that it requires here, by normalised name, out of these folders. Raises Incomplete."""
    found: dict[str, Distribution] = {}
    pending: list[tuple[str, frozenset[str]]] = [(IPYKERNEL, frozenset())]
    met = set(pending)
    for name, extras in pending:
        package = found[name] = found.get(name) or _own(name, sites)
        more = [each for each in _requirements(package, extras) if each not in met]
        met.update(more)
        pending.extend(more)
    return found


def copy(packages: Mapping[str, Distribution], trial: Trial, report: Report) -> None:
    """Copies distributions into the empty folder of a trial, tries them, and compiles as far as the time allows.

    Raises Incomplete, also where they do not run there, and Cancelled.
    """
    began = time.monotonic()
    copying = _Copying(trial.site)
    _take(copying, {name: each for name, each in packages.items() if name not in _LATER}, report)
    with ThreadPoolExecutor(1) as beside:
        tried = beside.submit(trial.fault, report.cancel)
        _take(copying, {name: each for name, each in packages.items() if name in _LATER}, report)
    # an ipykernel of another version may import what was not there in whole yet
    fault = tried.result() and trial.fault(report.cancel)
    if fault:
        raise Incomplete(f"The server's own ipykernel does not run from another folder: {fault}", _FIX)
    _compile(copying.uncompiled, trial, report.cancel, SECONDS - (time.monotonic() - began))


def _take(copying: _Copying, packages: Mapping[str, Distribution], report: Report) -> None:
    for name in sorted(packages):
        if report.cancel.is_set():
            raise Cancelled("It was cancelled, and nothing is left of it.")
        try:
            copying.take(packages[name])
        except FileNotFoundError as error:
            gone = naming.shown_path(str(error.filename))
            raise Incomplete(f"The server's {name} lacks its file {gone}.", _FIX) from error


def _own(name: str, sites: Sequence[str]) -> Distribution:
    """A distribution that says which files belong to it."""
    package = next(iter(metadata.distributions(name=name, path=list(sites))), None)
    if package is None:
        raise Incomplete(f"The server's Python has no {name} of its own.", _FIX)
    if _is_editable(package):
        raise Incomplete(f"The server's {name} is installed in editable form.", _FIX)
    if not package.read_text("RECORD"):
        raise Incomplete(f"The server's {name} does not tell which files belong to it.", _FIX)
    if _is_bound(package):
        raise Incomplete(f"The server's {name} was installed by conda and needs the libraries beside it.", _FIX)
    return package


def _is_bound(package: Distribution) -> bool:
    """Whether its compiled modules are linked to the libraries of a conda environment.

    conda's own interpreter finds those wherever the modules lie, and others of the same kind do not.
    """
    by = (package.read_text("INSTALLER") or "").strip()
    return by == "conda" and any(each.endswith(".so") for each in _files(package))


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


def _files(package: Distribution) -> Iterator[str]:
    """The files of a distribution inside site-packages, by their places there; no compiled ones.

    Scripts and data for the prefix lie elsewhere (`../../../bin/ipython`), and a kernel needs none of them.
    """
    for row in csv.reader((package.read_text("RECORD") or "").splitlines()):
        parts = row[0].split("/") if row else [""]
        if not {"", "..", "__pycache__"}.intersection(parts):
            yield row[0]


class _Copying:
    """Copies files by their places below a folder; some eight thousand in half a second, so it works with text."""

    def __init__(self, site: str) -> None:
        self.uncompiled: list[str] = []
        """Modules that no compiled file was there for."""
        self._site = site
        self._made = {site}

    def take(self, package: Distribution) -> None:
        """Copies one distribution. Raises FileNotFoundError where it lacks a file, and OSError."""
        here = str(package.locate_file(""))
        for each in _files(package):
            source, target = os.path.join(here, each), os.path.join(self._site, each)
            status = self._copy(source, target)
            if each.endswith(".py") and not self._copy_compiled(source, target, status):
                self.uncompiled.append(target)

    def _copy(self, source: str, target: str) -> os.stat_result:
        """A regular file with its time, by which Python tells whether what is compiled of it still holds."""
        folder = os.path.dirname(target)
        if folder not in self._made:
            os.makedirs(folder, exist_ok=True)
            self._made.add(folder)
        reading = os.open(source, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            status = os.fstat(reading)
            writing = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644)
            try:
                while data := os.read(reading, _CHUNK):
                    while data:  # a full disk may take a part
                        data = data[os.write(writing, data) :]
                os.utime(writing, ns=(status.st_mtime_ns, status.st_mtime_ns))
            finally:
                os.close(writing)
        finally:
            os.close(reading)
        return status

    def _copy_compiled(self, source: str, target: str, status: os.stat_result) -> bool:
        """Copies what is compiled of a module, where it still holds; whether it was there."""
        name = os.path.basename(target).removesuffix(".py")
        place = os.path.join("__pycache__", f"{name}.{sys.implementation.cache_tag}.pyc")
        compiled = os.path.join(os.path.dirname(source), place)
        if not _holds(compiled, status):
            return False
        self._copy(compiled, os.path.join(os.path.dirname(target), place))
        return True


def _holds(compiled: str, source: os.stat_result) -> bool:
    """Whether a compiled file is of this Python and of this source, by the time and the size that it holds."""
    try:
        with open(compiled, "rb") as file:
            header = file.read(_HEADER)
    except OSError:
        return False
    numbers = [int.from_bytes(header[start : start + 4], "little") for start in (4, 8, 12)]
    wanted = [0, int(source.st_mtime), source.st_size]
    return header[:4] == util.MAGIC_NUMBER and numbers == [number & 0xFFFFFFFF for number in wanted]


def _compile(modules: list[str], trial: Trial, cancel: threading.Event, seconds: float) -> None:
    """Compiles modules in this order for so long, beside this process; Python itself does the rest when it needs it."""
    if not modules or seconds <= 0:
        return
    listing = Path(trial.site).with_name("to-compile")
    listing.write_text("".join(f"{module}\n" for module in modules), "utf-8", "surrogateescape")
    words = [sys.executable, "-I", "-S", "-m", "compileall", "-q", "-q", "-i", os.fspath(listing)]
    process.run(words, listing.parent, trial.variables, cancel=cancel, seconds=seconds, inherit=(trial.lock,))
    listing.unlink()
