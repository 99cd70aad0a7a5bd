"""Deleting folders by descriptor: renamed first, looked at again, and then deleted, so that no link leads elsewhere.

What a killed deletion leaves is swept by the next one. It is known by its name and by the marker in it, which both hold
the folder's own number, so nothing that somebody else named so is ever taken for it.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress

from jupyter_envs.creator import trees
from jupyter_envs.creator.places import FOLDER
from jupyter_envs.pyvenv import MARKER

TRASH = ".jupyter-envs-trash-"
"""How the name of a folder begins that is being deleted; the folder's number follows."""
PARKED = b"parked\n"
"""What the marker of an environment holds that was put aside: not its number, so it is no attempt to be swept."""
_QUICK = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0)


def remove(parent: int, name: str, folder: int) -> bool:
    """Delete an open folder that goes by that name in its open parent; False where another one does by now.

    Raises `OSError` where something in it cannot be deleted: what is left is trash, and no environment any more.
    """
    trash = TRASH + number_of(folder).decode()
    if not is_same(folder, name, parent):
        return False
    os.rename(name, trash, src_dir_fd=parent, dst_dir_fd=parent)
    if not is_same(folder, trash, parent):
        os.rename(trash, name, src_dir_fd=parent, dst_dir_fd=parent)
        return False
    with suppress(FileNotFoundError):  # first: half a folder without the marker must not look like an environment
        os.unlink("pyvenv.cfg", dir_fd=folder)
    _finish(parent, trash, folder)
    return True


def mark(folder: int) -> None:
    """Say in an open folder that it is being deleted: it is listed no more, and whoever comes next may sweep it.

    It gets its name once it is written: whoever is killed meanwhile leaves no empty one in a whole environment,
    which would never be swept. Where a disk is full it is empty, and where none can be written there is none: deleting
    goes on all the same.
    """
    try:
        _mark_at_once(folder)
    except (AttributeError, OSError):  # other systems have no files without a name
        _mark_by_name(folder)


def _mark_by_name(folder: int) -> None:
    """By another name first, which says nothing; what a killed one leaves of that goes with the folder."""
    draft = f"{MARKER}.draft"
    with suppress(OSError):
        marker = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | _QUICK, 0o600, dir_fd=folder)
        try:
            with suppress(OSError):
                os.write(marker, number_of(folder))
                os.fsync(marker)
        finally:
            os.close(marker)
        os.rename(draft, MARKER, src_dir_fd=folder, dst_dir_fd=folder)
        os.fsync(folder)


def _mark_at_once(folder: int) -> None:
    marker = os.open(".", os.O_WRONLY | os.O_TMPFILE, 0o600, dir_fd=folder)
    try:
        os.write(marker, number_of(folder))
        os.fsync(marker)
        os.link(f"/proc/self/fd/{marker}", MARKER, dst_dir_fd=folder)
    finally:
        os.close(marker)
    os.fsync(folder)


def empty(folder: int) -> None:
    """Delete what lies in an open folder, the marker last. Raises `OSError` for the first that cannot be deleted."""

    def stop(_path: str, error: OSError) -> None:
        raise error

    trees.empty(folder, stop)


def sweep(parent: int) -> None:
    """Delete what a killed deletion left. What is a copy of that, or only has such a name, is left alone."""
    for name in os.listdir(parent):
        if not name.startswith(TRASH):
            continue
        with suppress(OSError):
            folder = os.open(name, FOLDER, dir_fd=parent)
            try:
                if name == TRASH + number_of(folder).decode() and _is_marked(folder):
                    _finish(parent, name, folder)
            finally:
                os.close(folder)


def is_same(folder: int, name: str, parent: int) -> bool:
    """Whether the open folder is still the one that goes by that name."""
    try:
        found = os.stat(name, dir_fd=parent, follow_symlinks=False)
    except OSError:
        return False
    return os.path.samestat(found, os.fstat(folder))


def number_of(folder: int) -> bytes:
    """The number of an open folder, which stays its own when it is renamed and not when it is copied."""
    return b"%x" % os.fstat(folder).st_ino


def _finish(parent: int, name: str, folder: int) -> None:
    """Delete what lies in the open folder and then its name, by which only an empty folder goes."""
    empty(folder)
    with suppress(FileNotFoundError):
        os.rmdir(name, dir_fd=parent)


def _is_marked(folder: int) -> bool:
    """Whether an open folder holds our marker, with its number or as it was put aside or, from a full disk, empty."""
    if not os.listdir(folder):
        return True
    marker = os.open(MARKER, os.O_RDONLY | _QUICK, dir_fd=folder)
    try:
        status = os.fstat(marker)
        is_own = stat.S_ISREG(status.st_mode) and status.st_uid == os.geteuid()
        return is_own and os.read(marker, 64) in {number_of(folder), PARKED, b""}
    finally:
        os.close(marker)
