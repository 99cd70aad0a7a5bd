"""Putting an environment aside while another is made in its place, so that it comes back whatever is killed and when.

First a note in the person's state folder says what is put aside, then a marker inside takes it off every list, then it
gets another name in the same folder. Before the new one is finished, the note says by what it is known. `recover`
reads the notes: where nobody holds the folder any more, either that very one stands, and the old one goes, or the old
one gets its name back. Where something else has the name by then, the old one stays aside, and that is told.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_envs import files, naming, unfinished
from jupyter_envs.creator import deleting, holding, shell, trash
from jupyter_envs.creator.places import FOLDER, nearest
from jupyter_envs.errors import EnvsError, Occupied
from jupyter_envs.pyvenv import MARKER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jupyter_envs.creator.holding import Held
    from jupyter_envs.creator.running import Runner
    from jupyter_envs.host import Host

NOTES = unfinished.PARKED
PARKED = ".jupyter-envs-parked-"
"""How the name of a folder begins that was put aside; the folder's number follows."""


@dataclass(frozen=True, slots=True)
class Parked:
    """An environment that was put aside: where it belongs, its number, and by what its successor is known."""

    prefix: Path
    number: int
    successor: tuple[int, int] | None = None
    """The number of its folder, and the time of its `pyvenv.cfg`: a number alone is soon given to another one."""
    device: int | None = None
    """The disk that it lies on, as long as that is mounted."""

    @property
    def place(self) -> Path:
        """Where it lies meanwhile."""
        return self.prefix.with_name(f"{PARKED}{self.number:x}")

    def note(self, host: Host) -> Path:
        """The file that remembers it."""
        digest = hashlib.sha256(os.fsencode(self.prefix)).hexdigest()[:16]
        return host.own_state_folder() / NOTES / f"{digest}.json"


def park(held: Held, host: Host) -> Parked:
    """Put an environment aside; its name is free then. Raises `OSError`, and then it is where it was."""
    parked = Parked(held.prefix, held.number, device=os.fstat(held.parent).st_dev)
    _write_note(parked, host)
    try:
        _mark(held.folder)
    except BaseException:
        _forget(parked, host)
        raise
    try:
        os.rename(held.prefix.name, parked.place.name, src_dir_fd=held.parent, dst_dir_fd=held.parent)
        _check(held, parked)
    except BaseException:
        _come_back(parked, held, host)
        raise
    _sync(held.parent)
    return parked


def announcing(
    furnish: Callable[[Runner], None] | None, parked: Parked, held: Held, host: Host
) -> Callable[[Runner], None]:
    """Furnishes a successor, then notes by what it is known: the last that is done before it is finished."""

    def furnish_and_note(runner: Runner) -> None:
        if furnish is not None:
            furnish(runner)
        announce(parked, held, host)

    return furnish_and_note


def announce(parked: Parked, held: Held, host: Host) -> None:
    """Note by what the successor is known that lies at the prefix now. Raises `OSError`."""
    _write_note(replace(parked, successor=_known_by(parked, held)), host)


def restore(parked: Parked, held: Held, host: Host) -> None:
    """Give an environment its name back. Raises `Occupied` where something else has it, which then stays."""
    if _is_taken(parked, held):
        raise _in_the_way(parked)
    os.rename(parked.place.name, parked.prefix.name, src_dir_fd=held.parent, dst_dir_fd=held.parent)
    _sync(held.parent)
    _unmark(held.folder)
    _forget(parked, host)


def replaced(parked: Parked, held: Held, host: Host) -> tuple[deleting.Left, ...]:
    """Delete an environment whose successor stands; what could not be deleted, which stays in the trash beside it.

    Raises `Occupied` where something else lies at the prefix: then it stays where it was put aside.
    """
    if not _is_succeeded(_noted(parked.note(host)) or parked, held):
        raise _in_the_way(parked)
    left = deleting.delete(held.parent, parked.place.name, held.folder)
    _forget(parked, host)
    return left or ()


def recover(host: Host) -> tuple[str, ...]:
    """Puts right what killed recreations left; one look at a folder where there is nothing to do.

    What must be told: which environments stay aside, where they are and why.
    """
    folder, told = host.own_state_folder() / NOTES, list[str]()
    for name in files.names(os.fspath(folder)):
        _delete_unfinished(folder / name)
        parked = _noted(folder / name)
        if parked is not None and parked.note(host).name == name:
            with suppress(EnvsError, OSError):  # somebody still works on it, or the disk is away: another time
                told.extend(_recover(parked, host))
    return tuple(told)


def _recover(parked: Parked, host: Host) -> Iterator[str]:
    place = parked.place if os.path.lexists(parked.place) else parked.prefix
    if not os.path.isdir(place) or os.path.islink(place):
        if _is_gone(parked):
            _forget(parked, host)
        return
    with holding.hold(place, host) as held:
        if place == parked.prefix:
            if held.number == parked.number:
                _unmark(held.folder)
            else:  # the new one stands, and the old one is gone
                trash.sweep(held.parent)
            _forget(parked, host)
        elif held.number != parked.number:
            yield _is_another(parked)
        elif _is_succeeded(parked, held):
            replaced(parked, held, host)
        elif _is_taken(parked, held) and not _is_marked(parked, held):
            yield str(_in_the_way(parked))
        else:
            if _is_taken(parked, held):
                shell.sweep(parked.prefix)
            restore(parked, held, host)


