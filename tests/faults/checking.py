"""What must hold on a stage after a fault, and the second try."""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jupyter_envs.errors import EnvsError, Occupied
from tests.faults import processes
from tests.faults.counts import Count
from tests.faults.stage import ADD_IPYKERNEL, CREATE, RECREATE, REMOVE, Stage, half_made
from tests.faults.trees import Tree, added, changed, tree_of

if TYPE_CHECKING:
    from pathlib import Path

    from jupyter_envs.environment import Environment

SECONDS = 60


@dataclass(frozen=True, slots=True)
class Order:
    """How a stage looks when all is in order: its environment's place, what lies in it, and all around it."""

    prefix: Path
    inside: frozenset[str]
    without: Tree
    """What is around an environment that was removed."""
    around: Tree
    """What is around one that stands."""
    bystander: Tree

    @classmethod
    def of(cls, stage: Stage) -> Order:
        """As it is when nothing goes wrong; an environment stands in the end."""
        if stage.environment() is not None:
            stage.do(REMOVE)
        environment = stage.do(CREATE)
        assert environment is not None
        for kind in (RECREATE, ADD_IPYKERNEL, REMOVE, CREATE):
            stage.do(kind)
        around = stage.surroundings(environment.prefix)
        inside = frozenset(path.name for path in environment.prefix.iterdir())
        stage.do(REMOVE)
        without = stage.surroundings(environment.prefix)
        stage.do(CREATE)
        return cls(environment.prefix, inside, without, around, tree_of(stage.bystander))


def check_listing(stage: Stage, order: Order, count: Count) -> Environment | None:
    """The environment that is listed; whatever else is listed, or does not work, is counted."""
    found = stage.listed()
    for one in found:
        if one.prefix != order.prefix:
            count.tell("listed", f"{one.prefix} is listed")
        elif (why := half_made(one)) is not None:
            count.tell("listed", why)
    return next((one for one in found if one.prefix == order.prefix), None)


def try_again(stage: Stage, kind: str, count: Count) -> Environment | None:
    """Does it, waiting for tools of the dead one that still hold the lock; what fails is counted."""
    end = time.monotonic() + SECONDS
    while True:
        try:
            return stage.do(kind)
        except Occupied as error:
            if time.monotonic() > end:
                count.tell("failed", f"{kind}: {error}")
                return None
            time.sleep(0.05)
        except (EnvsError, LookupError) as error:
            count.tell("failed", f"{kind}: {error}")
            return None


def mend(stage: Stage, order: Order, kind: str, count: Count) -> None:
    """The second try: a fresh process comes, puts right what it finds, and does what the dead one did not."""
    stage.creator().recover()
    if kind != CREATE:  # whose second try waits for the tools of the dead one by itself
        if still := processes.wait_for_all(stage.home):
            count.tell("left", f"{len(still)} processes go on")
        stage.creator().recover()
    listed = check_listing(stage, order, count)
    if listed is None and kind in {RECREATE, ADD_IPYKERNEL}:
        count.tell("lost", "the environment is gone")
    for second in _second(kind, listed):
        try_again(stage, second, count)


def _second(kind: str, listed: Environment | None) -> tuple[str, ...]:
    """What is left to be done: where the dead one came to its end, nothing but to show that its place is free."""
    if listed is None:
        return (CREATE, REMOVE) if kind == REMOVE else (CREATE,)
    if kind == CREATE or (kind == ADD_IPYKERNEL and listed.ipykernel):
        return ()
    return (kind,)


def check_order(stage: Stage, order: Order, kind: str, count: Count, elsewhere: frozenset[str] = frozenset()) -> None:
    """After the second try: the environment stands or is gone, and all around is as it was.

    `elsewhere` are names that a tool was led to write outside, and that may be missing inside.
    """
    listed = check_listing(stage, order, count)
    if (listed is None) != (kind == REMOVE):
        count.tell("failed", f"after a second {kind}, {'nothing' if listed is None else listed.prefix} is listed")
    around = stage.surroundings(order.prefix)
    expected = order.without if kind == REMOVE else order.around
    for path in changed(expected, around):
        count.tell("lost", f"{path} was changed")
    for path in added(expected, around):
        count.tell("left", f"{path} was left")
    if kind == REMOVE and order.prefix.exists():
        count.tell("left", f"{order.prefix} was left with {sorted(p.name for p in order.prefix.iterdir())}")
    if listed is not None:
        inside = {path.name for path in order.prefix.iterdir()}
        for name in sorted((inside ^ order.inside) - (elsewhere - inside)):
            count.tell("left", f"{name} in the environment is {'new' if name in inside else 'missing'}")
    if (gone := changed(order.bystander, tree_of(stage.bystander))) or added(order.bystander, tree_of(stage.bystander)):
        count.tell("lost", f"the bystander was changed: {gone[:3]}")


def begin_anew(stage: Stage, order: Order, kind: str) -> None:
    """The stage as the next round of that work wants it: with an environment, or without one for `create`.

    What the last round left goes first, so that each is counted for itself.
    """
    for path in added(order.without, stage.surroundings(order.prefix)):
        if path not in order.around:
            delete(stage.home / path)
    stands = check_listing(stage, order, Count("")) is not None
    if stands and kind in {CREATE, ADD_IPYKERNEL}:
        stage.do(REMOVE)
        stands = False
    if not stands:
        delete(order.prefix)
        if kind != CREATE:
            stage.do(CREATE)


def delete(path: Path) -> None:
    """Delete whatever goes by that name, if anything does."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
