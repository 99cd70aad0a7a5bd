"""How much room environments take on disk, each file counted once however many names it has.

uv and conda link the files of their caches into every environment, so the sum over environments says little. Here a
file with several names counts once over all, and once for each environment that has it. What removing an environment
would free is what has no name outside of it.
"""

from __future__ import annotations

import os
import stat
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

SECONDS_AT_MOST = 120.0
_LOOK_AT_CLOCK_AFTER = 256
_BLOCK = 512


@dataclass(frozen=True, slots=True)
class Usage:
    """The room that one environment takes, in bytes, and how much of it removing that one alone would free."""

    prefix: Path
    size: int
    freed: int


@dataclass(frozen=True, slots=True)
class Sizes:
    """The room of several environments, the largest first, and of all together; `complete` False: time ran out."""

    environments: tuple[Usage, ...]
    total: int
    complete: bool

    def of(self, prefix: Path) -> Usage | None:
        """One of them; None where it was not measured."""
        return next((usage for usage in self.environments if usage.prefix == prefix), None)


def measure(
    prefixes: Iterable[Path],
    progress: Callable[[int, Path], None] = lambda _number, _prefix: None,
    cancelled: Callable[[], bool] = lambda: False,
    seconds: float = SECONDS_AT_MOST,
) -> Sizes:
    """Measures each environment; `progress` is told how many are done and which is next.

    Links are not followed, other file systems not entered, nor environments inside of another. What vanishes
    meanwhile, or may not be read, counts as nothing.
    """
    places = sorted(set(prefixes))
    counting = _Counting(frozenset(map(os.fspath, places)), time.monotonic() + seconds, cancelled)
    measured = []
    for number, prefix in enumerate(places):
        progress(number, prefix)
        if counting.is_over():
            break
        usage = counting.count(prefix)
        if counting.over:
            break
        measured.append(usage)
    measured.sort(key=lambda usage: (-usage.size, usage.prefix))
    return Sizes(tuple(measured), counting.total, complete=not counting.over)


class _Counting:
    """What was counted so far, over all environments."""

    def __init__(self, places: frozenset[str], end: float, cancelled: Callable[[], bool]) -> None:
        self.total = 0
        self.over = False
        self._places = places
        self._end = end
        self._cancelled = cancelled
        self._linked: set[tuple[int, int]] = set()
        """Files with several names that were met, in whichever environment."""

    def is_over(self) -> bool:
        """Whether time ran out, or the person does not want to wait."""
        self.over = self.over or time.monotonic() > self._end or self._cancelled()
        return self.over

    def count(self, prefix: Path) -> Usage:
        """One environment; less than it takes when time runs out meanwhile."""
        size, freed = 0, 0
        names: dict[tuple[int, int], int] = {}
        """How many names of a file with several lie in this environment."""
        for number, status in enumerate(self._files(os.fspath(prefix))):
            if number % _LOOK_AT_CLOCK_AFTER == 0 and self.is_over():
                break
            room, inode = _room(status), (status.st_dev, status.st_ino)
            if stat.S_ISDIR(status.st_mode) or status.st_nlink == 1:
                size, freed, self.total = size + room, freed + room, self.total + room
                continue
            names[inode] = names.get(inode, 0) + 1
            size += room if names[inode] == 1 else 0
            freed += room if names[inode] == status.st_nlink else 0
            if inode not in self._linked:
                self._linked.add(inode)
                self.total += room
        return Usage(prefix, size, freed)

    def _files(self, prefix: str) -> Iterable[os.stat_result]:
        try:
            first = os.lstat(prefix)
        except OSError:
            return
        yield first
        folders = [prefix]
        while folders:
            for entry in _entries(folders.pop()):
                try:
                    status = entry.stat(follow_symlinks=False)
                except OSError:
                    continue
                if not stat.S_ISDIR(status.st_mode):
                    yield status
                elif status.st_dev == first.st_dev and entry.path not in self._places:
                    yield status
                    folders.append(entry.path)


def _entries(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError:
        return []


def _room(status: os.stat_result) -> int:
    """The bytes that a file takes on disk; where the platform does not say so, its length."""
    blocks: int | None = getattr(status, "st_blocks", None)
    return status.st_size if blocks is None else blocks * _BLOCK
