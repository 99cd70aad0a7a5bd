"""How much of a piece of work is done, as far as its tools' own lines tell; nothing here runs or reads anything.

Poetry and PDM say how many packages they will install, and name each. pip and uv name their stages only.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jupyter_envs.managers.plans import Command

_TOTAL = re.compile(r"(?:Package operations|Synchronizing working set with resolved packages):(?P<counts>.*)")
_COUNT = re.compile(r"(\d+) (?:install|update|removal|to add|to update|to remove)")
_ONE = re.compile(
    r"\s*(?:[-•] (?:Installing|Updating|Downgrading|Removing) |\S+ (?:Install|Update|Remove) .* (?:successful|failed)$)"
)
"""Poetry's line at the beginning of each package, or PDM's at its end."""
_STAGES = (
    (re.compile(r"Resolved \d+ packages?\b"), 0.2),
    (re.compile(r"Prepared \d+ packages?\b"), 0.7),
    (re.compile(r"Installing collected packages:"), 0.7),
    (re.compile(r"(?:Installed|Audited) \d+ packages?\b|Successfully installed "), 1.0),
)
"""What uv and pip say when they have come so far; downloading takes the longest."""


class Inside:
    """The share of one command that is done, from 0 to 1, by the lines that it has written; None while unknown."""

    def __init__(self) -> None:
        self.share: float | None = None
        self._total = self._begun = 0

    def line(self, line: str) -> None:
        """One more line of its output."""
        total = _TOTAL.search(line)
        if total is not None:
            self._total, self._begun = sum(map(int, _COUNT.findall(total["counts"]))), 0
        elif self._total and _ONE.match(line):
            self._begun += 1
            self._raise(min(1.0, self._begun / (self._total + 1)))  # the last one is begun, not done
        for stage, share in _STAGES:
            if stage.match(line):
                self._raise(share)

    def _raise(self, share: float) -> None:
        self.share = max(share, self.share or 0.0)


class Progress:
    """How much of several commands is done, each by its weight; `fraction` never goes back, and None is unknown."""

    def __init__(self, commands: Iterable[Command]) -> None:
        self.fraction: float | None = None
        self._total = sum(max(0, command.weight) for command in commands)
        self._done = self._weight = 0
        self._inside = Inside()

    def begin(self, command: Command) -> None:
        """A command is run now, which will count by its weight when it is done."""
        self._weight, self._inside = max(0, command.weight), Inside()

    def line(self, line: str) -> None:
        """One line of its output."""
        self._inside.line(line)
        self._tell(self._inside.share)

    def end(self) -> None:
        """It is done."""
        self._done, self._weight = self._done + self._weight, 0
        self._tell(0.0)

    def _tell(self, share: float | None) -> None:
        if share is None or not self._total:
            return
        fraction = min(1.0, (self._done + self._weight * share) / self._total)
        self.fraction = max(fraction, self.fraction or 0.0)
