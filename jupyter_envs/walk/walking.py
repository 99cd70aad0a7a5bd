"""One walk of the child, from what is remembered to what is told and remembered anew."""

from __future__ import annotations

import time

from jupyter_envs.walk import telling, times
from jupyter_envs.walk.crew import Crew
from jupyter_envs.walk.listing import Rules
from jupyter_envs.walk.places import Places

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_TELL_EVERY = 0.1
_RACY = 5_000_000_000
"""A folder that changed less than this before it was listed may change again unseen, in nanoseconds."""
_CLOCK_ERROR = 10_000_000


class Walking:
    """A walk by an order: does it, tells it, and remembers it where the order names a file."""

    __slots__ = (
        "_began", "_deadline", "_doubtful", "_flushed", "_known", "_new", "_next", "_order", "_places", "_started",
        "cancelled", "crew",
    )  # fmt: skip

    def __init__(self, order: dict[str, Any]) -> None:
        self._order = order
        self._began, self._started = time.time_ns(), time.monotonic_ns()
        telling.speak(*order["codec"])
        seconds = order["seconds"]
        self._deadline = float("inf") if seconds is None else time.monotonic() + seconds
        self._next = time.monotonic() + _TELL_EVERY
        self._flushed: dict[int, int] = {}
        self._new: times.Known | None = None
        self._doubtful: set[bytes] = set()
        self._places = Places([path for path, _ in order["roots"]])
        self._known = self._remembered()
        short = self._places.short
        depths = {short(path): depth for path, depth in order["roots"]}
        rules = Rules(
            list(depths), order["telling"], *(list(map(short, order[name])) for name in ("exclude", "closed"))
        )
        is_late = order["own_clock"] and self._known is None and self._places.are_standing
        self.crew = Crew(rules, depths, self._known, self._line, is_late=is_late)
        self.cancelled = False

    def run(self) -> None:
        """Walks, and tells all that there is, whether or not everything was walked.

        What was known before is told first, so that whoever asked is busy meanwhile; where it holds no more, all is
        told anew.
        """
        self.crew.start()
        if self._known:
            telling.tell_folders(self._known.told[1::2])
        complete = self.crew.work(self._order["patience"], self._order["threads"], self._tick)
        if complete and self._known and not self.crew.has_news():
            self._end(self._known, [], [], complete=complete)
            return
        from jupyter_envs.walk.harvest import Harvest

        harvest, racy = Harvest(self.crew), self._racy()
        now = harvest.together(self._known, racy.start, racy.stop)
        if self._known:
            telling.tell(anew=b"1")
            telling.tell_folders(now.told[1::2])
        else:
            self._flush()
        self._end(now, harvest.unreadable, harvest.unreachable, complete=complete)
        if self._order["times"] and not self.crew.full:
            self._new, self._doubtful = now, harvest.doubtful | harvest.untrusted

    def remember(self) -> None:
        """Writes what is known after a walk that met anything new; whoever asked for it has gone on."""
        now = self._new
        if now is None:
            return
        if self.crew.is_late:
            from jupyter_envs.walk.afterwards import take_times

            take_times(now, self._doubtful, self._began, self._racy())
            if self._clock_was_set():
                return
        if not self._places.are_remembered:
            now.change_paths(self._places.remembered)
        times.write(self._order["times"], self._order["key"], now)

    def _line(self, path: bytes, telling_names: list[bytes], links: list[bytes], *, is_environment: bool) -> bytes:
        full = self._places.full
        return telling.line(full(path), telling_names, list(map(full, links)), is_environment=is_environment)

    def _remembered(self) -> times.Known | None:
        place = self._order["times"]
        known = times.read(place, self._order["key"], self._order["memory"] // 4) if place else None
        if known and not self._places.are_remembered:
            known.change_paths(self._places.full)
        return known

    def _racy(self) -> range:
        """The times at which folders changed that may change again unseen, in nanoseconds."""
        now = time.time_ns()
        return range(min(self._began, now) - _RACY, max(self._began, now) + _RACY)

    def _clock_was_set(self) -> bool:
        """Whether the clock ran other than time went by, so that it cannot tell what changed during the walk."""
        return abs(time.time_ns() - self._began - (time.monotonic_ns() - self._started)) > _CLOCK_ERROR

    def _tick(self) -> bool:
        """Whether to go on; tells how far the walk has come, not more often than a person can see."""
        now = time.monotonic()
        if now >= self._next:
            self._next = now + _TELL_EVERY
            if self._known is None:
                self._flush()
            self._tell_progress()
        return not self.cancelled and now < self._deadline

    def _flush(self) -> None:
        for number, worker in enumerate(self.crew.workers):
            start, end = self._flushed.get(number, 0), len(worker.told)
            self._flushed[number] = end
            telling.tell_folders([line for _, line in worker.told[start:end]])

    def _tell_progress(self) -> None:
        workers = self.crew.workers
        folders = sum(len(worker.paths) for worker in workers)
        environments = sum(worker.environments for worker in workers)
        telling.tell(
            at=telling.quoted(self._places.full(workers[0].at)),
            folders=b"%d" % folders,
            environments=b"%d" % environments,
        )

    def _end(self, now: times.Known, unreadable: list[bytes], unreachable: list[bytes], *, complete: bool) -> None:
        telling.tell(
            done=b"%d" % complete,
            folders=b"%d" % len(now.paths),
            elsewhere=b"%d" % sum(map(int, now.over[1::2])),
            unreadable=self._listed(unreadable),
            unreachable=self._listed(unreachable),
            absent=self._listed(self.crew.absent),
            error=b'"memory"' if self.crew.full else b"null",
        )

    def _listed(self, paths: list[bytes]) -> bytes:
        return telling.listed([self._places.full(path) for path in paths])
