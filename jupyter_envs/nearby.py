"""What is new in and beside the folders that a walk knows: seen without another walk, by one look into each.

A walk tells where projects are. Between two walks a new environment mostly appears in one of these folders, and a new
project beside one of them.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from jupyter_envs import naming
from jupyter_envs.managers.base import Sighting
from jupyter_envs.walk.names import PRUNED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from jupyter_envs.managers.base import Scene
    from jupyter_envs.snapshot import Walked

YOUNG_SECONDS = 600.0
"""How long a new folder beside projects is watched for becoming one."""
BESIDE_AT_MOST = 1000
"""Of how many folders beside projects each is looked into; a folder with more holds data."""
_MARKS = ("pyvenv.cfg", os.path.join("conda-meta", "history"))


@dataclass(frozen=True, slots=True)
class Bounds:
    """How far a visit goes, as a walk would: not into these names or paths, nor deeper below a root."""

    max_depth: int
    names: frozenset[str] = frozenset()
    paths: frozenset[str] = frozenset()


def revisited(walked: Walked, scene: Scene, bounds: Bounds) -> Walked:
    """The walk's result with what is new in and beside its project folders, and without those that are gone."""
    visit = _Visit(scene, bounds, walked)
    for project, _ in walked.projects:
        visit.project(project)
    for folder in _beside(walked):
        visit.beside(folder)
    sightings = tuple(dict.fromkeys((*walked.sightings, *visit.sightings)))
    return replace(walked, projects=tuple(scene.projects.items()), sightings=sightings)


class _Visit:
    def __init__(self, scene: Scene, bounds: Bounds, walked: Walked) -> None:
        self.scene = scene
        self.sightings: list[Sighting] = []
        self._bounds = bounds
        self._passed_over = frozenset([*map(os.fsdecode, PRUNED), *bounds.names])
        self._roots = walked.roots
        self._known = {sighting.prefix for sighting in walked.sightings}
        self._now = time.time()

    def project(self, folder: Path) -> None:
        """One known project: its telling names, and environments that are new in it."""
        found = self.scene.looks.inside(os.fspath(folder))
        if not found.telling and not found.folders and not os.path.isdir(folder):
            return
        self.scene.projects[folder] = found.telling
        self._environments(folder, found.folders)

    def beside(self, folder: Path) -> None:
        """A folder that holds projects: others that are new in it, and environments."""
        inside = self.scene.looks.inside(os.fspath(folder)).folders
        self._environments(folder, inside)
        for name in inside[:BESIDE_AT_MOST]:
            path = folder / name
            if not name.startswith(".") and path not in self.scene.projects and self._may_enter(path):
                self._newcomer(path)

    def _newcomer(self, folder: Path) -> None:
        if folder in self._known or self._is_environment(folder):
            return
        found = self.scene.look_inside(folder, noted=self._is_young(folder))
        if found.telling:
            self.scene.projects[folder] = found.telling
            self._environments(folder, found.folders)

    def _environments(self, folder: Path, names: Iterable[str]) -> None:
        for name in names:
            path = folder / name
            if path not in self._known and self._may_enter(path) and self._is_environment(path):
                self._known.add(path)
                self.sightings.append(Sighting(path, f"walk: {folder}"))

    def _is_environment(self, path: Path) -> bool:
        """By its marks alone. One that may still become an environment is looked at again the next time."""
        text = os.fspath(path)
        if any(os.path.lexists(os.path.join(text, mark)) for mark in _MARKS):
            return True
        if naming.is_environment_name(path.name) or self._is_young(path):
            self.scene.looks.kind(os.path.join(text, _MARKS[0]))
        return False

    def _may_enter(self, path: Path) -> bool:
        if path.name in self._passed_over or os.fspath(path) in self._bounds.paths:
            return False
        depths = [len(path.relative_to(root).parts) for root in self._roots if path.is_relative_to(root)]
        return min(depths, default=0) <= self._bounds.max_depth

    def _is_young(self, folder: Path) -> bool:
        try:
            return abs(self._now - os.stat(folder).st_mtime) < YOUNG_SECONDS
        except OSError:
            return False


def _beside(walked: Walked) -> Iterator[Path]:
    """The folders that hold projects, below the roots of the walk."""
    parents = dict.fromkeys(project.parent for project, _ in walked.projects)
    return (folder for folder in parents if any(folder.is_relative_to(root) for root in walked.roots))
