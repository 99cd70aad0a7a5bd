"""Which ipykernel a launch runs: decided before the process starts, and remembered for the launcher.

An environment's own is used when it is sound. Otherwise one is borrowed (an *overlay*), and made first where there is
none yet: from the server's own packages without asking, because nothing is downloaded then; else as the setting says.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jupyter_envs.borrowing import BeingMade, Borrower, Incomplete, Quiet
from jupyter_envs.errors import EnvsError, LaunchRefused, Problem, ProblemCode
from jupyter_envs.overlay import lending, plan, solving, store
from jupyter_envs.overlay.plan import Plan
from jupyter_envs.settings import ALWAYS, NEVER

if TYPE_CHECKING:
    from jupyter_envs.environment import Environment
    from jupyter_envs.facts import Facts
    from jupyter_envs.finder import Finder
    from jupyter_envs.pyvenv import Reading

Prepare = Callable[["Reading"], EnvsError | None]
"""Sees to it that an ipykernel for an interpreter is made beside. Gives why the last attempt failed, once, or None."""

Say = Callable[[str], None]
"""Tells the person who waits."""

PATIENCE = 10.0
"""How long a start waits for another one that copies the same packages, in seconds."""
_AGAIN = "Start the kernel again in a moment."
_OF_IPYKERNEL = frozenset({ProblemCode.NO_IPYKERNEL, ProblemCode.INCONSISTENT_IPYKERNEL, ProblemCode.BASE_CHANGED})


def silent(_line: str) -> None:
    """Tells nobody."""


@dataclass(frozen=True, slots=True)
class Planner:
    """Decides for one person. Where there is no `prepare`, a start waits for what must be downloaded, and says so."""

    finder: Finder
    prepare: Prepare | None = None
    say: Say = silent

    def plan_of(self, environment: Environment, facts: Facts) -> Plan:
        """Which ipykernel its kernel runs, remembered for the launcher. Raises LaunchRefused with reason and fix.

        An overlay that is needed and may be made is made; reads many files, and may take seconds.
        """
        host, reading = self.finder.host, facts.reading
        cache, signed = store.cache_folder(host.variables, os.fspath(host.home)), plan.signature(reading)
        can_borrow = facts.dead_library is None and self._can_lend(reading)
        if facts.ipykernel is not None and not (facts.conflict and can_borrow):
            decided = Plan()
        elif not can_borrow:
            plan.forget(cache, reading)  # of when it could
            raise _refused(environment, "Install it")
        else:
            overlay, known = self._overlay(environment, reading), plan.load(cache, reading)
            decided = known if known and known.overlay == overlay else solving.plan_with(reading, overlay)
        plan.save(cache, reading, decided, signed)
        return decided

    def _can_lend(self, reading: Reading) -> bool:
        return self.finder.settings.borrow_ipykernel != NEVER and store.tag(reading) is not None

    def _overlay(self, environment: Environment, reading: Reading) -> str:
        """The overlay that an environment borrows from, made where that is allowed."""
        borrower = Borrower(self.finder.host)
        found = borrower.newest(str(store.tag(reading)))
        if found is not None:
            return found
        with suppress(Incomplete):
            return _made(borrower, environment, reading, download=False, seconds=PATIENCE)
        if self.finder.settings.borrow_ipykernel != ALWAYS:
            own = lending.own_reading(self.finder.host)
            command = lending.how_to_build(reading, store.tag(own) if own else None)
            raise _refused(environment, f"Borrow one: {command}, or install it")
        if self.prepare is not None:
            failed = self.prepare(reading)
            raise _not_made(environment, reading, failed or _being_made())
        self.say(f"Preparing an ipykernel for Python {reading.minor}{reading.threads}, once; it is downloaded.")
        return _made(borrower, environment, reading, download=True)


def _made(
    borrower: Borrower, environment: Environment, reading: Reading, *, download: bool, seconds: float | None = None
) -> str:
    """A new overlay. Raises LaunchRefused, and Incomplete where it would have to be downloaded and must not be."""
    try:
        return borrower.build(reading, Quiet(), download=download, renew=False, seconds=seconds)
    except Incomplete:
        raise
    except EnvsError as error:
        raise _not_made(environment, reading, error) from error


def _refused(environment: Environment, otherwise: str) -> LaunchRefused:
    """By what is wrong with its ipykernel; that an interpreter has none is nothing wrong until it is to be a kernel."""
    fix = f"{otherwise}: {environment.python} -m pip install ipykernel"
    bare = Problem(ProblemCode.NO_IPYKERNEL, "It has no ipykernel, so no notebook can run on it.", fix)
    why = next((problem for problem in environment.problems if problem.code in _OF_IPYKERNEL), bare)
    return LaunchRefused(f"{environment.display_name} cannot start. {why.message}", why.fix)


def _not_made(environment: Environment, reading: Reading, error: EnvsError) -> LaunchRefused:
    if isinstance(error, BeingMade):
        return LaunchRefused(f"An ipykernel for Python {reading.minor} is being prepared.", _AGAIN)
    return LaunchRefused(f"{environment.display_name} cannot start. {error.message}", error.fix)


def _being_made() -> BeingMade:
    return BeingMade("It is being prepared.", _AGAIN)
