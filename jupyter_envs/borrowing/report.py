"""Who is told how the making goes on."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Quiet:
    """Nobody wants to know; `cancel` may be set to stop it all the same."""

    cancel: threading.Event = field(default_factory=threading.Event)

    def phase(self, text: str) -> None:
        """Not told."""

    def line(self, text: str) -> None:
        """Not told."""

    def fraction(self, done: float | None) -> None:
        """Dropped."""

    def warn(self, text: str) -> None:
        """Not told."""
