"""Finding environments: asks the managers, walks the roots, decides whose each environment is, names them.

Finding reads files and runs nothing. Everything here may wait for a disk, so a server calls it from a thread.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_envs import (
    index,
    interpreters,
    managers,
    nearby,
    ownership,
    pins,
    projects,
    pyvenv,
    registered,
    unreachable,
    walks,
)
from jupyter_envs.describe import Describer
from jupyter_envs.distinct import told_apart
from jupyter_envs.errors import Problem, ProblemCode
from jupyter_envs.facts import Memory
from jupyter_envs.looks import PROJECT_FILES
from jupyter_envs.managers import others
from jupyter_envs.managers.base import Owned, Scene, Sighting
from jupyter_envs.overlay.lending import Lending
from jupyter_envs.snapshot import Rests, Snapshot, Walked
from jupyter_envs.trust import Trust
from jupyter_envs.walk.names import PROTECTED_ON_MACOS
from jupyter_envs.walk.order import Order, Root

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from jupyter_envs.environment import Environment, Interpreter
    from jupyter_envs.host import Host
    from jupyter_envs.index import Index
    from jupyter_envs.settings import Settings
    from jupyter_envs.snapshot import Progress
    from jupyter_envs.walk.order import Folder

A_DAY = 86_400
"""The longest that a walk may be given, in seconds."""
DEPTH_ON_NETWORK = 3
"""How deep a walk goes below a root that lies behind a network."""


@dataclass(frozen=True, slots=True)
class Finder:
    """Finds the environments of one person on one host, by their settings."""

    host: Host
    settings: Settings
    memory: Memory = field(init=False, compare=False, repr=False)
    visited: nearby.Visited = field(init=False, compare=False, repr=False, default_factory=nearby.Visited)

    def __post_init__(self) -> None:
        """What was read once is remembered for the life of the finder."""
        object.__setattr__(self, "memory", Memory(self.host, self.trust()))

    def central(self) -> Snapshot:
        """What the tools' own folders hold; quick, and incomplete by nature."""
        return self.refresh(Walked())

    def refresh(self, walked: Walked, known: Iterable[Environment] = ()) -> Snapshot:
        """The tools' own folders listed afresh, and what an earlier walk saw read again where it lies.

        Of those `known` before, what lies behind a mount that does not answer is told as it was, with a Problem.
        """
        scene = self._scene()
        for folder in others.places():  # another package may bring a manager
            scene.looks.whole(folder)
        for root in walked.roots:
            scene.is_away(root)  # told with the answer, even where nothing is known below it
        walked = nearby.revisited(walked, scene, self._bounds(), self.visited)
        sightings, problems = list(walked.sightings), [*walked.problems, *self._misnamed()]
        problems.extend(filter(None, [pins.read(scene).problem]))
        for manager in managers.every():
            for found in manager.find(scene):
                if isinstance(found, Problem):
                    problems.append(found)
                else:
                    sightings.append(found)
        environments = self._environments(scene, sightings, walked.searched)
        if scene.unreachable:
            environments = unreachable.kept(environments, known, scene)
        self.memory.forget_all_but({environment.prefix for environment in environments})
        return Snapshot(
            tuple(environments),
            walked.complete,
            walked.ended,
            tuple(dict.fromkeys(problems)),
            _without_what_is_gone(walked, environments, scene),
            Rests(scene.looks.seen, scene.mounts.network, scene.touched()),
        )

    def scan(
        self,
        *,
        seconds: float | None = None,
        progress: Callable[[Progress], None] | None = None,
        cancelled: Callable[[], bool] = lambda: False,
        before: Snapshot | None = None,
        kept: Index | None = None,
    ) -> Snapshot:
        """The tools' own folders and everything below the roots, walked for at most `seconds`.

        What was known `before` is kept where the walk did not come to its end.
        """
        before = before or Snapshot()
        walked = self.walk(seconds=seconds, progress=progress, cancelled=cancelled, kept=kept)
        return self.refresh(walked if walked.complete else walked.joined(before.walked), before.environments)

    def inspect(
        self, prefix: Path, found_by: str = "named by its path", serving: Iterable[Path] = ()
    ) -> Environment | None:
        """One environment, read afresh; None where there is none.

        `serving` are projects that it may serve: its own files need not name them, and nothing is walked.
        """
        sighting = Sighting(prefix, found_by, bare=not pyvenv.is_environment(os.fspath(prefix)))
        scene = self._scene()
        for project in serving:
            scene.telling_names(project)
        return next(iter(self._environments(scene, [sighting])), None)

    def resolve(self, path: Path) -> projects.Resolution:
        """The environment that a notebook or folder gets: that of the nearest folder upwards which has one."""
        start = Path(os.path.realpath(path))
        folder = start if os.path.isdir(start) else start.parent
        scene = self._scene()
        for project in projects.upwards(folder, self._stops()):
            scene.telling_names(project)
            sightings = [sighting for manager in managers.every() for sighting in manager.of_project(project, scene)]
            owned = list(ownership.owned(scene, sightings, self.memory))
            choice = projects.choose(project, owned)
            if choice is not None:
                return self._resolution(path, project, owned, choice, scene)
        return projects.Resolution(path, None, None, f"No folder from {folder} upwards has an environment.")

    def interpreters(self) -> list[Interpreter]:
        """The base Pythons that environments can be made with, the newest first."""
        return interpreters.find(self.host)

    def roots(self) -> list[Path]:
        """The real paths of the folders that are walked."""
        scene = self._scene()
        extra = [root for manager in managers.every() for root in manager.roots(scene)]
        return list(dict.fromkeys([*self._chosen_roots(), *map(scene.real, extra)]))

    def index(self) -> Index:
        """Where what this finder finds is remembered."""
        return index.of(self.host, self.settings, self._chosen_roots())

    def _scene(self) -> Scene:
        return Scene(self.host, mounts=self.memory.mounts())

    def _chosen_roots(self) -> list[Path]:
        return self.host.folders(self.settings.roots) or [self.host.real_home]

    def _resolution(
        self, path: Path, project: Path, owned: list[Owned], choice: projects.Choice, scene: Scene
    ) -> projects.Resolution:
        chosen = next((one for one in owned if one.candidate.prefix == choice.prefix), None)
        environments = self._described([chosen], {project: choice.prefix}, scene) if chosen else []
        return projects.Resolution(path, project, next(iter(environments), None), choice.reason)

    def _stops(self) -> frozenset[Path]:
        return frozenset([self.host.real_home, *self.roots()])

    def walk(
        self,
        *,
        seconds: float | None = None,
        progress: Callable[[Progress], None] | None = None,
        cancelled: Callable[[], bool] = lambda: False,
        kept: Index | None = None,
    ) -> Walked:
        """What lies below the roots, seen by a child process that ends when `cancelled` or after `seconds`.

        With an index in which the times of folders are `kept`, only those that changed since the last walk are read.
        """
        times = kept.folder_times() if kept else None
        roots, chosen = self.roots(), {os.fspath(root) for root in self._chosen_roots()}
        explored = walks.explore(self._order(roots, seconds, times), progress=progress, cancelled=cancelled)
        # a tool's own folder for projects need not be there
        explored = replace(explored, absent=tuple(root for root in explored.absent if root in chosen))
        folders, missed = explored.folders, explored.absent + explored.unreadable + explored.unreachable
        return Walked(
            projects=tuple((Path(folder.path), folder.telling) for folder in folders if not folder.is_environment),
            sightings=tuple(sighting for folder in folders for sighting in _sightings_of(folder)),
            complete=explored.complete and chosen.isdisjoint(missed),
            ended=datetime.now(UTC),
            problems=tuple(explored.problems()),
            roots=tuple(roots),
            covers_home=any(self.host.real_home.is_relative_to(root) for root in roots),
            thorough=explored.thorough,
        )

    def _order(self, roots: list[Path], seconds: float | None = None, times: str | None = None) -> Order:
        mounts, depth = self.host.mounts(), self.settings.max_depth
        depths = {root: min(depth, DEPTH_ON_NETWORK) if mounts.is_network(root) else depth for root in map(str, roots)}
        protected = {os.fspath(self.host.real_home / name) for name in PROTECTED_ON_MACOS}
        return Order(
            roots=tuple(Root(root, depth) for root, depth in depths.items()),
            telling=PROJECT_FILES,
            exclude=frozenset(self.settings.exclude),
            mounts=frozenset(mounts.points),
            own_clock=all(map(mounts.has_own_clock, depths)),
            protected=frozenset(protected - depths.keys()) if self.host.platform == "darwin" else frozenset(),
            times=times,
            seconds=None if seconds is None else min(seconds, A_DAY),
        )

    def _bounds(self) -> nearby.Bounds:
        order = self._order([self.host.real_home])
        return nearby.Bounds(self.settings.max_depth, order.exclude, order.exclude | order.mounts | order.protected)

    def _environments(
        self, scene: Scene, sightings: Iterable[Sighting], searched: tuple[Path, ...] = ()
    ) -> list[Environment]:
        owned = list(ownership.owned(scene, sightings, self.memory))
        active = {project: choice.prefix for project, choice in projects.choices(owned).items()}
        return self._described(owned, active, scene, searched)

    def _described(
        self, owned: Iterable[Owned], active: dict[Path, Path | None], scene: Scene, searched: tuple[Path, ...] = ()
    ) -> list[Environment]:
        lending = Lending(scene, self.settings.borrow_ipykernel)
        describer = Describer(self.host, self.settings, lending, pins.read(scene))
        environments = [
            describer.describe(one, facts, active=_is_active(one, active), searched=searched)
            for one in owned
            if (not self.settings.managers or one.manager.name in self.settings.managers)
            and (facts := self.memory.known(one.candidate.prefix))
        ]
        known = registered.kernel_names(scene) if environments else {}
        named = [
            replace(one, kernel_name=known.get(one.prefix, one.kernel_name)) if one.kernel_name else one
            for one in environments
        ]
        apart = told_apart(named, self.host.real_home)
        return sorted((one.revised() for one in apart), key=lambda environment: environment.id)

    def _misnamed(self) -> Iterator[Problem]:
        """Names in settings that mean nothing here."""
        for name in self.settings.managers:
            if managers.by_name(name) is None:
                yield _bad_name("managers", name, "a manager")
        for name in self.settings.trusted_owners:
            if self.host.user_number(name) is None:
                yield _bad_name("trusted_owners", name, "a user of this machine")

    def trust(self) -> Trust:
        """What judges for this person, with the owners that the settings name; remembers nothing yet."""
        numbers = (self.host.user_number(name) for name in self.settings.trusted_owners)
        return Trust(self.host.uid, frozenset(number for number in numbers if number is not None))


def _is_active(owned: Owned, active: dict[Path, Path | None]) -> bool | None:
    links = owned.claim.links
    return any(active.get(link.project) == owned.candidate.prefix for link in links) if links else None


def _sightings_of(folder: Folder) -> Iterator[Sighting]:
    if folder.is_environment:
        yield Sighting(Path(folder.path), f"walk: {Path(folder.path).parent}")
    for link in folder.links:
        yield Sighting(Path(link), f"walk: link in {folder.path}")


def _without_what_is_gone(walked: Walked, environments: Iterable[Environment], scene: Scene) -> Walked:
    """A walk's sightings without those that are no environments any more; a link may come to lead to one again."""
    found = {environment.prefix for environment in environments}
    kept = (
        sighting
        for sighting in walked.sightings
        if sighting.prefix in found or scene.is_away(sighting.prefix) or os.path.islink(sighting.prefix)
    )
    return replace(walked, sightings=tuple(kept))


def _bad_name(setting: str, name: str, kind: str) -> Problem:
    return Problem(
        ProblemCode.BAD_SETTINGS, f"The setting '{setting}' names '{name}', which is not {kind}.", "Mend it."
    )
