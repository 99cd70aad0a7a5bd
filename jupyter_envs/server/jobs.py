"""Work that takes longer than a request: two jobs at a time, eight waiting, fifty remembered, one per environment.

A job runs in a thread. One that is not done after 15 minutes is ended.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING

from jupyter_envs.errors import Cancelled, EnvsError, NotFound, Refused, ToolFailed
from jupyter_envs.server.job import Job, JobState, UnderWay
from jupyter_envs.server.threads import call_in, start

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable
    from pathlib import Path

    Work = Callable[[Job], str | None]

RUNNING_AT_MOST = 2
QUEUED_AT_MOST = 8
KEPT_AT_MOST = 50
SECONDS_AT_MOST = 15 * 60.0
CLOSING_SECONDS = 20.0
"""Tools that are ended have their grace, and then what was half made is deleted."""

_log = logging.getLogger(__name__)


class Busy(Refused):
    """Too many jobs wait already."""

    reason = "busy"


class JobRunner:
    """Runs jobs in threads, in the order in which they came. Called in the event loop."""

    def __init__(self) -> None:
        self.on_state: Callable[[Job], None] = _nothing
        """Called when a job is there, when it begins, and when it has ended, in any thread."""
        self._jobs: dict[str, Job] = {}
        self._waiting: deque[tuple[Job, Work, float | None]] = deque()
        self._running: dict[str, threading.Thread] = {}
        self._closed = False

    def start(
        self,
        kind: str,
        work: Work,
        project_path: str | None = None,
        *,
        prefix: Path | None = None,
        seconds: float | None = SECONDS_AT_MOST,
    ) -> Job:
        """A new job, running or waiting; `work` gives the id of the environment that it made.

        Raises `UnderWay` where another makes or changes the same `prefix`, and `Busy` when too many wait. It is ended
        when it takes longer than `seconds`, if that is not None.
        """
        if self._closed:
            raise Refused("This server is ending.", "Try again when it runs anew.")
        self.check_free(prefix)
        if len(self._waiting) >= QUEUED_AT_MOST:
            raise Busy("Too many jobs are waiting.", "Try again when one is done.")
        job = Job(kind, project_path, prefix)
        self._jobs[job.id], job.on_state = job, self.on_state
        self.on_state(job)
        self._waiting.append((job, work, seconds))
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

    def under_way(self, is_it: Callable[[Job], bool]) -> Job | None:
        """The newest job that has not ended and of which that is so."""
        return next((job for job in self.all() if not job.has_ended and is_it(job)), None)

    def check_free(self, prefix: Path | None) -> None:
        """Raises `UnderWay` where a job makes or changes that environment."""
        other = prefix and self.under_way(lambda job: job.prefix == prefix)
        if other:
            raise UnderWay(other)

    def cancel(self, job: Job) -> None:
        """Ask a job to end; one that still waits has ended at once, and one that has ended stays as it is."""
        job.cancel.set()
        if job.state is JobState.QUEUED:
            self._waiting = deque(entry for entry in self._waiting if entry[0] is not job)
            job.end(JobState.CANCELLED)

    def close(self) -> None:
        """End all jobs, and let those that run clear up; none begins any more. In any thread, at the server's end."""
        self._closed = True
        for job in self.all():
            job.cancel.set()
        self._end_waiting()
        deadline = time.monotonic() + CLOSING_SECONDS
        for thread in list(self._running.values()):
            thread.join(max(0.0, deadline - time.monotonic()))

    def _end_waiting(self) -> None:
        with suppress(IndexError):  # the event loop may take one at the same time
            while True:
                self._waiting.popleft()[0].end(JobState.CANCELLED)

    def _next(self) -> None:
        if self._closed:
            self._end_waiting()
        while self._waiting and len(self._running) < RUNNING_AT_MOST:
            job, work, seconds = self._waiting.popleft()
            self._running[job.id] = self._run(job, work, seconds)

    def _run(self, job: Job, work: Work, seconds: float | None) -> threading.Thread:
        loop = asyncio.get_running_loop()
        limit = None if seconds is None else loop.call_later(seconds, _end_overdue, job)

        def over() -> None:
            if limit is not None:
                limit.cancel()
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


def _end_overdue(job: Job) -> None:
    job.is_overdue = True
    job.cancel.set()


def _carry_out(job: Job, work: Work) -> None:
    """Do the work and say how it ended; nothing that goes wrong in it leaves the thread."""
    try:
        environment = work(job)
    except EnvsError as error:
        _end_with(job, error)
    except Exception:  # noqa: BLE001 -- a thread has nobody above it to tell
        _log.exception("jupyter_envs: a job failed by a defect")
        job.end(
            JobState.FAILED, error=EnvsError("Something unexpected went wrong.", "See the server's log, and report it.")
        )
    else:
        job.end(JobState.DONE, environment)


def _end_with(job: Job, error: EnvsError) -> None:
    """However it ended: one that stopped because it was cancelled did not fail; what failed all the same is told."""
    if not isinstance(error, Cancelled):
        job.end(JobState.FAILED, error=error)
    elif job.is_overdue:
        said = f"It was not done after {SECONDS_AT_MOST / 60:.0f} minutes, and was ended."
        job.end(JobState.FAILED, error=ToolFailed(said, "See its last lines for what it waited for, then try again."))
    else:
        job.end(JobState.CANCELLED)


def _nothing(_: Job) -> None:
    """Nobody wants to know."""
