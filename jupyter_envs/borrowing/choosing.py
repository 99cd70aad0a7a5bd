"""Which interpreter an overlay is for: the server's own, one by its version or path, or that of an environment."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from jupyter_envs import naming, pyvenv
from jupyter_envs.creator.wish import chosen_interpreter
from jupyter_envs.errors import NotFound, Refused
from jupyter_envs.overlay import lending

if TYPE_CHECKING:
    from pathlib import Path

    from jupyter_envs.finder import Finder
    from jupyter_envs.pyvenv import Reading


def servers_own(finder: Finder) -> Reading:
    """The Python that this process runs on. Raises NotFound where its files do not say what it is."""
    own = lending.own_reading(finder.host)
    if own is None:
        raise NotFound("The Python that this runs on is not known.", "Name another: --python VERSION")
    return own


def of_version(wanted: str, finder: Finder) -> Reading:
    """The best interpreter of this machine whose version begins so. Raises NotFound."""
    return _runnable(_at(chosen_interpreter(wanted, finder.interpreters()).path, finder), wanted, finder)


def of_path(path: Path, finder: Finder) -> Reading:
    """The interpreter of an environment at a prefix, or the one that is this program. Raises NotFound and Refused."""
    return _runnable(_at(path, finder), os.fspath(path), finder)


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
