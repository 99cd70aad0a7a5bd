"""Putting another text in a file's place: whole or not at all, with the same permissions and, if possible, owner."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import tempfile
from contextlib import suppress

from jupyter_envs.errors import Refused
from jupyter_envs.managers.base import quoted

CHANGED = "It was changed meanwhile."


def obstacle(path: str, status: os.stat_result) -> Refused | None:
    """Why a file must not be replaced, and what to do; None where it may be."""
    if status.st_nlink > 1:
        message = "It has several names (hard links), and would change under this one only."
        return Refused(message, "Copy it, and remove the names that are not needed.")
    if not status.st_mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH) or not os.access(path, os.W_OK):
        return Refused("It may not be written.", _permit(path, status))
    if not os.access(os.path.dirname(path), os.W_OK | os.X_OK):
        folder = os.path.dirname(path)
        return Refused("Its folder may not be written.", _permit(folder, os.stat(folder)))
    return None


def _permit(path: str, status: os.stat_result) -> str:
    """How somebody comes to write there, who may be its owner."""
    mine = hasattr(os, "getuid") and status.st_uid == os.getuid()
    if mine and not status.st_mode & stat.S_IWUSR:  # else it is the disk that may not be written
        return f"Allow it: chmod u+w {quoted(path)}"
    return "Ask whose it is, or adopt a copy of your own."


def replace(path: str, before: os.stat_result, data: bytes) -> None:
    """Puts `data` in place of the file at a real path, if that still is as it was `before`.

    What is there stays whole, whatever happens. Raises `Refused`.
    """
    if refused := obstacle(path, before):
        raise refused
    try:
        _replace(path, before, data)
    except OSError as error:
        full = error.errno in {errno.ENOSPC, getattr(errno, "EDQUOT", None)}
        why = "The disk is full." if full else f"It could not be written: {error.strerror}."
        raise Refused(why, "It is as it was.") from error


def _replace(path: str, before: os.stat_result, data: bytes) -> None:
    descriptor, beside = tempfile.mkstemp(prefix=".jupyter-envs-", dir=os.path.dirname(path))
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            _like(path, beside, before)
            os.fsync(file.fileno())
        _take_its_place(beside, path, before)
    except BaseException:
        with suppress(OSError):
            os.unlink(beside)
        raise
    _sync(os.path.dirname(path))


def _take_its_place(beside: str, path: str, before: os.stat_result) -> None:
    if not _is_same(os.lstat(path), before):
        raise Refused(CHANGED, "Look again.")
    os.replace(beside, path)


def _like(path: str, beside: str, status: os.stat_result) -> None:
    """The owner, where that is allowed, then mode and extended attributes; but the time is that of the change."""
    if hasattr(os, "chown"):
        for owner, group in ((-1, status.st_gid), (status.st_uid, -1)):
            with suppress(OSError):  # only root may give files away
                os.chown(beside, owner, group)
    shutil.copystat(path, beside)
    os.utime(beside)


def _is_same(now: os.stat_result, before: os.stat_result) -> bool:
    names = ("st_dev", "st_ino", "st_size", "st_mtime_ns", "st_mode", "st_nlink")
    return all(getattr(now, name) == getattr(before, name) for name in names)


def _sync(folder: str) -> None:
    """The folder's new entry, too, outlives a power cut; not where folders cannot be opened."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
