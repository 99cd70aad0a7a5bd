"""The shell of an environment: a folder that does not count as one until it is finished, whatever is killed and when.

A marker inside says that it is being made, and a lock on the marker that somebody still is. The tools inherit the
lock, so it lasts as long as any of them. A marker whose lock is free was left behind, and its folder is removed, but
only if the marker holds the number of that very folder: one that was copied or checked out is somebody else's.
The environment and the marker's removal reach the disk in this order, so a power cut leaves no half of one either.
"""

from __future__ import annotations

import os
import shutil
import stat
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from jupyter_envs.creator.disk import sync
from jupyter_envs.errors import Occupied
from jupyter_envs.pyvenv import MARKER

if TYPE_CHECKING:
    from pathlib import Path

TRASH = ".jupyter-envs-trash-"
"""How the name of a folder begins that is being deleted; the folder's number follows."""
_FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
_MARKER = os.O_RDWR | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0)


class Shell:
    """The folder of an environment from its `mkdir` to its last sync, held by descriptors and not by its name.

    `lock` is the descriptor that the tools inherit. Raises `Occupied` when the place is taken, and `OSError`.
    """

    def __init__(self, prefix: Path) -> None:
        self.prefix = prefix
        self._parent = os.open(prefix.parent, _FOLDER)
        self._folder = self.lock = -1
        self._is_new = False
        try:
            _sweep_trash(self._parent)
            self._is_new = _make_room(self._parent, prefix)
            self._folder = os.open(prefix.name, _FOLDER, dir_fd=self._parent)
            self.lock = _mark(self._folder, prefix)
        except (FileExistsError, FileNotFoundError) as error:  # it came or went between two looks
            self._give_up()
            raise _being_made(prefix) from error
        except BaseException:
            self._give_up()
            raise

    def _give_up(self) -> None:
        if self._is_new:
            with suppress(OSError):  # only an empty folder goes
                os.rmdir(self.prefix.name, dir_fd=self._parent)
        self.close()

    def finish(self) -> None:
        """Make it an environment: everything to the disk, then the marker away. Raises `Occupied` if it was moved."""
        if not _is(self._folder, self.prefix.name, self._parent):
            raise Occupied(
                f"{self.prefix} was moved while it was being made.", "Make it again, and leave it until it is done."
            )
        sync(self._folder)
        os.unlink(MARKER, dir_fd=self._folder)
        os.fsync(self._folder)
        os.fsync(self._parent)

    def discard(self) -> None:
        """Delete the folder and all that was made in it; an empty one that was there before stays, empty again.

        What cannot be deleted stays marked, and so unlisted.
        """
        with suppress(OSError):
            if self._is_new:
                _remove(self._parent, self.prefix.name, self._folder)
            else:
                _empty(self._folder)

    def close(self) -> None:
        """Let go of the lock and the folders."""
        for descriptor in (self.lock, self._folder, self._parent):
            if descriptor >= 0:
                os.close(descriptor)
        self.lock = self._folder = self._parent = -1


def _make_room(parent: int, prefix: Path) -> bool:
    """See to an empty folder of that name, without what an unfinished attempt left there; whether it was made now."""
    with suppress(FileExistsError):
        os.mkdir(prefix.name, 0o775, dir_fd=parent)
        return True
    try:
        folder = os.open(prefix.name, _FOLDER, dir_fd=parent)
    except OSError as error:
        raise _taken(prefix) from error
    try:
        if not _names(folder):  # as good as new; the marker decides who has it
            return False
        _sweep(parent, prefix, folder)
        os.mkdir(prefix.name, 0o775, dir_fd=parent)
    finally:
        os.close(folder)
    return True


def _mark(folder: int, prefix: Path) -> int:
    """The locked and synced marker of a folder."""
    try:
        marker = os.open(MARKER, _MARKER | os.O_CREAT | os.O_EXCL, 0o600, dir_fd=folder)
    except FileExistsError as error:
        raise _being_made(prefix) from error
    try:
        _lock(marker, prefix)
        os.write(marker, _number(folder))
        os.fsync(marker)
        os.fsync(folder)
    except OSError:  # no locks here, or no room: the marker is ours alone, and nothing else is there
        os.close(marker)
        os.unlink(MARKER, dir_fd=folder)
        raise
    except Occupied:
        os.close(marker)
        raise
    return marker


