"""Finding environments: asks the managers, walks the roots, decides whose each environment is, names them.

Finding reads files and runs nothing. Everything here may wait for a disk, so a server calls it from a thread.
"""

from __future__ import annotations

import math
import os
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_envs import interpreters, managers, naming, projects, pyvenv, registered
from jupyter_envs.describe import Describer, Owned
from jupyter_envs.errors import Problem, ProblemCode
from jupyter_envs.managers.base import IN_PROJECT, PROJECT_FILES, Candidate, Claim, Link, Scene, Sighting
from jupyter_envs.trust import Trust
from jupyter_envs.walk import PROTECTED_ON_MACOS, Folder, Limits, walk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from jupyter_envs.environment import Environment, Interpreter
    from jupyter_envs.host import Host
    from jupyter_envs.managers.base import EnvironmentManager
    from jupyter_envs.settings import Settings


@dataclass(frozen=True, slots=True)
class Walked:
    """What a walk saw: project folders with their telling names, and places of environments in them."""

    projects: tuple[tuple[Path, frozenset[str]], ...] = ()
    sightings: tuple[Sighting, ...] = ()
    complete: bool = False
    ended: datetime | None = None
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What was found at one time, sorted by id. `complete` is False when a walk was cut short or not done."""

    environments: tuple[Environment, ...] = ()
    complete: bool = False
    scanned: datetime | None = None
    problems: tuple[Problem, ...] = ()
    walked: Walked = Walked()

    def get(self, identity: str) -> Environment | None:
        """The environment with that id; of two, the trusted one."""
        found = [environment for environment in self.environments if environment.id == identity]
        return min(found, key=lambda environment: environment.state == "foreign", default=None)

    def match(self, text: str) -> list[Environment]:
        """Those that a person may mean by an id, a prefix, a name, or a unique beginning of an id."""
        tests = (
            lambda one: one.id == text,
            lambda one: os.fspath(one.prefix) == os.path.realpath(text),
            lambda one: text in {one.name, one.display_name},
            lambda one: one.id.startswith(text),
        )
        for test in tests:
            found = [environment for environment in self.environments if test(environment)]
            if found:
                return found
        return []

    def as_json(self) -> dict[str, object]:
        """The answer of `list --json` and `GET environments`."""
        return {
            "version": 1,
            "complete": self.complete,
            "scanned": self.scanned.isoformat(timespec="seconds") if self.scanned else None,
            "environments": [environment.as_json() for environment in self.environments],
            "problems": [
                {"code": problem.code.value, "message": problem.message, "fix": problem.fix}
                for problem in self.problems
            ],
        }


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a walk has come: folders met, environments seen, and the folder it is in."""

    folders: int
    environments: int
    where: str


