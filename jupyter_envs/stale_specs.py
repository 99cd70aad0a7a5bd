"""Kernel specs on Jupyter's data path, whoever made them, that cannot start, or of which nobody can tell."""

from __future__ import annotations

import errno
import itertools
import json
import os
import stat
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_envs import files, registered

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jupyter_envs.managers.base import Scene
    from jupyter_envs.registered import Mark

FILE = "kernel.json"
_LAUNCHER = os.path.join("kernels", "launch.py")
_GONE = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP})
"""What the system says of a path that leads nowhere; anything else says only that it cannot be looked at."""


class Fault(StrEnum):
    """Why a kernel spec is told."""

    GONE = "gone"
    """Its program is gone."""
    DAMAGED = "damaged"
    """Its file holds no kernel spec."""
    UNSEEN = "unseen"
    """Whether its program is there cannot be seen."""
    UNREAD = "unread"
    """What its file holds cannot be read."""


@dataclass(frozen=True, slots=True)
class StaleSpec:
    """One kernel spec; `program` is what it needs and is not there, or None where its file does not name any.

    `reason` says why nobody can tell.
    """

    folder: Path
    fault: Fault
    owners: tuple[int, int]
    """Whose its folder and its file are; zeros on Windows."""
    program: Path | None = None
    reason: str = ""

    @property
    def name(self) -> str:
        """How Jupyter calls it."""
        return self.folder.name

    @property
    def file(self) -> Path:
        """The path of its `kernel.json`."""
        return self.folder / FILE

    def is_still_so(self) -> bool:
        """Whether it is now as it was found."""
        return _looked_at(self.folder, lambda _path: False) == self


def find(scene: Scene) -> Iterator[StaleSpec]:
    """Every one, in the order of Jupyter's data path; one whose program nobody names by a path is taken for sound."""
    seen: set[str] = set()
    for data in scene.host.jupyter_data_folders():
        kernels = data / "kernels"
        real = os.path.realpath(kernels) if not scene.is_away(kernels) else None
        if real is None or real in seen:
            continue
        seen.add(real)
        for name in scene.names(kernels):
            spec = _looked_at(kernels / name, scene.is_away)
            if spec is not None:
                yield spec


def _looked_at(folder: Path, is_away: Callable[[Path], bool]) -> StaleSpec | None:
    """What is to be told of one kernel spec; None where it is sound or absent, or lies where nothing answers."""
    if is_away(folder) or is_away(folder / FILE):
        return None
    try:
        owners = (os.lstat(folder).st_uid, os.lstat(folder / FILE).st_uid)
    except OSError:
        return None
    if reason := _unread(folder / FILE):
        return StaleSpec(folder, Fault.UNREAD, owners, reason=reason)
    needed = _needed(folder / FILE)
    if needed is None:
        return StaleSpec(folder, Fault.DAMAGED, owners)
    answering = itertools.takewhile(lambda path: path.is_absolute() and not is_away(path), needed)
    looked = ((path, *_missing(path)) for path in answering)
    return next((StaleSpec(folder, fault, owners, path, why) for path, fault, why in looked if fault), None)


def _missing(program: Path) -> tuple[Fault | None, str]:
    """Whether a program is gone or cannot be seen, and why the latter; None where it is there."""
    try:
        os.stat(program)
    except OSError as error:
        return (Fault.GONE, "") if error.errno in _GONE else (Fault.UNSEEN, str(error.strerror))
    return None, ""


def _unread(file: Path) -> str:
    """Why nobody can tell what a file holds; empty where it can be read, leads nowhere, or is no file."""
    try:
        status = os.stat(file)
        if not stat.S_ISREG(status.st_mode):
            return ""
        os.close(os.open(file, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)))
    except OSError as error:
        return "" if error.errno in _GONE else str(error.strerror)
    return f"it is larger than {files.LARGE // 1024} KiB" if status.st_size > files.LARGE else ""


def _needed(file: Path) -> Iterator[Path] | None:
    """What must be there for a kernel spec to start, as it names that; None where the file makes no sense."""
    try:
        content = json.loads(files.read_text(os.fspath(file), files.LARGE) or "")
        program = content["argv"][0]
        os.fsencode(program)  # raises UnicodeEncodeError for what no system call takes
    except (ValueError, TypeError, LookupError, RecursionError):
        return None
    if not isinstance(program, str) or "\0" in program:
        return None
    mark = registered.mark_of(content)
    ours = _needed_by_ours(mark, content["argv"]) if mark else iter(())
    return itertools.chain([Path(program)], ours)


def _needed_by_ours(mark: Mark, argv: list[object]) -> Iterator[Path]:
    """The environment, and the launcher of one that borrows its ipykernel; asked for one by one, as each is looked at.

    An interpreter that leads out of its environment runs as the one that it leads to once `pyvenv.cfg` is gone.
    """
    yield mark.python
    if not Path(os.path.realpath(mark.python)).is_relative_to(os.path.realpath(mark.prefix)):
        yield mark.prefix / "pyvenv.cfg"
    yield from (Path(word) for word in argv[1:] if isinstance(word, str) and word.endswith(_LAUNCHER))
