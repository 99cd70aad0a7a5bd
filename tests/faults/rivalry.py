"""Two processes that begin the same work on the same environment at once: one wins, and the other is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jupyter_envs.errors import Occupied
from tests.faults.acting import DONE, acting
from tests.faults.checking import Order, begin_anew, check_order
from tests.faults.counts import Count
from tests.faults.stage import KINDS, Stage

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path


def measure(folder: Path, rounds: int) -> Iterator[Count]:
    """All kinds of work, in a fifth of that many rounds each."""
    yield from rivalled(Stage(folder).furnish(), max(1, rounds // 5))


def rivalled(stage: Stage, rounds: int, kinds: Iterable[str] = KINDS) -> Iterator[Count]:
    """What came of that many rounds of each kind of work."""
    order = Order.of(stage)
    for kind in kinds:
        count = Count(f"two at once {kind}")
        for _ in range(rounds):
            count.rounds += 1
            begin_anew(stage, order, kind)
            _round(stage, kind, count)
            check_order(stage, order, kind, count)
        yield count


def _round(stage: Stage, kind: str, count: Count) -> None:
    with acting(stage, kind) as one, acting(stage, kind) as other:
        one.go()
        other.go()
        endings = sorted([one.ending(), other.ending()])
    told = [ending for ending in endings if ending.startswith(f"{Occupied.reason}: ")]
    if endings.count(DONE) != 1 or len(told) != 1:
        count.tell("failed", f"they ended so: {endings}")
    count.hits += len(told)
    count.notes.extend(ending.partition(":")[0] for ending in endings)
