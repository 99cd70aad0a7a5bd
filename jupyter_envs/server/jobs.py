"""Work that takes longer than a request: two jobs at a time, eight waiting, fifty remembered.

A job runs in a thread and tells what happens as numbered events. They are kept, up to 256 KiB, so that a page which
was reloaded takes up where it was.
"""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
import threading
import time
from collections import deque
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from jupyter_envs.errors import EnvsError, NotFound, Refused
from jupyter_envs.server.threads import call_in, start

if TYPE_CHECKING:
    from collections.abc import Callable

    Work = Callable[["Job"], str | None]

RUNNING_AT_MOST = 2
QUEUED_AT_MOST = 8
KEPT_AT_MOST = 50
EVENTS_AT_MOST = 256 * 1024
"""How many bytes of a job's events are kept, as JSON; the oldest go first."""
CLOSING_SECONDS = 5.0

_log = logging.getLogger(__name__)


class Busy(Refused):
    """Too many jobs wait already."""

    reason = "busy"


class JobState(StrEnum):
    """Where a job is in its life; the last three are for ever."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Job:
    """One piece of work, told to by its thread and read by the event loop. `cancel` is set when it shall end."""

    def __init__(self, kind: str, project_path: str | None) -> None:
        self.id = secrets.token_hex(8)
        self.kind = kind
        self.project_path = project_path
        self.cancel = threading.Event()
        self.state = JobState.QUEUED
        self.news = asyncio.Event()
        self._phase = "Waiting"
        self._fraction: float | None = None
        self._started = _now()
        self._ended: str | None = None
        self._environment: str | None = None
        self.error: EnvsError | None = None
        """Why it failed, when it has."""
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
        """One line of output."""
        self._tell({"kind": "output", "text": text})

    def fraction(self, done: float | None) -> None:
        """How much is done, from 0 to 1; it never goes back."""
        with self._lock:
            if done is None or self._fraction is None or done > self._fraction:
                self._fraction = done
                self._tell_state()

    def begin(self) -> None:
        """It is no longer waiting."""
        with self._lock:
            self.state, self._phase = JobState.RUNNING, "Starting"
            self._tell_state()

    def end(self, state: JobState, environment: str | None = None, error: EnvsError | None = None) -> None:
        """It is over: with an environment, an error, or neither."""
        with self._lock:
            self.state, self._ended, self._environment = state, _now(), environment
            self.error = error
            self._tell_state()

    def events_after(self, number: int) -> tuple[int, list[bytes]]:
        """The newest event's number, and the events kept that are newer than `number`, each a line of JSON."""
        with self._lock:
            return self._number, [line for own, line in self._events if own > number]

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
                "environment": self._environment,
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


class JobRunner:
    """Runs jobs in threads, in the order in which they came. Called in the event loop."""

    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}
        self._waiting: deque[tuple[Job, Work]] = deque()
        self._running: dict[str, threading.Thread] = {}

    def start(self, kind: str, work: Work, project_path: str | None = None) -> Job:
        """A new job, running or waiting; raises `Busy` when too many wait. `work` gives the id of what it made."""
        if len(self._waiting) >= QUEUED_AT_MOST:
            raise Busy("Too many jobs are waiting.", "Try again when one is done.")
        job = Job(kind, project_path)
        self._jobs[job.id] = job
        self._waiting.append((job, work))
        self._forget()
        self._next()
        return job

    def get(self, identity: str) -> Job:
        """The job with that id; raises `NotFound`."""
        job = self._jobs.get(identity)
        if job is None:
            raise NotFound("There is no such job.", f"Only the last {KEPT_AT_MOST} are remembered.")
        return job

    def all(self) -> list[Job]:
        """The jobs that are remembered, the newest first."""
        return list(self._jobs.values())[::-1]

    def under_way(self, kind: str) -> Job | None:
        """A job of that kind that has not ended."""
        return next((job for job in self.all() if job.kind == kind and not job.has_ended), None)

    def cancel(self, job: Job) -> None:
        """Ask a job to end; one that still waits has ended at once, and one that has ended stays as it is."""
        job.cancel.set()
        if job.state is JobState.QUEUED:
            self._waiting = deque(entry for entry in self._waiting if entry[0] is not job)
            job.end(JobState.CANCELLED)

    def close(self) -> None:
        """End all jobs, and give them a moment to clear up. Called in any thread, at the server's end."""
        for job in self.all():
            job.cancel.set()
        deadline = time.monotonic() + CLOSING_SECONDS
        for thread in list(self._running.values()):
            thread.join(max(0.0, deadline - time.monotonic()))

    def _next(self) -> None:
        while self._waiting and len(self._running) < RUNNING_AT_MOST:
            job, work = self._waiting.popleft()
            self._running[job.id] = self._run(job, work)

    def _run(self, job: Job, work: Work) -> threading.Thread:
        loop = asyncio.get_running_loop()

        def over() -> None:
            self._running.pop(job.id, None)
            self._next()

        def body() -> None:
            _carry_out(job, work)
            call_in(loop, over)

        job.begin()
        return start(body, f"jupyter-envs {job.kind}")

    def _forget(self) -> None:
        for job in list(self._jobs.values())[: max(0, len(self._jobs) - KEPT_AT_MOST)]:
            if job.has_ended:
                del self._jobs[job.id]


def _carry_out(job: Job, work: Work) -> None:
    """Do the work and say how it ended; nothing that goes wrong in it leaves the thread."""
    try:
        environment = work(job)
    except EnvsError as error:
        cancelled = job.cancel.is_set()
        job.end(JobState.CANCELLED if cancelled else JobState.FAILED, error=None if cancelled else error)
    except Exception:  # noqa: BLE001 -- a thread has nobody above it to tell
        _log.exception("jupyter_envs: a job failed by a defect")
        job.end(
            JobState.FAILED, error=EnvsError("Something unexpected went wrong.", "See the server's log, and report it.")
        )
    else:
        job.end(JobState.DONE, environment)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
