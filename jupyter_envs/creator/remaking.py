"""What a new environment gets from the old one that it replaces: its packages, and what is its person's own."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jupyter_envs import files, pyvenv
from jupyter_envs.creator import packages
from jupyter_envs.creator.refilling import Refilling

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from jupyter_envs.creator.making import Making
    from jupyter_envs.creator.packages import Package
    from jupyter_envs.creator.running import Runner
    from jupyter_envs.creator.work import Report


@dataclass(frozen=True, slots=True)
class Furnishing:
    """What is done in a new environment once its tool has made it; `old` is where the old one lies meanwhile."""

    making: Making
    report: Report
    old: Path
    wanted: tuple[Package, ...]
    sources: tuple[str, ...]
    """Folders in the old one that editable packages are installed from, by their names below it."""
    carried: tuple[str, ...]

    def __call__(self, runner: Runner) -> None:
        """Installs what is missing, then carries over what is the person's own. Raises `ToolFailed` or `OSError`."""
        making = self.making
        carry(self.old, making.prefix, (name for name in self.sources if not os.path.lexists(making.prefix / name)))
        there = packages.installed(self._reading())
        missing = packages.missing(self.wanted, there)
        Refilling(runner, making.request, making.prefix, making.means.tools, making.means.scene()).install(
            missing, there
        )
        carry(self.old, making.prefix, self.carried)
        for one in packages.missing(missing, packages.installed(self._reading())):
            self.report.warn(f"{one.name} is not in the new environment: nothing in it needs that on this Python.")

    def _reading(self) -> pyvenv.Reading:
        """What has been made so far, marker or not."""
        prefix = os.fspath(self.making.prefix)
        config = pyvenv.parse_config(files.read_text(os.path.join(prefix, "pyvenv.cfg")) or "")
        return pyvenv.Reading(prefix, config, os.fspath(self.making.means.host.home))


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
