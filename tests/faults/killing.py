"""Works that are killed at random moments: the process alone, or with all that it started."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING

from tests.faults import processes
from tests.faults.acting import DONE, acting
from tests.faults.checking import Order, begin_anew, check_listing, check_order, mend
from tests.faults.counts import Count
from tests.faults.stage import KINDS, Quiet, Stage

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from tests.faults.acting import Actor

SEED = 20_260_102
MEASURED = 3
"""How often a work is done without being killed, to know for how long it lasts."""


def measure(folder: Path, rounds: int) -> Iterator[Count]:
    """All kinds of work, in that many rounds each."""
    stage = Stage(folder).furnish()
    yield from killed(stage, rounds)


def killed(stage: Stage, rounds: int, kinds: Iterable[str] = KINDS, *, measured: int = MEASURED) -> Iterator[Count]:
    """What came of that many rounds of each kind of work, whose time was `measured` so many times before."""
    order, chance = Order.of(stage), random.Random(SEED)  # noqa: S311 -- the same moments each time
    for kind in kinds:
        count = Count(f"killing {kind} ({stage.manager})")
        usual = min(_seconds(stage, order, kind) for _ in range(measured))
        for number in range(rounds):
            count.rounds += 1
            begin_anew(stage, order, kind)
            with acting(stage, kind) as actor:
                actor.go()
                time.sleep(chance.uniform(0, usual))
                _kill(actor, stage, count, whole_tree=number % 2 == 1)
            _look(stage, order, kind, count)
        yield count


def killed_in_steps(stage: Stage, rounds: int, kind: str) -> Count:
    """What came of that many rounds, each killed at another thing that its report is told: no moment is missed."""
    order, count = Order.of(stage), Count(f"killing {kind} ({stage.manager})")
    told = _told(stage, order, kind)
    for number in range(rounds):
        count.rounds += 1
        begin_anew(stage, order, kind)
        with acting(stage, kind, 1 + number * told // rounds) as actor:
            actor.go()
            actor.wait_until_stopped()
            _kill(actor, stage, count, whole_tree=number % 2 == 1)
        _look(stage, order, kind, count)
    return count


def _kill(actor: Actor, stage: Stage, count: Count, *, whole_tree: bool) -> None:
    actor.process.kill()
    if whole_tree:
        processes.kill_all(stage.home)
    if actor.ending() != DONE:
        count.hits += 1


def _look(stage: Stage, order: Order, kind: str, count: Count) -> None:
    check_listing(stage, order, count)
    mend(stage, order, kind, count)
    check_order(stage, order, kind, count)


def _told(stage: Stage, order: Order, kind: str) -> int:
    """How many things the report of a work is told that nobody kills."""
    begin_anew(stage, order, kind)
    report = Quiet()
    stage.prepare(kind).do(report)
    return len(report.phases) + len(report.lines)


def _seconds(stage: Stage, order: Order, kind: str) -> float:
    """For how long a work lasts that nobody kills."""
    begin_anew(stage, order, kind)
    with acting(stage, kind) as actor:
        began = time.monotonic()
        actor.go()
        assert (said := actor.ending()) == DONE, said
        return time.monotonic() - began
