"""How far a piece of work has come, as one line."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jupyter_envs import naming
from jupyter_envs.terminal.layout import GAP, cut, width_of

if TYPE_CHECKING:
    from jupyter_envs.host import Host

CELLS = 20
"""How wide the bar is."""
_MINUTE = 60


@dataclass(slots=True)
class Doing:
    """What is known of a piece of work while it goes on; whoever does it writes here, and whoever draws it reads."""

    phase: str = "Starting"
    fraction: float | None = None
    last: str = ""
    """The last line that a tool said."""

    def line(self, seconds: float, width: int) -> str:
        """What is being done, how much of it is done where that is known, for how long, and what was said last."""
        said = naming.shown_path(self.last.replace("\t", " "))
        parts = [self.phase, *_bar(self.fraction), _time(seconds), said.strip()]
        return cut(GAP.join(part for part in parts if part), width)


def redraw(doing: Doing, seconds: float, host: Host) -> None:
    """Draws the line in its place on standard error, which may be gone with its terminal."""
    _write(doing.line(seconds, _width(host) - 1))


def erase() -> None:
    """Leaves the place empty."""
    _write("")


def _write(text: str) -> None:
    with suppress(OSError, ValueError):
        sys.stderr.write("\r\x1b[K" + text.encode("utf-8", "replace").decode())
        sys.stderr.flush()


def _width(host: Host) -> int:
    """Of the terminal that is drawn on: the answer may go elsewhere."""
    with suppress(OSError, ValueError):
        return os.get_terminal_size(sys.stderr.fileno()).columns or width_of(host)
    return width_of(host)


def _bar(fraction: float | None) -> tuple[str, ...]:
    if fraction is None:
        return ()
    done = min(max(fraction, 0.0), 1.0)
    return (f"[{'#' * int(done * CELLS):<{CELLS}}] {int(done * 100):>2}%",)


def _time(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), _MINUTE)
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"
