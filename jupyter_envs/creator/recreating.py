"""Making an environment again, by the same tool and with the same packages; the old one goes when the new one stands.

Where the new one gets the same place, the old one is put aside meanwhile (`parking`), and comes back on any failure.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from jupyter_envs import naming, pins
from jupyter_envs.creator import belongings, deleting, holding, packages, parking, processes, removing, subject
from jupyter_envs.creator.carrying import some
from jupyter_envs.creator.refilling import WEIGHT
from jupyter_envs.creator.remaking import PIP_CONF, Furnishing, sources_inside
from jupyter_envs.creator.replanning import planned
from jupyter_envs.errors import EnvsError, Occupied, Refused
from jupyter_envs.managers.plans import Command

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jupyter_envs.creator.deleting import Left
    from jupyter_envs.creator.holding import Held
    from jupyter_envs.creator.making import Making
    from jupyter_envs.creator.means import Means
    from jupyter_envs.creator.packages import Package
    from jupyter_envs.creator.subject import Subject
    from jupyter_envs.creator.work import Report
    from jupyter_envs.environment import Environment
    from jupyter_envs.managers.base import RemovalPlan

NAMED_AT_MOST = 5


@dataclass(frozen=True, slots=True)
class Recreation:
    """An environment that is made again, decided and not begun."""

    means: Means
    subject: Subject
    making: Making
    removal: RemovalPlan
    wanted: tuple[Package, ...]
    tells: tuple[str, ...]
    kind: ClassVar[str] = "recreate"

    @property
    def prefix(self) -> Path:
        """Where the new one will lie."""
        return self.making.prefix

    def do(self, report: Report) -> Environment | None:
        """The new environment. On any failure the old one is as it was."""
        old, host = self.subject.prefix, self.means.host
        with subject.in_words(self.subject), holding.hold(old, host, self.subject.number) as held:
            subject.still_deletable(self.subject, self.means)
            processes.refuse_while_used(old, host)
            made, left = self._in_place(held, report) if self.prefix == old else self._elsewhere(held, report)
        for one in left:
            report.warn(f"This of the old environment could not be deleted: {naming.shown_path(one.name)} ({one.why}).")
        return made

    def _in_place(self, held: Held, report: Report) -> tuple[Environment, tuple[Left, ...]]:
        host = self.means.host
        parked = parking.park(held, host)
        making = self._furnished(parked.place, report)
        try:
            made = replace(making, furnish=parking.announcing(making.furnish, parked, held, host)).do(report)
        except BaseException:
            parking.restore(parked, held, host)
            raise
        report.phase("Deleting the old environment")
        return made, parking.replaced(parked, held, host)

    def _elsewhere(self, held: Held, report: Report) -> tuple[Environment, tuple[Left, ...]]:
        """Where a tool names environments by their Python, both stand for a moment."""
        made = self._furnished(self.subject.prefix, report).do(report)
        report.phase("Deleting the old environment")
        left = deleting.delete(held.parent, held.prefix.name, held.folder)
        if left is None:
            report.warn(f"{self.subject.shown} is another one by now, and stays.")
            return made, ()
        self._move_marks()
        for told in removing.forget(self.subject, self._outdated(), self.means):
            report.warn(told)
        return made, left

    def _furnished(self, old: Path, report: Report) -> Making:
        """The making of the new one with all that it gets from the old one, which lies at `old` meanwhile."""
        sources = sources_inside(self.wanted, self.subject.prefix)
        prefix = self.subject.prefix
        furnishing = Furnishing(self.making, report, old, prefix, self.wanted, sources, self.removal.carried)
        rest = (Command((), self.prefix, "", weight=WEIGHT),) if self.wanted else ()
        return replace(self.making, begin=furnishing.begin, furnish=furnishing, rest=rest)

    def _outdated(self) -> RemovalPlan:
        """What spoke of the old one alone: a table that the tool wrote anew speaks of the new one."""
        written = self.making.plan.tables
        return replace(self.removal, tables=tuple(table for table in self.removal.tables if table not in written))

    def _move_marks(self) -> None:
        marks = pins.read(self.means.scene())
        for mark, marked in ((pins.Mark.PIN, marks.pinned), (pins.Mark.HIDE, marks.hidden)):
            if self.subject.prefix in marked:
                with suppress(EnvsError):
                    pins.change(self.means.host, self.prefix, mark, on=True)


def decide(means: Means, environment: Environment, python: str | None = None) -> Recreation:
    """What would be done. Raises `NotFound`, `Refused`, or `Occupied` while something runs on it."""
    if not means.settings.allow_create:
        raise Refused("Making environments is switched off here.", "Ask whoever set 'allow_create'.")
    found = subject.as_shown(means, environment)
    unseen = subject.refuse_to_delete(found, means)
    making = planned(found, means, python)
    removal = found.owned.manager.plan_remove(found.owned, found.scene, means.tools)
    processes.refuse_while_used(found.prefix, means.host)
    if making.prefix != found.prefix and os.path.lexists(making.prefix):
        shown = naming.shown_path(os.fspath(making.prefix))
        raise Occupied(f"{shown} is there already, which would be its new place.", "Remove that one, or this one.")
    had = packages.installed(found.reading)
    wanted = tuple(one for one in had if not one.is_lost)
    own = belongings.of(found.reading, sources_inside(had, found.prefix))
    belongings.refuse_left(found.shown, own)
    return Recreation(means, found, making, removal, wanted, (*_tells(found, making, had, own.names), *unseen))


def _tells(found: Subject, making: Making, had: tuple[Package, ...], own: tuple[str, ...]) -> Iterator[str]:
    lost = [one for one in had if one.is_lost]
    by, number = f"by {making.manager.title}, on {making.request.python.label}", len(had) - len(lost)
    yield f"{found.shown} will be made again {by}, {_with(number)}."
    if making.prefix != found.prefix:
        yield f"The new one will lie at {naming.shown_path(os.fspath(making.prefix))}."
    yield "The old one goes when the new one stands; if anything fails, it stays."
    carried = (*((PIP_CONF,) if os.path.lexists(found.prefix / PIP_CONF) else ()), *own)
    if carried:
        yield f"Your own files in it are carried over: {some(carried)}."
    for one in lost[:NAMED_AT_MOST]:
        where = naming.shown_path(os.fspath(one.folder or ""))
        yield f"{one.name} is left out: it was installed from {where}, which is gone."


def _with(number: int) -> str:
    """How many packages it will have, in words."""
    if number == 0:
        return "without packages"
    return f"with its {number} package{'' if number == 1 else 's'}"
