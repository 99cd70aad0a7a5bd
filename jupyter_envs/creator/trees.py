"""Deleting what lies in an open folder, by descriptors: through no link, and onto no other disk mounted in it."""

from __future__ import annotations

import errno
import os
import stat
import sys
from typing import TYPE_CHECKING

from jupyter_envs import files
from jupyter_envs.creator.places import FOLDER
from jupyter_envs.pyvenv import MARKER

if TYPE_CHECKING:
    from collections.abc import Callable

    Tell = Callable[[str, OSError], None]


def empty(folder: int, tell: Tell) -> None:
    """Delete what lies in an open folder. `tell` gets what stays, by its path below it, and why; it may raise that.

    The marker goes last, and only where nothing else stays. What somebody else deletes meanwhile is as good as deleted.
    """
    mount = _mount(folder)
    for name in sorted(os.listdir(folder)):
        if name != MARKER:
            _delete(name, folder, name, mount, tell)
    if os.listdir(folder) == [MARKER]:
        _delete(MARKER, folder, MARKER, mount, tell)


def _delete(name: str, parent: int, path: str, mount: tuple[int, str], tell: Tell) -> None:
    try:
        if stat.S_ISDIR(os.stat(name, dir_fd=parent, follow_symlinks=False).st_mode):
            _delete_below(name, parent, path, mount, tell)
            os.rmdir(name, dir_fd=parent)
        else:
            os.unlink(name, dir_fd=parent)
    except FileNotFoundError:
        pass
    except OSError as error:
        tell(path, error)


def _delete_below(name: str, parent: int, path: str, mount: tuple[int, str], tell: Tell) -> None:
    folder = os.open(name, FOLDER, dir_fd=parent)
    try:
        if _mount(folder) != mount:
            raise OSError(errno.EBUSY, "Another disk is mounted there", path)
        for inside in os.listdir(folder):
            _delete(inside, folder, f"{path}/{inside}", mount, tell)
    finally:
        os.close(folder)


def _mount(folder: int) -> tuple[int, str]:
    """What an open folder is on: its device and, as a folder of the same one may be mounted, Linux's number of that."""
    told = files.read_text(f"/proc/self/fdinfo/{folder}") if sys.platform == "linux" else None
    number = next((line for line in (told or "").splitlines() if line.startswith("mnt_id:")), "")
    return os.fstat(folder).st_dev, number
