"""What is wrong with an environment, in words that say what happened and what to do; the gravest first."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from jupyter_envs import naming, pyvenv
from jupyter_envs.errors import Problem, ProblemCode

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jupyter_envs.facts import Facts
    from jupyter_envs.host import Host
    from jupyter_envs.managers.base import Claim, Owned
    from jupyter_envs.overlay.lending import Lending
    from jupyter_envs.trust import Distrust


def problems(
    owned: Owned, facts: Facts, lending: Lending, *, searched: tuple[Path, ...], wanted: bool
) -> Iterator[Problem]:
    """Every problem of an environment: first what keeps a kernel from starting, then the rest.

    `searched`: the folders below which no project for it was found, where that is certain; otherwise empty.
    `wanted`: whether somebody wants a kernel of it, as nobody does of an interpreter that was only found.
    """
    reading, prefix = owned.candidate.reading, owned.candidate.prefix
    recreate = owned.manager.how_to_recreate(prefix, owned.project)
    if reading.fault:
        yield _fault(reading, recreate)
    if facts.distrust:
        yield _foreign(facts.distrust, lending.host)
    if facts.dead_library:
        yield _out_of_sight(reading, facts.dead_library, recreate)
    if not reading.fault:
        yield from _ipykernel(owned, facts, lending, wanted=wanted)
    yield from owned.claim.problems
    if facts.moved_from and not reading.fault:
        yield _moved(facts.moved_from, recreate)
    yield from _lost_project(owned.claim, searched)


def can_borrow(facts: Facts, lending: Lending) -> bool:
    """Whether an environment may run a borrowed ipykernel; one whose own packages are out of sight may not."""
    return facts.dead_library is None and lending.can_lend(facts.reading)


def _ipykernel(owned: Owned, facts: Facts, lending: Lending, *, wanted: bool) -> Iterator[Problem]:
    """What is wrong with its ipykernel. That it has none is nothing wrong where it gets one without asking."""
    reading, borrows = facts.reading, can_borrow(facts, lending)
    at_hand = borrows and lending.is_at_hand(reading)
    lacks = facts.ipykernel is None and wanted and not at_hand
    if not (lacks or facts.conflict):
        return
    install = owned.manager.how_to_add_ipykernel(owned.candidate, owned.project)
    choice = f"Borrow one: {lending.how_to_build(reading)}, or {_within(install)}"
    if facts.conflict:
        meanwhile = (
            "A borrowed one is used until it is mended." if borrows else "It is used all the same, and may fail."
        )
        fix = choice if borrows and not at_hand else f"{meanwhile} {install}"
        yield Problem(ProblemCode.INCONSISTENT_IPYKERNEL, f"Its ipykernel is not sound: {facts.conflict}", fix)
    elif borrows:
        yield Problem(ProblemCode.NO_IPYKERNEL, "It has no ipykernel of its own.", choice)
    else:
        yield Problem(ProblemCode.NO_IPYKERNEL, "It has no ipykernel, so no notebook can run on it.", install)


def _within(sentence: str) -> str:
    """A sentence as the rest of another one."""
    return f"{sentence[:1].lower()}{sentence[1:]}"


def _foreign(distrust: Distrust, host: Host) -> Problem:
    path = naming.shown_path(distrust.path)
    if distrust.world_writable:
        who, fix = "everybody", f"Take the permission away with: chmod o-w {path}"
    else:
        who = host.user_name(distrust.owner)
        fix = f"If you trust {who}, add that name to the setting 'trusted_owners'; otherwise make one of your own."
    return Problem(ProblemCode.FOREIGN, f"{path} can be changed by {who}, so what would run may not be yours.", fix)


def _fault(reading: pyvenv.Reading, fix: str) -> Problem:
    detail = naming.shown_path(reading.detail or reading.python)
    sentences = {
        pyvenv.INTERPRETER_MISSING: f"Its interpreter {detail} is gone{_was(reading)}.",
        pyvenv.BASE_MISSING: f"The Python that it was made from is gone: {detail}.",
        pyvenv.BASE_CHANGED: f"The Python that it was made from has another version now: {detail}.",
        pyvenv.OTHER_PLATFORM: f"It was made on Windows and cannot run on this system: {detail}.",
        pyvenv.UNREADABLE: f"You may not read {detail}.",
    }
    if reading.fault == pyvenv.UNREADABLE:
        fix = "Ask its owner, or mend the permissions."
    return Problem(ProblemCode(str(reading.fault)), sentences[str(reading.fault)], fix)


def _was(reading: pyvenv.Reading) -> str:
    """Which Python is gone, where the environment still knows."""
    return f"; it was Python {reading.remembered}" if reading.remembered else ""


def _moved(old: str, fix: str) -> Problem:
    message = f"It was moved here from {naming.shown_path(old)}: Python runs, but its scripts still name the old place."
    return Problem(ProblemCode.MOVED, message, f"Notebooks do not mind. For the scripts, {_within(fix)}")


def _out_of_sight(reading: pyvenv.Reading, dead: str, fix: str) -> Problem:
    now = f"its base is Python {reading.minor} now"
    message = f"It was made with Python {dead}, and {now}: the packages in it are out of sight."
    return Problem(ProblemCode.BASE_CHANGED, message, fix)


def _lost_project(claim: Claim, searched: tuple[Path, ...]) -> list[Problem]:
    if claim.lost is not None:
        message = f"Its project {naming.shown_path(str(claim.lost))} is gone."
    elif searched:
        places = " and ".join(naming.shown_path(os.fspath(root)) for root in searched)
        message = f"No project for it was found below {places}."
    else:
        return []
    return [Problem(ProblemCode.PROJECT_GONE, message, "Remove the environment when nothing needs it any more.")]
