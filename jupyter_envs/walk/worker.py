"""One thread of a walk: looks whether known folders changed, and lists those that did and those that are new."""

from __future__ import annotations

import errno
import os

from jupyter_envs.walk import listing
from jupyter_envs.walk.times import UNTRUSTED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from jupyter_envs.walk.crew import Crew

_KIND, _FOLDER = 0o170000, 0o040000
_GONE = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP})
_FORBIDDEN = frozenset({errno.EACCES, errno.EPERM})


class Worker:
    """What one thread met. Its own lists, so that threads need not wait for one another; the crew puts them together.

    `at` is the folder that it is in, and `idle` says that it has none. A folder counts from when it is in `paths`, the
    last list that it is written to. `doubtful` are folders whose time does not say when they must be listed again.
    """

    __slots__ = (
        "at", "crew", "doubtful", "ended", "environments", "gone", "idle", "inodes", "over", "paths", "shut", "silent",
        "times", "told", "unreachable", "unreadable", "untrusted", "was_at",
    )  # fmt: skip

    def __init__(self, crew: Crew) -> None:
        self.crew = crew
        self.at = b""
        self.was_at = b""
        self.idle = self.ended = False
        self.silent = 0.0
        self.environments = 0
        self.paths: list[bytes] = []
        self.times: list[int] = []
        self.inodes: list[int] = []
        self.told: list[tuple[bytes, bytes]] = []
        self.over: list[tuple[bytes, int]] = []
        self.doubtful: list[bytes] = []
        self.gone: list[bytes] = []
        self.shut: list[bytes] = []
        self.untrusted: list[bytes] = []
        self.unreadable: list[bytes] = []
        self.unreachable: list[bytes] = []

    def run(self) -> None:
        """Work until nothing is left for anybody; what the memory does not hold ends the whole walk."""
        visit = self._list if self.crew.is_late else self._visit
        try:
            while not self.crew.ending:
                self.idle = False
                self._check()
                visit()
                self.idle = True
                if self.crew.is_done():
                    break
                self.crew.pause()
        except MemoryError:
            self.crew.full = True
        finally:
            self.idle = self.ended = True
            self.crew.wake()

    def has_news(self) -> bool:
        """Whether it met anything that was not as it was known."""
        return bool(self.paths or self.gone or self.untrusted)

    def is_walking(self) -> bool:
        """Whether it gets on with folders."""
        return not self.idle and self.silent == 0

    def _check(self) -> None:
        """Known folders that changed are put with those that must be listed."""
        crew = self.crew
        todo, dead, lstat = crew.todo, crew.dead, os.lstat
        for path, time, inode in crew.known:
            if dead and crew.is_dead(path):
                crew.held.append(path)
                continue
            self.at = path
            try:
                status = lstat(path)
            except OSError as error:
                self._lost(path, error)
                continue
            if status.st_mtime_ns != time or status.st_ino != inode:
                todo.append((path, crew.depth_left(path)))

    def _list(self) -> None:
        """Folders are listed, and those in them, until none is left; their times are taken afterwards."""
        crew, rules = self.crew, self.crew.rules
        todo, dead, look, add_path = crew.todo, crew.dead, listing.look, self.paths.append
        while todo and not crew.ending:
            try:
                path, left = todo.pop()
            except IndexError:  # another thread was faster
                return
            if dead and crew.is_dead(path):
                crew.held.append(path)
                continue
            self.at = path
            try:
                inside, notes = look(path, rules)
            except OSError as error:
                self._failed(path, error)
                continue
            if notes is not None and not self._note(path, notes, inside):
                self.doubtful.append(path)
            if inside:
                self._enter(path, inside, left)
            add_path(path)

    def _visit(self) -> None:
        """Folders are listed after their times were taken, and those in them, until none is left."""
        crew, rules = self.crew, self.crew.rules
        todo, dead, lstat, look = crew.todo, crew.dead, os.lstat, listing.look
        add_path, add_time, add_inode = self.paths.append, self.times.append, self.inodes.append
        while todo and not crew.ending:
            try:
                path, left = todo.pop()
            except IndexError:  # another thread was faster
                return
            if dead and crew.is_dead(path):
                crew.held.append(path)
                continue
            self.at = path
            inode = UNTRUSTED
            try:
                status = lstat(path)
                if status.st_mode & _KIND != _FOLDER or (crew.paths is not None and self._is_hidden(path)):
                    self._drop(path)
                    continue
                inside, notes = look(path, rules)
                if notes is None or self._note(path, notes, inside):
                    inode = status.st_ino
                if inside:
                    self._enter(path, inside, left)
            except OSError as error:
                self._failed(path, error)
                continue
            add_time(status.st_mtime_ns)
            add_inode(inode)
            add_path(path)

    def _is_hidden(self, path: bytes) -> bool:
        """Whether a folder that was known is one that no walk would enter now: hidden, and no environment any more."""
        name = path.rpartition(b"/")[2]
        return (
            name.startswith(b".")
            and path not in self.crew.rules.roots
            and not listing.is_hidden_environment(path, name)
        )

    def _enter(self, path: bytes, inside: list[bytes], left: int) -> None:
        """Those that are not known, and not too deep, are to be listed."""
        crew = self.crew
        if crew.paths is not None:
            known = crew.known_set()
            inside = [one for one in inside if one not in known]
        if left:
            left -= 1
            crew.todo += [(one, left) for one in inside]
        elif inside:
            self.over.append((path, len(inside)))

    def _note(self, path: bytes, notes: listing.Notes, inside: list[bytes]) -> bool:
        """What is remarkable in a folder is told; whether the folder's time will say when that changes."""
        crew = self.crew
        trusted = not notes.unreadable
        self.unreadable += notes.unreadable
        if listing.looks_like_environment(notes.names):
            if listing.is_environment(path, notes.names):
                inside.clear()
                self.shut.append(path)
                self.environments += 1
                self.told.append((path, crew.line(path, [], [], is_environment=True)))
                return trusted
            trusted = False  # what makes it one may be written into a file that is there
        if notes.over:
            self.over.append((path, notes.over))
        telling = crew.rules.telling & notes.names
        if telling or notes.links:
            self.told.append((path, crew.line(path, sorted(telling), sorted(notes.links), is_environment=False)))
        return trusted

    def _lost(self, path: bytes, error: OSError) -> None:
        """A known folder is gone, or out of sight: where its parent was closed, that one is named, and once."""
        if path in self.crew.rules.roots:
            self._failed(path, error)
        elif error.errno in _FORBIDDEN:
            parent = path.rpartition(b"/")[0] or b"/"
            if parent not in self.crew.closed:
                self.crew.closed.add(parent)
                self.unreadable.append(parent)
                self.untrusted.append(parent)
            self.crew.closed.add(path)
            self._drop(path)
        elif error.errno in _GONE:
            self._drop(path)
        else:
            self._cut_off(path)

    def _failed(self, path: bytes, error: OSError) -> None:
        """A folder cannot be listed."""
        if error.errno in _FORBIDDEN:
            self.unreadable.append(path)
            self.untrusted.append(path)
            self.shut.append(path)
        elif error.errno in _GONE:
            self._drop(path)
        else:
            self._cut_off(path)

    def _drop(self, path: bytes) -> None:
        if path in self.crew.rules.roots:
            self.crew.absent.append(path)
            self.untrusted.append(path)
            self.shut.append(path)
        else:
            self.gone.append(path)

    def _cut_off(self, path: bytes) -> None:
        """What lies beyond a file system that fails is known as before; it is not asked again this time."""
        self.unreachable.append(path)
        self.untrusted.append(path)
        self.crew.dead.append(path)