@dataclass(frozen=True, slots=True)
class Finder:
    """Finds the environments of one person on one host, by their settings."""

    host: Host
    settings: Settings

    def central(self) -> Snapshot:
        """What the tools' own folders hold; quick, and incomplete by nature."""
        return self.refresh(Walked())

    def refresh(self, walked: Walked) -> Snapshot:
        """The tools' own folders listed afresh, and what an earlier walk saw read again where it lies."""
        scene = Scene(self.host, dict(walked.projects))
        sightings, problems = list(walked.sightings), list(walked.problems)
        for manager in managers.ORDER:
            for found in manager.find(scene):
                if isinstance(found, Problem):
                    problems.append(found)
                else:
                    sightings.append(found)
        environments = self._environments(scene, sightings, complete=walked.complete)
        return Snapshot(tuple(environments), walked.complete, walked.ended, tuple(dict.fromkeys(problems)), walked)

    def scan(
        self,
        *,
        seconds: float | None = None,
        progress: Callable[[Progress], None] | None = None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Snapshot:
        """The tools' own folders and everything below the roots, walked for at most `seconds`."""
        return self.refresh(self._walk(seconds, progress, cancelled))

    def inspect(self, prefix: Path, found_by: str = "named by its path") -> Environment | None:
        """One environment, read afresh; None where there is none."""
        sighting = Sighting(prefix, found_by, bare=not pyvenv.is_environment(os.fspath(prefix)))
        scene = Scene(self.host)
        return next(iter(self._environments(scene, [sighting], complete=False)), None)

    def resolve(self, path: Path) -> projects.Resolution:
        """The environment that a notebook or folder gets: that of the nearest folder upwards which has one."""
        start = Path(os.path.realpath(path))
        folder = start if start.is_dir() else start.parent
        for project in projects.upwards(folder, self._stops()):
            scene = Scene(self.host)
            scene.telling_names(project)
            sightings = [sighting for manager in managers.ORDER for sighting in manager.of_project(project, scene)]
            owned = list(self._owned(scene, sightings))
            choice = projects.choose(project, owned)
            if choice is not None:
                return self._resolution(path, project, owned, choice)
        return projects.Resolution(path, None, None, f"No folder from {folder} upwards has an environment.")

    def interpreters(self) -> list[Interpreter]:
        """The base Pythons that environments can be made with, the newest first."""
        return interpreters.find(self.host)

    def roots(self) -> list[Path]:
        """The real paths of the folders that are walked."""
        given = [self.host.expand(root) for root in self.settings.roots] or [self.host.home]
        extra = [root for manager in managers.ORDER for root in manager.roots(self.host)]
        return list(dict.fromkeys(Path(os.path.realpath(root)) for root in [*given, *extra]))

    def _resolution(
        self, path: Path, project: Path, owned: list[Owned], choice: projects.Choice
    ) -> projects.Resolution:
        chosen = next((one for one in owned if one.candidate.prefix == choice.prefix), None)
        environments = self._described([chosen], complete=False, active={project: choice.prefix}) if chosen else []
        return projects.Resolution(path, project, next(iter(environments), None), choice.reason)

    def _stops(self) -> frozenset[Path]:
        return frozenset([Path(os.path.realpath(self.host.home)), *self.roots()])

    def _walk(
        self, seconds: float | None, progress: Callable[[Progress], None] | None, cancelled: Callable[[], bool]
    ) -> Walked:
        end = math.inf if seconds is None else time.monotonic() + seconds
        met: dict[str, Folder] = {}
        environments = 0
        problems = [_unreadable_root(root) for root in self.roots() if not os.access(root, os.R_OK | os.X_OK)]
        ended_early = False

        def stop() -> bool:
            nonlocal ended_early
            ended_early = ended_early or cancelled() or time.monotonic() > end
            return ended_early

        for root in self.roots():
            for folder in walk(os.fspath(root), self._limits(root), stop):
                met.setdefault(folder.path, folder)
                environments += folder.is_environment
                if progress:
                    progress(Progress(len(met), environments, folder.path))
        if ended_early:
            problems.append(_cut_short())
        projects = tuple((Path(folder.path), folder.telling) for folder in met.values() if not folder.is_environment)
        sightings = tuple(sighting for folder in met.values() for sighting in _sightings_of(folder))
        return Walked(projects, sightings, not problems, datetime.now(UTC), tuple(problems))

    def _limits(self, root: Path) -> Limits:
        protected = (
            {os.fspath(self.host.home / name) for name in PROTECTED_ON_MACOS}
            if self.host.platform == "darwin"
            else set()
        )
        return Limits(
            max_depth=self.settings.max_depth,
            telling=PROJECT_FILES,
            exclude=frozenset(self.settings.exclude),
            mounts=self.host.mount_points(),
            protected=frozenset(protected - {os.fspath(root)}),
        )

    def _environments(self, scene: Scene, sightings: Iterable[Sighting], *, complete: bool) -> list[Environment]:
        owned = list(self._owned(scene, sightings))
        active = {
            project: choice.prefix for project in projects.all_of(owned) if (choice := projects.choose(project, owned))
        }
        return self._described(owned, complete=complete, active=active)

    def _described(
        self, owned: Iterable[Owned], *, complete: bool, active: dict[Path, Path | None]
    ) -> list[Environment]:
        describer = Describer(self.host, self.settings, self._trust())
        wanted = [one for one in owned if not self.settings.managers or one.manager.name in self.settings.managers]
        environments = [describer.describe(one, active=_is_active(one, active), complete=complete) for one in wanted]
        known = registered.kernel_names(self.host) if environments else {}
        named = [
            replace(one, kernel_name=known.get(one.prefix, one.kernel_name)) if one.kernel_name else one
            for one in environments
        ]
        return sorted(_told_apart(named, self.host.home), key=lambda environment: environment.id)

    def _trust(self) -> Trust:
        numbers = (self.host.user_number(name) for name in self.settings.trusted_owners)
        return Trust(self.host.uid, frozenset(number for number in numbers if number is not None))

    def _owned(self, scene: Scene, sightings: Iterable[Sighting]) -> Iterator[Owned]:
        """Each environment once, by its real path, with the links to it as aliases."""
        places: dict[Path, list[Sighting]] = {}
        for sighting in sightings:
            places.setdefault(Path(os.path.realpath(sighting.prefix)), []).append(sighting)
        for prefix, seen in places.items():
            owned = self._read(prefix, seen, scene)
            if owned is not None:
                yield owned

    def _read(self, prefix: Path, seen: list[Sighting], scene: Scene) -> Owned | None:
        read = pyvenv.read_interpreter if seen[0].bare else pyvenv.read
        reading = read(os.fspath(prefix), os.fspath(self.host.home))
        if reading is None:
            return None
        candidate = Candidate(reading, prefix, seen[0].found_by, seen[0].bare)
        manager, claim = _claim(candidate, scene)
        aliases = tuple(sorted({sighting.prefix for sighting in seen if sighting.prefix != prefix}))
        links = (*claim.links, *(_link_of_alias(alias) for alias in aliases if naming.is_environment_name(alias.name)))
        return Owned(candidate, manager, replace(claim, links=links), aliases)


def _claim(candidate: Candidate, scene: Scene) -> tuple[EnvironmentManager, Claim]:
    """The first manager that claims an environment by its place, then by files in its project; venv is the last."""
    for manager in managers.ORDER:
        claim = manager.claim_by_place(candidate, scene)
        if claim is not None:
            return manager, claim
    for manager in managers.ORDER:
        claim = manager.claim_by_markers(candidate, scene)
        if claim is not None:
            return manager, claim
    return managers.ORDER[-1], Claim()


def _is_active(owned: Owned, active: dict[Path, Path | None]) -> bool | None:
    links = owned.claim.links
    return any(active.get(link.project) == owned.candidate.prefix for link in links) if links else None


def _link_of_alias(alias: Path) -> Link:
    project = Path(os.path.realpath(alias.parent))
    return Link(project, IN_PROJECT, f"Its {alias.name} is a link to it.")


def _sightings_of(folder: Folder) -> Iterator[Sighting]:
    if folder.is_environment:
        yield Sighting(Path(folder.path), f"walk: {Path(folder.path).parent}")
    for link in folder.links:
        yield Sighting(Path(link), f"walk: link in {folder.path}")


def _told_apart(environments: list[Environment], home: Path) -> Iterator[Environment]:
    """Ids that collide get a longer hash; names that are equal get the folder that they lie in."""
    ids = [environment.id for environment in environments]
    shown = [environment.display_name for environment in environments]
    for environment in environments:
        one = environment
        if ids.count(one.id) > 1:
            one = replace(one, id=naming.environment_id(one.prefix, home, digits=16))
        if shown.count(one.display_name) > 1:
            one = replace(one, display_name=f"{one.display_name} [{_whereabouts(one)}]")
        yield one


def _whereabouts(environment: Environment) -> str:
    folder = environment.project.parent if environment.project else environment.prefix.parent
    return naming.shown(folder.name or os.fspath(folder))


def _unreadable_root(root: Path) -> Problem:
    return Problem(
        ProblemCode.WALK_INCOMPLETE,
        f"{root} could not be entered, so nothing below it is listed.",
        "Mend its permissions, or take it out of 'roots'.",
    )


def _cut_short() -> Problem:
    return Problem(
        ProblemCode.WALK_INCOMPLETE,
        "The walk ended before it had seen every folder.",
        "Raise 'scan_seconds', or name fewer 'roots'.",
    )
