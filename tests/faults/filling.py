"""Works on a disk of a few MB that fills up while they are done."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from jupyter_envs.errors import EnvsError
from tests.faults.checking import Order, begin_anew, check_listing, check_order, mend
from tests.faults.counts import Count
from tests.faults.disks import BALLAST, Disk, small_disk
from tests.faults.stage import ADD_IPYKERNEL, CREATE, KINDS, RECREATE, REMOVE, Stage
from tests.faults.trees import added

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SEED = 20_260_102
MEBIBYTES = 64
BEYOND = 1.1
"""Up to which part of what a work needs there is room."""
WORDS = ("no space left", "os error 28", "errno 28", "make room", "disk is full")


def measure(folder: Path, rounds: int) -> Iterator[Count]:
    """All kinds of work, in that many rounds each."""
    (folder / "home").mkdir()
    with small_disk(folder / "home", MEBIBYTES) as disk:
        yield from filled(Stage(folder).furnish(), disk, rounds)


def filled(stage: Stage, disk: Disk, rounds: int) -> Iterator[Count]:
    """What came of that many rounds of each kind of work; the home of the stage is on the disk."""
    order, chance = Order.of(stage), random.Random(SEED)  # noqa: S311 -- the same room each time
    needed = _needed(stage, disk)
    for kind in KINDS:
        count = Count(f"filling {kind}", immune="needs no room" if kind == REMOVE else "")
        for _ in range(rounds):
            count.rounds += 1
            begin_anew(stage, order, kind)
            with disk.filled(int(chance.uniform(0, needed[kind] * BEYOND))):
                _try(stage, kind, count)
                _check_at_once(stage, order, kind, count)
            mend(stage, order, kind, count)
            check_order(stage, order, kind, count)
        yield count


def _try(stage: Stage, kind: str, count: Count) -> None:
    try:
        stage.do(kind)
    except EnvsError as error:
        count.hits += 1
        if not in_words(error):
            count.tell("failed", f"{kind} said: {error!r}")


def in_words(error: EnvsError) -> bool:
    """Whether a failure names the full disk."""
    told = str(error).lower()
    return any(words in told for words in WORDS)


def _check_at_once(stage: Stage, order: Order, kind: str, count: Count) -> None:
    """What lives on clears up behind itself at once, while the disk is still full."""
    stands = check_listing(stage, order, count) is not None
    if kind in {RECREATE, ADD_IPYKERNEL} and not stands:
        count.tell("lost", "the environment is not listed after the failure")
    expected = order.around if stands else order.without
    for path in added(expected, stage.surroundings(order.prefix)):
        if path != BALLAST:
            count.tell("left", f"{path} was left by {kind}")


def _needed(stage: Stage, disk: Disk) -> dict[str, int]:
    """How much room each kind of work takes at most, in bytes."""
    before = disk.used()
    stage.do(ADD_IPYKERNEL)
    kernel = disk.used() - before
    stage.do(REMOVE)
    empty = disk.used()
    stage.do(CREATE)
    whole = disk.used() - empty
    return {CREATE: whole, REMOVE: 4096, RECREATE: whole, ADD_IPYKERNEL: kernel}
