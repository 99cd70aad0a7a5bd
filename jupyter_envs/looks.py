"""What was looked at on disk for an answer, so that a later look can tell whether that answer still holds.

A look is a path and what it was like: its kind only (where nothing else was asked), or its inode, time, size, mode and
owner. They are compared for equality, because clocks jump. What changed within two seconds of the look is never
believed later: file systems count time in steps, so it may have changed once more in the same step (git calls that
racy).
"""

from __future__ import annotations

import os
import stat
import time
import zlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TypeAlias

    Look: TypeAlias = "int | list[int] | None"

PROJECT_FILES = frozenset(
    {
        "pyproject.toml",
        "setup.py",
        "setup.cfg",
        "requirements.txt",
        "Pipfile",
        "poetry.lock",
        "poetry.toml",
        "uv.lock",
        "pdm.lock",
        ".pdm-python",
        ".python-version",
        "environment.yml",
        "environment.yaml",
        "hatch.toml",
        "pixi.toml",
        "pixi.lock",
        "requirements.lock",
        ".venv",
        "tox.ini",
        ".git",
    }
)
"""Names in a folder that make it a project."""
RACY_NS = 2_000_000_000
ABSENT = 0
_INSIDE = 6
"""How long a look into a folder is: a signature and a checksum over what matters in there."""


class Looks:
    """The looks that an answer depends on, by path. Each is taken before what it guards is read."""

    __slots__ = ("seen",)

    def __init__(self) -> None:
        self.seen: dict[str, Look] = {}

    def kind(self, path: str) -> int:
        """The kind of file that is at a path, links followed (as `stat.S_IFMT` gives it); 0 where there is none."""
        kind = _kind(path)
        if not self._shows(path, is_folder=stat.S_ISDIR(kind)):
            self.seen.setdefault(path, kind)
        return kind

    def is_folder(self, path: str) -> bool:
        """Whether a path leads to a folder."""
        found = stat.S_ISDIR(_kind(path))
        if not self._shows(path, is_folder=True):
            self.kind(path)
        return found

    def whole(self, path: str) -> None:
        """Notes everything by which a change of a file or a folder's names shows."""
        known = self.seen.get(path)
        if isinstance(known, list) and len(known) != _INSIDE:
            return
        now = time.time_ns()
        signature = _signature(path)
        if signature or not self._shows(path, is_folder=False):
            self.seen[path] = signature if _is_settled(signature, now) else None

    def inside(self, folder: str) -> Inside:
        """The telling names, folders and links to environments in a folder: others may come and go unnoticed later."""
        now = time.time_ns()
        signature = _signature(folder)
        found = look_inside(folder)
        known = self.seen.get(folder)
        if not isinstance(known, list) or len(known) == _INSIDE:  # otherwise more than this is noted already
            if not _is_settled(signature, now):
                signature[:3] = [0, 0, 0]  # what no folder has, so that only the checksum counts
            self.seen[folder] = [*signature, found.checksum] if signature else []
        return found

    def _shows(self, path: str, *, is_folder: bool) -> bool:
        """Whether the look into the folder around it shows already when it comes, goes, or becomes another kind."""
        folder, _, name = path.rpartition("/")
        around = self.seen.get(folder)
        inside = isinstance(around, list) and len(around) == _INSIDE
        return inside and (is_folder or name in PROJECT_FILES) and not os.path.islink(path)


def still_hold(seen: Mapping[str, Look]) -> bool:
    """Whether everything is still as it was seen: a stat each, and a listing of the folders whose names matter."""
    stat_of = os.stat
    for path, look in seen.items():
        try:
            status = stat_of(path)
        except (OSError, ValueError):
            if look in (ABSENT, []):
                continue
            return False
        if look.__class__ is int:
            if stat.S_IFMT(status.st_mode) != look:
                return False
        elif not look or not _is_same(path, look, status):  # type: ignore[arg-type]  # no number
            return False
    return True


def _is_same(path: str, look: list[int], status: os.stat_result) -> bool:
    if look[3] != status.st_mode or look[4] != status.st_uid:
        return False
    if look[1] == status.st_mtime_ns and look[0] == status.st_ino and look[2] == status.st_size:
        return True
    return len(look) == _INSIDE and look[5] == look_inside(path).checksum


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
    return [status.st_ino, status.st_mtime_ns, status.st_size, status.st_mode, status.st_uid]


def _is_settled(signature: list[int], now: int) -> bool:
    """Whether what was looked at `now` had not changed just before."""
    return not signature or abs(now - signature[1]) >= RACY_NS


class Inside:
    """What is in a folder, as far as it matters; `checksum` changes when that does."""

    __slots__ = ("checksum", "folders", "links", "telling")

    def __init__(self, telling: list[str], folders: list[str], links: dict[str, str]) -> None:
        self.telling = frozenset(telling)
        self.folders = sorted(folders)
        self.links = sorted(links)
        targets = [f"{name}\0{links[name]}" for name in self.links]
        self.checksum = zlib.crc32(os.fsencode("/".join([*sorted(telling), "", *self.folders, "", *targets])))


def look_inside(folder: str) -> Inside:
    """The telling names, the folders, and the links called like environments in a folder, which are not followed.

    None of them where it may not be read.
    """
    found, folders = [], []
    links: dict[str, str] = {}
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name in PROJECT_FILES:
                    found.append(entry.name)
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry.name)
                elif entry.is_symlink() and _is_environment_name(entry.name):
                    links[entry.name] = os.readlink(entry.path)
    except (OSError, ValueError):
        return Inside([], [], {})
    return Inside(found, folders, links)


def _is_environment_name(name: str) -> bool:
    from jupyter_envs import naming  # slow to load, and there are few links

    return naming.is_environment_name(name)
