"""What was found at one time, and how far the walk for it came."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

    from jupyter_envs.environment import Environment
    from jupyter_envs.errors import Problem
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


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What was found at one time, sorted by id. `complete` is False when a walk was cut short or not done."""

    environments: tuple[Environment, ...] = ()
    complete: bool = False
    scanned: datetime | None = None
    problems: tuple[Problem, ...] = ()
    walked: Walked = Walked()
    seen: Mapping[str, Look] = field(default_factory=dict)
    """What it depends on: it holds for as long as all of this is as it was seen."""
    unreachable: tuple[str, ...] = ()
    """The mounts that did not answer."""

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
            "problems": [problem.as_json() for problem in self.problems],
        }


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a walk has come: folders met, environments seen, and the folder it is in."""

    folders: int
    environments: int
    where: str
