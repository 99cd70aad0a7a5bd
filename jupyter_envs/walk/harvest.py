"""What the threads of a walk met, put together with what was known: all of it, told and remembered."""

from __future__ import annotations

from jupyter_envs.walk.times import UNTRUSTED, Known

TYPE_CHECKING = False
if TYPE_CHECKING:
    from jupyter_envs.walk.crew import Crew
    from jupyter_envs.walk.worker import Worker

Rows = dict[bytes, tuple[int, int]]


class Harvest:
    """All that a crew knows now, whether or not it has ended; its threads may still be running."""

    __slots__ = (
        "_is_late",
        "_workers",
        "doubtful",
        "gone",
        "over",
        "shut",
        "told",
        "unreachable",
        "unreadable",
        "untrusted",
    )

    def __init__(self, crew: Crew) -> None:
        self._workers = crew.workers[:]
        self._is_late = crew.is_late
        self.doubtful: set[bytes] = set()
        self.told: dict[bytes, bytes] = {}
        self.over: dict[bytes, int] = {}
        self.gone: set[bytes] = set()
        self.shut: set[bytes] = set()
        self.unreadable: list[bytes] = []
        self.unreachable = crew.silent()
        self.untrusted = {*self.unreachable, *crew.held[:], *(path for path, _ in crew.todo[:])}
        for worker in self._workers:
            self._take(worker)
        self.unreachable = _outermost(self.unreachable)

    @property
    def rows(self) -> Rows:
        """Every folder that was listed, with its time and number; parents first."""
        rows: Rows = {}
        for worker in self._workers:
            paths = worker.paths[:]
            rows.update(zip(paths, zip(*self._numbers(worker, len(paths)), strict=True), strict=True))
        # each thread found children of folders that another found
        return dict(sorted(rows.items())) if len(self._workers) > 1 else rows

    def together(self, known: Known | None, low: int, high: int) -> Known:
        """What is known now; a folder that changed between these times (in nanoseconds) is not trusted.

        Where times are taken afterwards, none is.
        """
        if known is None and not self.untrusted and len(self._workers) == 1:
            return self._alone(self._workers[0], low, high)
        dropped: set[bytes] = set()
        listed = self.rows
        rows = listed if known is None else self._merged(known, listed, dropped)
        rows.update(dict.fromkeys(self.untrusted - dropped, (0, UNTRUSTED)))
        times = [time for time, _ in rows.values()]
        inodes = _trusted(times, [inode for _, inode in rows.values()], low, high)
        told, over = self.told, self.over
        if known is not None:
            replaced = listed.keys() | self.shut | dropped
            told = {**_pairs(known.told, replaced), **told}
            over = {**{path: int(count) for path, count in _pairs(known.over, replaced).items()}, **over}
        return Known(list(rows), times, inodes, _flat(told, dropped), _flat(over, dropped))

    def _alone(self, worker: Worker, low: int, high: int) -> Known:
        """What one thread saw that hung nowhere and knew nothing before: its own lists."""
        paths = worker.paths[:]
        times, inodes = self._numbers(worker, len(paths))
        inodes = _trusted(times, inodes, low, high)
        return Known(paths, times, inodes, _flat(self.told, set()), _flat(self.over, set()))

    def _numbers(self, worker: Worker, count: int) -> tuple[list[int], list[int]]:
        if self._is_late:
            return [0] * count, [UNTRUSTED] * count
        return worker.times[:count], worker.inodes[:count]

    def _take(self, worker: Worker) -> None:
        self.told.update(worker.told[:])
        for path, number in worker.over[:]:
            self.over[path] = self.over.get(path, 0) + number
        self.gone.update(worker.gone[:])
        self.shut.update(worker.shut[:])
        self.unreadable += worker.unreadable
        self.unreachable += worker.unreachable
        self.untrusted.update(worker.untrusted[:])
        self.doubtful.update(worker.doubtful[:])

    def _merged(self, known: Known, fresh: Rows, dropped: set[bytes]) -> Rows:
        """The rows of both; what lies in a folder that is gone or closed now is dropped with it."""
        rows: Rows = {}
        fresh, closed = fresh.copy(), self.gone | self.shut
        for path, time, inode in zip(known.paths, known.times, known.inodes, strict=True):
            if closed and _parent(path) in closed:
                closed.add(path)
                dropped.add(path)
                fresh.pop(path, (0, 0))
            elif path in self.gone:
                dropped.add(path)
            else:
                rows[path] = fresh.pop(path, (time, inode))
        for path, row in fresh.items():
            if closed and _parent(path) in closed:
                closed.add(path)
                dropped.add(path)
            else:
                rows[path] = row
        return rows


def _pairs(flat: list[bytes], without: set[bytes]) -> dict[bytes, bytes]:
    return {path: value for path, value in zip(flat[::2], flat[1::2], strict=True) if path not in without}


def _outermost(paths: list[bytes]) -> list[bytes]:
    """Those that lie in no other; several threads may hang in folders of the same dead mount."""
    found: list[bytes] = []
    for path in sorted(set(paths)):
        if not any(path.startswith(outer + b"/") for outer in found):
            found.append(path)
    return found


def _flat(values: dict[bytes, bytes] | dict[bytes, int], without: set[bytes]) -> list[bytes]:
    found = [(path, value) for path, value in values.items() if path not in without]
    return [part for path, value in found for part in (path, value if isinstance(value, bytes) else b"%d" % value)]


def _trusted(times: list[int], inodes: list[int], low: int, high: int) -> list[int]:
    """The numbers, but `UNTRUSTED` for what changed between these times."""
    if not times or max(times) < low:
        return inodes
    return [UNTRUSTED if low <= time <= high else inode for time, inode in zip(times, inodes, strict=True)]


def _parent(path: bytes) -> bytes:
    return path.rpartition(b"/")[0] or b"/"
