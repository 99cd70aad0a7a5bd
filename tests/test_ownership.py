"""Whose an environment is, and which projects it serves beside its owner's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jupyter_envs import managers, ownership
from jupyter_envs.facts import Memory
from jupyter_envs.managers.base import TOOLS_CHOICE, Claim, EnvironmentManager, Link, Scene, Sighting
from jupyter_envs.trust import Trust
from tests.folders import make_environment, scanned

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jupyter_envs.host import Host
    from jupyter_envs.managers.base import Candidate


class Owner(EnvironmentManager):
    """Owns every environment called `left`, and uses none of them."""

    name = "owner"
    title = "Owner"

    def claim_by_place(self, candidate: Candidate, scene: Scene) -> Claim | None:
        return Claim(offered=False) if candidate.prefix.name == "left" else None


class Namer(EnvironmentManager):
    """Says that everything serves the home."""

    name = "namer"
    title = "Namer"
    chosen = True

    def also_serves(self, candidate: Candidate, scene: Scene) -> Iterator[Link]:
        yield Link(scene.host.home, TOOLS_CHOICE, "A file names it.", self.chosen)


@pytest.mark.parametrize("chosen", [True, False])
def test_a_manager_adds_its_projects_to_an_environment_of_another(
    host: Host, python: Path, monkeypatch: pytest.MonkeyPatch, *, chosen: bool
) -> None:
    namer = Namer()
    monkeypatch.setattr(namer, "chosen", chosen, raising=False)
    monkeypatch.setattr(managers, "OURS", (namer, Owner()))
    prefix = make_environment(host.home / "x" / "left", python)
    (owned,) = ownership.owned(Scene(host), [Sighting(prefix, "test")], Memory(host, Trust(host.uid)))
    assert owned.manager.name == "owner"
    assert [link.project for link in owned.claim.links] == [host.home]
    assert owned.claim.offered is chosen


def test_the_owners_own_projects_come_first(host: Host, python: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(managers, "OURS", (Namer(),))
    prefix = make_environment(host.home / "shop" / ".venv", python)
    assert scanned(host)[prefix].projects == (host.home / "shop", host.home)
