"""What a new environment gets from the old one that it replaces: its packages, and what is its person's own."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jupyter_envs import files, naming, pyvenv
from jupyter_envs.creator import belongings, carrying, packages
from jupyter_envs.creator.carrying import Carrying
from jupyter_envs.creator.needing import Python
from jupyter_envs.creator.refilling import Refilling
from jupyter_envs.errors import ToolFailed

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from jupyter_envs.creator.making import Making
    from jupyter_envs.creator.packages import Package
    from jupyter_envs.creator.running import Runner
    from jupyter_envs.creator.work import Report


PIP_CONF = "pip.conf"
"""pip's settings for one environment, which its person wrote."""


@dataclass(frozen=True, slots=True)
class Furnishing:
    """What is done in a new environment once its tool has made it.

    The old one was called `prefix`, and lies at `old` meanwhile.
    """

    making: Making
    report: Report
    old: Path
    prefix: Path
    wanted: tuple[Package, ...]
    sources: tuple[str, ...]
    """Folders in the old one that editable packages are installed from, by their names below it."""
    carried: tuple[str, ...]

    def begin(self) -> None:
        """Before anything is installed into it: pip's settings say where packages come from. Raises `Refused`."""
        was, now = self.old / PIP_CONF, self.making.prefix / PIP_CONF
        if not os.path.lexists(was) or os.path.lexists(now):
            return
        self._carrying().carry((PIP_CONF,), self.report)

    def __call__(self, runner: Runner) -> None:
        """Installs what is missing, then carries over what is the person's own.

        Raises `ToolFailed`, `Refused` or `OSError`.
        """
        making, was = self.making, self._reading(self.old)
        self.begin()  # again where its tool has emptied the folder
        carry(self.old, making.prefix, (name for name in self.sources if not os.path.lexists(making.prefix / name)))
        there = packages.installed(self._reading(making.prefix))
        missing = packages.missing(self.wanted, there)
        how = (runner, making.request, making.prefix, making.means.tools, making.means.scene())
        refilling = Refilling(*how, self.wanted, _python(was))
        refilling.install(missing, there)
        self._check(refilling, missing)
        carry(self.old, making.prefix, self.carried)
        self._carry_own(was)

    def _check(self, refilling: Refilling, missing: tuple[Package, ...]) -> None:
        """Raises `ToolFailed` where something is not there that somebody asked for; tells of what was only needed."""
        absent = packages.missing(missing, packages.installed(self._reading(self.making.prefix)))
        lost = refilling.asked_for(absent)
        if lost:
            names = carrying.some([each.name for each in lost])
            fix = "Remove it from the old one if it is not wanted any more, or choose another Python."
            raise ToolFailed(f"The new environment would be without what was in the old one: {names}.", fix)
        if absent:
            names = carrying.some([each.name for each in absent])
            self.report.warn(f"Not in the new environment, as nothing in it needs them on this Python: {names}.")

    def _carry_own(self, was: pyvenv.Reading) -> None:
        found = belongings.of(was, self.sources, os.fspath(self.prefix))
        belongings.refuse_left(naming.shown_path(os.fspath(self.prefix)), found)
        work = self._carrying()
        work.carry(found.names, self.report)
        work.tell(self.report)

    def _carrying(self) -> Carrying:
        was, now = self._reading(self.old), self._reading(self.making.prefix)
        sites = [os.path.relpath(site, self.old) for site in packages.folders(was)]
        site = os.path.relpath(os.path.join(now.own_library, "site-packages"), now.prefix)
        return Carrying(was.prefix, os.fspath(self.prefix), now.prefix, self.making.means.host, sites, site)

    def _reading(self, prefix: Path) -> pyvenv.Reading:
        """What its files say, marker or not."""
        place = os.fspath(prefix)
        config = pyvenv.parse_config(files.read_text(os.path.join(place, "pyvenv.cfg")) or "")
        return pyvenv.Reading(place, config, os.fspath(self.making.means.host.home))


def _python(was: pyvenv.Reading) -> Python | None:
    """The Python that packages were installed for; what it became since does not count."""
    version = was.remembered or was.minor
    return Python(version, was.implementation) if version else None


def carry(old: Path, new: Path, names: Iterable[str]) -> None:
    """Copies what is its person's own from an old environment into a new one, with modes and times."""
    for name in names:
        source, target = old / name, new / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if os.path.isdir(source) and not os.path.islink(source):
            shutil.copytree(source, target, symlinks=True, dirs_exist_ok=True)
        elif os.path.lexists(source):
            with suppress(FileNotFoundError):
                target.unlink()
            shutil.copy2(source, target, follow_symlinks=False)


def sources_inside(wanted: tuple[Package, ...], prefix: Path) -> tuple[str, ...]:
    """The folders in an environment that editable packages in it are installed from, by their names below it."""
    inside = (one.folder for one in wanted if one.folder is not None and one.folder.is_relative_to(prefix))
    return tuple(dict.fromkeys(os.fspath(folder.relative_to(prefix)) for folder in inside))
