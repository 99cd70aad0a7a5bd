"""What is new in and beside the folders that a walk knows: seen without another walk, by one look into each.

A walk tells where projects are. Between two walks a new environment mostly appears in one of these folders, and a new
project beside one of them.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_envs import naming
from jupyter_envs.managers.base import Sighting
from jupyter_envs.walk.names import PRUNED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jupyter_envs.looks import Inside
    from jupyter_envs.managers.base import Scene
    from jupyter_envs.snapshot import Walked

YOUNG_SECONDS = 600.0
"""How long a new folder in or beside projects is watched for becoming one."""
BESIDE_AT_MOST = 1000
"""Of how many folders in or beside projects each is looked into; a folder with more holds data."""
_MARKS = ("pyvenv.cfg", os.path.join("conda-meta", "history"))


@dataclass(frozen=True, slots=True)
class Bounds:
    """How far a visit goes, as a walk would: not into these names or paths, nor deeper below a root."""

    max_depth: int
    names: frozenset[str] = frozenset()
    paths: frozenset[str] = frozenset()


class Visited:
    """What is kept between two visits: of each folder the checksum of what was in it, and what may still come there.

    With that are kept the new environments that were seen there, and in `young` the names of the folders in each
    project that may still become projects.
    """

    def __init__(self) -> None:
        self.folders: dict[str, tuple[int, list[Sighting], list[str]]] = {}
        self.young: dict[str, tuple[int, list[str]]] = {}


def revisited(walked: Walked, scene: Scene, bounds: Bounds, visited: Visited) -> Walked:
    """The walk's result with what is new in and beside its project folders, and without those that are gone."""
    visit = _Visit(scene, bounds, walked, visited)
    for project, telling in walked.projects:
        if scene.is_away(project):
            scene.projects[project] = telling
        else:
            visit.project(project)
    for folder in _beside(walked):
        if not scene.is_away(folder):
            visit.beside(folder)
    sightings = (*walked.sightings, *visit.sightings) if visit.sightings else walked.sightings
    return replace(walked, projects=tuple(scene.projects.items()), sightings=sightings)


class _Visit:
    def __init__(self, scene: Scene, bounds: Bounds, walked: Walked, visited: Visited) -> None:
        self.scene = scene
        self.sightings: list[Sighting] = []
        self._bounds = bounds
        self._visited = visited.folders
        self._young = visited.young
        self._passed_over = frozenset([*map(os.fsdecode, PRUNED), *bounds.names])
        self._roots = [os.fspath(root).rstrip("/") + "/" for root in walked.roots]
        self._projects = {os.fspath(project) for project, _ in walked.projects}
        self._known = {os.fspath(sighting.prefix) for sighting in walked.sightings}
        self._now = time.time()

    def project(self, folder: Path) -> None:
        """One known project: its telling names, and environments and other projects that are new in it."""
        path = os.fspath(folder)
        found = self.scene.looks.inside(path)
        if not found.telling and not found.folders and not os.path.isdir(path):
            return
        self.scene.projects[folder] = found.telling
        self._environments(path, found)
        self._within(path, found)

    def beside(self, folder: Path) -> None:
        """A folder that holds projects: others that are new in it, and environments."""
        top = os.fspath(folder)
        found = self.scene.looks.inside(top)
        self._environments(top, found)
        if not self._may_enter_from(top):
            return
        for name in found.folders[:BESIDE_AT_MOST]:
            path = f"{top}/{name}"
            if not name.startswith(".") and self._may_enter(path, name) and Path(path) not in self.scene.projects:
                self._newcomer(path)

    def _newcomer(self, path: str) -> None:
        if path in self._known:
            return
        found = self.scene.look_inside(Path(path), noted=self._is_young(path))
        if found.telling:
            self.scene.projects[Path(path)] = found.telling
            self._environments(path, found)
            self._within(path, found)

    def _within(self, project: str, found: Inside) -> None:
        """New projects directly in another. While no folder comes or goes there, only those that were young count."""
        checksum, names = self._young.get(project, (None, []))
        if checksum != found.checksum:
            names = found.folders[:BESIDE_AT_MOST] if self._may_enter_from(project) else []
        young = [name for name in names if self._may_be_newcomer(f"{project}/{name}", name)]
        self._young[project] = found.checksum, young
        for path in [f"{project}/{name}" for name in young]:
            if path not in self._projects:
                self._newcomer(path)

    def _may_be_newcomer(self, path: str, name: str) -> bool:
        return not name.startswith(".") and self._may_enter(path, name) and self._is_young(path)

    def _environments(self, folder: str, found: Inside) -> None:
        """Environments in a folder that are new; one that holds the same as at the last visit is not looked through.

        What was new then is told again: a walk that went on meanwhile may not know it.
        """
        checksum, sightings, awaited = self._visited.get(folder, (0, [], []))
        came = [mark for mark in awaited if self.scene.looks.kind(mark)]
        if checksum != found.checksum or came:
            sightings = [Sighting(Path(folder, name), f"walk: link in {folder}") for name in found.links]
            awaited = []
            if self._may_enter_from(folder):
                self._look_through(folder, found, sightings, awaited)
            self._visited[folder] = found.checksum, sightings, awaited
        new = [sighting for sighting in sightings if os.fspath(sighting.prefix) not in self._known]
        self._known.update(os.fspath(sighting.prefix) for sighting in new)
        self.sightings.extend(new)

    def _look_through(self, folder: str, found: Inside, sightings: list[Sighting], awaited: list[str]) -> None:
        for name in found.folders:
            path = f"{folder}/{name}"
            if not self._may_enter(path, name):
                continue
            if path in self._known or any(os.path.lexists(f"{path}/{mark}") for mark in _MARKS):
                sightings.append(Sighting(Path(path), f"walk: {folder}"))
            elif naming.is_environment_name(name) or self._is_young(path):
                awaited.append(f"{path}/{_MARKS[0]}")
                self.scene.looks.kind(awaited[-1])

    def _may_enter(self, path: str, name: str) -> bool:
        return name not in self._passed_over and path not in self._bounds.paths

    def _may_enter_from(self, folder: str) -> bool:
        """Whether what is in a folder is not too deep below the nearest root."""
        depths = [folder[len(root) :].count("/") + 2 for root in self._roots if folder.startswith(root)]
        return min(depths, default=1) <= self._bounds.max_depth

    def _is_young(self, path: str) -> bool:
        try:
            return abs(self._now - os.stat(path).st_mtime) < YOUNG_SECONDS
        except OSError:
            return False


def _beside(walked: Walked) -> Iterator[Path]:
    """The folders that hold projects, below the roots of the walk."""
    parents = dict.fromkeys(project.parent for project, _ in walked.projects)
    return (folder for folder in parents if any(folder.is_relative_to(root) for root in walked.roots))
