"""One kernel spec of ours in its folder: told from others', written, taken away. Nothing is done through a link."""

from __future__ import annotations

import errno
import functools
import json
import os
import re
import shutil
import stat
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_envs import files, naming, registered
from jupyter_envs.errors import Refused
from jupyter_envs.kernels import specs
from jupyter_envs.kernels.standalone import PROGRAM_HEAD, PROGRAMS
from jupyter_envs.stale_specs import FILE

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping

    from jupyter_envs.registered import Mark

_OF_THE_PLACE = frozenset({errno.EROFS, errno.ENOSPC, errno.EDQUOT})
_OF_A_FOLDER = frozenset({errno.EACCES, errno.EPERM})
_UNFINISHED = re.compile(r"\.(?:kernel\.json|logo-[A-Za-z0-9-]+\.(?:png|svg))\.\d+\.\d+")
"""What a killed one left."""
_LOGO = re.compile(r"logo-[A-Za-z0-9-]+\.(?:png|svg)")


@dataclass(frozen=True, slots=True)
class Registered:
    """One kernel spec of ours on disk."""

    folder: Path
    mark: Mark
    borrows: bool
    """Whether it starts through this package, because its ipykernel is borrowed, and so does not outlive it."""

    @property
    def name(self) -> str:
        """How Jupyter calls it."""
        return self.folder.name

    def as_json(self) -> dict[str, object]:
        """The kernel spec as `register --json` and the REST API tell it."""
        return {
            "name": self.name,
            "id": self.mark.id,
            "prefix": os.fspath(self.mark.prefix),
            "file": os.fspath(self.folder / FILE),
            "outlives": not self.borrows,
        }


def read(folder: Path) -> Registered | None:
    """The kernel spec in a folder when it is ours; a folder or a file that is a link is not."""
    try:
        if not stat.S_ISDIR(os.lstat(folder).st_mode) or not stat.S_ISREG(os.lstat(folder / FILE).st_mode):
            return None
        content = json.loads(files.read_text(os.fspath(folder / FILE), files.LARGE) or "")
    except (OSError, ValueError, RecursionError):
        return None
    mark = registered.mark_of(content)
    argv = content.get("argv") if mark else None
    return Registered(folder, mark, argv[:1] != [os.fspath(mark.python)]) if mark and isinstance(argv, list) else None


def at(folder: Path) -> Registered | None:
    """As `read`; raises `Refused` where something is there that is not ours, and that is more than an empty place."""
    if not os.path.lexists(folder):
        return None
    found = read(folder)
    is_plain = stat.S_ISDIR(os.lstat(folder).st_mode)
    if found is None and (os.path.lexists(folder / FILE) or not is_plain):
        raise _whose(folder)
    return found


def write(folder: Path, content: specs.Spec, manager: str, programs: Mapping[str, bytes]) -> None:
    """Makes or replaces the kernel spec in a folder, which was looked at with `at`. Raises `Refused`.

    The logos and the programs come first: what holds no `kernel.json` is no kernel to anybody. Logos of a person's own
    are kept.
    """
    fresh = not os.path.lexists(folder)
    with _told(folder, "made" if fresh else "changed"):
        was_ours = os.path.lexists(folder / FILE)
        folder.mkdir(parents=True, exist_ok=True)
        try:
            for logo in sorted(Path(specs.logos(manager)).glob("logo-*")):
                if not _is_somebodys(folder / logo.name, fresh=not was_ours):
                    _put(folder / logo.name, logo.read_bytes())
            _put_programs(folder / PROGRAMS, programs)
            _put(folder / FILE, json.dumps(content, indent=1).encode("ascii"), synced=True)
            _take_programs(folder / PROGRAMS, but=programs)
        except (OSError, Refused):
            if fresh:
                shutil.rmtree(folder, ignore_errors=True)
            raise


def take_away(kernel: Registered) -> list[Path]:
    """Removes what was written, and answers what else lies in the folder, which is kept. Raises `Refused`."""
    folder = kernel.folder
    if read(folder) != kernel:
        raise Refused(f"{_shown(folder)} is not as it was any more.", "Nothing was changed: look again.")
    with _told(folder, "removed"):
        _take_programs(folder / PROGRAMS)
        for name in files.names(os.fspath(folder)):
            if _UNFINISHED.fullmatch(name) or (_LOGO.fullmatch(name) and _is_our_logo(folder / name)):
                (folder / name).unlink()
        (folder / FILE).unlink()
        left = [folder / name for name in files.names(os.fspath(folder))]
        if not left:
            folder.rmdir()
    return left