def _sweep(parent: int, prefix: Path, folder: int) -> None:
    """Remove what an unfinished attempt left; raises `Occupied` when the folder is anything else."""
    try:
        marker = os.open(MARKER, _MARKER, dir_fd=folder)
    except OSError as error:
        raise _taken(prefix) from error
    try:
        _lock(marker, prefix)
        if not _was_left_behind(marker, folder):
            raise _taken(prefix)
        _remove(parent, prefix.name, folder)
    finally:
        os.close(marker)


def _was_left_behind(marker: int, folder: int) -> bool:
    status = os.fstat(marker)
    if not stat.S_ISREG(status.st_mode) or status.st_uid != os.geteuid():
        return False
    noted = os.pread(marker, 64, 0)
    return noted == _number(folder) or (not noted and _names(folder) == [MARKER])


def _lock(marker: int, prefix: Path) -> None:
    import fcntl  # absent on Windows, where nothing is made

    try:
        fcntl.flock(marker, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise _being_made(prefix) from error
    if os.fstat(marker).st_nlink == 0:  # it was swept before it could be locked
        raise _being_made(prefix)


def _empty(folder: int) -> None:
    """Delete what lies in an open folder, the marker last."""
    for name in sorted(_names(folder), key=MARKER.__eq__):
        if stat.S_ISDIR(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
            shutil.rmtree(name, dir_fd=folder)
        else:
            os.unlink(name, dir_fd=folder)


def _remove(parent: int, name: str, folder: int) -> None:
    """Delete an open folder: renamed, looked at again, and deleted by descriptor, so that no link leads elsewhere."""
    trash = TRASH + _number(folder).decode()
    if not _is(folder, name, parent):
        return
    os.rename(name, trash, src_dir_fd=parent, dst_dir_fd=parent)
    if not _is(folder, trash, parent):
        os.rename(trash, name, src_dir_fd=parent, dst_dir_fd=parent)
        return
    with suppress(FileNotFoundError):  # first: half a folder without the marker must not look like an environment
        os.unlink("pyvenv.cfg", dir_fd=folder)
    _delete(trash, parent)


def _delete(name: str, parent: int) -> None:
    """Delete a folder; what somebody else deletes at the same time is as good as deleted."""

    def go_on(_call: object, _path: str, error: BaseException) -> None:
        if not isinstance(error, FileNotFoundError):
            raise error

    if sys.version_info >= (3, 12):
        shutil.rmtree(name, dir_fd=parent, onexc=go_on)
    else:
        shutil.rmtree(name, dir_fd=parent, onerror=lambda call, path, failed: go_on(call, path, failed[1]))


def _sweep_trash(parent: int) -> None:
    """Delete what a killed deletion left. The name holds the folder's own number, so a copy of one is left alone."""
    for name in _names(parent):
        if not name.startswith(TRASH):
            continue
        with suppress(OSError):
            folder = os.open(name, _FOLDER, dir_fd=parent)
            try:
                if name == TRASH + _number(folder).decode() and os.fstat(folder).st_uid == os.geteuid():
                    _delete(name, parent)
            finally:
                os.close(folder)


def _is(folder: int, name: str, parent: int) -> bool:
    """Whether the open folder is still the one that goes by that name."""
    try:
        found = os.stat(name, dir_fd=parent, follow_symlinks=False)
    except OSError:
        return False
    return os.path.samestat(found, os.fstat(folder))


def _names(folder: int) -> list[str]:
    return os.listdir(folder)


def _number(folder: int) -> bytes:
    return b"%x" % os.fstat(folder).st_ino


def _taken(prefix: Path) -> Occupied:
    return Occupied(f"{prefix} already exists.", "Choose another name, or remove it first.")


def _being_made(prefix: Path) -> Occupied:
    return Occupied(f"{prefix} is being made right now.", "Wait until that is done.")
