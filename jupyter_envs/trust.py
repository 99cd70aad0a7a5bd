"""Whether an environment is its user's own, or somebody else could change what would run.

The rule is that of docs/explanation/trust.md: every component met while resolving the environment's prefix,
its `pyvenv.cfg`, its `bin/python` down to the real file, the `home` that the configuration names, the standard library
that Python finds from there, and its site-packages with the files and folders that Python takes up at start must
belong to the user, to root or to a named owner, and not be writable for everybody (a sticky folder may be).
The launcher asks again before every kernel, so this module keeps to `os` and plain text.
"""

from __future__ import annotations

import os
import stat
import sys

from jupyter_envs import files, pyvenv, sites

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = 0
OTHERS_WRITE = stat.S_IWOTH


class Distrust:
    """Why an environment is not trusted: the path, and either its owner's number or that everybody may write it."""

    __slots__ = ("owner", "path", "world_writable")

    def __init__(self, path: str, owner: int, *, world_writable: bool) -> None:
        self.path = path
        self.owner = owner
        self.world_writable = world_writable


class Trust:
    """Judges environments for one user; what was judged once is remembered for the life of the object.

    `uid` None means a system without owners (Windows): everything is trusted there.
    """

    def __init__(self, uid: int | None, owners: frozenset[int] = frozenset()) -> None:
        self._uid = uid
        self._owners = owners | {ROOT} | ({uid} if uid is not None else set())
        self._passed: set[tuple[str, int, int, int]] = set()
        self._own: frozenset[str] | None = None

    def judge(self, reading: pyvenv.Reading) -> Distrust | None:
        """The first thing that somebody else could change, or None when the environment is trusted.

        What cannot be looked at is not a reason here: a missing file is a fault of the environment, not of trust.
        """
        if self._uid is None:
            return None
        for path in _what_runs(reading):
            found = self.judge_path(path)
            if found:
                return found
        return None

    def judge_path(self, path: str) -> Distrust | None:
        """The first thing that somebody else could change on the way to an absolute path, or None."""
        if self._uid is None:
            return None
        try:
            for component, status in files.components(path):
                found = self._judge_component(component, status)
                if found:
                    return found
        except (OSError, ValueError):  # ValueError: a configuration may name what no path can be
            return None
        return None

    def _judge_component(self, path: str, status: os.stat_result) -> Distrust | None:
        key = (path, status.st_ino, status.st_uid, status.st_mode)
        if key in self._passed:
            return None
        stranger = status.st_uid not in self._owners
        writable = _everybody_writes(status)
        if (stranger or writable) and not self._excepted(path):
            return Distrust(path, status.st_uid, world_writable=writable and not stranger)
        self._passed.add(key)
        return None

    def _excepted(self, path: str) -> bool:
        """Always trusted: a read-only mount, and what the running Python itself resolves through."""
        if self._own is None:
            self._own = _own_components()
        return path in self._own or _on_read_only_mount(path)


def _what_runs(reading: pyvenv.Reading) -> Iterator[str]:
    yield reading.prefix
    yield os.path.join(reading.prefix, "pyvenv.cfg")
    yield reading.python
    yield from _standard_libraries(reading)
    for site in reading.sites():
        yield site
        yield from sites.path_files(site)
        yield from sites.linked_folders(site)


def _standard_libraries(reading: pyvenv.Reading) -> Iterator[str]:
    """Where Python takes its own modules from: the first library upwards of `home`, or of its real file without one."""
    starts = (reading.config.get("home"), os.path.dirname(reading.target or ""))
    for start in dict.fromkeys(start for start in starts if start and os.path.isabs(start)):
        yield start
        for modules in _first_upwards(start, pyvenv.library_names(reading)):
            yield os.path.dirname(modules)
            yield modules


def _first_upwards(folder: str, libraries: list[str]) -> list[str]:
    """The `os.py` of the first folder from here upwards that has one, as CPython's `getpath` looks for it."""
    while True:
        found = [path for name in libraries if os.path.isfile(path := os.path.join(folder, name, "os.py"))]
        if found or folder == os.path.dirname(folder):
            return found
        folder = os.path.dirname(folder)


def _everybody_writes(status: os.stat_result) -> bool:
    if stat.S_ISLNK(status.st_mode) or not status.st_mode & OTHERS_WRITE:
        return False
    return not (stat.S_ISDIR(status.st_mode) and status.st_mode & stat.S_ISVTX)


def _own_components() -> frozenset[str]:
    try:
        return frozenset(path for own in (sys.executable, os.__file__) for path, _ in files.components(own))
    except (OSError, ValueError):
        return frozenset()


def _on_read_only_mount(path: str) -> bool:
    try:
        return bool(os.statvfs(os.path.dirname(path) if os.path.islink(path) else path).f_flag & os.ST_RDONLY)
    except OSError:
        return False
