"""Doing what takes its time: in a thread, while this one draws how it goes and listens for who wants it stopped."""

from __future__ import annotations

import signal
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from jupyter_envs.cli.saying import Warnings, say
from jupyter_envs.errors import Cancelled
from jupyter_envs.terminal import Doing, erase, redraw

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType
    from typing import TypeVar

    from jupyter_envs.creator import Work
    from jupyter_envs.environment import Environment
    from jupyter_envs.host import Host

    Done = TypeVar("Done")

REDRAW_AFTER = 0.1
STOPS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))
_CANCELLED = {
    "create": "Nothing was made.",
    "remove": "Nothing was removed.",
    "recreate": "The environment is as it was.",
    "add-ipykernel": "What was installed until then stays.",
    "install-python": "Nothing was installed.",
}


class Working:
    """Told how the work goes on; what it knows is drawn by `do`. Without a terminal each phase is a line.

    `quiet` says nothing but to a terminal: whoever reads JSON reads one line where something failed.
    """

    def __init__(self, *, quiet: bool = False) -> None:
        self.cancel = threading.Event()
        self.doing = Doing()
        self.is_drawn = sys.stderr is not None and sys.stderr.isatty()
        self.warnings: list[str] = []
        self._tells = not (quiet or self.is_drawn)

    def phase(self, text: str) -> None:
        """What is being done now."""
        self.doing.phase, self.doing.last = text, ""
        if self._tells:
            say(f"{text} ...")

    def line(self, text: str) -> None:
        """What a tool says: the last line is drawn, and the others are told when it fails."""
        self.doing.last = text

    def fraction(self, done: float | None) -> None:
        """How much is done."""
        self.doing.fraction = done

    def warn(self, text: str) -> None:
        """What must be told in the end; `do` says it."""
        self.warnings.append(text)


def do(work: Callable[[Working], Done], host: Host, *, quiet: bool = False, warnings: Warnings | None = None) -> Done:
    """What a piece of work answers or raises. Ctrl-C, SIGTERM and SIGHUP cancel it, however often they come.

    What it warns of goes to `warnings`; where it failed, there is no answer that could hold it, and it is said.
    """
    report, start = Working(quiet=quiet), time.monotonic()
    with _stopped_by_signals() as is_stopped, ThreadPoolExecutor(1) as threads:
        future = threads.submit(work, report)
        while wait([future], REDRAW_AFTER).not_done:
            if is_stopped() and not report.cancel.is_set():
                report.phase("Stopping")
                report.cancel.set()  # here: in a signal's handler it could wait for a lock that this thread holds
            if report.is_drawn:
                redraw(report.doing, time.monotonic() - start, host)
        if report.is_drawn:
            erase()
    told = warnings if warnings and not future.exception() else Warnings(as_json=False)
    for text in report.warnings:
        told.tell(text)
    return future.result()


def tell(work: Work, *, quiet: bool) -> None:
    """Says what will be done, where somebody reads it."""
    for sentence in () if quiet else work.tells:
        say(sentence)


def carried_out(work: Work, host: Host, warnings: Warnings) -> Environment | None:
    """Does it; raises `Cancelled` with what holds then, in words."""
    try:
        return do(work.do, host, quiet=warnings.as_json, warnings=warnings)
    except Cancelled as error:
        raise Cancelled("Cancelled.", _CANCELLED[work.kind]) from error


@contextmanager
def _stopped_by_signals() -> Iterator[Callable[[], bool]]:
    """Whether a signal came that asks to stop: noted, and nothing else, while this lasts.

    Once one came, those that follow change nothing any more: a second Ctrl-C finds us telling that we stopped.
    """
    came: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        came.append(number)

    before = {number: signal.signal(number, note) for number in STOPS}
    try:
        yield lambda: bool(came)
    finally:
        for number, handler in () if came else before.items():
            with suppress(TypeError):  # None: it was not set from Python
                signal.signal(number, handler)
