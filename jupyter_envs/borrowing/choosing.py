"""Which interpreter an overlay is for: the server's own, one by its version or path, or that of an environment."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from jupyter_envs import naming, pyvenv
from jupyter_envs.errors import BadRequest, NotFound, Refused
from jupyter_envs.overlay import lending, store

if TYPE_CHECKING:
    from pathlib import Path

    from jupyter_envs.finder import Finder
    from jupyter_envs.pyvenv import Reading

VERSION = re.compile(r"\d+(?:\.\d+){0,2}t?")
"""How a version of Python is told: `3.12`, `3.12.1`, or `3.13t` for a free-threaded one."""


def servers_own(finder: Finder) -> Reading:
    """The Python that this process runs on. Raises NotFound where its files do not say what it is."""
    own = lending.own_reading(finder.host)
    if own is None:
        raise NotFound("The Python that this runs on is not known.", "Name another: --python VERSION")
    return own


def of_version(wanted: str, finder: Finder) -> Reading:
    """The best interpreter of this machine whose version begins so; with a `t` at the end, of the free-threaded ones.

    Raises BadRequest, NotFound, and Refused where none of those can borrow.
    """
    if not VERSION.fullmatch(wanted):
        raise BadRequest(f"{naming.shown(wanted)!r} is no version of Python.", "Send one such as 3.12, or 3.13t.")
    found = [(each, _at(each.path, finder)) for each in finder.interpreters()]
    able = [(each, reading) for each, reading in found if reading is not None and store.tag(reading)]
    for interpreter, reading in able:
        if _begins(interpreter.version, wanted):
            return _runnable(reading, wanted, finder)
    if any(_begins(interpreter.version, wanted) for interpreter, _ in found):
        raise Refused(f"No ipykernel can be borrowed for Python {wanted}.", "Install one into the environment.")
    known = ", ".join(dict.fromkeys(interpreter.version for interpreter, _ in able))
    others = f"Choose one of these: {known}." if known else "Install one that is supported."
    raise NotFound(f"There is no Python {wanted} here.", others)


def of_path(path: Path, finder: Finder) -> Reading:
    """The interpreter of an environment at a prefix, or the one that is this program. Raises NotFound and Refused."""
    return _runnable(_at(path, finder), os.fspath(path), finder)


def _begins(version: str, wanted: str) -> bool:
    """Whether a version begins as a person says; a free-threaded one has a `t` at its end."""
    threads = "t" if wanted.endswith("t") else ""
    number = version.removesuffix("t") if threads else version
    return version.endswith("t") is bool(threads) and f"{number}.".startswith(f"{wanted.removesuffix('t')}.")


def _at(path: Path, finder: Finder) -> Reading | None:
    """A program's environment, and else what it really is."""
    home, here = os.fspath(finder.host.home), os.path.abspath(path)
    if os.path.isdir(here):
        return pyvenv.read(here, home) or pyvenv.read_interpreter(here, home)
    target, prefix = os.path.realpath(here), os.path.dirname(os.path.dirname(here))
    real = os.path.dirname(os.path.dirname(target))
    return pyvenv.read(prefix, home) or pyvenv.read_interpreter(real, home, target)


def _runnable(reading: Reading | None, wanted: str, finder: Finder) -> Reading:
    """One that can run and that the person trusts: making an overlay for it runs it."""
    shown = naming.shown_path(wanted)
    if reading is None:
        raise NotFound(f"{shown} is no Python.", "Name an interpreter or an environment.")
    if reading.fault is not None:
        raise Refused(f"{shown} cannot run: {reading.fault}.", "Mend it, or name another.")
    distrust = finder.trust().judge(reading)
    if distrust is not None:
        path = naming.shown_path(distrust.path)
        raise Refused(f"{path} can be changed by others, so what would run may not be yours.", "Name another.")
    return reading
