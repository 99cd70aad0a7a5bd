"""Where environments may be made and removed, and folders opened so that nobody can lead us elsewhere meanwhile.

Everything is compared by its real path, name by name. A path that was found to be allowed is then opened from the root
through no link, so one that somebody puts into it meanwhile is refused, and not followed.
"""

from __future__ import annotations

import errno
import os
import stat
import unicodedata
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from jupyter_envs import managers, naming
from jupyter_envs.errors import BadRequest, NotFound, Outside
from jupyter_envs.managers.base import Scene

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from jupyter_envs.finder import Finder

REQUIREMENTS_AT_MOST = 1024 * 1024
"""How long a file of requirements may be, in bytes."""
FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
_STEP = FOLDER | getattr(os, "O_PATH", 0)
"""A folder on the way may be one that can be entered and not listed."""


@dataclass(frozen=True, slots=True)
class Places:
    """The folders that a request may name, and those in which environments may lie; None: any.

    `central` are the managers' own, whether or not they are there. All are real paths.
    """

    named: tuple[Path, ...] | None
    allowed: tuple[Path, ...] | None
    central: tuple[Path, ...] = ()

    @classmethod
    def of(cls, finder: Finder, roots: Sequence[Path] | None) -> Self:
        """What the settings allow beside the `roots` of a server; None where a person works in a terminal."""
        host, chosen = finder.host, finder.settings.create_roots
        create_roots = tuple(host.folders(chosen))
        own = None if roots is None else _real(roots)
        scene = Scene(host, mounts=host.mounts())
        central = [folder for manager in managers.every() for folder in manager.central(scene)]
        named = None if own is None else (*own, *create_roots)
        return cls(named, create_roots if chosen else own, _real(central))

    def project(self, folder: Path) -> Path:
        """The real path of a folder that is there and may be named.

        Raises `NotFound` where there is no such folder, and `Outside` where it is outside, also through its links.
        """
        real = _found(folder, "folder")
        if not real.is_dir():
            raise NotFound(f"{_shown(folder)} is not a folder.", "Choose the folder that it lies in.")
        return self._named(folder, real)

    def requirements(self, file: Path) -> Path:
        """The real path of a file of requirements: a regular one that may be named, of at most 1 MB."""
        real = self._named(file, _found(file, "file"))
        status = real.stat()
        if not stat.S_ISREG(status.st_mode):
            raise BadRequest(f"{_shown(file)} is not a file.", "Choose a file of requirements.")
        if status.st_size > REQUIREMENTS_AT_MOST:
            raise BadRequest(f"{_shown(file)} is longer than 1 MB.", "Choose a file of requirements.")
        return real

    def prefix(self, prefix: Path) -> Path:
        """The place of an environment, which need not be there, by the real path of the folder that it lies in.

        Raises `BadRequest` for what is no place, and `Outside` where none may lie.
        """
        text = os.fspath(prefix)
        if not prefix.is_absolute() or ".." in prefix.parts or not prefix.name or _has_hidden(text):
            raise BadRequest(f"{text!r} cannot be the place of an environment.", "Write its whole path, without dots.")
        real = Path(os.path.realpath(prefix.parent), prefix.name)
        if self.allowed is not None and not is_inside(real, (*self.allowed, *self.central)):
            raise Outside(
                f"{_led(prefix, real)} outside of the folders for environments.",
                "Choose a place inside of them, or let 'create_roots' name one.",
            )
        return real

    def _named(self, given: Path, real: Path) -> Path:
        if self.named is not None and not is_inside(real, self.named):
            raise Outside(f"{_led(given, real)} outside of your folders.", "Choose one inside of them.")
        return real


def is_inside(path: Path, folders: Iterable[Path]) -> bool:
    """Whether a path is one of the folders or lies in one, by whole names; all must be real."""
    return any(os.path.commonpath([path, folder]) == os.fspath(folder) for folder in folders)


def nearest(folder: Path) -> Path:
    """The folder itself, or the nearest one above it that is there."""
    there = (above for above in (folder, *folder.parents) if os.path.isdir(above))
    return next(there, Path(folder.anchor))


def open_folder(folder: Path) -> int:
    """The descriptor of a folder, opened from the root name by name and through no link.

    Raises `OSError`; where a link is on the way, with the number `ELOOP`.
    """
    return _descend(folder, None, [])


def make_folder(folder: Path, below: Path) -> tuple[int, tuple[Path, ...]]:
    """The same for a folder that may be missing, made with all that is missing `below` one that is there; the made."""
    made: list[Path] = []
    try:
        return _descend(folder, below, made), tuple(made)
    except BaseException:
        remove_empty(made)
        raise


def remove_empty(folders: Sequence[Path]) -> None:
    """Remove folders that were made on the way to an environment, the last first, where nothing is in them."""
    for folder in reversed(folders):
        with suppress(OSError):
            parent = open_folder(folder.parent)
            try:
                os.rmdir(folder.name, dir_fd=parent)
            finally:
                os.close(parent)


def _descend(folder: Path, below: Path | None, made: list[Path]) -> int:
    steps = [*reversed(folder.parents), folder][1:]
    here = os.open(folder.anchor, _STEP if steps else FOLDER)
    for place in steps:
        try:
            if below is not None and below in place.parents and _make(place.name, here):
                made.append(place)
            there = _step(place, here, FOLDER if place == folder else _STEP)
        finally:
            os.close(here)
        here = there
    return here


def _make(name: str, parent: int) -> bool:
    """Whether the folder was made now: for nobody else to read, as tools make those of a person's own data."""
    try:
        os.mkdir(name, 0o700, dir_fd=parent)
    except FileExistsError:
        return False
    return True


def _step(place: Path, parent: int, flags: int) -> int:
    try:
        return os.open(place.name, flags, dir_fd=parent)
    except NotADirectoryError as error:
        if stat.S_ISLNK(os.stat(place.name, dir_fd=parent, follow_symlinks=False).st_mode):
            raise OSError(errno.ELOOP, "A link was put there meanwhile", os.fspath(place)) from error
        raise


def _found(path: Path, kind: str) -> Path:
    try:
        return Path(os.path.realpath(path, strict=True))
    except (OSError, ValueError) as error:
        raise NotFound(f"There is no {kind} {_shown(path)}.", "Choose one that is there.") from error


def _real(folders: Iterable[Path]) -> tuple[Path, ...]:
    return tuple(dict.fromkeys(Path(os.path.realpath(folder)) for folder in folders))


def _has_hidden(text: str) -> bool:
    return any(unicodedata.category(char) == "Cc" for char in text)


def _led(given: Path, real: Path) -> str:
    """The beginning of a sentence on where a path lies; where it leads only if that is elsewhere."""
    return f"{_shown(real)} is" if given == real else f"{_shown(given)} leads to {_shown(real)}, which is"


def _shown(path: Path) -> str:
    return naming.shown_path(os.fspath(path))
