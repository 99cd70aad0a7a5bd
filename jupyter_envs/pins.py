"""What a person pinned or hid: a pinned environment is offered whatever the rules say, a hidden one never.

One JSON file in the person's state folder, replaced as a whole under a lock. A damaged one counts as absent, with a
Problem that says so, and is never overwritten: it may hold what the person wants back.
"""

from __future__ import annotations

import json
import os
import stat
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_envs import files, naming
from jupyter_envs.errors import Problem, ProblemCode, Refused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jupyter_envs.host import Host
    from jupyter_envs.managers.base import Scene

FILE = "pins.json"
FORMAT = 1
_LOCK_SECONDS = 5.0
_RETRY_SECONDS = 0.02


class Mark(StrEnum):
    """What a person can say of an environment; the one takes the other back."""

    PIN = "pin"
    HIDE = "hide"


@dataclass(frozen=True, slots=True)
class Pins:
    """The prefixes that are pinned and hidden, and what is wrong with their file."""

    pinned: frozenset[Path] = frozenset()
    hidden: frozenset[Path] = frozenset()
    problem: Problem | None = None

    def marked(self, prefix: Path, mark: Mark, *, on: bool) -> Pins:
        """The same, with one environment pinned or hidden, or no longer so."""
        same, other = (self.pinned, self.hidden) if mark is Mark.PIN else (self.hidden, self.pinned)
        same, other = (same | {prefix}, other - {prefix}) if on else (same - {prefix}, other)
        return Pins(same, other) if mark is Mark.PIN else Pins(other, same)


def file_of(host: Host) -> Path:
    """Where the pins of a person are kept, whether or not there are any."""
    return host.own_state_folder() / FILE


def read(scene: Scene) -> Pins:
    """What is pinned and hidden, read once for a scene, which notes the look."""
    path = file_of(scene.host)
    return scene.once(("pins", path), lambda: _understood(path, scene.text(path, files.LARGE), scene.host))


def change(host: Host, prefix: Path, mark: Mark, *, on: bool) -> None:
    """Pins or hides an environment, or takes that back, on disk.

    Raises `Refused` where the file is damaged or somebody else's, or cannot be written.
    """
    path = file_of(host)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _locked(path):
            known = _understood(path, files.read_text(os.fspath(path), files.LARGE), host)
            if known.problem is not None:
                raise Refused(known.problem.message, "Set it aside with: jupyter envs doctor --fix")
            _replace(path, known.marked(prefix, mark, on=on))
    except OSError as error:
        folder = naming.shown_path(os.fspath(path.parent))
        what = f"Pins cannot be kept in {folder}: {error.strerror or error}."
        raise Refused(what, "Mend that, or name another folder in XDG_STATE_HOME.") from error


def _understood(path: Path, text: str | None, host: Host) -> Pins:
    try:
        status = os.lstat(path)
    except OSError:
        return Pins()
    if host.uid is not None and status.st_uid != host.uid:
        return _useless(path, f"belongs to {host.user_name(status.st_uid)}")
    if text is None or not stat.S_ISREG(status.st_mode):
        return _useless(path, "cannot be read")
    try:
        content = json.loads(text)
        if content["version"] != FORMAT:
            return _useless(path, "was written by another version of jupyter-envs")
        return Pins(_prefixes(content["pinned"]), _prefixes(content["hidden"]))
    except (ValueError, KeyError, TypeError, RecursionError):
        return _useless(path, "could not be understood")


def _prefixes(told: object) -> frozenset[Path]:
    """Raises `TypeError` for anything but a list of absolute paths."""
    paths = frozenset(map(Path, told if isinstance(told, list) else [None]))
    if not all(path.is_absolute() for path in paths):
        raise TypeError(told)
    return paths


def _useless(path: Path, why: str) -> Pins:
    message = f"{naming.shown_path(os.fspath(path))} {why}, so nothing is pinned or hidden."
    return Pins(problem=Problem(ProblemCode.BAD_SETTINGS, message, "Mend it, or run: jupyter envs doctor --fix"))


def _replace(path: Path, pins: Pins) -> None:
    told = {"version": FORMAT, "pinned": sorted(map(str, pins.pinned)), "hidden": sorted(map(str, pins.hidden))}
    fresh = Path(f"{path}.{os.getpid()}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0)
    try:
        with os.fdopen(os.open(fresh, flags, 0o600), "w", encoding="ascii") as file:
            json.dump(told, file, indent=2)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except BaseException:
        with suppress(OSError):
            fresh.unlink()
        raise


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Nobody else writes meanwhile, where the platform has locks; raises OSError when that takes too long."""
    try:
        import fcntl  # absent on Windows
    except ImportError:
        yield
        return
    descriptor = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    end = time.monotonic() + _LOCK_SECONDS
    try:
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > end:
                    raise
                time.sleep(_RETRY_SECONDS)
        yield
    finally:
        os.close(descriptor)
