"""Somebody who exchanges a folder for a link to another place, and back, while others work in it."""

from __future__ import annotations

import ctypes
import functools
import os
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_LIBRARY = ctypes.CDLL(None, use_errno=True)
_HERE = -100
_EXCHANGE = 2


class Swap:
    """A folder, and a link that takes its place and gives it back; both names always lead somewhere."""

    def __init__(self, folder: Path, target: Path) -> None:
        self.turned = 0
        """How often the one took the place of the other."""
        self._folder = folder
        self._other = folder.with_name(f"{folder.name} (swapped)")
        self._other.symlink_to(target)

    def turn(self) -> None:
        """The one takes the place of the other, in one step; where something is gone, nothing happens."""
        paths = os.fsencode(self._folder), os.fsencode(self._other)
        if _LIBRARY.renameat2(_HERE, paths[0], _HERE, paths[1], _EXCHANGE) == 0:
            self.turned += 1

    def undo(self) -> None:
        """The folder has its own name again, and the link is gone."""
        if self._folder.is_symlink() and os.path.lexists(self._other):
            self.turn()
        for path in (self._other, self._folder):
            if path.is_symlink():
                path.unlink()
        if os.path.lexists(self._other):
            self._other.rename(self._folder)


@contextmanager
def racing(swap: Swap, chance: random.Random, longest: float) -> Iterator[None]:
    """Swaps again and again, each time after a moment of at most `longest` seconds, until this is left."""
    over = threading.Event()

    def race() -> None:
        while not over.is_set():
            swap.turn()
            time.sleep(chance.uniform(0, longest))

    thread = threading.Thread(target=race)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        swap.undo()


@contextmanager
def at_step(swap: Swap, step: int, lasting: int) -> Iterator[None]:
    """Swaps before this thread's step of that number, and back after so many more, until this is left.

    A step is whatever this process does to a disk, so no gap between a look and a deed is missed by chance.
    """
    with _watched() as steps:
        steps.turns = {step: swap, step + lasting: swap}
        try:
            yield
        finally:
            steps.turns = {}
            swap.undo()


@contextmanager
def counted() -> Iterator[list[int]]:
    """A list that holds, when this is left, how many steps there were."""
    told: list[int] = []
    with _watched() as steps:
        yield told
    told.append(steps.done)


@dataclass(slots=True)
class _Steps:
    thread: int
    done: int = 0
    turns: Mapping[int, Swap] = field(default_factory=dict)


_STEPS = frozenset({
    "open", "os.chmod", "os.link", "os.listdir", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.scandir",
    "os.symlink", "shutil.rmtree", "subprocess.Popen",
})  # fmt: skip
_watching: list[_Steps] = []


@contextmanager
def _watched() -> Iterator[_Steps]:
    _listen()
    steps = _Steps(threading.get_ident())
    _watching.append(steps)
    try:
        yield steps
    finally:
        _watching.remove(steps)


@functools.cache
def _listen() -> None:
    """Hear of each step from now on; Python has no way to stop that."""
    sys.addaudithook(_hear)


def _hear(event: str, _arguments: object) -> None:
    if not _watching or event not in _STEPS:
        return
    for steps in _watching:
        if steps.thread == threading.get_ident():
            swap = steps.turns.get(steps.done)
            steps.done += 1
            if swap is not None:
                swap.turn()
