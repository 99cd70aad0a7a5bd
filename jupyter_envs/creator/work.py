"""What every face meets: a piece of work that is decided and waits to be done, and who is told how it goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import threading
    from pathlib import Path

    from jupyter_envs.environment import Environment


class Report(Protocol):
    """Who is told how the work goes on, and says when to stop."""

    @property
    def cancel(self) -> threading.Event:
        """Set when it shall end."""

    def phase(self, text: str) -> None:
        """What is being done now, as a person would say it."""

    def line(self, text: str) -> None:
        """One line of a tool's output."""

    def fraction(self, done: float | None) -> None:
        """How much is done, from 0 to 1; None where nobody can know. It never goes back."""

    def warn(self, text: str) -> None:
        """Whole sentences that a person must be told in the end, although the work was done."""


class Work(Protocol):
    """What will be done once `do` is called: everything was decided and checked, and nothing was changed yet."""

    @property
    def kind(self) -> str:
        """`create`, `remove`, `recreate`, `add-ipykernel` or `install-python`."""

    @property
    def prefix(self) -> Path:
        """The folder that it makes or changes; two works on one are never done at the same time."""

    @property
    def tells(self) -> tuple[str, ...]:
        """Sentences on what will be done, for a person who is asked whether it shall be."""

    def do(self, report: Report) -> Environment | None:
        """Does it; waits for tools and disks. The environment that stands in the end, or None where none does.

        Raises `Cancelled`, `NotFound`, `Occupied`, `Refused` or `ToolFailed`. Then nothing is left of what was to be
        made, and what was to be removed or made again is as it was, with two exceptions. Where something of a removed
        environment cannot be deleted, `Refused` names it, and what is left is no environment. What a tool installed
        with an ipykernel may stay; the project's files are put back.
        """
