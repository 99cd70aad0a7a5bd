"""What `doctor --fix` can mend by itself, as data, and the doing of it: nothing that a person has is lost.

Each is looked at once more right before it is changed; what is no longer as it was found is left alone.
"""

from __future__ import annotations

import errno
import os
import stat
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jupyter_envs import naming
from jupyter_envs.errors import Refused
from jupyter_envs.managers.base import quoted

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

REMOVED = "removed-kernels"
"""The folder, in the person's state folder, of kernel specs that were set aside."""
_TRIES = 100


@dataclass(frozen=True, slots=True)
class Mend:
    """One thing that can be mended: what the person is asked, and what does it.

    `act` says in a sentence or two what was done; it raises `EnvsError` where it could not be. `tells` says beforehand
    what will be done, looked at when it is asked for; it raises where it cannot be done now.
    """

    question: str
    act: Callable[[], str]
    tells: Callable[[], tuple[str, ...]] = tuple


def set_aside(path: Path, folder: Path, *, still: Callable[[], bool]) -> Mend:
    """Moving a file or folder into another one that is made for it, unless it is no longer `still` to be moved."""
    return Mend(f"Set {_shown(path)} aside?", lambda: _set_aside(path, folder, still))


def take_write(path: Path, uid: int) -> Mend | None:
    """Taking everybody's permission to write away from one path of a person's own; None where it is not theirs."""
    try:
        status = os.lstat(path)
    except OSError:
        return None
    if status.st_uid != uid or stat.S_ISLNK(status.st_mode) or not status.st_mode & stat.S_IWOTH:
        return None
    inode = (status.st_dev, status.st_ino)
    return Mend(f"Run chmod o-w {_shown(path)}?", lambda: _take_write(path, uid, inode))


def _set_aside(path: Path, folder: Path, still: Callable[[], bool]) -> str:
    try:
        if not still():
            raise Refused(f"{_shown(path)} is not as it was any more.", "Nothing was changed: look again.")
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        place = _free(folder, path.name)
        path.rename(place)
    except OSError as error:
        if error.errno == errno.EXDEV:
            fix = f"It lies on another disk than {_shown(folder)}: move it away yourself."
        else:
            fix = "Mend that, or ask whose it is."
        raise Refused(f"{_shown(path)} could not be moved: {error.strerror}.", fix) from error
    return f"It is in {_shown(place)} now. To bring it back: mv {quoted(place)} {quoted(path)}"


def _free(folder: Path, name: str) -> Path:
    """A path in a folder of a person's own where nothing is: the time and the name."""
    start = time.strftime("%Y%m%d-%H%M%S")
    places = [folder / f"{start}{'' if not number else f'.{number}'}-{name}" for number in range(_TRIES)]
    for place in places:
        if not os.path.lexists(place):
            return place
    raise OSError(errno.EEXIST, os.strerror(errno.EEXIST), os.fspath(places[-1]))


def _take_write(path: Path, uid: int, inode: tuple[int, int]) -> str:
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        descriptor = os.open(path, flags)
        try:
            status = os.fstat(descriptor)
            if (status.st_dev, status.st_ino) != inode or status.st_uid != uid:
                raise Refused(f"{_shown(path)} is another file now.", "Nothing was changed: look again.")
            os.fchmod(descriptor, stat.S_IMODE(status.st_mode) & ~stat.S_IWOTH)
        finally:
            os.close(descriptor)
    except OSError as error:
        fix = f"Do it yourself: chmod o-w {quoted(path)}"
        raise Refused(f"The permission on {_shown(path)} could not be changed: {error.strerror}.", fix) from error
    return f"Only you and your group can write to {_shown(path)} now."


def _shown(path: Path) -> str:
    return naming.shown_path(os.fspath(path))
