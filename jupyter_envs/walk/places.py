"""Paths as a walk has them: where it can stand in its root, they begin there, and the system has less to look up."""

from __future__ import annotations

import _thread
import os

SECONDS = 1.0


class Places:
    """Short forms of the paths below the first root (`./a/b`), where all other roots lie in that one."""

    __slots__ = ("_base", "_standing")

    def __init__(self, roots: list[bytes]) -> None:
        base = roots[0] if roots else b"/"
        inside = all(root == base or root.startswith(base.rstrip(b"/") + b"/") for root in roots)
        self._base = base.rstrip(b"/") if inside else None
        self._standing = False if self._base is None else _stand_in(base)

    def short(self, path: bytes) -> bytes:
        """How a walk writes a path."""
        return self.remembered(path) if self._standing else path

    def remembered(self, path: bytes) -> bytes:
        """How a path is written down: short, whether or not the walk could stand in its root this time."""
        base = self._base
        if base is None or not (path + b"/").startswith(base + b"/"):
            return path
        return (b"." + path[len(base) :]).rstrip(b"/")

    def full(self, path: bytes) -> bytes:
        """The path that a short or a full one means."""
        if path.startswith(b".") and self._base is not None:
            return self._base + path[1:] or b"/"
        return path

    @property
    def are_standing(self) -> bool:
        """Whether a walk stands in its first root, with all others below, so that nobody can put another there."""
        return self._standing

    @property
    def are_remembered(self) -> bool:
        """Whether a walk writes paths as they are written down."""
        return self._standing or self._base is None


def _stand_in(folder: bytes) -> bool:
    """Whether this process could go there in time; nothing that hangs keeps the walk from saying so."""
    done: list[bool] = []
    bell = _thread.allocate_lock()
    bell.acquire()

    def go() -> None:
        try:
            os.chdir(folder)
            done.append(True)
        except OSError:
            pass
        bell.release()

    _thread.start_new_thread(go, ())
    bell.acquire(timeout=SECONDS)
    return bool(done)
