"""What a piece of work may change outside of its environment: saved before, and put back where nothing came of it.

A file is put back whole where it is what a command of ours left; what somebody else wrote or deleted meanwhile stays.
Whether a person wrote in it too while a command wrote it cannot be known. So what a file holds that people write, such
as `pyproject.toml`, is kept in the state folder before it is replaced, and that is told; lock files are tools' alone.
In a file that many environments share, such as Poetry's `envs.toml`, only the table of this one is put back, because
others may have changed the rest meanwhile.
"""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from jupyter_envs import naming
from jupyter_envs.creator import journal, sharing, tables
from jupyter_envs.creator.contents import ENCODING, put_back, read, read_quietly, replaced, restore, write
from jupyter_envs.creator.sharing import real
from jupyter_envs.errors import EnvsError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jupyter_envs.creator.contents import Content
    from jupyter_envs.creator.sharing import Shared
    from jupyter_envs.creator.work import Report
    from jupyter_envs.host import Host
    from jupyter_envs.managers.plans import Command, Plan, Table


class Kept:
    """What a plan's commands may change outside, as it was when this was made. May raise `OSError`."""

    def __init__(self, plan: Plan, shared: Shared) -> None:
        files = ((path, read(path)) for path in map(real, plan.touched))
        tables_ = ((table, read(real(table.path))) for table in plan.tables)
        self._shared = shared
        self._files = {path: before for path, before in files if before is not None}
        self._left: dict[Path, Content | None] = dict(self._files)
        self._tables = {table: before for table, before in tables_ if before is not None}

    @property
    def locks(self) -> tuple[int, ...]:
        """What tools must inherit, so that nobody else changes the same before they have ended."""
        return self._shared.locks

    @contextmanager
    def watch(self, command: Command, report: Report) -> Iterator[None]:
        """While a command runs: what changes now is its doing, and what changed before it is somebody else's.

        Waits until nobody else writes the same file of a tool's. Raises `Cancelled` and `Occupied`.
        """
        paths = list(self._files) if command.writes is None else list(map(real, command.writes))
        paths = [path for path in paths if path in self._files]
        with self._shared.writing(command, report):
            for path in paths:
                now = read_quietly(path)
                if now is not None and now != self._left[path]:
                    self._files[path] = self._left[path] = now
            journal.begin(self._shared, self._files, self._left, paths)
            try:
                yield
            finally:
                self._left.update((path, read_quietly(path)) for path in paths)
            journal.begin(self._shared, self._files, self._left, ())

    def stand(self) -> None:
        """What was changed stays, also where this is killed from now on."""
        journal.forget(self._shared)

    def put_back(self, report: Report) -> None:
        """Make everything as it was, where a command changed it, and tell what somebody else changed, which stays.

        What cannot be put back is told, and tried again by who comes next.
        """
        done = [self._is_put_back(path, before, report) for path, before in self._files.items()]
        if all(done):
            self.stand()
        for table, before in self._tables.items():
            try:
                with suppress(OSError), self._shared.putting_back(real(table.path)):
                    _restore_table(table, before)
            except EnvsError as error:
                report.warn(f"{error} What it notes of the environment was not put back.")

    def _is_put_back(self, path: Path, before: Content, report: Report) -> bool:
        """Whether nothing more is to be done about a file."""
        shown = naming.shown_path(os.fspath(path))
        try:
            now = read(path)
            if now == before:
                return True
            if now is None or now != self._left[path]:
                report.warn(f"{shown} was changed meanwhile, and stays as it is.")
                return True
            kept = put_back(path, now, before, self._shared.host)
        except OSError as error:
            report.warn(f"{shown} was changed, and could not be put back: {error.strerror}.")
            return False
        if kept is not None:
            report.warn(replaced(path, kept))
        return True


@contextmanager
def keeping(plan: Plan, host: Host, report: Report) -> Iterator[Kept]:
    """What a plan shares with others, for this work alone, and as it was where this is left by an exception.

    Raises `Occupied` where another piece of work changes the same, and `OSError`.
    """
    with sharing.hold(plan, host) as shared:
        for told in journal.settle(shared):
            report.warn(told)
        kept = Kept(plan, shared)
        try:
            yield kept
        except BaseException:
            kept.put_back(report)
            raise
        kept.stand()


def remove(table: Table, host: Host) -> bool:
    """Take a table out of its file, and nothing else; whether it is out. Raises `OSError`, and `Occupied`."""
    path = real(table.path)
    with sharing.turn(path, host):
        now = read(path)
        fresh = None if now is None else tables.replaced(now.text, table.name, None)
        if now is None or fresh is None:
            return False
        if now.data is not None and fresh != now.text:
            write(path, fresh.encode(*ENCODING), now.mode)
    return True


def _restore_table(table: Table, before: Content) -> None:
    """Its table as it was; the whole file as it was, where nothing else in it changed."""
    path, now = real(table.path), read(real(table.path))
    if now is None or now == before:
        return
    was = tables.section(before.text, table.name)
    fresh = tables.replaced(now.text, table.name, was)
    if fresh is None:
        return
    if fresh.split() == before.text.split():
        restore(path, before)
    elif fresh != now.text:
        write(path, fresh.encode(*ENCODING), now.mode)
