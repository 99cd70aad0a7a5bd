"""The index: what was found, remembered on disk, so that a listing need only ask whether it still holds.

One file for each set of roots, settings and variables that decide where to look. Its lines are JSON: a head, the looks
that the answer rests on, what a walk saw, then one environment a line just as `list --json` tells it. It is replaced as
a whole under a lock, so that two servers and a terminal lose nothing of each other; it counts as absent when it is
damaged, of another version, or could have been written by somebody else. Without a folder to write to, nothing is kept.

Only what the quick answer needs is imported here: `jupyter envs list` is mostly start-up.
"""

from __future__ import annotations

import json
import os
import stat
import time
import zlib
from contextlib import contextmanager, suppress

from jupyter_envs import __version__, index_key, looks

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path
    from typing import Any

    from jupyter_envs.host import Host
    from jupyter_envs.looks import Look
    from jupyter_envs.mounts import Mounts
    from jupyter_envs.settings import Settings
    from jupyter_envs.snapshot import Rests, Snapshot, Walked

FORMAT = 3
_LARGEST = 256 * 1024 * 1024
_KEPT_AT_MOST = 32
"""How many indexes a person keeps: those written longest ago go first."""
_LOCK_SECONDS = 1.0
_HEAD_LINES = 3
_AN_HOUR = 3600.0
_KINDS = ("environments-", "folders-", "lock-")


class Remembered:
    """One index as it was read; its longer parts are understood only when they are asked for."""

    __slots__ = ("checksum", "head", "lines")

    def __init__(self, head: dict[str, Any], lines: list[str], checksum: int) -> None:
        self.head = head
        self.lines = lines
        self.checksum = checksum
        """What changes with any of it."""

    @property
    def is_whole(self) -> bool:
        """Whether the walk for it came to its end, or met a disk that did not answer: another would not find more."""
        return self.head["complete"] is True or any(self.head["touched"].values())

    def holds(self, mounts: Mounts) -> bool:
        """Whether all is as it was: a look at each file and folder that it rests on, but not behind a dead mount."""
        seen = json.loads(self.lines[1])
        return seen is not None and _hold(seen, self.head["network"], self.head["touched"], mounts)

    @property
    def environments(self) -> list[str]:
        """The JSON of each environment."""
        return self.lines[_HEAD_LINES:]

    def walked(self) -> Walked:
        """What the walk saw."""
        from jupyter_envs.snapshot import Walked

        return Walked.from_json(json.loads(self.lines[2]))

    def snapshot(self) -> Snapshot:
        """All that is remembered."""
        from jupyter_envs.snapshot import Rests, Snapshot

        told = {**self.head, "environments": map(json.loads, self.environments)}
        seen = json.loads(self.lines[1])
        rests = None if seen is None else Rests(seen, tuple(self.head["network"]), self.head["touched"])
        return Snapshot.from_json(told, self.walked(), rests)


