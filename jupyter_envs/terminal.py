"""What the command line shows: tables that fit the terminal, details, and a line of progress."""

from __future__ import annotations

import os
import signal
import sys
import textwrap
import time
import unicodedata
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Self

from jupyter_envs import naming
from jupyter_envs.errors import ProblemCode
from jupyter_envs.state import State

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from types import FrameType

    from jupyter_envs.environment import Environment, Interpreter
    from jupyter_envs.host import Host
    from jupyter_envs.overlay.solving import Shadow
    from jupyter_envs.projects import Resolution
    from jupyter_envs.snapshot import Progress

NARROW = 80
NAME_AT_LEAST, NAME_AT_MOST = 14, 28
GAP = "  "
STATES = {
    State.READY: "ready",
    State.BROKEN: "broken",
    State.FOREIGN: "not trusted",
}
REDRAW_AFTER = 0.1
"""How often the line of progress changes, in seconds."""


def table(environments: Sequence[Environment], host: Host, *, long: bool = False) -> Iterator[str]:
    """One line an environment, and below it what is wrong and how to mend it, within the terminal's width.

    By name, with bare interpreters at the end: they are seldom what a person looks for.
    """
    if not environments:
        return
    environments = sorted(environments, key=lambda one: (one.bare, one.name))
    width = width_of(host)
    rows = [("NAME", "MANAGER", "PYTHON", "STATE", "PROJECT"), *(_row(one, host) for one in environments)]
    widths = _widths(rows, width)
    yield _line(rows[0], widths)
    for environment, row in zip(environments, rows[1:], strict=True):
        yield _line(row, widths)
        if long:
            yield f"    {environment.id}"
            yield f"    {naming.shown_path(str(environment.prefix))}"
        for problem in environment.problems:
            yield from wrapped(str(problem), width)
    kernels = sum(environment.kernel for environment in environments)
    yield ""
    yield f"{count(len(environments), 'environment')}, {count(kernels, 'kernel')} in Jupyter."


def details(environment: Environment, host: Host, shadows: Sequence[Shadow] = ()) -> Iterator[str]:
    """Everything that is known of one environment, a line each; `shadows`: what its kernel gets in other versions."""
    projects = ", ".join(short(project, host) for project in environment.projects) or "none known"
    rows = {
        "Name": environment.display_name,
        "Kernel": f"{environment.kernel_name} ({_offered(environment)})" if environment.kernel_name else "never",
        "Other kernels": ", ".join(f"{environment.id}.{kernel.name}" for kernel in environment.kernels),
        "State": _state(environment),
        "Python": f"{environment.version or 'unknown'} ({environment.implementation or 'unknown'})",
        "ipykernel": _ipykernel(environment),
        "Shadowed": ", ".join(map(_shadowed, shadows)),
        "Prefix": naming.shown_path(str(environment.prefix)),
        "Interpreter": naming.shown_path(str(environment.python)),
        "Project": projects if not environment.lost_project else f"{short(environment.lost_project, host)} (gone)",
        "In use there": {True: "yes", False: "no", None: "unknown"}[environment.active],
        "Owner": environment.owner or "unknown",
        "Found by": naming.shown_path(environment.found_by),
        "Also known as": ", ".join(short(alias, host) for alias in environment.aliases),
    }
    for name, value in rows.items():
        if value:
            yield f"{name + ':':<15}{value}"
    for problem in environment.problems:
        yield from wrapped(str(problem), width_of(host), indent="")


def resolution(found: Resolution, host: Host) -> Iterator[str]:
    """Which environment a folder gets, and why."""
    environment = found.environment
    if environment is None or found.project is None:
        return
    yield environment.display_name
    yield f"  {naming.shown_path(str(environment.prefix))}"
    yield f"  because of {short(found.project, host)}: {naming.shown_path(found.reason)}"
    for problem in environment.problems:
        yield from wrapped(str(problem), width_of(host))


def interpreters(found: Sequence[Interpreter], host: Host) -> Iterator[str]:
    """One line an interpreter, the newest first."""
    if not found:
        return
    rows = [
        ("PYTHON", "FROM", "PATH"),
        *(
            (
                one.version if one.implementation == "cpython" else f"{one.implementation} {one.version}",
                one.manager,
                short(one.path, host),
            )
            for one in found
        ),
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(2)]
    for version, manager, path in rows:
        yield f"{version:<{widths[0]}}{GAP}{manager:<{widths[1]}}{GAP}{path}"


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


