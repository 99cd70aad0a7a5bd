"""What a piece of work may change outside of its environment: saved before, and put back where nothing came of it.

A file is put back whole where it is what a command of ours left; what somebody else wrote or deleted meanwhile stays.
In a file that many environments share, such as Poetry's `envs.toml`, only
the table of this one is, because others may have changed the rest meanwhile.
"""

from __future__ import annotations

import os
import secrets
import stat
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_envs import naming
from jupyter_envs.creator import tables

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jupyter_envs.creator.work import Report
    from jupyter_envs.managers.plans import Command, Plan, Table

AT_MOST = 64 * 1024 * 1024
"""How long a file may be that is put back, in bytes; a lock file is far from that."""
_ENCODING = ("utf-8", "surrogateescape")


@dataclass(frozen=True, slots=True)
class Content:
    """What a regular file held, and its mode; `data` None: there was none."""

    data: bytes | None
    mode: int = 0o644

    @property
    def text(self) -> str:
        """The content as text; empty for a file that was not there."""
        return (self.data or b"").decode(*_ENCODING)


class Kept:
    """What a plan's commands may change outside, as it was when this was made. May raise `OSError`."""

    def __init__(self, plan: Plan) -> None:
        files = ((path, read(path)) for path in map(_real, plan.touched))
        tables_ = ((table, read(_real(table.path))) for table in plan.tables)
        self._files = {path: before for path, before in files if before is not None}
        self._left: dict[Path, Content | None] = dict(self._files)
        self._tables = {table: before for table, before in tables_ if before is not None}

    @contextmanager
    def watch(self, command: Command) -> Iterator[None]:
        """While a command runs: what changes now is its doing, and what changed before it is somebody else's."""
        paths = list(self._files) if command.writes is None else list(map(_real, command.writes))
        paths = [path for path in paths if path in self._files]
        for path in paths:
            now = _read(path)
            if now is not None and now != self._left[path]:
                self._files[path] = self._left[path] = now
        try:
            yield
        finally:
            self._left.update((path, _read(path)) for path in paths)

    def put_back(self, report: Report) -> None:
        """Make everything as it was, where a command changed it, and tell what somebody else changed, which stays.

        What cannot be put back is left; the work's own failure is told.
        """
        for path, before in self._files.items():
            with suppress(OSError):
                now = read(path)
                if now == before:
                    continue
                if now == self._left[path]:
                    _restore(path, before)
                else:
                    report.warn(f"{naming.shown_path(os.fspath(path))} was changed meanwhile, and stays as it is.")
        for table, before in self._tables.items():
            with suppress(OSError):
                _restore_table(table, before)


def remove(table: Table) -> bool:
    """Take a table out of its file, and nothing else; whether it is out. Raises `OSError`."""
    path = _real(table.path)
    now = read(path)
    fresh = None if now is None else tables.replaced(now.text, table.name, None)
    if now is None or fresh is None:
        return False
    if now.data is not None and fresh != now.text:
        write(path, fresh.encode(*_ENCODING), now.mode)
    return True


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


def _read(path: Path) -> Content | None:
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


def _restore(path: Path, before: Content) -> None:
    if before.data is None:
        with suppress(FileNotFoundError):
            path.unlink()
    elif read(path) != before:
        write(path, before.data, before.mode)


def _restore_table(table: Table, before: Content) -> None:
    """Its table as it was; the whole file as it was, where nothing else in it changed."""
    path, now = _real(table.path), read(_real(table.path))
    if now is None or now == before:
        return
    was = tables.section(before.text, table.name)
    fresh = tables.replaced(now.text, table.name, was)
    if fresh is None:
        return
    if fresh.split() == before.text.split():
        _restore(path, before)
    elif fresh != now.text:
        write(path, fresh.encode(*_ENCODING), now.mode)


def _real(path: Path) -> Path:
    """Through its links: a file that is one stays one."""
    return Path(os.path.realpath(path))
