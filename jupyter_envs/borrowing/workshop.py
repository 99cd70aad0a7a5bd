"""Where overlays are made: beside the finished ones, under a lock, and renamed to the next generation when whole.

A lock for each tag says that one is being made; the tools inherit it, so it lasts as long as any of them. Whoever has
it deletes what an attempt that was killed left behind, and its file at the end: so who gets a lock looks whether the
file that it holds is still the one that is there.
"""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jupyter_envs import files
from jupyter_envs.borrowing import contents, lasting
from jupyter_envs.errors import Cancelled, Refused
from jupyter_envs.overlay import store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jupyter_envs.creator import Report
    from jupyter_envs.pyvenv import Reading

MAKING = ".making-"
TRASH = ".trash-"
_LOCKS = ".lock"
OWN, EVERYBODYS = 0o700, 0o755
_TICK = 0.05
_TRIES = 1000
_FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_CLOEXEC", 0)
_LOCK = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)


class BeingMade(Refused):
    """Somebody else is making one of the same tag, and it takes longer than the caller may wait."""

    reason = "being-made"


@dataclass(frozen=True, slots=True)
class Bench:
    """The right to make overlays of one tag in one place. `lock` is the descriptor that the tools inherit."""

    place: str
    tag: str
    mode: int
    lock: int

    @contextmanager
    def making(self) -> Iterator[str]:
        """An empty folder to make an overlay in; nothing of it is left unless it was finished."""
        folder = os.path.join(self.place, f"{MAKING}{self.tag}.{secrets.token_hex(6)}")
        os.mkdir(folder, self.mode)
        try:
            os.chmod(folder, self.mode)  # whatever the umask is
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def site(self, folder: str) -> str:
        """The new folder for packages in one that is being made."""
        site = os.path.join(folder, store.SITE)
        os.mkdir(site)
        return site

    def finish(self, folder: str, reading: Reading, source: str) -> str:
        """Makes what was made the newest overlay of its tag, described first; its path.

        What was downloaded, or is for everybody, is written out to the disk before; what was copied for a kernel's
        start afterwards. Raises ToolFailed where ipykernel could not run on it.
        """
        contents.describe(folder, reading, source)
        if self.mode == EVERYBODYS:
            contents.open_to_all(folder)
        found = (store.generation(name, self.tag) for name in files.names(self.place))
        path = os.path.join(self.place, f"{self.tag}.{max(filter(None, found), default=0) + 1}")
        if source == contents.INDEX or self.mode == EVERYBODYS:
            lasting.write_out(folder)
            os.rename(folder, path)
        else:
            lasting.mark(folder)
            os.rename(folder, path)
            lasting.write_out_later(path)
        return path


@contextmanager
def bench(place: str, tag: str, report: Report, *, mode: int = OWN, seconds: float | None = None) -> Iterator[Bench]:
    """The right to make overlays of a tag, waited for at most so long while somebody else has it.

    Raises BeingMade then, Cancelled, and OSError where nothing can be written.
    """
    path = os.path.join(place, f".{tag}{_LOCKS}")
    descriptor = _locked(path, mode, report, None if seconds is None else time.monotonic() + seconds)
    try:
        _sweep(place, f"{MAKING}{tag}.")
        yield Bench(place, tag, mode, descriptor)
    finally:
        _unlock(descriptor, path)


def tidy(place: str) -> None:
    """Deletes what was left behind by whoever was killed, and the place where nothing is in it."""
    for name in files.names(place):
        if name.startswith(".") and name.endswith(_LOCKS):
            _tidy(place, name)
    _sweep(place, TRASH)
    with suppress(OSError):  # not empty
        os.rmdir(place)
        os.rmdir(os.path.dirname(place))


def in_use(overlay: str) -> bool:
    """Whether a kernel runs on an overlay, which then holds a lock on its description."""
    try:
        held = hold(overlay)
    except OSError:  # only somebody else can tell
        return True
    if held is not None:
        os.close(held)
    return held is None


