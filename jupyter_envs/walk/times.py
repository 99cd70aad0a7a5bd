"""The file of folder times: every folder that a walk has seen, with its time and number, and what it told.

Only the child reads and writes it. It is a line that says what follows, then two tables of eight-byte numbers and
three lists with NUL bytes between their items. A file that is damaged, somebody else's, or of another order counts as
none.
"""

from __future__ import annotations

import os
import stat
import sys
from binascii import crc32

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_FORMAT = b"jupyter-envs folder times 2 %s" % sys.byteorder.encode()
_LINE = 256
"""How long the first line is, filled up with spaces."""
UNTRUSTED = 0
"""The number of a folder that is listed again the next time, whatever its time says."""


class Known:
    """What an earlier walk saw: folders in parallel lists, parents first, then pairs of a path and what belongs to it.

    `told`: path and line; `over`: path and how many folders in it were passed over.
    """

    __slots__ = ("inodes", "over", "paths", "times", "told")

    def __init__(
        self, paths: list[bytes], times: Sequence[int], inodes: Sequence[int], told: list[bytes], over: list[bytes]
    ) -> None:
        self.paths = paths
        self.times = times
        self.inodes = inodes
        self.told = told
        self.over = over

    def change_paths(self, change: Callable[[bytes], bytes]) -> None:
        """Writes each path in another way."""
        self.paths = [change(path) for path in self.paths]
        for pairs in (self.told, self.over):
            pairs[::2] = [change(path) for path in pairs[::2]]


def read(place: bytes, key: bytes, limit: int) -> Known | None:
    """What an earlier walk by the same order saw; None where nothing usable, or more than `limit` bytes, is there."""
    try:
        descriptor = os.open(place, os.O_RDONLY | _flag("O_NONBLOCK") | _flag("O_NOFOLLOW") | _flag("O_BINARY"))
    except OSError:
        return None
    try:
        status = os.fstat(descriptor)
        if not _is_ours(status) or status.st_size > limit:
            return None
        return _parsed(descriptor, status.st_size, key)
    except OSError:
        return None
    finally:
        os.close(descriptor)


def write(place: bytes, key: bytes, known: Known) -> bool:
    """Whether what a walk saw was remembered, all of it or nothing; the folder may be one that cannot be written."""
    try:
        numbers = _numbers(known)
    except OverflowError:  # a time that no file system should tell
        return False
    paths, rest = b"\0".join(known.paths), b"\0\0".join([b"\0".join(known.told), b"\0".join(known.over)])
    count, length = len(known.paths), len(paths)
    head = b"%s %s %d %d %d" % (_FORMAT, key, count, length, _checksum(count, length, numbers, paths, rest))
    try:
        _replace(place, head.ljust(_LINE - 1) + b"\n", numbers, paths, rest)
    except OSError:
        return False
    return True


def _parsed(descriptor: int, size: int, key: bytes) -> Known | None:
    """What an open file holds.

    Each part is read by itself, and numbers are made when they are asked for: memory that is touched for the first time
    takes as long as the reading.
    """
    words, head = os.read(descriptor, _LINE).split(), _FORMAT.split()
    if words[: len(head)] != head or words[len(head) : len(head) + 1] != [key]:
        return None
    try:
        count, length, checksum = map(int, words[len(head) + 1 :])
    except ValueError:
        return None
    if min(count, length) < 0 or 16 * count + length > size:
        return None
    numbers, paths, rest = (os.read(descriptor, part) for part in (16 * count, length, size))
    if _checksum(count, length, numbers, paths, rest) != checksum:
        return None
    times, inodes = memoryview(numbers)[: 8 * count].cast("q"), memoryview(numbers)[8 * count :].cast("Q")
    told, _, over = rest.partition(b"\0\0")
    return Known(_items(paths), times, inodes, _items(told), _items(over))


def _numbers(known: Known) -> bytes:
    from array import array

    return array("q", known.times).tobytes() + array("Q", known.inodes).tobytes()


def _checksum(count: int, length: int, *parts: bytes) -> int:
    checksum = crc32(b"%d %d" % (count, length))
    for part in parts:
        checksum = crc32(part, checksum)
    return checksum


def _items(joined: bytes) -> list[bytes]:
    return joined.split(b"\0") if joined else []


def _is_ours(status: os.stat_result) -> bool:
    mine = not hasattr(os, "geteuid") or (status.st_uid == os.geteuid() and not status.st_mode & 0o022)
    return mine and stat.S_ISREG(status.st_mode)


def _replace(place: bytes, *parts: bytes) -> None:
    """Puts a new file in the old one's place.

    Its temporary name is always the same, so that walks that are killed leave at most one, and it is locked, so that
    of two at the same time one leaves the writing to the other.
    """
    fresh = place + b".new"
    flags = os.O_RDWR | os.O_CREAT | _flag("O_NOFOLLOW") | _flag("O_NONBLOCK") | _flag("O_BINARY")
    descriptor = os.open(fresh, flags, 0o600)
    try:
        _lock(descriptor)
        if not os.path.samestat(os.fstat(descriptor), os.lstat(fresh)) or not _is_ours(os.fstat(descriptor)):
            raise OSError
        os.ftruncate(descriptor, 0)
        for part in parts:
            _write_all(descriptor, part)
        os.replace(fresh, place)
    finally:
        os.close(descriptor)


def _write_all(descriptor: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _lock(descriptor: int) -> None:
    try:
        import fcntl  # absent on Windows, where an open file cannot be replaced anyway
    except ImportError:
        return
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _flag(name: str) -> int:
    return int(getattr(os, name, 0))
