"""Reading what may be hostile: regular files only, a bounded number of bytes, and links followed one by one.

Paths are text, and nothing here imports more than `os`, `stat`, `sys` and `errno`: the launcher loads this module
before every kernel, and `pathlib` alone would cost it more than all of its own work.
"""

from __future__ import annotations

import errno
import os
import stat
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

SMALL = 64 * 1024
"""How much of a `pyvenv.cfg` or another one-page file is read, in bytes."""
LARGE = 1024 * 1024
"""How much of a settings file or a `pyproject.toml` is read, in bytes."""
LINKS_AT_MOST = 40
_ENCODING = sys.getfilesystemencoding()


def read_text(path: str, limit: int = SMALL) -> str | None:
    """The first `limit` bytes of a regular file as text, or None where there is none that we may read.

    A FIFO, a device or a folder is not opened for long enough to wait. It is decoded as file names
    are, so that a path in it is the path that it names; bytes that fit no character become lone surrogates.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0))
    except (OSError, ValueError):
        return None
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return None
        return _read(descriptor, limit).decode(_ENCODING, "surrogateescape")
    except OSError:
        return None
    finally:
        os.close(descriptor)


def names(folder: str) -> list[str]:
    """The names in a folder, sorted; empty where it is absent or may not be read."""
    try:
        return sorted(os.listdir(folder))
    except (OSError, ValueError):
        return []


def components(path: str) -> Iterator[tuple[str, os.stat_result]]:
    """Every folder, link and file that is met while resolving an absolute `path`, from the root to the target.

    Links are followed one by one, at most 40. Raises `OSError` naming the component that is missing, or the
    path where the links go round in a circle.
    """
    if os.sep != "/":
        yield path, os.stat(path)
        return
    here, rest, links = "/", path.split("/")[::-1], 0
    yield here, os.lstat(here)
    while rest:
        name = rest.pop()
        if name in {"", "."}:
            continue
        if name == "..":
            here = os.path.dirname(here)
            continue
        step = os.path.join(here, name)
        status = os.lstat(step)
        yield step, status
        if not stat.S_ISLNK(status.st_mode):
            here = step
            continue
        links += 1
        if links > LINKS_AT_MOST:
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)
        target = os.readlink(step)
        here = "/" if target.startswith("/") else here
        rest.extend(target.split("/")[::-1])


def _read(descriptor: int, limit: int) -> bytes:
    data = b""
    while len(data) < limit:
        more = os.read(descriptor, limit - len(data))
        if not more:
            break
        data += more
    return data
