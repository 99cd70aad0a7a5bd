"""What several environments share is changed by one piece of work at a time, in whichever process it is done.

The files of a project that a plan's commands write, and the project's table in a tool's file, belong to one work from
its beginning to its end: a second one is told at once. A tool's file with the tables of many projects is locked around
the commands that write it, and there one waits, because others may be busy with other projects.

The locks are on empty files in the person's state folder, named by a hash of what they stand for. Tools inherit them,
so they last as long as any of them. Whoever waits holds nothing that is waited for, so nobody waits in a circle.
"""

from __future__ import annotations

import hashlib
import os
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_envs import naming, process
from jupyter_envs.creator import holding
from jupyter_envs.errors import Cancelled, Occupied, Refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from jupyter_envs.creator.work import Report
    from jupyter_envs.host import Host
    from jupyter_envs.managers.plans import Command, Plan

SOON_SECONDS = 30.0
"""How long one waits who can leave a table as it is instead: a tool writes its file in a second or two."""
TOLD_AFTER_SECONDS = 0.5
_TICK_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Shared:
    """What one piece of work holds: the `files` of its project that it may write, by their real paths.

    `locks` are for tools to inherit; `tables` are those of tools' files, by their real paths.
    """

    host: Host
    files: tuple[Path, ...] = ()
    locks: tuple[int, ...] = ()
    tables: Mapping[Path, int] = field(default_factory=dict)

    @contextmanager
    def writing(self, command: Command, report: Report) -> Iterator[None]:
        """While a command runs: nobody else writes the tools' files that it writes. Raises `Cancelled`, `Occupied`."""
        with ExitStack() as stack:
            for path in sorted(self.tables):
                if command.writes is None or path in map(real, command.writes):
                    stack.enter_context(_turn(self.tables[path], path, report))
            yield

    @contextmanager
    def putting_back(self, path: Path) -> Iterator[None]:
        """The same for a moment of our own, whether or not the work was cancelled. Raises `Occupied`."""
        with ExitStack() as stack:
            if path in self.tables:
                stack.enter_context(_turn(self.tables[path], path, None))
            yield


@contextmanager
def hold(plan: Plan, host: Host) -> Iterator[Shared]:
    """What a plan shares with other works, its own until this is left; raises `Occupied` or `Refused`."""
    written = [path for path in map(real, plan.touched) if _is_written(path, plan)]
    noted = sorted((real(table.path), table.name) for table in plan.tables)
    with ExitStack() as stack:
        written = sorted(set(written))
        locks = [_alone(os.fspath(path), _same_files(path, written), host, stack) for path in written]
        locks += [_alone(f"{path}#{name}", _same_notes(path), host, stack) for path, name in noted]
        tables = {path: _opened(os.fspath(path), host, stack) for path, _ in noted}
        yield Shared(host, tuple(written), (*locks, *tables.values()), tables)


@contextmanager
def files(paths: Iterable[Path], host: Host) -> Iterator[None]:
    """Files of projects, by their real paths, that nobody else changes meanwhile; raises `Occupied` or `Refused`."""
    with ExitStack() as stack:
        for path in sorted(paths):
            _alone(os.fspath(path), _same_files(path, [path]), host, stack)
        yield


@contextmanager
def turn(path: Path, host: Host) -> Iterator[None]:
    """A tool's file, by its real path, which nobody else writes meanwhile; raises `Occupied` or `Refused`."""
    with ExitStack() as stack, _turn(_opened(os.fspath(path), host, stack), path, None):
        yield


def real(path: Path) -> Path:
    """Through its links: a file that is one stays one."""
    return Path(os.path.realpath(path))


def _is_written(path: Path, plan: Plan) -> bool:
    return any(command.writes is None or path in map(real, command.writes) for command in plan.commands)


def _alone(what: str, otherwise: Occupied, host: Host, stack: ExitStack) -> int:
    descriptor = _opened(what, host, stack)
    try:
        holding.lock(descriptor)
    except BlockingIOError as error:
        raise otherwise from error
    return descriptor


@contextmanager
def _turn(descriptor: int, path: Path, report: Report | None) -> Iterator[None]:
    import fcntl  # absent on Windows, where nothing is changed

    _wait(descriptor, path, report)
    try:
        yield
    finally:
        fcntl.flock(descriptor, fcntl.LOCK_UN)


def _wait(descriptor: int, path: Path, report: Report | None) -> None:
    """Until the lock is ours; without somebody who could cancel it, for a short while."""
    begun, told = time.monotonic(), report is None
    at_most = SOON_SECONDS if report is None else process.SECONDS_AT_MOST
    while True:
        try:
            holding.lock(descriptor)
        except BlockingIOError as error:
            waited = time.monotonic() - begun
            if waited > at_most:
                shown = naming.shown_path(os.fspath(path))
                raise Occupied(f"Another tool has been writing {shown} for long.", "See what it waits for.") from error
        else:
            return
        if not told and waited > TOLD_AFTER_SECONDS and report is not None:
            report.phase(f"Waiting for another environment, whose tool is writing {naming.shown(path.name)}")
            told = True
        if report is None:
            time.sleep(_TICK_SECONDS)
        elif report.cancel.wait(_TICK_SECONDS):
            raise Cancelled("It was cancelled, and nothing is left of it.")


def _opened(what: str, host: Host, stack: ExitStack) -> int:
    """The open file to lock for something, made where it is not there."""
    folder = host.own_state_folder() / holding.LOCKS
    file = folder / hashlib.sha256(os.fsencode(what)).hexdigest()[:32]
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        why = f"{naming.shown_path(os.fspath(folder))} cannot be written: {error.strerror}."
        raise Refused(why, "Locks lie there. Mend that, then try again.") from error
    stack.callback(os.close, descriptor)
    return descriptor


def _same_files(path: Path, written: list[Path]) -> Occupied:
    where = naming.shown_path(os.fspath(path.parent))
    names = ", ".join(naming.shown(each.name) for each in written if each.parent == path.parent)
    why = f"Another environment of {where} is being made or changed, which changes the same files ({names})."
    return Occupied(why, "Wait until that is done, then try again.")


def _same_notes(path: Path) -> Occupied:
    where = naming.shown_path(os.fspath(path))
    why = f"Another environment of the same project is being made or changed, which is noted in {where}, too."
    return Occupied(why, "Wait until that is done, then try again.")