class Bar:
    """One line on standard error that says how far a walk or other work has come; silent where that is no terminal.

    While it stands, Ctrl-C is noted instead of raised.
    """

    def __init__(self, host: Host) -> None:
        self._host = host
        self._shows = sys.stderr is not None and sys.stderr.isatty()
        self._last = time.monotonic() + REDRAW_AFTER
        self._interrupted = False
        self._before: object = None

    def __enter__(self) -> Self:
        self._before = signal.signal(signal.SIGINT, self._interrupt)
        return self

    def __exit__(self, *_: object) -> None:
        signal.signal(signal.SIGINT, self._before)  # type: ignore[arg-type]  # what signal.signal itself returned
        if self._shows:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()

    def was_interrupted(self) -> bool:
        """Whether the person pressed Ctrl-C."""
        return self._interrupted

    def show(self, progress: Progress) -> None:
        """Draws the line again, at most ten times a second."""
        seen = f"{count(progress.folders, 'folder')}, {count(progress.environments, 'environment')}"
        self.draw(f"Looking: {seen}; {naming.shown_path(progress.where)}")

    def draw(self, text: str) -> None:
        """Draws any line in its place, as often."""
        now = time.monotonic()
        if not self._shows or now - self._last < REDRAW_AFTER:
            return
        self._last = now
        sys.stderr.write("\r\x1b[K" + _cut(text.encode("utf-8", "replace").decode(), width_of(self._host) - 1))
        sys.stderr.flush()

    def _interrupt(self, _signal: int, _frame: FrameType | None) -> None:
        self._interrupted = True


def _offered(environment: Environment) -> str:
    said = "pinned, " if environment.pinned else "hidden, " if environment.hidden else ""
    return said + ("offered" if environment.kernel else "not offered")


def _row(environment: Environment, host: Host) -> tuple[str, ...]:
    project = short(environment.project, host) if environment.project else ""
    if environment.orphan and project:
        project += " (gone)"
    return (environment.name, environment.manager, environment.version or "?", _state(environment), project)


def _state(environment: Environment) -> str:
    """The state in a word or two: of one that needs an ipykernel, how it comes to one."""
    if environment.state is not State.NEEDS_IPYKERNEL:
        return STATES[environment.state]
    if environment.borrowed:
        return "borrowed"
    if environment.ipykernel:
        return "unsound"
    lacks = environment.bare or any(one.code is ProblemCode.NO_IPYKERNEL for one in environment.problems)
    return "no ipykernel" if lacks else "borrows"


def _ipykernel(environment: Environment) -> str:
    own = environment.ipykernel
    if environment.borrowed is None:
        return own or "none"
    return f"{environment.borrowed} (borrowed)" if own is None else f"{environment.borrowed} (borrowed; its own: {own})"


def _shadowed(shadow: Shadow) -> str:
    own = "of an unknown version" if shadow.own is None else naming.shown(shadow.own)
    return f"{shadow.name} {own} (its kernel has {shadow.borrowed})"


def _widths(rows: Sequence[tuple[str, ...]], width: int) -> list[int]:
    """Column widths: manager, version and state whole; name and project share what is left."""
    widths = [max(_cells(row[column]) for row in rows) for column in range(5)]
    left = width - sum(widths[1:4]) - 4 * len(GAP)
    widths[0] = min(widths[0], NAME_AT_MOST, max(NAME_AT_LEAST, left - widths[4]))
    widths[4] = max(left - widths[0], len("PROJECT"))
    return widths


def _line(row: tuple[str, ...], widths: list[int]) -> str:
    cells = [_padded(_cut(text, width), width) for text, width in zip(row[:4], widths[:4], strict=True)]
    return GAP.join([*cells, _cut_left(row[4], widths[4])]).rstrip()


def wrapped(text: str, width: int, indent: str = "    ") -> list[str]:
    """A problem below its row; commands and paths in it are never broken."""
    return textwrap.wrap(
        naming.shown_path(text),
        width,
        initial_indent=f"{indent}! ",
        subsequent_indent=f"{indent}  ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def _cells(text: str) -> int:
    """How many columns a text takes: two for wide characters, none for combining ones."""
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text
    )


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _cells(text))


def _cut(text: str, width: int) -> str:
    if _cells(text) <= width:
        return text
    kept, left = [], width - 1
    for char in text:
        left -= _cells(char)
        if left < 0:
            break
        kept.append(char)
    return "".join(kept) + "…"


def _cut_left(text: str, width: int) -> str:
    """The end of a path, which tells more than its beginning."""
    return _cut(text[::-1], width)[::-1]


def count(number: int, noun: str) -> str:
    """A number of things, as `1 folder` or `2 folders`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def width_of(host: Host) -> int:
    """How many columns the terminal has."""
    given = host.variable("COLUMNS") or ""
    if given.isdecimal() and int(given) > 0:
        return int(given)
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns or NARROW
    except (OSError, ValueError, AttributeError):
        return NARROW
