"""Which ipykernel a launch runs: the environment's own, or a borrowed one with some of its packages in front.

Finding that out takes a tenth of a second, so it is remembered for as long as the site-packages are as they were. The
launcher runs this before every kernel, so it keeps to `os` and plain text.
"""

from __future__ import annotations

import binascii
import os
import stat

from jupyter_envs import files, sites
from jupyter_envs.overlay import store

TYPE_CHECKING = False
if TYPE_CHECKING:
    from jupyter_envs.pyvenv import Reading

FOLDER = os.path.join("jupyter-envs", "kernels")
"""Where plans are remembered, below the cache folder."""
_FORMAT = "2"
_NONE = "-"
_LARGEST = 64 * 1024
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


class Plan:
    """What a launch takes: `overlay` is the borrowed one's folder, or None for the environment's own ipykernel.

    `modules` are the top-level modules that come from the overlay though the environment has them, `distributions` the
    names of the packages that those belong to.
    """

    __slots__ = ("distributions", "modules", "overlay")

    def __init__(
        self, overlay: str | None = None, modules: tuple[str, ...] = (), distributions: tuple[str, ...] = ()
    ) -> None:
        self.overlay = overlay
        self.modules = modules
        self.distributions = distributions


def signature(reading: Reading) -> str:
    """What changes when packages come or go: compared for equality only, because clocks jump."""
    folders = [folder for site in reading.sites() for folder in (site, *sites.linked_folders(site))]
    parts = [f"{reading.minor}{reading.threads}"]
    for folder in folders:
        try:
            status = os.stat(folder)
        except (OSError, ValueError):  # ValueError: a .pth may name what no path can be
            continue
        parts.append(f"{status.st_ino}.{status.st_mtime_ns}")
    return "/".join(parts)


def load(cache: str, reading: Reading) -> Plan | None:
    """The plan that is remembered for an environment and still holds; None where there is none.

    `cache` is the person's cache folder. A file that somebody else could have written counts as absent.
    """
    path = _file(cache, reading.prefix)
    try:
        status = os.lstat(path)
    except OSError:
        return None
    if not stat.S_ISREG(status.st_mode) or status.st_uid != os.getuid() or status.st_mode & _OTHERS_WRITE:
        return None
    lines = (files.read_text(path, _LARGEST) or "").split("\0")
    if len(lines) != 7 or lines[:3] != [_FORMAT, reading.prefix, signature(reading)]:  # noqa: PLR2004  # as `save` writes
        return None
    overlay, made, modules, distributions = (None if line == _NONE else line for line in lines[3:])
    if overlay is not None and _made(overlay) != made:
        return None
    return Plan(overlay, _names(modules), _names(distributions))


def save(cache: str, reading: Reading, plan: Plan, signed: str) -> None:
    """Remembers a plan; `signed` is the signature from before the packages were looked at. Nothing where it cannot."""
    overlay = [plan.overlay, _made(plan.overlay) or _NONE] if plan.overlay else [_NONE, _NONE]
    words = [",".join(plan.modules) or _NONE, ",".join(plan.distributions) or _NONE]
    text = "\0".join([_FORMAT, reading.prefix, signed, *overlay, *words])
    path = _file(cache, reading.prefix)
    temporary = f"{path}.{os.urandom(8).hex()}"  # one that was left behind is in nobody's way
    try:
        os.makedirs(os.path.dirname(path), 0o700, exist_ok=True)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(os.fsencode(text))
        os.replace(temporary, path)
    except (OSError, ValueError):
        return


def forget(cache: str, reading: Reading) -> None:
    """Forgets the plan of an environment that borrows nothing any more, so that the launcher asks again."""
    try:
        os.unlink(_file(cache, reading.prefix))
    except (OSError, ValueError):
        return


def _made(overlay: str) -> str | None:
    """What tells an overlay from a later one in the same place."""
    try:
        status = os.stat(os.path.join(overlay, store.DESCRIPTION))
    except (OSError, ValueError):
        return None
    return f"{status.st_ino}.{status.st_mtime_ns}"


def _file(cache: str, prefix: str) -> str:
    return os.path.join(cache, FOLDER, f"{binascii.crc32(os.fsencode(prefix)):08x}")


def _names(text: str | None) -> tuple[str, ...]:
    return tuple(text.split(",")) if text else ()
