"""What was found at one time, and how far the walk for it came."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_envs.environment import Environment
from jupyter_envs.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jupyter_envs.looks import Look
    from jupyter_envs.managers.base import Sighting


@dataclass(frozen=True, slots=True)
class Walked:
    """What a walk saw: project folders with their telling names, and places of environments in them.

    `complete`: it ended by itself. `covers_home`: it went through the home. `thorough`: it passed over nothing where
    projects may lie.
    """

    projects: tuple[tuple[Path, frozenset[str]], ...] = ()
    sightings: tuple[Sighting, ...] = ()
    complete: bool = False
    ended: datetime | None = None
    problems: tuple[Problem, ...] = ()
    roots: tuple[Path, ...] = ()
    covers_home: bool = False
    thorough: bool = False

    @property
    def searched(self) -> tuple[Path, ...]:
        """The folders below which every project is known; empty where the walk does not prove that."""
        return self.roots if self.complete and self.covers_home and self.thorough else ()

    def joined(self, other: Walked) -> Walked:
        """What either saw, as one: where they differ, and in how far they came, the one that ended later counts.

        Nothing is lost by it: what is no environment any more is dropped when it is read.
        """
        later, earlier = (self, other) if _when(self) >= _when(other) else (other, self)
        sightings = {sighting.prefix: sighting for sighting in (*earlier.sightings, *later.sightings)}
        return replace(
            later,
            projects=tuple(dict((*earlier.projects, *later.projects)).items()),
            sightings=tuple(sightings.values()),
        )

    def as_json(self) -> dict[str, object]:
        """For the index."""
        return {
            "projects": [[str(project), sorted(names)] for project, names in self.projects],
            "sightings": [[str(one.prefix), one.found_by, one.bare] for one in self.sightings],
            "complete": self.complete,
            "ended": self.ended.isoformat() if self.ended else None,
            "problems": [problem.as_json() for problem in self.problems],
            "roots": [str(root) for root in self.roots],
            "covers_home": self.covers_home,
            "thorough": self.thorough,
        }

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Walked:
        """What `as_json` told."""
        from jupyter_envs.managers.base import Sighting  # a server is told environments only

        return cls(
            projects=tuple((Path(project), frozenset(names)) for project, names in told["projects"]),
            sightings=tuple(Sighting(Path(prefix), found_by, bare) for prefix, found_by, bare in told["sightings"]),
            complete=told["complete"],
            ended=datetime.fromisoformat(told["ended"]) if told["ended"] else None,
            problems=tuple(map(Problem.from_json, told["problems"])),
            roots=tuple(map(Path, told["roots"])),
            covers_home=told["covers_home"],
            thorough=told["thorough"],
        )


@dataclass(frozen=True, slots=True)
class Rests:
    """What an answer rests on: it holds for as long as all of this is as it was."""

    seen: Mapping[str, Look]
    network: tuple[str, ...]
    """Where the file systems begin that lie behind a network."""
    touched: Mapping[str, bool]
    """Those of them that something was looked for behind, and whether they failed to answer."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What was found at one time, sorted by id. `complete` is False when a walk was cut short or not done."""

    environments: tuple[Environment, ...] = ()
    complete: bool = False
    scanned: datetime | None = None
    problems: tuple[Problem, ...] = ()
    walked: Walked = Walked()
    rests: Rests | None = None
    """What it rests on; None where that is not known."""

    @property
    def unreachable(self) -> tuple[str, ...]:
        """The mounts that did not answer."""
        return tuple(point for point, dead in self.rests.touched.items() if dead) if self.rests else ()

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

    @classmethod
    def from_json(cls, told: Mapping[str, Any], walked: Walked, rests: Rests | None) -> Snapshot:
        """What `as_json` told, with what a walk saw and what it rests on."""
        return cls(
            environments=tuple(map(Environment.from_json, told["environments"])),
            complete=told["complete"],
            scanned=walked.ended,
            problems=tuple(map(Problem.from_json, told["problems"])),
            walked=walked,
            rests=rests,
        )

    def as_json(self) -> dict[str, object]:
        """The answer of `list --json` and `GET environments`."""
        return {
            "version": 1,
            "complete": self.complete,
            "scanned": self.scanned.isoformat(timespec="seconds") if self.scanned else None,
            "environments": [environment.as_json() for environment in self.environments],
            "problems": [problem.as_json() for problem in self.problems],
        }


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a walk has come: folders met, environments seen, and the folder it is in."""

    folders: int
    environments: int
    where: str


def _when(walked: Walked) -> datetime:
    return walked.ended or datetime.fromtimestamp(0, UTC)
