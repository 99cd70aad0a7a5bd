"""Walks, as those see them who ask: a child process walks, and what it told is data, however it ended."""

from __future__ import annotations

import json
import os
import sys
import time
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, cast

from jupyter_envs import process
from jupyter_envs.errors import Problem, ProblemCode, ToolFailed
from jupyter_envs.naming import shown_path
from jupyter_envs.snapshot import Progress
from jupyter_envs.walk.order import Folder, Order

if TYPE_CHECKING:
    from collections.abc import Callable

SILENT_AT_MOST = 15.0
"""For how many seconds beyond its patience a child may say nothing; it speaks ten times a second when it can."""
GRACE_SECONDS = 1.0
"""How long a child that is to end has for telling what it knows."""
_CHILD = Path(__file__).parent / "walk" / "child.py"


@dataclass(frozen=True, slots=True)
class Explored:
    """What a walk met. What was told before it ended counts, even where it did not end well.

    `complete`: it came to its end, and nothing stood in its way but what is named here. `elsewhere` counts folders
    that were passed over: too deep, excluded, protected, or mounts. What lies in `unreachable` folders, which did not
    answer, is told as it was known before. `absent` are roots that are not there.
    """

    folders: tuple[Folder, ...] = ()
    complete: bool = False
    known: int = 0
    unreadable: tuple[str, ...] = ()
    elsewhere: int = 0
    unreachable: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    error: Problem | None = None

    @property
    def thorough(self) -> bool:
        """Whether it passed over nothing where projects may lie."""
        return self.complete and not (self.unreadable or self.elsewhere or self.unreachable or self.absent)

    def problems(self) -> list[Problem]:
        """What it did not see, as far as a person can do something about it."""
        found = [*map(_absent_root, self.absent), *map(_unreachable, self.unreachable)]
        if self.unreadable:
            found.append(_unreadable(self.unreadable))
        if self.error:
            found.append(self.error)
        elif not self.complete:
            found.append(_cut_short())
        return found


class _Ending(StrEnum):
    WANTED = "wanted"
    DIED = "died"
    SILENT = "silent"


@dataclass(slots=True)
class _Told:
    """What a child has told until now."""

    progress: Callable[[Progress], None] | None
    folders: list[Folder] = field(default_factory=list)
    last: dict[str, object] = field(default_factory=dict)
    environments: int = 0
    words: str = ""

    def take(self, line: bytes) -> None:
        """One line of the child; what is no object are the words of a Python that fails."""
        if not line.startswith(b"{"):
            self.words = process.clean(line.decode("utf-8", "replace")) or self.words
            return
        told = cast("dict[str, object]", json.loads(line))
        if "met" in told:
            self._meet(cast("list[tuple[str, list[str], list[str], int]]", told["met"]))
        elif "anew" in told:
            self.folders.clear()
            self.environments = 0
        elif "done" in told:
            self.last = told
            self._report(told, self.folders[-1].path if self.folders else "")
        else:
            self._report(told, cast("str", told["at"]))

    def _meet(self, folders: list[tuple[str, list[str], list[str], int]]) -> None:
        for path, telling, links, is_environment in folders:
            self.folders.append(Folder(path, frozenset(telling), tuple(links), is_environment == 1))
            self.environments += is_environment

    def _report(self, told: dict[str, object], where: str) -> None:
        if self.progress:
            environments = max(self.environments, cast("int", told.get("environments", 0)))
            self.progress(Progress(cast("int", told["folders"]), environments, where))


def explore(
    order: Order,
    *,
    progress: Callable[[Progress], None] | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Explored:
    """What a walk meets below the roots, however it ends; `progress` is told about ten times a second.

    It waits: call it in a thread. It ends soon after `cancelled()` is true, which is asked at least as often. What was
    met is remembered afterwards, by the child alone.
    """
    told = _Told(progress)
    words = [sys.executable, "-I", "-S", os.fspath(_CHILD)]
    encoded = order.encoded()
    try:
        with process.Child(words, b"%d\n%s" % (len(encoded), encoded)) as child:
            ending = _follow(child, told, cancelled, order.patience + SILENT_AT_MOST)
            if told.last:
                child.let_go()
            error = None if ending is _Ending.WANTED else _failure(ending, child.status(), told.words)
    except ToolFailed as failed:
        error = Problem(ProblemCode.WALK_INCOMPLETE, f"No walk was done: {failed.message}", failed.fix)
    if told.last.get("error"):
        error = _too_large()
    return _explored(told, error, complete=bool(told.last.get("done")) and not cancelled())


def _follow(child: process.Child, told: _Told, cancelled: Callable[[], bool], patience: float) -> _Ending:
    """Takes what a child tells until it has told all, is no longer wanted, or is no longer to be heard."""
    spoke, end = time.monotonic(), None
    while not told.last:
        lines = child.lines(process.TICK_SECONDS)
        now = time.monotonic()
        if lines is None:
            return _Ending.DIED if end is None else _Ending.WANTED
        for line in lines:
            spoke = now
            told.take(line)
        if end is None and cancelled():
            end = now + GRACE_SECONDS
            child.close_input()
        if end is not None and now > end:
            return _Ending.WANTED
        if now - spoke > patience:
            return _Ending.SILENT
    return _Ending.WANTED


def _explored(told: _Told, error: Problem | None, *, complete: bool) -> Explored:
    def listed(name: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(cast("list[str]", told.last.get(name, []))))

    return Explored(
        folders=tuple(told.folders),
        complete=complete,
        known=cast("int", told.last.get("folders", 0)),
        unreadable=listed("unreadable"),
        elsewhere=cast("int", told.last.get("elsewhere", 0)),
        unreachable=listed("unreachable"),
        absent=listed("absent"),
        error=error,
    )


def _failure(ending: _Ending, status: int, words: str) -> Problem:
    if ending is _Ending.SILENT:
        what = "The walk was ended because it had not been heard of for too long."
        return Problem(ProblemCode.WALK_INCOMPLETE, what, "Walk again; name what does not answer in 'exclude'.")
    last = f" Its last words: {words}" if words else ""
    what = f"The walk ended before it had seen every folder: its process ended with {status}.{last}"
    return Problem(ProblemCode.WALK_INCOMPLETE, what, "Walk again.")


def _too_large() -> Problem:
    return Problem(
        ProblemCode.WALK_INCOMPLETE,
        "The walk ended because it met more folders than its memory holds.",
        "Name fewer 'roots', or large folders in 'exclude'.",
    )


def _absent_root(root: str) -> Problem:
    return Problem(
        ProblemCode.WALK_INCOMPLETE,
        f"{shown_path(root)} does not exist, so nothing below it is listed.",
        "Make that folder, or take it out of 'roots'.",
    )


def _unreachable(folder: str) -> Problem:
    return Problem(
        ProblemCode.WALK_INCOMPLETE,
        f"{shown_path(folder)} does not answer, so what is listed in there is what was known before.",
        "Mount it again, or name it in 'exclude'.",
    )


def _unreadable(folders: tuple[str, ...]) -> Problem:
    first, more = shown_path(folders[0]), len(folders) - 1
    others = "" if not more else " and one more folder" if more == 1 else f" and {more} more folders"
    return Problem(
        ProblemCode.WALK_INCOMPLETE,
        f"{first}{others} could not be read, so nothing in there is listed.",
        "Mend the permissions, or name what need not be read in 'exclude'.",
    )


def _cut_short() -> Problem:
    return Problem(
        ProblemCode.WALK_INCOMPLETE,
        "The walk ended before it had seen every folder.",
        "Raise 'scan_seconds', or name fewer 'roots'.",
    )
