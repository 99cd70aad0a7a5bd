"""Works during which somebody exchanges a folder for a link that leads outside, to what is precious."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jupyter_envs.errors import EnvsError
from tests.faults.checking import Order, begin_anew, check_order, delete, mend
from tests.faults.counts import Count
from tests.faults.stage import CREATE, REMOVE, Quiet, Stage
from tests.faults.swaps import Swap, at_step, counted, racing
from tests.faults.trees import Tree, added, changed, tree_of
from tests.folders import make_environment, site_of, write
from tests.real.outside import interpreters

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

SEED = 20_260_102
LONGEST = {REMOVE: 0.002, CREATE: 0.1}
"""For how many seconds at most the one or the other lies there, in a race."""
PRECIOUS = "Nobody may touch this.\n"
ENVIRONMENT = "instead of an environment"
FOLDERS = ("the environment", "its folder", "the folder above")


@dataclass(frozen=True, slots=True)
class Outside:
    """A place beside the home to which the links lead, and what is precious in it."""

    folder: Path
    before: Tree

    @classmethod
    def of(cls, stage: Stage, kind: str) -> Outside:
        """A new one: for a removal it looks as the home does, down to an environment of the same name."""
        folder = stage.folder / f"outside of {kind}"
        prefix = folder / stage.project.relative_to(stage.home) / ".venv"
        if kind == REMOVE:
            make_environment(prefix, interpreters().default.executable)
            write(site_of(prefix) / "precious.py", PRECIOUS)
        for above in (prefix.parent.parent, prefix.parent, folder / ENVIRONMENT):
            write(above / "precious.txt", PRECIOUS)
        return cls(folder, tree_of(folder))

    def instead_of(self, folder: Path, stage: Stage, kind: str) -> Path:
        """Where the link leads that takes the place of a folder; nobody makes an environment over another one."""
        if kind == CREATE and folder.name == ".venv":
            return self.folder / ENVIRONMENT
        return self.folder / folder.relative_to(stage.home)

    def check(self, kind: str, count: Count) -> frozenset[str]:
        """Count what was changed, and what came new; what a tool wrote where the link led it is only noted.

        The names of what lies outside now, and so need not lie where it was meant to.
        """
        after = tree_of(self.folder)
        if lost := changed(self.before, after):
            count.tell("lost", f"outside were changed: {lost[:5]}")
        for path in (left := added(self.before, after)):
            delete(self.folder / path)
        if left and kind == REMOVE:
            count.tell("left", f"outside came new: {left[:5]}")
        elif left:
            count.notes.append("with new files outside")
        return frozenset(path.rpartition("/")[2] for path in left)


def measure(folder: Path, rounds: int) -> Iterator[Count]:
    """Removing and creating, in that many rounds each for each folder that is swapped."""
    stage = Stage(folder).furnish()
    yield from swapped(stage, REMOVE, rounds)
    yield from swapped(stage, CREATE, rounds)


def swapped(stage: Stage, kind: str, rounds: int) -> Iterator[Count]:
    """What came of that many rounds for each folder: in one half it is swapped at a step, in the other in a race."""
    order, chance = Order.of(stage), random.Random(SEED)  # noqa: S311 -- the same steps each time
    outside, steps = Outside.of(stage, kind), _steps(stage, order, kind)
    for level, name in enumerate(FOLDERS):
        count = Count(f"swapping {name} in {kind}")
        folder = [order.prefix, *order.prefix.parents][level]
        for number in range(rounds):
            count.rounds += 1
            begin_anew(stage, order, kind)
            swap = Swap(folder, outside.instead_of(folder, stage, kind))
            swaps = at_step(swap, _step(number // 2, max(1, rounds // 2), steps), 1 + number // 2 // steps)
            _round(stage, kind, racing(swap, chance, LONGEST[kind]) if number % 2 else swaps, count)
            count.hits += swap.turned > 0
            elsewhere = outside.check(kind, count)
            mend(stage, order, kind, count)
            check_order(stage, order, kind, count, elsewhere)
        yield count


def _round(stage: Stage, kind: str, swaps: AbstractContextManager[None], count: Count) -> None:
    work = stage.prepare(kind)
    with swaps:
        try:
            work.do(Quiet())
        except EnvsError as error:
            count.notes.append(error.reason)
        except OSError as error:
            count.tell("failed", f"no words for {error!r}")
        else:
            count.notes.append("done")


def _step(turn: int, turns: int, steps: int) -> int:
    """Each step in its turn; where there are fewer turns than steps, those in the middle of equal parts."""
    return turn % steps if turns >= steps else (2 * turn + 1) * steps // (2 * turns)


def _steps(stage: Stage, order: Order, kind: str) -> int:
    begin_anew(stage, order, kind)
    work = stage.prepare(kind)
    with counted() as told:
        work.do(Quiet())
    return told[0]
