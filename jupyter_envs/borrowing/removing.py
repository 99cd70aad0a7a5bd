"""Removing overlays: each for itself, so that one that cannot be removed keeps no other."""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jupyter_envs import naming
from jupyter_envs.borrowing import workshop

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jupyter_envs.host import Host

_THERE = "Remove it where that disk can be written."
_AGAIN = "Mend that, then try again."


@dataclass(frozen=True, slots=True)
class Failure:
    """An overlay that could not be removed: why, and what to do."""

    folder: str
    message: str
    fix: str

    def as_json(self) -> dict[str, str]:
        """The failure as `borrow remove --json` tells it."""
        return {"folder": self.folder, "message": self.message, "fix": self.fix}


@dataclass(frozen=True, slots=True)
class Removal:
    """What became of overlays that were to be removed; the folders of those that are gone, and that kernels run on."""

    gone: tuple[str, ...] = ()
    in_use: tuple[str, ...] = ()
    failed: tuple[Failure, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether all are gone."""
        return not self.in_use and not self.failed


def remove(folders: Iterable[str], place: str, host: Host) -> Removal:
    """Removes overlays of one place, and what builders and removals that were killed left there."""
    gone: list[str] = []
    in_use: list[str] = []
    failed: list[Failure] = []
    for folder in folders:
        try:
            (gone if workshop.remove(folder) else in_use).append(folder)
        except OSError as error:
            failed.append(_failure(folder, error, host))
    workshop.tidy(place)
    return Removal(tuple(gone), tuple(in_use), tuple(failed))


def _failure(folder: str, error: OSError, host: Host) -> Failure:
    fix = _AGAIN
    if error.errno == errno.EROFS:
        fix = _THERE
    elif error.errno in {errno.EACCES, errno.EPERM}:
        fix = _of_owner([str(error.filename), folder], host)
    message = f"{naming.shown_path(folder)} cannot be removed: {error.strerror or error}."
    return Failure(folder, message, fix)


def _of_owner(paths: Iterable[str], host: Host) -> str:
    """Who may remove what we may not: the owner of the first of these paths that can be looked at."""
    owner = next((each for each in map(_owner, paths) if each is not None), None)
    if owner is None or owner == host.uid:
        return "Give yourself the permission to write there, then try again."
    return f"Ask {host.user_name(owner)}, who made it, to remove it."


def _owner(path: str) -> int | None:
    try:
        return os.lstat(path).st_uid
    except OSError:
        return None
