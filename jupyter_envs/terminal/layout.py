"""How lines fit the terminal: its width, the columns that a text takes, and what a person is to paste."""

from __future__ import annotations

import os
import re
import sys
import textwrap
import unicodedata
from typing import TYPE_CHECKING

from jupyter_envs import naming

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jupyter_envs.host import Host

NARROW = 80
GAP = "  "
# what stands in quotes is a path, which anybody may have named: no sign in there ends a command, or begins one
_QUOTED = r"""'[^']*'|"[^"]*\""""
_STEP = re.compile(
    rf"""(?P<lead>(?:[^'":]|:(?!\s)|{_QUOTED})+:) (?P<command>(?:[^'"]|{_QUOTED})+?)(?:, (?=or [a-z])|$)"""
)


def width_of(host: Host) -> int:
    """How many columns a table may take."""
    return _columns(host) or NARROW


def told(message: str, fix: str, host: Host, indent: str = "    ") -> Iterator[str]:
    """A sentence and what to do, below what they are about: each command whole, on a line of its own.

    Prose is wrapped on a terminal only. What somebody copies from here is what they run, so no command is ever broken.
    """
    mark, before = f"{indent}! ", message
    for lead, command in steps(fix):
        yield from _wrapped(f"{before} {lead}".strip(), host, mark, f"{indent}  ")
        mark, before = f"{indent}  ", ""
        if command:
            yield f"{indent}    {naming.shown_path(command)}"
    if before:
        yield from _wrapped(before, host, mark, f"{indent}  ")


def steps(fix: str) -> Iterator[tuple[str, str]]:
    """The parts of a fix: what to do, and the command that does it, which is empty where there is none.

    A fix is one line of text: sentences, then `Do this: <command>`, then perhaps `, or do that: <command>`.
    """
    at = 0
    while (step := _STEP.match(fix, at)) and not step["command"].endswith("."):
        yield step["lead"], step["command"]
        at = step.end()
    if fix[at:]:
        yield fix[at:], ""


def _wrapped(text: str, host: Host, first: str, others: str) -> list[str]:
    return textwrap.wrap(
        naming.shown_path(text),
        _columns(host) or sys.maxsize,
        initial_indent=first,
        subsequent_indent=others,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _columns(host: Host) -> int | None:
    """How many columns the terminal has; None where there is none."""
    given = host.variable("COLUMNS") or ""
    if given.isdecimal() and int(given) > 0:
        return int(given)
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns or None
    except (OSError, ValueError, AttributeError):
        return None


def cells(text: str) -> int:
    """How many columns a text takes: two for wide characters, none for combining ones."""
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text
    )


def padded(text: str, width: int) -> str:
    """A text that takes at least so many columns."""
    return text + " " * (width - cells(text))


def cut(text: str, width: int) -> str:
    """A text that takes at most so many columns, but for the sign that says that it was cut."""
    if cells(text) <= width:
        return text
    kept, left = [], width - 1
    for char in text:
        left -= cells(char)
        if left < 0:
            break
        kept.append(char)
    return "".join(kept) + "…"


def cut_left(text: str, width: int) -> str:
    """The end of a path, which tells more than its beginning."""
    return cut(text[::-1], width)[::-1]
