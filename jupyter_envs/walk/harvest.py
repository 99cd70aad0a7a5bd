"""What the threads of a walk met, put together with what was known: all of it, told and remembered."""

from __future__ import annotations

from jupyter_envs.walk.times import UNTRUSTED, Known

TYPE_CHECKING = False
if TYPE_CHECKING:
    from jupyter_envs.walk.crew import Crew
    from jupyter_envs.walk.worker import Worker

RACY = 5_000_000_000
"""A folder that changed less than this before it was listed may change again unseen, in nanoseconds."""

Rows = dict[bytes, tuple[int, int]]


class Harvest:
    """All that a crew knows now, whether or not it has ended; its threads may still be running."""

    __slots__ = ("gone", "over", "rows", "shut", "told", "unreachable", "unreadable", "untrusted")

    def __init__(self, crew: Crew) -> None:
        self.rows: Rows = {}
        self.told: dict[bytes, bytes] = {}
        self.over: dict[bytes, int] = {}
        self.gone: set[bytes] = set()
        self.shut: set[bytes] = set()
        self.unreadable: list[bytes] = []
        self.unreachable = crew.silent()
        self.untrusted = {*self.unreachable, *(path for path, _ in crew.todo[:])}
        workers = crew.workers[:]
        for worker in workers:
            self._take(worker)
        if len(workers) > 1:  # each found children of folders that another found: parents first again
            self.rows = dict(sorted(self.rows.items()))

    def together(self, known: Known | None, low: int, high: int) -> Known:
        """What is known now; a folder that changed between these times (in nanoseconds) is not trusted."""
        dropped: set[bytes] = set()
        rows = self.rows if known is None else self._merged(known, dropped)
        rows.update(dict.fromkeys(self.untrusted - dropped, (0, UNTRUSTED)))
        times = [time for time, _ in rows.values()]
        inodes = [UNTRUSTED if low <= time <= high else inode for time, inode in rows.values()]
        told, over = self.told, self.over
        if known is not None:
            replaced = self.rows.keys() | self.shut | dropped
            told = {**_pairs(known.told, replaced), **told}
            over = {**{path: int(count) for path, count in _pairs(known.over, replaced).items()}, **over}
        lines = [part for path, line in told.items() if path not in dropped for part in (path, line)]
        counts = [part for path, count in over.items() if path not in dropped for part in (path, b"%d" % count)]
        return Known(list(rows), times, inodes, lines, counts)

    def _take(self, worker: Worker) -> None:
        count = len(worker.paths)
        self.rows.update(zip(worker.paths[:count], zip(worker.times, worker.inodes, strict=False), strict=False))
        self.told.update(worker.told[:])
        for path, number in worker.over[:]:
            self.over[path] = self.over.get(path, 0) + number
        self.gone.update(worker.gone[:])
        self.shut.update(worker.shut[:])
        self.unreadable += worker.unreadable
        self.unreachable += worker.unreachable
        self.untrusted.update(worker.untrusted[:])

    def _merged(self, known: Known, dropped: set[bytes]) -> Rows:
        """The rows of both; what lies in a folder that is gone or closed now is dropped with it."""
        rows: Rows = {}
        fresh, closed = self.rows.copy(), self.gone | self.shut
        for path, time, inode in zip(known.paths, known.times, known.inodes, strict=True):
            if closed and _parent(path) in closed:
                closed.add(path)
                dropped.add(path)
                fresh.pop(path, (0, 0))
            elif path in self.gone:
                dropped.add(path)
            else:
                rows[path] = fresh.pop(path, (time, inode))
        rows.update(fresh)
        return rows


def _pairs(flat: list[bytes], without: set[bytes]) -> dict[bytes, bytes]:
    return {path: value for path, value in zip(flat[::2], flat[1::2], strict=True) if path not in without}


def _parent(path: bytes) -> bytes:
    return path.rpartition(b"/")[0] or b"/"
