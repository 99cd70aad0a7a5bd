"""Whose an environment is: each is read once, by its real path, and asked for by the managers in their order."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_envs import managers, naming
from jupyter_envs.managers.base import IN_PROJECT, Candidate, Claim, Link, Owned, Sighting
from jupyter_envs.unreachable import is_away

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from jupyter_envs.facts import Memory
    from jupyter_envs.managers.base import EnvironmentManager, Scene


@dataclass(frozen=True, slots=True)
class _Asked:
    """The managers, in both orders in which they are asked."""

    by_place: tuple[EnvironmentManager, ...]
    by_markers: tuple[EnvironmentManager, ...]


def owned(scene: Scene, sightings: Iterable[Sighting], memory: Memory) -> Iterator[Owned]:
    """Each environment once, by its real path, with the links to it as aliases."""
    places: dict[Path, list[Sighting]] = {}
    for sighting in sightings:
        if not is_away(sighting.prefix, scene):
            places.setdefault(Path(os.path.realpath(sighting.prefix)), []).append(sighting)
    asked = _Asked(managers.every(), managers.by_markers())
    for prefix, seen in places.items():
        owned = _read(prefix, seen, scene, memory, asked)
        if owned is not None:
            yield owned


def _read(prefix: Path, seen: list[Sighting], scene: Scene, memory: Memory, asked: _Asked) -> Owned | None:
    facts = memory.facts(prefix, scene.looks, bare=any(sighting.bare for sighting in seen))
    if facts is None:
        return None
    candidate = Candidate(facts.reading, prefix, seen[0].found_by, facts.bare)
    manager, claim = _claim(candidate, scene, asked)
    aliases = tuple(sorted({sighting.prefix for sighting in seen if sighting.prefix != prefix}))
    named = tuple(link for each in asked.by_place for link in each.also_serves(candidate, scene))
    linked = (_link_of_alias(alias) for alias in aliases if naming.is_environment_name(alias.name))
    offered = claim.offered or any(link.chosen for link in named)
    return Owned(candidate, manager, replace(claim, links=(*claim.links, *named, *linked), offered=offered), aliases)


def _claim(candidate: Candidate, scene: Scene, asked: _Asked) -> tuple[EnvironmentManager, Claim]:
    """The first manager that claims an environment by its place, then by files in its project; venv is the last."""
    for manager in asked.by_place:
        claim = manager.claim_by_place(candidate, scene)
        if claim is not None:
            return manager, claim
    for manager in asked.by_markers:
        claim = manager.claim_by_markers(candidate, scene)
        if claim is not None:
            return manager, claim
    return managers.LAST, Claim()


def _link_of_alias(alias: Path) -> Link:
    project = Path(os.path.realpath(alias.parent))
    return Link(project, IN_PROJECT, f"Its {alias.name} is a link to it.")
