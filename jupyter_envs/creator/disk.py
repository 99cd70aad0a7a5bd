"""Getting a finished environment onto the disk, before it is told that it is finished."""

from __future__ import annotations

import ctypes
import os
import sys

from jupyter_envs import files

_LOCAL = frozenset({
    "bcachefs", "btrfs", "ext2", "ext3", "ext4", "f2fs", "jfs", "overlay", "reiserfs", "tmpfs", "xfs", "zfs",
})  # fmt: skip


def sync(folder: int) -> None:
    """Write out the file system that an open folder is on, where that is a disk of this machine.

    On a shared one this would wait for everybody's writes; there each file was written out when the tool closed it.
    Raises `OSError` where the disk did not take it.
    """
    if sys.platform == "linux" and _kind(folder) in _LOCAL and ctypes.CDLL(None, use_errno=True).syncfs(folder) == -1:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _kind(folder: int) -> str | None:
    """The kind of file system, by the device's number in Linux's list of mounts."""
    device = os.fstat(folder).st_dev
    wanted = f"{os.major(device)}:{os.minor(device)}"
    for line in (files.read_text("/proc/self/mountinfo", files.LARGE) or "").splitlines():
        where, _, what = line.partition(" - ")
        if where.split(" ")[2:3] == [wanted]:
            return what.split(" ")[0]
    return None
