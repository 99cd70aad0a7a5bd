"""Looking at the disk while somebody is there to see it, and at no other time.

A client counts as connected for 75 seconds after it asked (a visible JupyterLab asks for kernels every 61 s), while it
follows a job, and while it listens to the server's events.
"""

from __future__ import annotations

import asyncio
import math
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from jupyter_envs.server.jobs import Busy
from jupyter_envs.server.rescanning import rescan
from jupyter_envs.server.threads import start

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jupyter_envs.catalogue import Known
    from jupyter_envs.server.job import Job
    from jupyter_envs.server.jobs import JobRunner
    from jupyter_envs.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Pace:
    """How often is looked, in seconds.

    A pause is at least `rest` times as long as the look before it took. A walk is done again after `walk`, and after
    `quiet_walk` where the one before brought nothing new.
    """

    gone: float = 75.0
    look: float = 2.0
    far_look: float = 15.0
    rest: float = 3.0
    walk: float = 600.0
    quiet_walk: float = 1800.0


class Watcher:
    """Looks again and again while a client is connected. Everything here is called in the event loop."""

    def __init__(
        self, catalogue: Known, jobs: JobRunner, has_listeners: Callable[[], bool], pace: Pace | None = None
    ) -> None:
        self._catalogue = catalogue
        self._jobs = jobs
        self._has_listeners = has_listeners
        self.pace = pace or Pace()
        self._asked = -math.inf
        self._streams = 0
        self._is_watching = False
        self._walk: Job | None = None
        self._walked = -math.inf
        self._known_at_walk: object = None

    @property
    def is_connected(self) -> bool:
        """Whether anybody would see what is new."""
        return self._streams > 0 or time.monotonic() - self._asked < self.pace.gone or self._has_listeners()

    def asked(self) -> None:
        """A client asked for something: look, if nobody was there before, and go on looking."""
        self._asked = time.monotonic()
        if not self._is_watching:
            self._is_watching = True
            self._look()

    @contextmanager
    def followed(self) -> Iterator[None]:
        """A client is there for as long as this is held."""
        self._streams += 1
        self.asked()
        try:
            yield
        finally:
            self._streams -= 1
            self._asked = time.monotonic()

    def _look(self) -> None:
        began = time.monotonic()
        self._catalogue.look().add_done_callback(lambda looked: self._looked(looked, time.monotonic() - began))

    def _looked(self, looked: asyncio.Future[Snapshot], took: float) -> None:
        if looked.exception() is None:  # what went wrong is in the log already, and the next look may succeed
            snapshot = looked.result()
            if self._is_walk_due(snapshot):
                self._begin_walk(snapshot)
        pause = self.pace.far_look if self._catalogue.is_far else self.pace.look
        asyncio.get_running_loop().call_later(max(pause, self.pace.rest * took), self._go_on)

    def _go_on(self) -> None:
        if self.is_connected:
            self._look()
        elif self._is_at_work():
            asyncio.get_running_loop().call_later(self.pace.look, self._go_on)
        else:
            self._is_watching = False
            start(self._catalogue.rest, "jupyter-envs rest")

    def _is_at_work(self) -> bool:
        """Whether a job that somebody asked for still runs; a walk that nobody asked for ends, for the next client."""
        if self._walk is not None and not self._walk.has_ended:
            self._jobs.cancel(self._walk)
            self._walked = -math.inf
        self._walk = None
        return any(not job.has_ended for job in self._jobs.all())

    def _is_walk_due(self, snapshot: Snapshot) -> bool:
        """By two clocks: that of the machine jumps, and that of this process knows nothing of other processes."""
        if time.monotonic() - self._walked < self.pace.walk:
            return False
        if not snapshot.complete or snapshot.scanned is None:
            return True
        is_quiet = snapshot.environments is self._known_at_walk
        age = abs((datetime.now(UTC) - snapshot.scanned).total_seconds())
        return age > (self.pace.quiet_walk if is_quiet else self.pace.walk)

    def _begin_walk(self, snapshot: Snapshot) -> None:
        with suppress(Busy):  # the next look tries again
            self._walk = rescan(self._jobs, self._catalogue)
            self._walked = time.monotonic()
            self._known_at_walk = snapshot.environments
