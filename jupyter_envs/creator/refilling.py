"""Installing into a new environment what an old one had, in the same versions where they fit.

uv takes the old versions as what it prefers: a list that it resolves anew keeps those that still fit. Without uv the
old versions are tried, then the names alone.
"""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_envs import pip_settings
from jupyter_envs.errors import ToolFailed
from jupyter_envs.managers import installing
from jupyter_envs.managers.plans import Command
from jupyter_envs.overlay.distributions import normalised

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from jupyter_envs.creator.packages import Package
    from jupyter_envs.creator.running import Runner
    from jupyter_envs.managers.base import Scene
    from jupyter_envs.managers.plans import CreateRequest

CHOOSING = "Choosing versions"
WEIGHT = 4
"""The share of all this in the work, beside the other commands of making an environment."""


@dataclass(frozen=True, slots=True)
class Refilling:
    """With what packages are installed into the environment at `prefix`, which has some of its own already."""

    runner: Runner
    request: CreateRequest
    prefix: Path
    tools: Mapping[str, Path]
    scene: Scene

    def install(self, wanted: tuple[Package, ...], there: tuple[Package, ...]) -> None:
        """Installs what is wanted and leaves what is there. Raises `ToolFailed` or `Cancelled`."""
        if not wanted:
            return
        with tempfile.TemporaryDirectory(prefix="jupyter-envs-") as folder:
            if "uv" not in self.tools:
                self._tried(Path(folder), wanted)
                return
            try:
                requirements = self._chosen(Path(folder), wanted, there)
            except ToolFailed:
                if not pip_settings.indexes(self.scene.host, self.prefix).several:
                    raise
                self._tried(Path(folder), wanted)  # pip only warns of an index that is not there
                return
            self._run(requirements)

    def _chosen(self, folder: Path, wanted: tuple[Package, ...], there: tuple[Package, ...]) -> Path:
        """A list of requirements with versions that fit this Python; with fewer packages where not all can be had."""
        kept = _written(folder / "kept.txt", (each.pin for each in there))
        try:
            return self._resolved(folder / "all", wanted, kept)
        except ToolFailed:
            chosen = of_themselves(wanted)
            if len(chosen) == len(wanted):
                raise
            return self._resolved(folder / "chosen", chosen, kept)

    def _resolved(self, folder: Path, wanted: tuple[Package, ...], kept: Path) -> Path:
        folder.mkdir()
        names = _written(folder / "names.txt", (each.wanted for each in wanted))
        pins = _written(folder / "pins.txt", (each.pin for each in wanted))
        inside = os.fspath(self.prefix / "bin" / "python")
        options: tuple[str, ...] = ("--python", inside, "--output-file", os.fspath(pins))
        options += ("--no-header", "--no-annotate", "--no-strip-extras")
        if kept.stat().st_size:  # uv warns of an empty list
            options += ("--constraints", os.fspath(kept))
        found = pip_settings.indexes(self.scene.host, self.prefix)
        if found.no_index:
            options += ("--no-index",)
        words = (*installing.uv_words(self.tools), "pip", "compile", *options, os.fspath(names))
        self.runner.run(Command(words, folder, CHOOSING, tuple(found.variables.items())))
        return pins

    def _tried(self, folder: Path, wanted: tuple[Package, ...]) -> None:
        """The old versions, or else the names alone."""
        pins = _written(folder / "pins.txt", (each.pin or each.wanted for each in wanted))
        try:
            self._run(pins)
        except ToolFailed:
            self._run(_written(folder / "names.txt", (each.wanted for each in of_themselves(wanted))))

    def _run(self, requirements: Path) -> None:
        request = replace(self.request, packages=(), requirements=requirements, ipykernel=False, install=False)
        for command in installing.packages(request, self.prefix, self.tools, self.scene):
            self.runner.run(command)


def of_themselves(wanted: tuple[Package, ...]) -> tuple[Package, ...]:
    """Those that no other one requires: what somebody once asked for, as far as anything tells."""
    required = {_name_of(text) for each in wanted for text in each.requires if "extra ==" not in text}
    own = tuple(each for each in wanted if each.source or each.name not in required)
    return own or wanted


def _name_of(requirement: str) -> str:
    length = next((at for at, char in enumerate(requirement) if not (char.isalnum() or char in "-_.")), None)
    return normalised(requirement[:length])


def _written(path: Path, lines: Iterable[str | None]) -> Path:
    path.write_text("".join(f"{line}\n" for line in lines if line), "utf-8", "surrogateescape")
    return path
