"""Holding an environment while it is changed: by descriptors, with a lock on its own folder, and not by its name.

The folder is opened name by name from the root and through no link, so whoever swaps a folder above it meanwhile leads
nothing elsewhere. Tools inherit the lock, so it lasts as long as any of them.
"""

from __future__ import annotations

import errno
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from jupyter_envs import naming
from jupyter_envs.creator import trash
from jupyter_envs.creator.places import FOLDER, open_folder
from jupyter_envs.errors import Occupied

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jupyter_envs.host import Host

LOCKS = "locks"
_NO_LOCKS = frozenset({errno.EBADF, errno.EINVAL, errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP})
"""What shared disks answer who would lock a folder: NFS wants it open for writing, which no folder can be."""


class Held:
    """An environment's folder and the one that it lies in, open, and the lock that tools inherit."""

    __slots__ = ("folder", "lock", "parent", "prefix")

    def __init__(self, prefix: Path) -> None:
        self.prefix = prefix
        self.folder = self.lock = -1
        self.parent = open_folder(prefix.parent)
        try:
            self.folder = self.lock = os.open(prefix.name, FOLDER, dir_fd=self.parent)
        except BaseException:
            self.close()
            raise

    @property
    def number(self) -> int:
        """The folder's own number, which stays the same wherever it is moved to on its disk."""
        return os.fstat(self.folder).st_ino

    def goes_by(self, name: str) -> bool:
        """Whether the open folder is still the one that goes by that name beside its own."""
        return trash.is_same(self.folder, name, self.parent)

    def close(self) -> None:
        """Let go of the lock and the folders."""
        for descriptor in {self.lock, self.folder, self.parent} - {-1}:
            os.close(descriptor)
        self.lock = self.folder = self.parent = -1


@contextmanager
def hold(prefix: Path, host: Host, number: int | None = None) -> Iterator[Held]:
    """The environment at a real path, locked until this is left; raises `Occupied` where somebody changes it.

    Also where `number` is that of another folder than the one that is there now. Raises `OSError` where none is.
    """
    held = Held(prefix)
    try:
        held.lock = _locked(held, host)
        if not held.goes_by(prefix.name) or number not in {None, held.number}:
            raise being_changed(prefix)
        yield held
    finally:
        held.close()


def being_changed(prefix: Path) -> Occupied:
    """Somebody else removes or changes it."""
    shown = naming.shown_path(os.fspath(prefix))
    return Occupied(f"{shown} is being changed right now.", "Wait until that is done, then look at it again.")


def _locked(held: Held, host: Host) -> int:
    """The descriptor that holds the lock: the folder's own or, on a disk without such locks, that of a file of ours."""
    try:
        lock(held.folder)
    except BlockingIOError as error:
        raise being_changed(held.prefix) from error
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise
        return _locked_file(held, host)
    return held.folder


def _locked_file(held: Held, host: Host) -> int:
    """Locks by the folder's number, which stays its own under another name and is the same on each machine."""
    folder = host.own_state_folder() / LOCKS
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = os.open(folder / f"{held.number:x}", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        lock(file)
    except BaseException as error:
        os.close(file)
        raise (being_changed(held.prefix) if isinstance(error, BlockingIOError) else error) from error
    return file


def lock(descriptor: int) -> None:
    """Lock an open file or folder; raises `BlockingIOError` where somebody else has it."""
    import fcntl  # absent on Windows, where nothing is changed

    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
