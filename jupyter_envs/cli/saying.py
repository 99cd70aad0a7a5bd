"""What the command line says: answers on standard output, everything else on standard error."""

from __future__ import annotations

import json
import sys
from contextlib import suppress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from jupyter_envs.errors import EnvsError, Problem


WRONG_USAGE = 2
"""argparse's exit status, too."""


def print_json(answer: object) -> None:
    """An answer for programs."""
    print(json.dumps(answer, indent=2))


def warn(problems: Iterable[Problem]) -> None:
    """A line for each problem of a place or a settings file."""
    for problem in problems:
        say(f"jupyter-envs: {problem}")


def could_not(message: str) -> int:
    """The one line on a command that failed, and its exit status."""
    say(f"jupyter-envs: {message}")
    return 1


class Warnings:
    """What must be told although the work was done: said to a person, kept for the answer to a program."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json
        self.kept: list[str] = []

    def tell(self, text: str) -> None:
        """A whole sentence."""
        if self.as_json:
            self.kept.append(text)
        else:
            say(f"jupyter-envs: {text}")


def failed(error: EnvsError, *, as_json: bool) -> int:
    """What was refused or did not work, after a tool's own last lines; for programs they are in the same line.

    The exit status: 2 for words that make no sense or lead out of the allowed folders, otherwise 1.
    """
    from jupyter_envs.errors import BadRequest, Outside, ToolFailed

    happened, *lines = error.message.split("\n") if isinstance(error, ToolFailed) else [error.message]
    if lines and as_json:
        happened = f"{happened} It said: '{' | '.join(line.strip() for line in lines)}'."
    for line in () if as_json else lines:
        say(f"  {line}")
    status = could_not(f"{happened} {error.fix}".strip())
    return WRONG_USAGE if isinstance(error, BadRequest | Outside) else status


def say(line: str) -> None:
    """A line beside the answer; none where standard error is closed, or its terminal is gone."""
    from jupyter_envs import naming  # a listing that goes well says nothing

    if sys.stderr is not None:
        with suppress(OSError):
            print(naming.shown_path(line), file=sys.stderr, flush=True)
