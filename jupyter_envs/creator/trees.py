"""Deleting what lies in an open folder, by descriptors: through no link, and onto no other disk mounted in it."""

from __future__ import annotations

import errno
import os
import secrets
import stat
import sys
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jupyter_envs import files
from jupyter_envs.creator.places import FOLDER
from jupyter_envs.pyvenv import MARKER

if TYPE_CHECKING:
    from collections.abc import Callable

    Tell = Callable[[str, OSError], None]

DEPTH_AT_MOST = 50
"""How many folders are open at once, each in the one before."""
LIFTED = ".jupyter-envs-deep-"


def empty(folder: int, tell: Tell) -> None:
    """Delete what lies in an open folder. `tell` gets what stays, by its path below it, and why; it may raise that.

    The marker goes last, and only where nothing else stays. What somebody else deletes meanwhile is as good as deleted.
    """
    deleting = _Deleting(folder, _mount(folder), tell)
    deleting.waiting.extend((name, name) for name in sorted(os.listdir(folder)) if name != MARKER)
    while deleting.waiting:
        name, path = deleting.waiting.popleft()
        deleting.delete(name, folder, path)
    if os.listdir(folder) == [MARKER]:
        deleting.delete(MARKER, folder, MARKER)


@dataclass(frozen=True, slots=True)
class _Deleting:
    """`waiting` are names in the top folder, with the paths by which they are told."""

    top: int
    mount: tuple[int, str]
    tell: Tell
    waiting: deque[tuple[str, str]] = field(default_factory=deque)

    def delete(self, name: str, parent: int, path: str, depth: int = 0) -> None:
        try:
            if not stat.S_ISDIR(os.stat(name, dir_fd=parent, follow_symlinks=False).st_mode):
                os.unlink(name, dir_fd=parent)
            elif depth < DEPTH_AT_MOST:
                self._empty(name, parent, path, depth)
                os.rmdir(name, dir_fd=parent)
            else:
                self._lift(name, parent, path)
        except FileNotFoundError:
            pass
        except OSError as error:
            self.tell(path, error)

    def _empty(self, name: str, parent: int, path: str, depth: int) -> None:
        folder = os.open(name, FOLDER, dir_fd=parent)
        try:
            if _mount(folder) != self.mount:
                raise OSError(errno.EBUSY, "Another disk is mounted there", path)
            for inside in os.listdir(folder):
                self.delete(inside, folder, f"{path}/{inside}", depth + 1)
        finally:
            os.close(folder)

    def _lift(self, name: str, parent: int, path: str) -> None:
        """Move a folder that lies deep into the top one, so that neither calls nor descriptors pile up."""
        lifted = f"{LIFTED}{secrets.token_hex(8)}"
        os.rename(name, lifted, src_dir_fd=parent, dst_dir_fd=self.top)
        self.waiting.append((lifted, path))


def _mount(folder: int) -> tuple[int, str]:
    """What an open folder is on: its device and, as a folder of the same one may be mounted, Linux's number of that."""
    told = files.read_text(f"/proc/self/fdinfo/{folder}") if sys.platform == "linux" else None
    number = next((line for line in (told or "").splitlines() if line.startswith("mnt_id:")), "")
    return os.fstat(folder).st_dev, number
