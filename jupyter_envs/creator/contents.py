"""What small files hold: read whole, written in one step, and kept for their person before it is replaced."""

from __future__ import annotations

import os
import re
import secrets
import stat
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jupyter_envs import naming

if TYPE_CHECKING:
    from pathlib import Path

    from jupyter_envs.host import Host

AT_MOST = 64 * 1024 * 1024
"""How long a file may be that is put back, in bytes; a lock file is far from that."""
REPLACED = "replaced"
"""The folder in the state folder that keeps what was replaced, and may be a person's."""
_BY_TOOLS = re.compile(r".*\.lock|pylock(?:\..*)?\.toml|\.pdm-python")
"""Files that nobody writes by hand."""
ENCODING = ("utf-8", "surrogateescape")


@dataclass(frozen=True, slots=True)
class Content:
    """What a regular file held, and its mode; `data` None: there was none."""

    data: bytes | None
    mode: int = 0o644

    @property
    def text(self) -> str:
        """The content as text; empty for a file that was not there."""
        return (self.data or b"").decode(*ENCODING)


def read(path: Path) -> Content | None:
    """What a regular file holds; None where something else is there, or more than anybody would put back."""
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
    try:
        descriptor = os.open(path, flags)
    except FileNotFoundError:
        return Content(None)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_size > AT_MOST:
            return None
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            return Content(file.read(AT_MOST), stat.S_IMODE(status.st_mode))
    finally:
        os.close(descriptor)


def read_quietly(path: Path) -> Content | None:
    """The same; None, too, where it cannot be read."""
    try:
        return read(path)
    except OSError:
        return None


def write(path: Path, data: bytes, mode: int) -> None:
    """Put a file there in one step, with that mode: whoever reads it sees the old one or the new one whole."""
    fresh = path.with_name(f".{path.name[:40]}.{secrets.token_hex(4)}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
    try:
        with os.fdopen(os.open(fresh, flags, 0o600), "wb") as file:
            file.write(data)
            file.flush()
            os.chmod(fresh, mode)
            os.fsync(file.fileno())
        os.replace(fresh, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(fresh)
        raise


def restore(path: Path, before: Content) -> None:
    """Let a file hold what it held. Raises `OSError`."""
    if before.data is None:
        with suppress(FileNotFoundError):
            path.unlink()
    elif read(path) != before:
        write(path, before.data, before.mode)


def put_back(path: Path, now: Content, before: Content, host: Host) -> Path | None:
    """Let a file hold what it held; where that is kept what it holds now, if a person may have written it.

    Raises `OSError`, and then nothing is lost.
    """
    lost = now.data not in {None, before.data} and not _BY_TOOLS.fullmatch(path.name)
    kept = keep(path, now, host) if lost else None
    restore(path, before)
    return kept


def replaced(path: Path, kept: Path) -> str:
    """What is told of a file that was put back."""
    shown, where = (naming.shown_path(os.fspath(each)) for each in (path, kept))
    return f"{shown} is as it was before. If you changed it meanwhile: what it held then is in {where}."


def keep(path: Path, content: Content, host: Host) -> Path:
    """Where a file's content is kept that will be replaced, for its person alone. Raises `OSError`."""
    folder = host.own_state_folder() / REPLACED
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    kept = folder / f"{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(2)}-{path.name[:100]}"
    write(kept, content.data or b"", 0o600)
    return kept
