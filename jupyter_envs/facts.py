"""What the files of one environment say of it, whoever owns it and whatever it serves; remembered while they hold.

Reading one costs some hundred system calls, and telling whether it still holds about five. What its trust rests on
beyond these (the folders around it) is looked at again when one of them changed, when what it is not trusted for
changed, and by the launcher before each kernel.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jupyter_envs import files, looks, own_kernels, patchlevel, pyvenv, sites
from jupyter_envs.mounts import Mounts
from jupyter_envs.overlay import distributions, solving

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from jupyter_envs.host import Host
    from jupyter_envs.looks import Look, Looks
    from jupyter_envs.own_kernels import OwnSpec
    from jupyter_envs.trust import Distrust, Trust

_ACTIVATED_PATH = re.compile(
    r"^\s*(?:export )?VIRTUAL_ENV=(?P<quote>['\"]?)(?P<path>/[^'\"\n]*)(?P=quote)\s*$", re.MULTILINE
)
_MARKS = ("pyvenv.cfg", os.path.join("conda-meta", "history"))


@dataclass(frozen=True, slots=True)
class Facts:
    """One environment's own files as they were read, and the looks for as long as which they hold."""

    reading: pyvenv.Reading
    bare: bool
    ipykernel: str | None
    distrust: Distrust | None
    base_version: str | None
    dead_library: str | None
    """The minor version whose packages it holds, when its Python is another one now."""
    moved_from: str | None
    """The place that `activate` still names, when it is another one."""
    owner: str | None
    stamp: str
    seen: Mapping[str, Look]
    kernels: tuple[OwnSpec, ...] = ()
    """Kernel specs that it holds itself, those that must not start among them; none of one that is not trusted."""
    conflict: str | None = None
    """Why its own ipykernel cannot be relied on, in a sentence; None where it can, or there is none."""


class Memory:
    """What is kept between two looks at the same host: facts by prefix, and which mounts do not answer."""

    def __init__(self, host: Host, trust: Trust) -> None:
        self._host = host
        self._trust = trust
        self._facts: dict[Path, Facts] = {}
        self._mounts = Mounts({})

    def mounts(self) -> Mounts:
        """What is mounted now, with what is remembered of those that do not answer."""
        mounts = self._host.mounts()
        if mounts.points != self._mounts.points:
            self._mounts = mounts
        return self._mounts

    def facts(self, prefix: Path, seen: Looks, *, bare: bool) -> Facts | None:
        """The environment at a real path, or the base interpreter where `bare`; None where there is none.

        What the answer depends on is added to `seen`.
        """
        known = self._facts.get(prefix)
        if known is None or known.bare > bare or not looks.still_hold(known.seen):
            known = self._read(prefix, bare=bare)
        if known is None:
            self._facts.pop(prefix, None)
            for name in (*_MARKS, pyvenv.MARKER):
                seen.whole(os.fspath(prefix / name))
            return None
        self._facts[prefix] = known
        seen.seen.update(known.seen)
        return known

    def known(self, prefix: Path) -> Facts | None:
        """What was read last, without another look."""
        return self._facts.get(prefix)

    def forget_all_but(self, prefixes: set[Path]) -> None:
        """Drops what is no longer asked for."""
        for prefix in self._facts.keys() - prefixes:
            del self._facts[prefix]

    def _read(self, prefix: Path, *, bare: bool) -> Facts | None:
        place, home = os.fspath(prefix), os.fspath(self._host.home)
        reading = pyvenv.read(place, home)
        is_bare = reading is None and bare
        if is_bare:
            reading = pyvenv.read_interpreter(place, home)
        if reading is None:
            return None
        seen = looks.Looks()
        moved_from = None if is_bare else _moved_from(reading)
        paths = [path for path in _looked_at(reading) if not self._is_away(path)]
        for path in (*paths, *([_activate(reading)] if moved_from else [])):
            seen.whole(path)
        distrust = self._trust.judge(reading)
        if distrust:  # so that a permission that was mended is noticed
            seen.whole(distrust.path)
        kernels = () if distrust else tuple(own_kernels.read(reading, self._trust, self._is_away))
        for spec in kernels:
            if spec.away:  # looked at anew each time, until its disk answers
                seen.seen[os.path.join(place, own_kernels.FOLDER)] = None
            else:
                seen.whole(spec.program or spec.folder)
        ipykernel = sites.ipykernel(reading)
        unjudged = ipykernel is None or reading.fault or distrust
        return Facts(
            reading=reading,
            bare=is_bare,
            ipykernel=ipykernel,
            distrust=distrust,
            base_version=base_version(reading),
            dead_library=_dead_library(reading),
            moved_from=moved_from,
            owner=self._owner(place),
            stamp=_stamp([place, *paths]),
            seen=seen.seen,
            kernels=kernels,
            conflict=None if unjudged else self._conflict(reading),
        )

    def _conflict(self, reading: pyvenv.Reading) -> str | None:
        folders = distributions.folders_of(reading)
        return solving.conflict(reading, [folder for folder in folders if not self._is_away(folder)])

    def _is_away(self, path: str) -> bool:
        """Whether a path lies on a disk that does not answer."""
        return bool(self._mounts.network) and self._mounts.leads(path) is None

    def _owner(self, prefix: str) -> str | None:
        try:
            return self._host.user_name(os.lstat(prefix).st_uid) if self._host.uid is not None else None
        except OSError:
            return None


def _looked_at(reading: pyvenv.Reading) -> Iterator[str]:
    config, history = (os.path.join(reading.prefix, name) for name in _MARKS)
    yield history if os.path.isfile(history) else config
    yield reading.python
    yield from reading.sites() or [os.path.join(reading.own_library, "site-packages")]
    if reading.shares_system and reading.minor:  # it need not be there yet
        yield os.path.join(reading.home, f".local/lib/python{reading.minor}{reading.threads}/site-packages")
    for site in reading.sites():
        linked = [os.path.join(folder, "ipykernel_launcher.py") for folder in sites.linked_folders(site)]
        yield from (*sites.path_files(site), *linked) if linked else ()
    kernels = os.path.join(reading.prefix, own_kernels.FOLDER)
    yield kernels
    yield from (os.path.join(kernels, name, own_kernels.FILE) for name in files.names(kernels))


def _stamp(paths: Iterable[str]) -> str:
    """What changes when the environment's files do: compared for equality only, because clocks jump."""
    parts = []
    for path in paths:
        try:
            status = os.lstat(path)
        except (OSError, ValueError):  # ValueError: a .pth may name what no path can be
            continue
        parts.append(f"{status.st_ino}.{status.st_mtime_ns}.{status.st_size}")
    return "/".join(parts)


def base_version(reading: pyvenv.Reading) -> str | None:
    """The full version of the Python that an environment was made from; None where nothing beside that one tells."""
    if reading.minor is None or not reading.base or reading.fault is not None:
        return None
    return patchlevel.full_version(reading.base, reading.minor, reading.implementation, reading.threads)


def _moved_from(reading: pyvenv.Reading) -> str | None:
    match = _ACTIVATED_PATH.search(files.read_text(_activate(reading)) or "")
    if match is None or os.path.realpath(match["path"]) == reading.prefix:
        return None
    return match["path"]


def _activate(reading: pyvenv.Reading) -> str:
    return os.path.join(reading.prefix, "bin", "activate")


def _dead_library(reading: pyvenv.Reading) -> str | None:
    if reading.fault or reading.base == reading.prefix or reading.windows or os.path.isdir(reading.own_library):
        return None
    remembered = reading.remembered
    return remembered if remembered and remembered != reading.minor else None