def _whose(folder: Path) -> Refused:
    path = _shown(folder)
    if folder.is_symlink() or (folder / FILE).is_symlink():
        return Refused(f"{path} is a link, or holds one.", "Nothing is written through a link. Choose another name.")
    if not os.path.lexists(folder / FILE):
        return Refused(f"{path} is no folder.", "Move it away, or choose another name.")
    message = f"The kernel spec in {path} was not written by jupyter-envs, or cannot be understood any more."
    return Refused(message, f"It is left as it is. Remove it yourself: jupyter kernelspec remove {folder.name}")


def _is_somebodys(logo: Path, *, fresh: bool) -> bool:
    """Whether a logo is there that we did not write. A link in a folder of ours is replaced, and not followed."""
    if not os.path.lexists(logo) or (logo.is_symlink() and not fresh):
        return False
    return not _is_our_logo(logo)


def _is_our_logo(path: Path) -> bool:
    is_file = stat.S_ISREG(os.lstat(path).st_mode)
    return is_file and path.read_bytes() in _our_logos(path.name)


@functools.cache
def _our_logos(name: str) -> frozenset[bytes]:
    """What we may have written under that name: an environment's manager may have been another one."""
    return frozenset(logo.read_bytes() for logo in Path(specs.logos("venv")).parent.glob(f"*/{name}"))


def _put_programs(folder: Path, programs: Mapping[str, bytes]) -> None:
    """Ours, in their folder; a program of a person's own is kept."""
    if not programs:
        return
    if os.path.lexists(folder) and not stat.S_ISDIR(os.lstat(folder).st_mode):
        raise Refused(f"{_shown(folder)} is no folder.", "Move it away, and try again.")
    folder.mkdir(exist_ok=True)
    for name, content in programs.items():
        if not os.path.lexists(folder / name) or _is_our_program(folder / name):
            _put(folder / name, content, mode=0o777)


def _take_programs(folder: Path, but: Container[str] = ()) -> None:
    """Removes ours but for some, and their folder when nothing is left in it."""
    if not os.path.lexists(folder) or not stat.S_ISDIR(os.lstat(folder).st_mode):
        return
    for name in files.names(os.fspath(folder)):
        if name not in but and _is_our_program(folder / name):
            (folder / name).unlink()
    if not files.names(os.fspath(folder)):
        folder.rmdir()


def _is_our_program(path: Path) -> bool:
    if not stat.S_ISREG(os.lstat(path).st_mode):
        return False
    return (files.read_text(os.fspath(path), files.SMALL) or "").startswith(PROGRAM_HEAD.decode("ascii"))


def _put(path: Path, content: bytes, *, synced: bool = False, mode: int = 0o666) -> None:
    """Replaces a file as a whole, unless it is as it should be; `synced`, also where the power fails."""
    with suppress(OSError):
        if _has(path, content, mode):
            return
    fresh = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    try:
        with open(fresh, "xb", opener=lambda name, flags: os.open(name, flags, mode)) as file:
            file.write(content)
            if synced:
                file.flush()
                os.fsync(file.fileno())
        fresh.replace(path)
    finally:
        with suppress(OSError):
            fresh.unlink()


def _has(path: Path, content: bytes, mode: int) -> bool:
    status = os.lstat(path)
    is_as_runnable = not mode & stat.S_IXUSR or bool(status.st_mode & stat.S_IXUSR)
    return stat.S_ISREG(status.st_mode) and is_as_runnable and path.read_bytes() == content


@contextmanager
def _told(folder: Path, done: str) -> Iterator[None]:
    """What the system refuses, as a sentence: the same for all kernel specs where it is the same for all."""
    try:
        yield
    except OSError as error:
        why = error.strerror or error
        if done != "removed" and error.errno in _OF_THE_PLACE | (_OF_A_FOLDER if done == "made" else frozenset()):
            message = f"No kernel spec can be written in {_shown(folder.parent)}: {why}."
        else:
            message = f"The kernel spec in {_shown(folder)} could not be {done}: {why}."
        elsewhere = "and try again" if done == "removed" else "or name another folder in JUPYTER_DATA_DIR"
        raise Refused(message, f"Mend that, {elsewhere}.") from error


def _shown(path: Path) -> str:
    return naming.shown_path(os.fspath(path))
