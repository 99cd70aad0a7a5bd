"""Which environment a project gets, of all that serve it, and why."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_envs.environment import Environment

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from jupyter_envs.managers.base import Link, Owned


@dataclass(frozen=True, slots=True)
class Choice:
    """The environment that a project gets, or None where its tool uses none of those that there are; and why."""

    prefix: Path | None
    reason: str


@dataclass(frozen=True, slots=True)
class Resolution:
    """The answer for one notebook or folder: the project's folder, its environment, and the reason in words."""

    path: Path
    project: Path | None
    environment: Environment | None
    reason: str

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Resolution:
        """What `as_json` told."""
        project, environment = told["project"], told["environment"]
        return cls(
            Path(told["path"]),
            Path(project) if project else None,
            Environment.from_json(environment) if environment else None,
            told["reason"],
        )

    def as_json(self) -> dict[str, object]:
        """The answer of `which --json` and `GET resolve`."""
        return {
            "version": 1,
            "path": str(self.path),
            "project": str(self.project) if self.project else None,
            "environment": self.environment.as_json() if self.environment else None,
            "reason": self.reason,
        }


def choose(project: Path, owned: Iterable[Owned]) -> Choice | None:
    """The strongest link to a project that its tool uses; None where nothing serves it.

    A broken environment is chosen like any other: it is to be explained, not passed over for another Python.
    """
    return choices(owned).get(project)


def choices(owned: Iterable[Owned]) -> dict[Path, Choice]:
    """The choice of every project that an environment serves."""
    links: dict[Path, list[tuple[Link, Path]]] = {}
    for one in owned:
        for link in one.claim.links:
            links.setdefault(link.project, []).append((link, one.candidate.prefix))
    return {project: _strongest(found) for project, found in links.items()}


def _strongest(links: list[tuple[Link, Path]]) -> Choice:
    used = sorted((link.strength, prefix, link.reason) for link, prefix in links if link.chosen)
    return Choice(used[0][1], used[0][2]) if used else Choice(None, links[0][0].reason)


def upwards(folder: Path, stops: frozenset[Path]) -> Iterator[Path]:
    """The folder and those above it, up to the first of `stops`; never the root of the file system."""
    for path in (folder, *folder.parents):
        if path == path.parent:
            return
        yield path
        if path in stops:
            return
