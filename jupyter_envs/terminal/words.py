"""Things in words: numbers, paths, how long ago, and the state of an environment."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from jupyter_envs import naming
from jupyter_envs.errors import ProblemCode
from jupyter_envs.state import State

if TYPE_CHECKING:
    from pathlib import Path

    from jupyter_envs.environment import Environment
    from jupyter_envs.host import Host

STATES = {
    State.READY: "ready",
    State.BROKEN: "broken",
    State.FOREIGN: "not trusted",
}


def count(number: int, noun: str) -> str:
    """A number of things, as `1 folder` or `2 folders`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def short(path: Path, host: Host) -> str:
    """A path with `~` for the home."""
    text = naming.shown_path(str(path))
    for home in (str(host.home), str(host.real_home)):
        if text == home or text.startswith(home + os.sep):
            return "~" + text[len(home) :]
    return text


def age(moment: datetime | None) -> str | None:
    """How long ago something was, in words; None where that is unknown or less than a minute."""
    seconds = (now() - moment).total_seconds() if moment else 0
    for length, noun in ((86_400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= length:
            return f"{count(int(seconds // length), noun)} ago"
    return None


def now() -> datetime:
    """This moment."""
    return datetime.now(UTC)


def state(environment: Environment) -> str:
    """The state in a word or two: of one that needs an ipykernel, how it comes to one."""
    if environment.state is not State.NEEDS_IPYKERNEL:
        return STATES[environment.state]
    if environment.borrowed:
        return "borrowed"
    if environment.ipykernel:
        return "unsound"
    lacks = environment.bare or any(one.code is ProblemCode.NO_IPYKERNEL for one in environment.problems)
    return "no ipykernel" if lacks else "borrows"
