"""Installing into a new environment what an old one had, in the same versions where they fit.

uv takes the old versions as what it prefers: a list that it resolves anew keeps those that still fit. Without uv the
old versions are tried, then the names alone.
"""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_envs import pip_settings
from jupyter_envs.creator.needing import Python, of_themselves
from jupyter_envs.errors import ToolFailed
from jupyter_envs.managers import installing
from jupyter_envs.managers.plans import Command

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
    had: tuple[Package, ...] = ()
    """All that the old one had, which tells what needs what; where nothing is told, what is wanted."""
    before: Python | None = None
    """The Python of the old one."""

    def install(self, wanted: tuple[Package, ...], there: tuple[Package, ...]) -> None:
        """Installs what is wanted and leaves what is there. Raises `ToolFailed` or `Cancelled`.

        Its lists lie in the new environment meanwhile, with which they go when this is killed.
        """
        if not wanted:
            return
        with tempfile.TemporaryDirectory(prefix=".jupyter-envs-", dir=self.prefix) as folder:
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
        """A list of requirements with versions that fit this Python; with fewer packages where not all can be had.

        First without what others need on the new Python, then also without what they needed on the old one.
        """
        kept = _written(folder / "kept.txt", (each.pin for each in there))
        try:
            return self._resolved(folder / "all", wanted, kept)
        except ToolFailed:
            needed, last = self._asked_for(wanted, self._new), self.asked_for(wanted)
            if last == wanted:
                raise
        if needed not in {wanted, last}:
            with suppress(ToolFailed):
                return self._resolved(folder / "needed", needed, kept)
        return self._resolved(folder / "last", last, kept)

    def asked_for(self, wanted: tuple[Package, ...]) -> tuple[Package, ...]:
        """Those that no other of the old one's needs, on the new Python or the old."""
        return self._asked_for(wanted, self._new, *((self.before,) if self.before else ()))

    def _asked_for(self, wanted: tuple[Package, ...], *pythons: Python) -> tuple[Package, ...]:
        asked = set(of_themselves(self.had or wanted, *pythons))
        return tuple(each for each in wanted if each in asked)

    @property
    def _new(self) -> Python:
        return Python(self.request.python.version, self.request.python.implementation)

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
        self.runner.run(Command(words, Path(folder.anchor), CHOOSING, tuple(found.variables.items())))
        return pins

    def _tried(self, folder: Path, wanted: tuple[Package, ...]) -> None:
        """The old versions, or else the names alone."""
        pins = _written(folder / "pins.txt", (each.pin or each.wanted for each in wanted))
        try:
            self._run(pins)
        except ToolFailed:
            self._run(_written(folder / "names.txt", (each.wanted for each in self.asked_for(wanted))))

    def _run(self, requirements: Path) -> None:
        request = replace(self.request, packages=(), requirements=requirements, ipykernel=False, install=False)
        for command in installing.packages(request, self.prefix, self.tools, self.scene):
            self.runner.run(command)


def _written(path: Path, lines: Iterable[str | None]) -> Path:
    path.write_text("".join(f"{line}\n" for line in lines if line), "utf-8", "surrogateescape")
    return path
