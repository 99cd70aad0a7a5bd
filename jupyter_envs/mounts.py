"""Which file systems are mounted where, which of them lie behind a network, and which of those answer.

What is dead is asked in a thread that may hang, and never by the caller itself.
"""

from __future__ import annotations

import _thread
import os
import re
import time
from contextlib import suppress

from jupyter_envs import files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

PROBE_SECONDS = 1.0
"""How long a mount has for an answer."""
REMEMBERED_SECONDS = 30.0
_NETWORK = frozenset({
    "nfs", "nfs3", "nfs4", "cifs", "smb", "smb2", "smb3", "smbfs", "ncpfs", "9p", "afs", "kafs", "auristorfs", "coda",
    "ceph", "glusterfs", "lustre", "gpfs", "mmfs", "beegfs", "pvfs2", "orangefs", "ocfs2", "gfs2", "panfs", "davfs",
    "davfs2", "autofs", "fuse", "sshfs", "virtiofs", "vboxsf", "vmhgfs", "prl_fs", "drvfs",
})  # fmt: skip
_LOCAL_THROUGH_FUSE = frozenset({"fuse.overlayfs", "fuse.fuse-overlayfs", "fuse.lxcfs", "fuse.snapfuse"})
_OWN_CLOCK = frozenset({"ext2", "ext3", "ext4", "xfs", "btrfs", "tmpfs", "overlay", "zfs", "f2fs"})
_ESCAPED = re.compile(r"\\([0-7]{3})")
_LARGE = 8 * 1024 * 1024


class Mounts:
    """The mounts of one moment: `points` are the folders where a file system begins, with that file system's type.

    What does not answer is remembered for 30 seconds.
    """

    __slots__ = ("_answers", "_lock", "network", "points")

    def __init__(self, points: Mapping[str, str]) -> None:
        self.points = dict(points)
        found = (point for point, kind in self.points.items() if _is_network_type(kind))
        self.network = tuple(sorted(found, key=len, reverse=True))
        """The folders where one begins that lies behind a network, the innermost first."""
        self._answers: dict[str, tuple[float, bool]] = {}
        self._lock = _thread.allocate_lock()

    @classmethod
    def read(cls) -> Mounts:
        """The mounts of this process; none where the platform does not list them in a file."""
        points = parse(files.read_text("/proc/self/mountinfo", _LARGE) or "")
        global _last  # noqa: PLW0603 -- what does not answer need not be asked by each caller anew
        if points != _last.points:
            _last = cls(points)
        return _last

    def of(self, path: str) -> str | None:
        """The mount point that an absolute, real path lies in, or is; None where none is known."""
        while path not in self.points:
            parent = os.path.dirname(path)
            if parent == path:
                return None
            path = parent
        return path

    def is_network(self, path: str) -> bool:
        """Whether a path lies on a file system that may be slow, or away."""
        return bool(self.network) and self.of(path) in self.network

    def has_own_clock(self, path: str) -> bool:
        """Whether times on the file system that a path lies on are known to come from this machine's clock."""
        return self.points.get(self.of(path) or "") in _OWN_CLOCK

    def is_dead(self, path: str) -> bool:
        """Whether a path lies on a file system that does not answer; takes at most a second, for each in 30."""
        if not self.network:
            return False
        return any(_is_in(path, point) and not self._answered(point) for point in self.network)

    def leads(self, path: str) -> str | None:
        """An absolute path without its links, as far as it leads; None where something on the way does not answer."""
        here, rest, links = "/", path.split("/")[::-1], 0
        while rest:
            name = rest.pop()
            if name in {"", ".", ".."}:
                here = os.path.dirname(here) if name == ".." else here
                continue
            step = os.path.join(here, name)
            if self.is_dead(step):
                return None
            target = _target(step)
            if target is None or links == files.LINKS_AT_MOST:
                here = step
                continue
            links += 1
            here = "/" if target.startswith("/") else here
            rest.extend(target.split("/")[::-1])
        return here

    def dead(self) -> tuple[str, ...]:
        """The mount points that did not answer when they were asked last."""
        return tuple(sorted(point for point, (_, answered) in self._answers.items() if not answered))

    def _answered(self, point: str) -> bool:
        with self._lock:
            asked, answered = self._answers.get(point, (-REMEMBERED_SECONDS, True))
            if time.monotonic() - asked < REMEMBERED_SECONDS:
                return answered
            answered = answers(point)
            self._answers[point] = (time.monotonic(), answered)
            return answered


_last = Mounts({})


def answers(folder: str, seconds: float = PROBE_SECONDS) -> bool:
    """Whether a file system says anything about a folder in time, be it that it is gone or may not be seen."""
    import threading  # slow to load, and seldom needed

    said = threading.Event()

    def ask() -> None:
        with suppress(OSError):
            os.stat(folder)  # a refusal is an answer
            with os.scandir(folder) as entries:
                next(entries, None)
        said.set()

    threading.Thread(target=ask, name=f"probe of {folder}", daemon=True).start()
    return said.wait(seconds)


def parse(text: str) -> dict[str, str]:
    """Mount points and types in the text of a `mountinfo`, the last where several lie on one folder."""
    points = {}
    for line in text.split("\n"):
        before, separator, after = line.partition(" - ")
        fields = before.split(" ")
        if separator and len(fields) > 4:  # noqa: PLR2004  # the fifth is the mount point
            points[_ESCAPED.sub(lambda octal: chr(int(octal[1], 8)), fields[4])] = after.split(" ")[0]
    return points


def _is_network_type(kind: str) -> bool:
    return kind in _NETWORK or (kind.startswith("fuse.") and kind not in _LOCAL_THROUGH_FUSE)


def _target(path: str) -> str | None:
    try:
        return os.readlink(path)
    except (OSError, ValueError):
        return None


def _is_in(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")
