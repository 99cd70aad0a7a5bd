"""What the command line says: answers on standard output, everything else on standard error."""

from __future__ import annotations

import json
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from jupyter_envs.errors import Problem


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


def say(line: str) -> None:
    """A line beside the answer."""
    from jupyter_envs import naming  # a listing that goes well says nothing

    print(naming.shown_path(line), file=sys.stderr)
