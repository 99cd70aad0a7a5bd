"""The shell of an environment: a folder that does not count as one until it is finished, whatever is killed and when.

A marker inside says that it is being made, and a lock on the marker that somebody still is. The tools inherit the
lock, so it lasts as long as any of them. A marker whose lock is free was left behind, and its folder is removed, but
only if the marker holds the number of that very folder: one that was copied or checked out is somebody else's.
The environment and the marker's removal reach the disk in this order, so a power cut leaves no half of one either.
"""

from __future__ import annotations

import errno
import os
import stat
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from jupyter_envs.creator import trash
from jupyter_envs.creator.disk import sync
from jupyter_envs.creator.places import FOLDER, make_folder, open_folder, remove_empty
from jupyter_envs.creator.trash import TRASH as TRASH  # noqa: PLC0414 -- with the marker's, for whoever sweeps
from jupyter_envs.creator.trash import number_of as number_of  # noqa: PLC0414 -- as above
from jupyter_envs.errors import Occupied
from jupyter_envs.pyvenv import MARKER

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_SYSTEMS_OWN = (("proc",), ("sys",), ("dev",))
_FILE = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
_MARKER = os.O_RDWR | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0)


class Shell:
    """The folder of an environment from its `mkdir` to its last sync, held by descriptors and not by its name.

    `lock` is the descriptor that the tools inherit. The folders on the way to it are made where they are missing
    `below` one that is there. Raises `Occupied` when the place is taken, and `OSError`.
    """

    def __init__(self, prefix: Path, below: Path | None = None) -> None:
        self.prefix = prefix
        self.folder = self.lock = -1
        self._is_new = self._stands = False
        with _systems_own(below or prefix.parent):
            self._parent, self._made = make_folder(prefix.parent, below or prefix.parent)
        try:
            trash.sweep(self._parent)
            self._is_new = _make_room(self._parent, prefix)
            self.folder = os.open(prefix.name, FOLDER, dir_fd=self._parent)
            self.lock = _mark(self.folder, prefix)
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
        remove_empty(self._made)
        self.close()

    def check(self, told: Path | None = None) -> None:
        """Raises `Occupied` where the folder no longer is what its path leads to: tools would work elsewhere.

        `told` is the path that the tools are told, which may lead through links of the person's own.
        """
        try:
            parent = open_folder(self.prefix.parent)
        except OSError as error:
            raise _moved(self.prefix) from error
        try:
            stays = trash.is_same(self.folder, self.prefix.name, parent)
            if not stays or (told is not None and not _leads_to(told, self.folder)):
                raise _moved(self.prefix)
        finally:
            os.close(parent)

    def write(self, name: str, text: str) -> None:
        """Write a file into the environment, by its name below it, through no link."""
        *above, last = name.split("/")
        here = os.dup(self.folder)
        try:
            for step in above:
                there = os.open(step, FOLDER, dir_fd=here)
                os.close(here)
                here = there
            with os.fdopen(os.open(last, _FILE, 0o666, dir_fd=here), "wb") as file:
                file.write(text.encode("utf-8", "surrogateescape"))
        finally:
            os.close(here)

    def write_out(self) -> None:
        """Everything to the disk, which may take seconds. Raises `Occupied` if it was moved, and `OSError`."""
        self.check()
        sync(self.folder)

    def finish(self) -> None:
        """Make what was written out an environment: the marker goes. Raises `Occupied` if it was moved."""
        self.check()
        self._stands = True
        try:
            os.unlink(MARKER, dir_fd=self.folder)
        except OSError:
            self._stands = False
            raise
        with suppress(OSError):  # all of it is written and listed by now; only the marker might come back
            os.fsync(self.folder)
            os.fsync(self._parent)

    def discard(self) -> None:
        """Delete the folder and all that was made in it; an empty one that was there before stays, empty again.

        What cannot be deleted stays marked, and so unlisted. An environment that stands is never deleted.
        """
        if self._stands:
            return
        with suppress(OSError):
            if self._is_new:
                trash.remove(self._parent, self.prefix.name, self.folder)
            else:
                trash.empty(self.folder)
        remove_empty(self._made)

    def close(self) -> None:
        """Let go of the lock and the folders."""
        for descriptor in (self.lock, self.folder, self._parent):
            if descriptor >= 0:
                os.close(descriptor)
        self.lock = self.folder = self._parent = -1


def _make_room(parent: int, prefix: Path) -> bool:
    """See to an empty folder of that name, without what an unfinished attempt left there; whether it was made now."""
    with suppress(FileExistsError):
        with _systems_own(prefix.parent):
            os.mkdir(prefix.name, 0o775, dir_fd=parent)
        return True
    try:
        folder = os.open(prefix.name, FOLDER, dir_fd=parent)
    except OSError as error:
        raise _taken(prefix) from error
    try:
        if not os.listdir(folder):  # as good as new; the marker decides who has it
            return False
        _sweep(parent, prefix, folder)
        os.mkdir(prefix.name, 0o775, dir_fd=parent)
    finally:
        os.close(folder)
    return True


@contextmanager
def _systems_own(folder: Path) -> Iterator[None]:
    """Give the true reason where a folder takes none: /proc says then that there is no such file."""
    try:
        yield
    except FileNotFoundError as error:
        if folder.parts[1:2] not in _SYSTEMS_OWN:
            raise
        raise OSError(errno.EPERM, f"{folder} takes no folders, as the system itself keeps it") from error


def _mark(folder: int, prefix: Path) -> int:
    """The locked and synced marker of a folder."""
    try:
        marker = os.open(MARKER, _MARKER | os.O_CREAT | os.O_EXCL, 0o600, dir_fd=folder)
    except FileExistsError as error:
        raise _being_made(prefix) from error
    try:
        _lock(marker, prefix)
        if os.listdir(folder) != [MARKER]:  # an environment that had been put aside came back meanwhile
            os.unlink(MARKER, dir_fd=folder)
            raise _taken(prefix)
        os.write(marker, number_of(folder))
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
        trash.remove(parent, prefix.name, folder)
    finally:
        os.close(marker)


def sweep(prefix: Path) -> None:
    """Delete what an unfinished attempt left at `prefix`; raises `Occupied` when anything else is there."""
    parent = open_folder(prefix.parent)
    try:
        with suppress(FileNotFoundError):
            folder = os.open(prefix.name, FOLDER, dir_fd=parent)
            try:
                _sweep(parent, prefix, folder)
            finally:
                os.close(folder)
    finally:
        os.close(parent)


def _was_left_behind(marker: int, folder: int) -> bool:
    status = os.fstat(marker)
    if not stat.S_ISREG(status.st_mode) or status.st_uid != os.geteuid():
        return False
    noted = os.pread(marker, 64, 0)
    return noted == number_of(folder) or (not noted and os.listdir(folder) == [MARKER])


def _lock(marker: int, prefix: Path) -> None:
    import fcntl  # absent on Windows, where nothing is made

    try:
        fcntl.flock(marker, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise _being_made(prefix) from error
    if os.fstat(marker).st_nlink == 0:  # it was swept before it could be locked
        raise _being_made(prefix)


def _leads_to(path: Path, folder: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(folder))
    except OSError:
        return False


def _moved(prefix: Path) -> Occupied:
    return Occupied(f"{prefix} was moved while it was being made.", "Make it again, and leave it until it is done.")


def _taken(prefix: Path) -> Occupied:
    return Occupied(f"{prefix} already exists.", "Choose another name, or remove it first.")


def _being_made(prefix: Path) -> Occupied:
    return Occupied(f"{prefix} is being made right now.", "Wait until that is done.")
