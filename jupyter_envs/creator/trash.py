"""Deleting folders by descriptor: renamed first, looked at again, and then deleted, so that no link leads elsewhere.

What a killed deletion leaves is known by its name, which holds the folder's own number, and swept by the next one.
"""

from __future__ import annotations

import os
import shutil
import stat
import sys
from contextlib import suppress

from jupyter_envs.creator.places import FOLDER
from jupyter_envs.pyvenv import MARKER

TRASH = ".jupyter-envs-trash-"
"""How the name of a folder begins that is being deleted; the folder's number follows."""


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


def empty(folder: int) -> None:
    """Delete what lies in an open folder, the marker last; what somebody else deletes meanwhile is as good as gone."""
    for name in sorted(os.listdir(folder), key=MARKER.__eq__):
        with suppress(FileNotFoundError):
            if stat.S_ISDIR(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
                _delete_tree(name, folder)
            else:
                os.unlink(name, dir_fd=folder)


def sweep(parent: int) -> None:
    """Delete what a killed deletion left. The name holds the folder's own number, so a copy of one is left alone."""
    for name in os.listdir(parent):
        if not name.startswith(TRASH):
            continue
        with suppress(OSError):
            folder = os.open(name, FOLDER, dir_fd=parent)
            try:
                if name == TRASH + number_of(folder).decode() and os.fstat(folder).st_uid == os.geteuid():
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


def _delete_tree(name: str, parent: int) -> None:
    def go_on(_call: object, _path: str, error: BaseException) -> None:
        if not isinstance(error, FileNotFoundError):
            raise error

    if sys.version_info >= (3, 12):
        shutil.rmtree(name, dir_fd=parent, onexc=go_on)
    else:
        shutil.rmtree(name, dir_fd=parent, onerror=lambda call, path, failed: go_on(call, path, failed[1]))