def hold(overlay: str) -> int | None:
    """The locked description of an overlay that nobody uses, or None."""
    import fcntl  # absent on Windows, where nothing is borrowed

    try:
        descriptor = _opened(os.path.join(overlay, store.DESCRIPTION))
    except FileNotFoundError:
        return os.open(overlay, _FOLDER)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor


def _opened(path: str) -> int:
    """A file to lock: NFS gives the exclusive lock only on one that is open for writing."""
    try:
        return os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if error.errno not in {errno.EACCES, errno.EPERM, errno.EROFS}:
            raise
        return os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)


def remove(overlay: str) -> bool:
    """Removes an overlay unless a kernel runs on it: renamed away first, so that none is ever there in part.

    Raises OSError for what may not be removed.
    """
    try:
        held = hold(overlay)
    except FileNotFoundError:  # somebody else removed it
        return True
    if held is None:
        return False
    try:
        trash = os.path.join(os.path.dirname(overlay), TRASH + secrets.token_hex(6))
        with suppress(FileNotFoundError):  # somebody else removes it, too
            os.rename(overlay, trash)
            shutil.rmtree(trash)
    finally:
        os.close(held)
    return True


def _make_folders(place: str, mode: int) -> None:
    """The place with the folders that it lies in; those that are there keep their permissions."""
    parent = os.path.dirname(place)
    if not os.path.isdir(parent):
        _make_folders(parent, mode)
    with suppress(FileExistsError):
        os.mkdir(place, mode)
        os.chmod(place, mode)


def _locked(path: str, mode: int, report: Report, deadline: float | None) -> int:
    """The descriptor of a lock file that is there, locked; made with the folders that it lies in."""
    for _ in range(_TRIES):
        with suppress(FileNotFoundError):  # somebody tidied it away in between
            _make_folders(os.path.dirname(path), mode)
            descriptor = os.open(path, _LOCK, 0o600)
            try:
                _lock(descriptor, report, deadline)
                if _is_there(descriptor, path):
                    return descriptor
            except BaseException:
                os.close(descriptor)
                raise
            os.close(descriptor)
    raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)  # below a link that leads nowhere


def _lock(descriptor: int, report: Report, deadline: float | None) -> None:
    told = False
    while not _is_locked(descriptor):
        if not told:
            told = True
            report.phase("Waiting for another one who prepares the same")
        if deadline is not None and time.monotonic() > deadline:
            raise BeingMade("It is being prepared.", "Try again in a moment.")
        if report.cancel.wait(_TICK):
            raise Cancelled("It was cancelled, and nothing is left of it.")


def _is_locked(descriptor: int) -> bool:
    """Whether the lock is ours now."""
    import fcntl  # as above

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_there(descriptor: int, path: str) -> bool:
    """Whether a file that is open is still the one of that path."""
    try:
        return os.path.samestat(os.fstat(descriptor), os.lstat(path))
    except FileNotFoundError:
        return False


def _unlock(descriptor: int, path: str) -> None:
    """Takes the file of a lock that is held away, and lets go of it."""
    with suppress(OSError):  # the disk went away, or is read-only now
        os.unlink(path)
    os.close(descriptor)


def _tidy(place: str, name: str) -> None:
    """Deletes a lock that nobody holds, and what was made under it."""
    path = os.path.join(place, name)
    with suppress(OSError):
        descriptor = os.open(path, _LOCK & ~os.O_CREAT)
        try:
            if _is_locked(descriptor) and _is_there(descriptor, path):
                _sweep(place, f"{MAKING}{name[1 : -len(_LOCKS)]}.")
                os.unlink(path)
        finally:
            os.close(descriptor)


def _sweep(place: str, beginning: str) -> None:
    """Deletes what was left behind of attempts and removals that were killed."""
    for name in files.names(place):
        if name.startswith((beginning, TRASH)):
            shutil.rmtree(os.path.join(place, name), ignore_errors=True)
