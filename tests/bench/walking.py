"""A first walk beside a bare pruned walk of the same tree, and a rescan beside one stat of each known folder."""

from __future__ import annotations

import gc
import os
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_envs import walks
from jupyter_envs.looks import PROJECT_FILES
from jupyter_envs.mounts import Mounts
from jupyter_envs.walk.names import PRUNED
from jupyter_envs.walk.order import Order, Root
from tests.bench.rows import Row, table
from tests.bench.trees import make_tree
from tests.walk.exploring import await_children

if TYPE_CHECKING:
    from collections.abc import Callable

TIMES = 15
BOUND = 1.3
NAMES = frozenset(map(os.fsdecode, PRUNED))


def measure(folder: Path, environments: int = 1000, folders: int = 40_000) -> list[Row]:
    """The rows of a walk; each is the best of several runs, which take turns with those of its control.

    What the bounds are about is how long it takes until all is told. What the child remembers afterwards nobody waits
    for, but it counts where the time of the processors is told.
    """
    home = os.fspath(make_tree(folder, environments, folders).home)
    own_clock = Mounts.read().has_own_clock(home)
    order = Order((Root(home, 6),), PROJECT_FILES, times=os.fspath(folder / "times"), own_clock=own_clock)
    paths = bare_walk(home)

    def first() -> None:
        (folder / "times").unlink(missing_ok=True)
        _check(walks.explore(order), len(paths), environments)

    def rescan() -> None:
        _check(walks.explore(order), len(paths), environments)

    wall, processors = _compared(first, lambda: bare_walk(home))
    again_wall, again_processors = _compared(rescan, lambda: stat_each(paths))
    return [
        _bounded("first walk (wall)", wall),
        _told("first walk (all CPU, with what is remembered afterwards)", processors),
        _bounded("rescan of a known tree (wall)", again_wall),
        _told("rescan of a known tree (all CPU)", again_processors),
    ]


def bare_walk(root: str) -> list[str]:
    """The folders that a walk enters, with nothing done about them."""
    met, todo = [], [root]
    while todo:
        path = todo.pop()
        inside, names = [], set()
        with os.scandir(path) as entries:
            for entry in entries:
                names.add(entry.name)
                if entry.is_dir(follow_symlinks=False) and not _is_pruned(entry.name, entry):
                    inside.append(entry.path)
        met.append(path)
        if "pyvenv.cfg" not in names:
            todo += inside
    return met


def stat_each(paths: list[str]) -> None:
    """One look at each folder."""
    stat = os.stat
    for path in paths:
        stat(path)


def _is_pruned(name: str, entry: os.DirEntry[str]) -> bool:
    if name in NAMES:
        return True
    return name[0] == "." and name != ".venv" and not os.path.lexists(entry.path + "/pyvenv.cfg")


def _check(explored: walks.Explored, folders: int, environments: int) -> None:
    found = sum(folder.is_environment for folder in explored.folders)
    assert (explored.complete, explored.known, found) == (True, folders, environments), replace(explored, folders=())


def _bounded(work: str, both: tuple[float, float]) -> Row:
    return Row(work, f"{BOUND} times", *both, "ms", within=both[1] <= BOUND * both[0])


def _told(work: str, both: tuple[float, float]) -> Row:
    return Row(work, "none", *both, "ms", within=None)


def _compared(ours: Callable[[], object], control: Callable[[], object]) -> list[tuple[float, float]]:
    """The best of the control and of ours, in milliseconds: of the wall, and of the CPU of us and our children."""
    both = [(_spent(control), _spent(ours)) for _ in range(TIMES)]
    best = [[min(run[who][kind] for run in both) * 1e3 for who in (0, 1)] for kind in (0, 1)]
    return [(control, ours) for control, ours in best]


def _spent(work: Callable[[], object]) -> tuple[float, float]:
    gc.collect()
    before, began = _cpu(), time.perf_counter()
    work()
    wall = time.perf_counter() - began
    await_children()
    return wall, _cpu() - before


def _cpu() -> float:
    import resource

    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:3]] or [1000, 40_000]
    with tempfile.TemporaryDirectory() as place:
        print(table(measure(Path(sys.argv[3] if len(sys.argv) > 3 else place), *numbers)))
