"""What is wrong with an environment, in words that say what happened and what to do; the gravest first."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from jupyter_envs import files, naming, pyvenv
from jupyter_envs.errors import Problem, ProblemCode

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jupyter_envs.host import Host
    from jupyter_envs.managers.base import Claim, Owned
    from jupyter_envs.trust import Distrust

_ACTIVATED_PATH = re.compile(
    r"^\s*(?:export )?VIRTUAL_ENV=(?P<quote>['\"]?)(?P<path>/[^'\"\n]*)(?P=quote)\s*$", re.MULTILINE
)


def problems(
    owned: Owned, distrust: Distrust | None, host: Host, *, has_ipykernel: bool, searched: tuple[Path, ...]
) -> Iterator[Problem]:
    """Every problem of an environment: first what keeps a kernel from starting, then the rest.

    `searched`: the folders below which no project for it was found, where that is certain; otherwise empty.
    """
    reading, prefix = owned.candidate.reading, owned.candidate.prefix
    recreate = owned.manager.how_to_recreate(prefix, owned.project)
    if reading.fault:
        yield _fault(reading, recreate)
    if distrust:
        yield _foreign(distrust, host)
    dead = _dead_library(reading)
    if dead:
        yield _out_of_sight(reading, dead, recreate)
    if not reading.fault and not has_ipykernel and not owned.candidate.bare:
        fix = owned.manager.how_to_add_ipykernel(owned.candidate, owned.project)
        yield Problem(ProblemCode.NO_IPYKERNEL, "It has no ipykernel, so no notebook can run on it.", fix)
    yield from owned.claim.problems
    moved = None if reading.fault else _moved_from(owned)
    if moved:
        yield _moved(moved, recreate)
    yield from _lost_project(owned.claim, searched)


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
    return Problem(ProblemCode.MOVED, message, f"Notebooks do not mind. For the scripts: {fix}")


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


def _moved_from(owned: Owned) -> str | None:
    """The place that `activate` still names, when it is another one."""
    if owned.candidate.bare:
        return None
    match = _ACTIVATED_PATH.search(files.read_text(os.fspath(owned.candidate.prefix / "bin" / "activate")) or "")
    if match is None or os.path.realpath(match["path"]) == os.fspath(owned.candidate.prefix):
        return None
    return match["path"]


def _dead_library(reading: pyvenv.Reading) -> str | None:
    """The minor version whose packages the environment holds, when its Python is another one now."""
    if reading.fault or reading.base == reading.prefix or reading.windows or os.path.isdir(reading.own_library):
        return None
    remembered = reading.remembered
    return remembered if remembered and remembered != reading.minor else None
