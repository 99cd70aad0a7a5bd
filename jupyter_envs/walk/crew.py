"""The threads of a walk, and what is shared by them: one while the disk answers at once, more while it does not.

A thread that hangs keeps only the folder that it is in: known folders come from one iterator and new ones from one
list, so the others go on with everything else. Operations on both, and on lists that are only appended to, are whole
to all threads.
"""

from __future__ import annotations

import _thread
import time

from jupyter_envs.walk.worker import Worker

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jupyter_envs.walk.listing import Rules
    from jupyter_envs.walk.times import Known

TICK = 0.05
HANGING = 1.0
"""After how many seconds without a sign a thread counts as hanging, so that another takes over."""
_BUSY = 0.4
_WAITS = 8
"""How often it waits between two looks where it waits for a disk; now and then threads wait for one another."""
_AT_MOST = 64
_STACK = 1024 * 1024


class Crew:
    """Walks by its rules from its roots, with what an earlier walk knew, until it is done or told to end."""

    def __init__(
        self,
        rules: Rules,
        depths: dict[bytes, int],
        known: Known | None,
        line: Callable[..., bytes],
        *,
        is_late: bool = False,
    ) -> None:
        self.rules = rules
        self.line = line
        self.is_late = is_late
        """Whether the times of folders are taken after all were listed."""
        self.paths = known.paths if known else None
        self.known: Iterator[tuple[bytes, int, int]] = (
            zip(known.paths, known.times, known.inodes, strict=False) if known else iter(())
        )
        self.todo = [] if known else list(depths.items())[::-1]
        self.ending = False
        self.full = False
        self.dead: list[bytes] = []
        self.held: list[bytes] = []
        self.closed: set[bytes] = set()
        self.absent: list[bytes] = []
        self.workers: list[Worker] = []
        self._depths = depths
        self._known_set: frozenset[bytes] | None = None
        self._bell = _thread.allocate_lock()
        self._bell.acquire()
        _thread.stack_size(_STACK)

    def start(self) -> None:
        """Sets the first thread to work."""
        self._hire(1)

    def work(self, patience: float, threads: int, tick: Callable[[], bool]) -> bool:
        """Whether all was walked; `tick` is asked all the time whether to go on."""
        clock, wanted = Clock(), 1
        while not (self._is_settled() or self.full):
            self._bell.acquire(timeout=TICK)
            if not tick():
                self.ending = True
                return False
            self._watch(clock.elapsed())
            if self._is_settled():
                break  # nobody is hired for nothing
            if clock.waited() and wanted < threads and any(worker.is_walking() for worker in self.workers):
                wanted *= 2
            self._hire(wanted - sum(not worker.ended and worker.silent < HANGING for worker in self.workers))
            if self._has_only_silent(patience):
                break
        self.ending = True
        return not self.full

    def is_done(self) -> bool:
        """Whether nobody is in a folder any more and none is left."""
        return not self.todo and all(worker.idle for worker in self.workers)

    def has_news(self) -> bool:
        """Whether anything is not as it was known."""
        return bool(self.held or self.silent()) or any(worker.has_news() for worker in self.workers)

    def silent(self) -> list[bytes]:
        """The folders that threads hang in."""
        return [worker.at for worker in self.workers if worker.silent and not worker.idle and worker.at]

    def pause(self) -> None:
        """Wait a moment for folders that others find."""
        time.sleep(0.005)

    def wake(self) -> None:
        """Let the supervisor look at once."""
        if self._bell.locked():
            self._bell.release()

    def depth_left(self, path: bytes) -> int:
        """How many folders deep a walk may go below a known folder."""
        place, steps = path, 0
        while place not in self._depths:
            place, steps = place.rpartition(b"/")[0] or b"/", steps + 1
        return max(0, self._depths[place] - steps)

    def known_set(self) -> frozenset[bytes]:
        """All folders that were known, made when the first one changed."""
        if self._known_set is None:
            self._known_set = frozenset(self.paths or ())
        return self._known_set

    def is_dead(self, path: bytes) -> bool:
        """Whether a folder lies in one that does not answer."""
        return any(path.startswith(place + b"/") or path == place for place in tuple(self.dead))

    def _revive(self, path: bytes) -> None:
        """A folder that seemed not to answer did: what was held back because of it is looked at after all."""
        if path in self.dead:
            self.dead.remove(path)
            held, self.held[:] = self.held[:], []
            self.todo += [(one, self.depth_left(one)) for one in held]

    def _hire(self, count: int) -> None:
        for _ in range(min(count, _AT_MOST - len(self.workers))):
            worker = Worker(self)
            self.workers.append(worker)
            _thread.start_new_thread(worker.run, ())

    def _is_settled(self) -> bool:
        """Whether it is done, and nothing is held back for a folder that answered in the end."""
        if self.is_done() and self.held:
            self._watch(0)
        return self.is_done()

    def _watch(self, elapsed: float) -> None:
        """Notes how long each thread has been in its folder; one that hangs there closes the folder to the others."""
        for worker in self.workers:
            at = worker.at
            if worker.idle or at is not worker.was_at:
                self._revive(worker.was_at)
                worker.silent, worker.was_at = 0.0, at
                continue
            worker.silent += elapsed
            if at and worker.silent >= HANGING and at not in self.dead:
                self.dead.append(at)

    def _has_only_silent(self, patience: float) -> bool:
        """Whether all that is left are threads that hang, and were given their time."""
        if self.todo and len(self.workers) < _AT_MOST:
            return False
        return all(worker.idle or worker.silent >= patience for worker in self.workers)


class Clock:
    """Tells how the time of this process goes by: in work, or in waiting for a disk."""

    __slots__ = ("_length", "_seen", "_used", "_waits")

    def __init__(self) -> None:
        self._seen = _times()
        self._length, self._used, self._waits = 0.0, 0.0, 0

    def elapsed(self) -> float:
        """Seconds since this was asked before."""
        now, seen = _times(), self._seen
        self._length, self._used, self._waits = now[0] - seen[0], now[1] - seen[1], now[2] - seen[2]
        self._seen = now
        return self._length

    def waited(self) -> bool:
        """Whether most of that time was spent in waiting, and not because others had the processor."""
        return self._used < _BUSY * self._length and self._waits >= _WAITS


def _times() -> tuple[float, float, int]:
    """The time, the processor time of this process, and how often it had to wait for something by now."""
    try:
        import resource  # absent on Windows
    except ImportError:
        return time.monotonic(), time.process_time(), 0
    usage = resource.getrusage(resource.RUSAGE_SELF)
    # what is read from a disk that turns takes so long that few of them are many
    return time.monotonic(), time.process_time(), usage.ru_nvcsw + _WAITS * usage.ru_inblock