class Index:
    """The index for one key. `folder` None, or one that cannot be used, means that nothing is kept."""

    def __init__(self, folder: Path | None, key: str, uid: int | None) -> None:
        self.key = key
        self._folder = None if folder is None else os.fspath(folder)
        self._uid = uid
        self._known: int | None = None
        """The checksum of what was read last, or written without anything of others in it."""
        self._looked_at: tuple[int, int, int] | None = None
        """What the file was like then."""

    def folder_times(self) -> str | None:
        """The file that only a walk reads and writes, in a folder that is there; None where nothing can be kept."""
        return self._path("folders") if self._has_folder() else None

    def load(self) -> Remembered | None:
        """What is remembered; None where that is nothing, or cannot be believed."""
        self._looked_at = self._status()
        remembered = self._read()
        self._known = remembered.checksum if remembered else None
        return remembered

    def changed(self) -> Remembered | None:
        """What is there beyond what was read or written here last, or None."""
        if self._known is not None and self._status() == self._looked_at:
            return None
        remembered = self._read()
        return None if remembered is None or remembered.checksum == self._known else remembered

    def save(self, snapshot: Snapshot) -> bool:
        """Remembers a snapshot, together with what others remembered meanwhile; False where it cannot be."""
        if not self._has_folder():
            return False
        try:
            with self._locked() as locked:
                return locked and self._replace(snapshot)
        except (OSError, ValueError):
            return False

    def forget(self) -> None:
        """Removes what is remembered."""
        with suppress(OSError):
            os.unlink(self._path("environments"))

    def _has_folder(self) -> bool:
        """Whether there is a folder that nobody else writes to, made if need be."""
        if self._folder is None:
            return False
        try:
            os.makedirs(self._folder, mode=0o700, exist_ok=True)
            return self._is_ours(os.stat(self._folder))
        except (OSError, ValueError):
            return False

    def _replace(self, snapshot: Snapshot) -> bool:
        theirs = self.changed()
        walked, rests = snapshot.walked, snapshot.rests
        if theirs is not None:
            walked = walked.joined(theirs.walked())
            rests = rests if walked == snapshot.walked else None
        told = snapshot.as_json()
        environments = told.pop("environments")
        lines = [_dumped(rests.seen if rests else None), _dumped(walked.as_json()), *map(_dumped, environments)]  # type: ignore[call-overload]
        body = "\n".join(lines).encode("ascii")
        head = {**told, "format": FORMAT, "by": __version__}
        head.update(network=rests.network if rests else (), touched=rests.touched if rests else {})
        fresh = f"{self._path('environments')}.{os.getpid()}"
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0), 0o600)
        data = _dumped(head).encode("ascii") + b"\n" + body
        checksum = zlib.crc32(data)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(b"%08x\n%s" % (checksum, data))
            os.replace(fresh, self._path("environments"))
        except BaseException:
            with suppress(OSError):
                os.unlink(fresh)
            raise
        if theirs is None:
            self._known, self._looked_at = checksum, self._status()
        with suppress(OSError):  # what somebody else removes meanwhile is no failure
            self._tidy()
        return True

    def _read(self) -> Remembered | None:
        if self._folder is None:
            return None
        data = self._bytes(self._path("environments"))
        written, _, content = (data or b"").partition(b"\n")
        checksum = zlib.crc32(content)
        if written != b"%08x" % checksum:
            return None
        lines = content.decode("ascii").split("\n")
        head = json.loads(lines[0])
        fits = head["format"] == FORMAT and head["by"] == __version__
        return Remembered(head, lines, checksum) if fits else None

    def _status(self) -> tuple[int, int, int] | None:
        try:
            status = os.stat(self._path("environments"))
        except OSError:
            return None
        return status.st_ino, status.st_mtime_ns, status.st_size

    def _bytes(self, path: str) -> bytes | None:
        """What a regular file of one's own holds, when nobody else can write to it."""
        try:
            descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0))
        except OSError:
            return None
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or not self._is_ours(status) or status.st_size > _LARGEST:
            os.close(descriptor)
            return None
        with os.fdopen(descriptor, "rb") as file:
            return file.read()

    def _is_ours(self, status: os.stat_result) -> bool:
        return self._uid is None or (status.st_uid == self._uid and not status.st_mode & 0o022)

    @contextmanager
    def _locked(self) -> Iterator[bool]:
        """Whether nobody else writes meanwhile; waits no longer than a second for those who do."""
        descriptor = os.open(self._path("lock"), os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600)
        try:
            yield _lock(descriptor)
        finally:
            os.close(descriptor)

    def _tidy(self) -> None:
        """Removes the indexes that were written longest ago, and what writers left that were killed."""
        with os.scandir(str(self._folder)) as entries:
            ages = {entry.name: entry.stat(follow_symlinks=False).st_mtime for entry in entries}
        left = [name for name in ages if "." in name and time.time() - ages[name] > _AN_HOUR]
        indexes = [name for name in ages if name.startswith(_KINDS[0]) and "." not in name]
        for name in sorted(indexes, key=ages.__getitem__)[:-_KEPT_AT_MOST]:
            left += [kind + name.removeprefix(_KINDS[0]) for kind in _KINDS]
        for name in left:
            with suppress(OSError):
                os.unlink(f"{self._folder}/{name}")

    def _path(self, kind: str) -> str:
        return f"{self._folder}/{kind}-{self.key}"


def of(host: Host, settings: Settings, roots: list[Path]) -> Index:
    """The index for what a person asks; where the home is not there, it is not made for an index."""
    folder = host.own_cache_folder() if os.path.isdir(host.home) else None
    return Index(folder, index_key.key(host, settings, roots, FORMAT), host.uid)


def holds(rests: Rests | None, mounts: Mounts) -> bool:
    """Whether all that an answer rests on is as it was; nothing is asked that does not answer."""
    return rests is not None and _hold(rests.seen, rests.network, rests.touched, mounts)


def _hold(seen: Mapping[str, Look], network: Sequence[str], touched: Mapping[str, bool], mounts: Mounts) -> bool:
    if any(point not in mounts.network or mounts.is_dead(point) != dead for point, dead in touched.items()):
        return False
    new = [point.rstrip("/") + "/" for point in mounts.network if point not in network]
    if new and any(path.startswith(tuple(new)) for path in seen):  # what was seen there lies under another disk now
        return False
    return looks.still_hold(seen)


def answer(head: dict[str, object], environments: list[str]) -> str:
    """The text of `list --json`: an environment a line."""
    listed = ",\n".join(environments)
    before = f'{{"version": 1, "complete": {_dumped(head["complete"])}, "scanned": {_dumped(head["scanned"])}'
    after = f'"problems": {_dumped(head["problems"])}}}'
    return f'{before}, "environments": [\n{listed}\n], {after}' if listed else f'{before}, "environments": [], {after}'


def _dumped(value: object) -> str:
    return json.dumps(value)


def _lock(descriptor: int) -> bool:
    try:
        import fcntl  # absent on Windows
    except ImportError:
        return True
    end = time.monotonic() + _LOCK_SECONDS
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            if time.monotonic() > end:
                return False
            time.sleep(0.02)
        else:
            return True
