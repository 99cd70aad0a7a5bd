"""The times of folders, taken after all were listed and told: nobody waits for them.

That misses nothing where times come from this machine's clock: what changed after it was listed changed after the walk
began, says so in the time that nobody sets (`st_ctime`), and is listed again the next time.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from jupyter_envs.walk.times import Known

_KIND, _FOLDER = 0o170000, 0o040000
_SECOND = 1_000_000_000
_TICK = _SECOND // 50
"""How far behind the clock a fresh time may be, in nanoseconds; one in whole seconds, a second more."""


def take_times(known: Known, doubtful: set[bytes], began: int, racy: range) -> None:
    """Fills in the times and numbers of folders that were listed after `began` (in nanoseconds), parents first.

    Those that are `doubtful`, and those that changed since or at a `racy` time, stay untrusted.
    """
    moved: set[bytes] = set()
    times, inodes = list(known.times), list(known.inodes)
    began -= _TICK
    for number, path in enumerate(known.paths):
        try:
            status = os.lstat(path)
        except OSError:  # it is gone, so the next walk looks for itself
            continue
        times[number] = status.st_mtime_ns
        if _changed_since(began, status.st_ctime_ns) or (moved and _parent(path) in moved):
            moved.add(path)
        elif status.st_mtime_ns not in racy and status.st_mode & _KIND == _FOLDER and path not in doubtful:
            inodes[number] = status.st_ino
        moved.discard(b".")  # where the walk stands, nobody puts another folder in its place
    known.times, known.inodes = times, inodes


def _changed_since(began: int, changed: int) -> bool:
    return changed >= began or (changed % _SECOND == 0 and changed >= began - _SECOND)


def _parent(path: bytes) -> bytes:
    return path.rpartition(b"/")[0]
