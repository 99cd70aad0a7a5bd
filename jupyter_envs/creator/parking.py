"""Putting an environment aside while another is made in its place, so that it comes back whatever is killed and when.

First a note in the person's state folder says what is put aside, then a marker inside takes it off every list, then it
gets another name in the same folder. `recover` reads the notes: where nobody holds the folder any more, either the new
environment stands, and the old one goes, or the old one gets its name back.
"""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_envs import files, naming, pyvenv
from jupyter_envs.creator import deleting, holding, remaking, shell
from jupyter_envs.errors import EnvsError, Occupied
from jupyter_envs.pyvenv import MARKER

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jupyter_envs.creator.holding import Held
    from jupyter_envs.host import Host

NOTES = "parked"
PARKED = ".jupyter-envs-parked-"
"""How the name of a folder begins that was put aside; the folder's number follows."""
_WORD = b"parked\n"
"""What its marker holds: not the folder's number, so nobody takes it for an attempt that may be swept."""


@dataclass(frozen=True, slots=True)
class Parked:
    """An environment that was put aside: where it belongs, its number, and names in it that its successor gets."""

    prefix: Path
    number: int
    carried: tuple[str, ...] = ()

    @property
    def place(self) -> Path:
        """Where it lies meanwhile."""
        return self.prefix.with_name(f"{PARKED}{self.number:x}")

    def note(self, host: Host) -> Path:
        """The file that remembers it."""
        digest = hashlib.sha256(os.fsencode(self.prefix)).hexdigest()[:16]
        return host.own_state_folder() / NOTES / f"{digest}.json"


def park(held: Held, host: Host, carried: Iterable[str] = ()) -> Parked:
    """Put an environment aside; its name is free then. Raises `OSError`, and then it is where it was."""
    parked = Parked(held.prefix, held.number, tuple(carried))
    _write_note(parked, host)
    try:
        _mark(held.folder)
        os.rename(held.prefix.name, parked.place.name, src_dir_fd=held.parent, dst_dir_fd=held.parent)
        _check(held, parked)
        os.fsync(held.parent)
    except BaseException:
        _unmark(held.folder)
        _forget(parked, host)
        raise
    return parked


def restore(parked: Parked, held: Held, host: Host) -> None:
    """Give an environment its name back. Raises `Occupied` where something else has it, which then stays."""
    if _is_taken(parked, held):
        where, kept = (naming.shown_path(os.fspath(path)) for path in (parked.prefix, parked.place))
        raise Occupied(
            f"Something new lies at {where}; the environment is in {kept}.", "Move the new away, then again."
        )
    os.rename(parked.place.name, parked.prefix.name, src_dir_fd=held.parent, dst_dir_fd=held.parent)
    os.fsync(held.parent)
    _unmark(held.folder)
    _forget(parked, host)


def replaced(parked: Parked, held: Held, host: Host) -> tuple[deleting.Left, ...]:
    """Delete an environment whose successor stands; what could not be deleted stays where it was put aside."""
    left = deleting.delete(held.parent, parked.place.name, held.folder)
    _forget(parked, host)
    return left or ()


def recover(host: Host) -> None:
    """Puts right what killed recreations left; one look at a folder where there is nothing to do."""
    folder = host.own_state_folder() / NOTES
    for name in files.names(os.fspath(folder)):
        parked = _noted(folder / name)
        if parked is not None and parked.note(host).name == name:
            with suppress(EnvsError, OSError):  # somebody still works on it, or the disk is away: another time
                _recover(parked, host)


def _recover(parked: Parked, host: Host) -> None:
    place = parked.place if os.path.lexists(parked.place) else parked.prefix
    if not os.path.lexists(place):
        _forget(parked, host)
        return
    with holding.hold(place, host) as held:
        if held.number != parked.number:  # the new one stands, and the old one is gone
            _forget(parked, host)
        elif place == parked.prefix:
            _unmark(held.folder)
            _forget(parked, host)
        elif pyvenv.is_environment(os.fspath(parked.prefix)):
            remaking.carry(parked.place, parked.prefix, parked.carried)
            replaced(parked, held, host)
        else:
            shell.sweep(parked.prefix)
            restore(parked, held, host)


def _check(held: Held, parked: Parked) -> None:
    """Raises `Occupied` where another folder was put in its place meanwhile; that one gets its name back."""
    if not held.goes_by(parked.place.name):
        os.rename(parked.place.name, held.prefix.name, src_dir_fd=held.parent, dst_dir_fd=held.parent)
        raise holding.being_changed(held.prefix)


def _is_taken(parked: Parked, held: Held) -> bool:
    try:
        os.stat(parked.prefix.name, dir_fd=held.parent, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def _mark(folder: int) -> None:
    marker = os.open(MARKER, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600, dir_fd=folder)
    try:
        os.write(marker, _WORD)
        os.fsync(marker)
    finally:
        os.close(marker)
    os.fsync(folder)


def _unmark(folder: int) -> None:
    with suppress(FileNotFoundError):
        os.unlink(MARKER, dir_fd=folder)
    os.fsync(folder)


def _write_note(parked: Parked, host: Host) -> None:
    note = parked.note(host)
    note.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    told = {"prefix": os.fspath(parked.prefix), "number": parked.number, "carried": list(parked.carried)}
    fresh = Path(f"{note}.{os.getpid()}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(fresh, flags, 0o600), "w", encoding="ascii") as file:
        json.dump(told, file)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(note)


def _noted(path: Path) -> Parked | None:
    try:
        told: dict[str, Any] = json.loads(files.read_text(os.fspath(path)) or "")
        return Parked(Path(str(told["prefix"])), int(told["number"]), tuple(map(str, told["carried"])))
    except (KeyError, RecursionError, TypeError, ValueError):
        return None


def _forget(parked: Parked, host: Host) -> None:
    with suppress(OSError):
        parked.note(host).unlink()
