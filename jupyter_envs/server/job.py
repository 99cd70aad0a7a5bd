"""One job: told to by its thread, read by the event loop, and followed event by event.

Its events are numbered and kept, up to 256 KiB, so that a page which was reloaded takes up where it was.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import threading
from collections import deque
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from jupyter_envs.errors import Occupied
from jupyter_envs.server.threads import call_in

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from jupyter_envs.errors import EnvsError

EVENTS_AT_MOST = 256 * 1024
"""How many bytes of a job's events are kept, as JSON; the oldest go first."""
LINE_AT_MOST = 4096
"""How many characters of one line of output are kept."""

WARNINGS_AT_MOST = 20


class JobState(StrEnum):
    """Where a job is in its life; the last three are for ever."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Job:
    """One piece of work. `cancel` is set when it shall end; `on_state` is called when it begins and when it has ended.

    `prefix` is the folder that it makes or changes, and `project_path` its project's place in the file browser.
    """

    def __init__(self, kind: str, project_path: str | None = None, prefix: Path | None = None) -> None:
        self.id = secrets.token_hex(8)
        self.kind = kind
        self.project_path = project_path
        self.prefix = prefix
        self.cancel = threading.Event()
        self.is_overdue = False
        """Whether it shall end because it took too long."""
        self.state = JobState.QUEUED
        self.news = asyncio.Event()
        self.on_state: Callable[[Job], None] = _nothing
        self.environment: str | None = None
        """The id of what came of it."""
        self.error: EnvsError | None = None
        """Why it failed, when it has."""
        self._phase = "Waiting"
        self._warnings: list[str] = []
        self._fraction: float | None = None
        self._started: str | None = None
        self._ended: str | None = None
        self._events: deque[tuple[int, bytes]] = deque()
        self._number = self._size = 0
        self._loop = asyncio.get_running_loop()
        self._lock = threading.RLock()
        self._waking = False
        self._tell_state()

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will happen to it."""
        return self._ended is not None

    def phase(self, text: str) -> None:
        """What is being done now, as a person would say it."""
        with self._lock:
            self._phase = text
            self._tell_state()

    def line(self, text: str) -> None:
        """One line of output; an endless one is cut."""
        self._tell({"kind": "output", "text": text[:LINE_AT_MOST]})

    def fraction(self, done: float | None) -> None:
        """How much is done, from 0 to 1; it never goes back."""
        with self._lock:
            if done is None or self._fraction is None or done > self._fraction:
                self._fraction = done
                self._tell_state()

    def warn(self, text: str) -> None:
        """What a person must be told in the end, although it was done; of very many only the first are kept."""
        self.line(text)
        with self._lock:
            if len(self._warnings) < WARNINGS_AT_MOST:
                self._warnings.append(text[:LINE_AT_MOST])
                self._tell_state()

    def begin(self) -> None:
        """It is no longer waiting."""
        with self._lock:
            self.state, self._phase, self._started = JobState.RUNNING, "Starting", _now()
            self._tell_state()
        self.on_state(self)

    def end(self, state: JobState, environment: str | None = None, error: EnvsError | None = None) -> None:
        """It is over: with an environment, an error, or neither."""
        with self._lock:
            self.state, self._ended = state, _now()
            self.environment, self.error = environment, error
            self._tell_state()
        self.on_state(self)

    def events_after(self, number: int) -> tuple[int, list[bytes]]:
        """The newest event's number, and the events kept that are newer than `number`, each a line of JSON."""
        with self._lock:
            newer: deque[bytes] = deque()
            for own, line in reversed(self._events):
                if own <= number:
                    break
                newer.appendleft(line)
            return self._number, list(newer)

    def wake(self) -> None:
        """Let everything that waits for news look again; in the event loop only."""
        with self._lock:
            self._waking = False
        self.news.set()
        self.news = asyncio.Event()

    def as_json(self) -> dict[str, object]:
        """The job as the REST API tells it."""
        with self._lock:
            return {
                "id": self.id,
                "kind": self.kind,
                "state": self.state.value,
                "phase": self._phase,
                "fraction": self._fraction,
                "started": self._started,
                "ended": self._ended,
                "project_path": self.project_path,
                "prefix": None if self.prefix is None else str(self.prefix),
                "environment": self.environment,
                "warnings": list(self._warnings),
                "error": None if self.error is None else self.error.as_json(),
            }

    def _tell_state(self) -> None:
        self._tell({"kind": "state", "job": self.as_json()})

    def _tell(self, event: dict[str, object]) -> None:
        """Keep an event and wake who waits; many at once wake the event loop only once."""
        with self._lock:
            self._number += 1
            line = json.dumps({"n": self._number, "time": _now(), **event}).encode() + b"\n"
            self._events.append((self._number, line))
            self._size += len(line)
            while self._size > EVENTS_AT_MOST and len(self._events) > 1:
                self._size -= len(self._events.popleft()[1])
            asleep, self._waking = not self._waking, True
        if asleep:
            call_in(self._loop, self.wake)


class UnderWay(Occupied):
    """Another job makes or changes the same environment; the answer names it, so that it can be followed."""

    def __init__(self, job: Job) -> None:
        super().__init__("This environment is being made or changed by another job.", "Wait until that has ended.")
        self.job = job

    def as_json(self) -> dict[str, str]:
        """The error as the REST API tells it, with the job's id."""
        return {**super().as_json(), "job": self.job.id}


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _nothing(_: Job) -> None:
    """Nobody wants to know."""
