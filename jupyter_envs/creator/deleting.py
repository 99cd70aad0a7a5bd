"""Deleting a whole environment, which may hold what cannot be deleted: what can goes, and the rest is told.

It gets a marker first, which takes it off every list, and then a trash name, so whatever is killed then, half of it is
never listed. The next that makes or removes something beside it deletes what is left. All goes through the open folder
itself, so neither a folder above it that is swapped meanwhile nor a link leads elsewhere.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass

from jupyter_envs.creator import trash, trees
from jupyter_envs.creator.places import FOLDER
from jupyter_envs.pyvenv import MARKER


@dataclass(frozen=True, slots=True)
class Left:
    """What could not be deleted, by its path below the environment, and why."""

    name: str
    why: str


def set_aside(parent: int, name: str, folder: int) -> str | None:
    """Take an open folder off every list: its name in the trash; None where it no longer goes by `name`.

    Raises `OSError`. Unless it is in the trash then, it is as it was.
    """
    hidden = trash.TRASH + trash.number_of(folder).decode()
    if not trash.is_same(folder, name, parent):
        return None
    was_marked = MARKER in os.listdir(folder)
    if not was_marked:
        trash.mark(folder)
    if not _renamed(parent, name, hidden, folder, was_marked=was_marked):
        return None
    _unmake(folder)
    with suppress(OSError):  # its name has changed, and it is deleted all the same
        os.fsync(parent)
    return hidden


def empty(folder: int) -> tuple[Left, ...]:
    """Delete what lies in an open folder; what is left, which stays marked."""
    left: list[Left] = []
    trees.empty(folder, lambda path, error: left.append(Left(path, error.strerror or str(error))))
    return tuple(left)


def delete(parent: int, name: str, folder: int) -> tuple[Left, ...] | None:
    """Set an open folder aside and delete it: what is left of it, or None where another one goes by `name` by now."""
    hidden = set_aside(parent, name, folder)
    if hidden is None:
        return None
    left = empty(folder)
    with suppress(OSError):  # what is left keeps it; the name may be another folder's by now, and is only rmdir'ed
        os.rmdir(hidden, dir_fd=parent)
    return left


def _renamed(parent: int, name: str, hidden: str, folder: int, *, was_marked: bool) -> bool:
    """Whether the open folder got its name in the trash; if not, it is a listed one again where it was one."""
    try:
        os.rename(name, hidden, src_dir_fd=parent, dst_dir_fd=parent)
        if not trash.is_same(folder, hidden, parent):  # it was swapped meanwhile, and the other one gets its name back
            os.rename(hidden, name, src_dir_fd=parent, dst_dir_fd=parent)
            return False
        return True
    finally:
        if not was_marked and not trash.is_same(folder, hidden, parent):
            with suppress(OSError):
                os.unlink(MARKER, dir_fd=folder)


def _unmake(folder: int) -> None:
    """Delete first what makes the folder an environment, also one that virtualenv before 20 made."""
    with suppress(OSError):
        os.unlink("pyvenv.cfg", dir_fd=folder)
    with suppress(OSError):  # `bin` may be a link
        scripts = os.open("bin", FOLDER, dir_fd=folder)
        try:
            os.unlink("activate", dir_fd=scripts)
        finally:
            os.close(scripts)
