"""Environments that lie inside of another one, and would go with it: found by names alone, in a bounded time.

Each folder below the prefix is listed, and no link followed. One that holds a `pyvenv.cfg` or a `conda-meta`, or is as
virtualenv before 20 made them, is an environment, unless a package put it there (its test data, say): then the RECORD
of the package lists that very `pyvenv.cfg`. No folder is passed over by its name or by what lies beside it, so that an
environment that somebody put into a package's folder is found, too.
"""

from __future__ import annotations

import os
import shlex
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jupyter_envs import naming, pyvenv
from jupyter_envs.creator import packages, recorded
from jupyter_envs.creator.recorded import Recorded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jupyter_envs.pyvenv import Reading

ENTRIES_AT_MOST = 1_000_000
SECONDS_AT_MOST = 3.0
NAMED_AT_MOST = 3
_SIGNS = ("pyvenv.cfg", "conda-meta")


@dataclass(frozen=True, slots=True)
class Nested:
    """The prefixes that were found, sorted, and whether all was looked through."""

    prefixes: tuple[str, ...]
    complete: bool


def inside(reading: Reading, entries: int = ENTRIES_AT_MOST, seconds: float = SECONDS_AT_MOST) -> Nested:
    """The environments in an environment's folder; those next to its top first, where it is too large for all."""
    walk = _Walk(reading.prefix, entries, time.monotonic() + seconds)
    found = list(walk.environments())
    known = recorded.of(reading.prefix, packages.folders(reading)) if found else Recorded()
    names = sorted(os.path.relpath(prefix, reading.prefix) for prefix in found)
    own = [os.path.join(reading.prefix, name) for name in names if not _is_of_package(reading.prefix, name, known)]
    return Nested(tuple(own), complete=not walk.over)


def reason(shown: str, found: Nested) -> tuple[str, str]:
    """Why an environment that holds others may not go, and what to do."""
    names = [naming.shown_path(prefix) for prefix in found.prefixes]
    if len(names) == 1:
        fix = f"Remove that one first (jupyter envs remove {shlex.quote(names[0])}), or make it again elsewhere."
        return f"{shown} holds another environment, which would go with it: {names[0]}.", fix
    more = f" and {len(names) - NAMED_AT_MOST} more" if len(names) > NAMED_AT_MOST else ""
    named = ", ".join(names[:NAMED_AT_MOST])
    fix = "Remove those first, or make them again elsewhere."
    return f"{shown} holds {len(names)} other environments, which would go with it: {named}{more}.", fix


def unseen(shown: str) -> str:
    """What a person is told where it is too large to be looked through."""
    return (
        f"{shown} is too large to be looked through in {SECONDS_AT_MOST:.0f} seconds: "
        "if another environment lies deep inside of it, that goes, too."
    )


def _is_of_package(prefix: str, name: str, known: Recorded) -> bool:
    """Whether a package lists the very file that makes a folder by this name below the environment one itself."""
    if os.path.lexists(os.path.join(prefix, name, "pyvenv.cfg")):
        return f"{name}/pyvenv.cfg" in known.files
    return f"{name}/conda-meta" in known.folders or f"{name}/bin/activate" in known.files


class _Walk:
    """A walk through the folders below a prefix, level by level."""

    def __init__(self, prefix: str, room: int, end: float) -> None:
        self.over = False
        self._prefix = prefix
        self._room = room
        self._end = end

    def environments(self) -> Iterator[str]:
        """The prefixes of the environments that are met; what lies in them is theirs."""
        waiting = deque([self._prefix])
        while waiting:
            folder = waiting.popleft()
            names, below = self._list(folder)
            if self.over:
                return
            if folder != self._prefix and _is_environment(folder, names):
                yield folder
            else:
                waiting.extend(below)

    def _list(self, folder: str) -> tuple[set[str], list[str]]:
        """The names in a folder, and the paths of the folders in it; one that may not be read holds none for us."""
        names, below = set(), []
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    self._room -= 1
                    names.add(entry.name)
                    if entry.is_dir(follow_symlinks=False):
                        below.append(entry.path)
                    if self._room < 0:
                        break
        except OSError:  # what may not be listed is not deleted either
            pass
        self.over = self._room < 0 or time.monotonic() > self._end
        return names, below


def _is_environment(folder: str, names: set[str]) -> bool:
    return not names.isdisjoint(_SIGNS) or ("bin" in names and pyvenv.is_environment(folder))
