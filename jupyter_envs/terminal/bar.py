"""One line that says how far something has come."""

from __future__ import annotations

import signal
import sys
import time
from typing import TYPE_CHECKING, Self

from jupyter_envs import naming
from jupyter_envs.terminal.layout import cut, width_of
from jupyter_envs.terminal.words import count

if TYPE_CHECKING:
    from types import FrameType

    from jupyter_envs.host import Host
    from jupyter_envs.snapshot import Progress

REDRAW_AFTER = 0.1
"""How often the line of progress changes, in seconds."""


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
        sys.stderr.write("\r\x1b[K" + cut(text.encode("utf-8", "replace").decode(), width_of(self._host) - 1))
        sys.stderr.flush()

    def _interrupt(self, _signal: int, _frame: FrameType | None) -> None:
        self._interrupted = True
