"""What was looked at on disk for an answer, so that a later look can tell whether that answer still holds.

A look is a path and what it was like: its kind only (where nothing else was asked), or its inode, time, size and mode.
They are compared for equality, because clocks jump. What changed within two seconds of the look is never believed
later: file systems count time in steps, so it may have changed once more in the same step (git calls that racy).
"""

from __future__ import annotations

import os
import stat
import time
import zlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import TypeAlias

    Look: TypeAlias = "int | list[int] | None"

RACY_NS = 2_000_000_000
ABSENT = 0


class Looks:
    """The looks that an answer depends on, by path. Each is taken before what it guards is read."""

    __slots__ = ("_now", "_telling", "seen")

    def __init__(self, telling: Iterable[str] = ()) -> None:
        self.seen: dict[str, Look] = {}
        self._telling = frozenset(telling)
        self._now = time.time_ns()

    def kind(self, path: str) -> int:
        """The kind of file that is at a path, links followed (as `stat.S_IFMT` gives it); 0 where there is none."""
        kind = _kind(path)
        self.seen.setdefault(path, kind)
        return kind

    def whole(self, path: str) -> None:
        """Notes everything by which a change of a file or a folder's names shows."""
        if not isinstance(self.seen.get(path), list):
            self.seen[path] = self._settled(_signature(path))

    def telling(self, folder: str) -> frozenset[str]:
        """The telling names in a folder; beside them only the folders in it matter, and other names come and go."""
        signature = _signature(folder)
        names, telling = _inside(folder, self._telling)
        self.seen[folder] = [*(self._settled(signature) or [0, 0, 0, 0]), names] if signature else []
        return frozenset(telling)

    def _settled(self, signature: list[int]) -> list[int] | None:
        """The signature, or None where what it is of changed just now."""
        return None if signature and abs(self._now - signature[1]) < RACY_NS else signature


def still_hold(seen: Mapping[str, Look], telling: Iterable[str] = ()) -> bool:
    """Whether everything is still as it was seen: a stat each, and a listing of the folders whose names matter."""
    names = frozenset(telling)
    return all(_holds(path, look, names) for path, look in seen.items())


def _holds(path: str, look: Look, telling: frozenset[str]) -> bool:
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        return look in (ABSENT, [])
    if isinstance(look, int):
        return stat.S_IFMT(status.st_mode) == look
    if not look:
        return False
    if look[:4] == [status.st_ino, status.st_mtime_ns, status.st_size, status.st_mode]:
        return True
    return len(look) > 4 and look[4] == _inside(path, telling)[0]  # noqa: PLR2004  # the fifth, where there is one


def _kind(path: str) -> int:
    try:
        return stat.S_IFMT(os.stat(path).st_mode)
    except (OSError, ValueError):
        return ABSENT


def _signature(path: str) -> list[int]:
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        return []
    return [status.st_ino, status.st_mtime_ns, status.st_size, status.st_mode]


def _inside(folder: str, telling: frozenset[str]) -> tuple[int, list[str]]:
    """A checksum over the folders and the telling names in a folder, and these telling names."""
    found, names = [], []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name in telling:
                    found.append(entry.name)
                if entry.name in telling or entry.is_dir(follow_symlinks=False):
                    names.append(entry.name)
    except OSError:
        return 0, []
    return zlib.crc32(os.fsencode("/".join(sorted(names)))), found