def _is_gone(parked: Parked) -> bool:
    """Whether its own disk has it no more; a disk that is away says nothing. Raises `OSError`."""
    there = nearest(parked.prefix.parent)
    return os.stat(there).st_dev == parked.device and not os.path.lexists(parked.place)


def _come_back(parked: Parked, held: Held, host: Host) -> None:
    """After a failure: its own name again, and no note; where that fails, the note brings it back another time."""
    if held.goes_by(parked.place.name):
        with suppress(EnvsError, OSError):
            restore(parked, held, host)
        return
    _unmark(held.folder)
    _forget(parked, host)


def _is_succeeded(parked: Parked, held: Held) -> bool:
    """Whether the very environment that was made in its place stands there, finished and by its own name."""
    return parked.successor is not None and parked.successor == _known_by(parked, held) and not _is_marked(parked, held)


def _known_by(parked: Parked, held: Held) -> tuple[int, int] | None:
    """By what the folder is known that lies at the prefix; None where that is no environment, or a link to one."""
    try:
        folder = os.stat(parked.prefix.name, dir_fd=held.parent, follow_symlinks=False)
        config = os.stat(f"{parked.prefix.name}/pyvenv.cfg", dir_fd=held.parent, follow_symlinks=False)
    except OSError:
        return None
    return (folder.st_ino, config.st_mtime_ns) if stat.S_ISDIR(folder.st_mode) else None


def _is_marked(parked: Parked, held: Held) -> bool:
    try:
        os.stat(f"{parked.prefix.name}/{MARKER}", dir_fd=held.parent, follow_symlinks=False)
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


def _in_the_way(parked: Parked) -> Occupied:
    where, kept = (naming.shown_path(os.fspath(path)) for path in (parked.prefix, parked.place))
    return Occupied(
        f"Something new lies at {where}; the environment is in {kept}.",
        "Move the new away, then again; or delete the old one, if it is not wanted any more.",
    )


def _is_another(parked: Parked) -> str:
    where, kept = (naming.shown_path(os.fspath(path)) for path in (parked.prefix, parked.place))
    return (
        f"{kept} is a copy of the environment that was put aside, and not listed. "
        f"To have it back, delete {MARKER} in it and move it to {where}; else delete it."
    )


def _check(held: Held, parked: Parked) -> None:
    """Raises `Occupied` where another folder was put in its place meanwhile; that one gets its name back."""
    if not held.goes_by(parked.place.name):
        os.rename(parked.place.name, held.prefix.name, src_dir_fd=held.parent, dst_dir_fd=held.parent)
        raise holding.being_changed(held.prefix)


def _is_taken(parked: Parked, held: Held) -> bool:
    """Whether something has its name. An empty folder has not: a killed work left it, and a rename replaces it."""
    try:
        folder = os.open(parked.prefix.name, FOLDER, dir_fd=held.parent)
    except FileNotFoundError:
        return False
    except OSError:  # a file, a link, or a folder that may not be looked into
        return True
    try:
        return bool(os.listdir(folder))
    finally:
        os.close(folder)


def _mark(folder: int) -> None:
    marker = os.open(MARKER, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600, dir_fd=folder)
    try:
        os.write(marker, trash.PARKED)
        os.fsync(marker)
    except BaseException:
        _unmark(folder)
        raise
    finally:
        os.close(marker)
    _sync(folder)


def _unmark(folder: int) -> None:
    with suppress(FileNotFoundError):
        os.unlink(MARKER, dir_fd=folder)
    _sync(folder)


def _sync(folder: int) -> None:
    """A folder's names to the disk; where that fails, they are as they are, and only a power cut could undo them."""
    with suppress(OSError):
        os.fsync(folder)


def _write_note(parked: Parked, host: Host) -> None:
    note = parked.note(host)
    note.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    told = {
        "prefix": os.fspath(parked.prefix),
        "number": parked.number,
        "successor": parked.successor,
        "device": parked.device,
    }
    fresh = Path(f"{note}.{os.getpid()}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        with os.fdopen(os.open(fresh, flags, 0o600), "w", encoding="ascii") as file:
            json.dump(told, file)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(note)
    except BaseException:
        with suppress(OSError):
            fresh.unlink()
        raise


def _noted(path: Path) -> Parked | None:
    try:
        told: dict[str, Any] = json.loads(files.read_text(os.fspath(path)) or "")
        successor = told["successor"] and (int(told["successor"][0]), int(told["successor"][1]))
        return Parked(Path(str(told["prefix"])), int(told["number"]), successor or None, told.get("device"))
    except (IndexError, KeyError, RecursionError, TypeError, ValueError):
        return None


def _delete_unfinished(path: Path) -> None:
    """Delete a note that was being written by a process that is gone."""
    note, _, process = path.name.rpartition(".")
    if not note.endswith(".json") or not process.isdecimal():
        return
    try:
        os.kill(int(process), 0)
    except (ProcessLookupError, OverflowError):
        with suppress(OSError):
            path.unlink()
    except OSError:
        return  # somebody else's


def _forget(parked: Parked, host: Host) -> None:
    with suppress(OSError):
        parked.note(host).unlink()
