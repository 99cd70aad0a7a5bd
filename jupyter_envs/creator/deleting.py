"""Deleting a whole environment, which may hold what cannot be deleted: what can goes, and the rest is told.

It gets a trash name first and loses its `pyvenv.cfg`, so whatever is killed then, half of it is never listed. The next
that makes or removes something beside it deletes what is left. All goes through the open folder itself, so neither a
folder above it that is swapped meanwhile nor a link leads elsewhere.
"""

from __future__ import annotations

import os
import shutil
import stat
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jupyter_envs.creator import trash
from jupyter_envs.creator.places import FOLDER

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Left:
    """What could not be deleted, by its path below the environment, and why."""

    name: str
    why: str


def set_aside(parent: int, name: str, folder: int) -> str | None:
    """Take an open folder off every list: its name in the trash; None where it no longer goes by `name`."""
    hidden = trash.TRASH + trash.number_of(folder).decode()
    if not trash.is_same(folder, name, parent):
        return None
    os.rename(name, hidden, src_dir_fd=parent, dst_dir_fd=parent)
    if not trash.is_same(folder, hidden, parent):  # it was swapped between the two
        os.rename(hidden, name, src_dir_fd=parent, dst_dir_fd=parent)
        return None
    _unmake(folder)
    os.fsync(parent)
    return hidden


def empty(folder: int) -> tuple[Left, ...]:
    """Delete what lies in an open folder; what is left. What somebody else deletes meanwhile is as good as deleted."""
    left: list[Left] = []

    def note(path: str, error: BaseException) -> None:
        if not isinstance(error, FileNotFoundError):
            left.append(Left(path, getattr(error, "strerror", None) or str(error)))

    for name in sorted(os.listdir(folder)):
        try:
            if stat.S_ISDIR(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
                _delete_tree(name, folder, note)
            else:
                os.unlink(name, dir_fd=folder)
        except OSError as error:
            note(name, error)
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


def _delete_tree(name: str, folder: int, note: Callable[[str, BaseException], None]) -> None:
    if sys.version_info >= (3, 12):
        shutil.rmtree(name, dir_fd=folder, onexc=lambda _call, path, error: note(path, error))
    else:
        shutil.rmtree(name, dir_fd=folder, onerror=lambda _call, path, failed: note(path, failed[1]))


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
