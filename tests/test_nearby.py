"""Between two walks: what is new in and beside known projects is seen by one look into each."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from jupyter_envs import nearby
from jupyter_envs.finder import Finder
from jupyter_envs.looks import still_hold
from jupyter_envs.managers.base import Scene, Sighting
from jupyter_envs.settings import Settings
from tests.folders import link, make_environment, write

if TYPE_CHECKING:
    from pathlib import Path

    from jupyter_envs.host import Host
    from jupyter_envs.snapshot import Walked

BOUNDS = nearby.Bounds(6)
LONG_AGO = 1_600_000_000


@pytest.fixture
def walked(host: Host, home: Path, python: Path) -> Walked:
    """What a walk knows of a folder with one project in it."""
    make_environment(home / "code" / "shop" / ".venv", python)
    write(home / "code" / "shop" / "pyproject.toml")
    return Finder(host, Settings()).walk()


def seen(host: Host, walked: Walked, bounds: nearby.Bounds = BOUNDS) -> set[Path]:
    return {sighting.prefix for sighting in nearby.revisited(walked, Scene(host), bounds, nearby.Visited()).sightings}


def projects(host: Host, walked: Walked, bounds: nearby.Bounds = BOUNDS) -> dict[Path, frozenset[str]]:
    return dict(nearby.revisited(walked, Scene(host), bounds, nearby.Visited()).projects)


@pytest.mark.parametrize("place", ["shop/second", "shop/.venv312", "next/.venv", "next/env", "plain"])
def test_a_new_environment_in_or_beside_a_project_is_seen(
    host: Host, home: Path, python: Path, walked: Walked, place: str
) -> None:
    new = make_environment(home / "code" / place, python)
    write(new.parent / "pyproject.toml")
    assert seen(host, walked) == {home / "code" / "shop" / ".venv", new}


@pytest.mark.parametrize("place", ["shop/.venv312", "next/.venv", "venv"])
def test_a_new_link_called_like_an_environment_is_seen_as_a_walk_sees_it(
    host: Host, home: Path, walked: Walked, place: str
) -> None:
    """As uv's centralised environments are. What it leads to is not asked: it may lie on a disk that is away."""
    new = link(home / "code" / place, home / "nowhere")
    write(new.parent / "pyproject.toml")
    found = nearby.revisited(walked, Scene(host), BOUNDS, nearby.Visited())
    assert found.sightings[len(walked.sightings) :] == (Sighting(new, f"walk: link in {new.parent}"),)
    again = nearby.revisited(found, Scene(host), BOUNDS, nearby.Visited())
    assert again.sightings == found.sightings


def test_a_link_that_is_new_beside_known_ones_is_found_with_its_environment(
    host: Host, home: Path, python: Path, walked: Walked
) -> None:
    finder = Finder(host, Settings())
    before = finder.refresh(walked)
    kept = make_environment(home / "kept" / "shop-1a2b", python)
    link(home / "code" / "shop" / "venv", kept)
    assert before.rests is not None
    assert not still_hold(before.rests.seen)
    after = finder.refresh(before.walked)
    assert kept in {environment.prefix for environment in after.environments}


@pytest.mark.parametrize("place", ["shop/backend", "next/backend", "next/backend/core"])
def test_a_new_project_inside_a_known_one_is_seen_with_its_environment(
    host: Host, home: Path, python: Path, walked: Walked, place: str
) -> None:
    new = home / "code" / place
    for project in (new, *new.parents[: len(new.relative_to(home / "code").parts) - 1]):
        write(project / "pyproject.toml")
    environment = make_environment(new / ".venv", python)
    found = nearby.revisited(walked, Scene(host), BOUNDS, nearby.Visited())
    assert dict(found.projects)[new] == {"pyproject.toml", ".venv"}
    assert environment in {sighting.prefix for sighting in found.sightings}


@pytest.mark.parametrize("known", [True, False])
def test_a_new_folder_inside_a_project_is_watched_for_becoming_one(
    host: Host, home: Path, python: Path, walked: Walked, *, known: bool
) -> None:
    visited = nearby.Visited()
    if known:
        nearby.revisited(walked, Scene(host), BOUNDS, visited)
    new = home / "code" / "shop" / "backend"
    (new / "src").mkdir(parents=True)
    scene = Scene(host)
    before = nearby.revisited(walked, scene, BOUNDS, visited)
    assert new not in dict(before.projects)
    assert still_hold(scene.looks.seen)
    write(new / "pyproject.toml")
    assert not still_hold(scene.looks.seen)
    scene = Scene(host)
    after = nearby.revisited(before, scene, BOUNDS, visited)
    assert dict(after.projects)[new] == {"pyproject.toml"}
    assert still_hold(scene.looks.seen)
    environment = make_environment(new / ".venv", python)
    assert not still_hold(scene.looks.seen)
    assert environment in {
        sighting.prefix for sighting in nearby.revisited(after, Scene(host), BOUNDS, visited).sightings
    }


@pytest.mark.parametrize("name", [".hidden", "node_modules", "data"])
def test_other_folders_inside_a_project_are_passed_over(
    host: Host, home: Path, python: Path, walked: Walked, name: str
) -> None:
    project = home / "code" / "shop" / name
    write(project / "pyproject.toml")
    if name == "data":  # it is no new folder
        os.utime(project, (LONG_AGO, LONG_AGO))
    scene = Scene(host)
    nearby.revisited(walked, scene, BOUNDS, nearby.Visited())
    assert project not in scene.projects
    assert str(project) not in scene.looks.seen


def test_what_came_during_a_walk_is_seen_again_with_what_that_walk_knows(
    host: Host, home: Path, python: Path, walked: Walked
) -> None:
    """The walk had passed by already, and the folder is the same as at the visit while it went on."""
    new = make_environment(home / "code" / "shop" / "second", python)
    alias = link(home / "code" / "shop" / "venv", new)
    visited = nearby.Visited()
    for _ in range(3):
        found = nearby.revisited(walked, Scene(host), BOUNDS, visited)
        assert [sighting.prefix for sighting in found.sightings[len(walked.sightings) :]] == [alias, new]
    assert nearby.revisited(found, Scene(host), BOUNDS, visited).sightings == found.sightings


def test_a_project_in_which_nothing_changed_is_passed_by(host: Host, home: Path, walked: Walked) -> None:
    """A folder that is old stays unnoticed; a thousand projects hold many."""
    old = home / "code" / "shop" / "old"
    old.mkdir()
    os.utime(old, (LONG_AGO, LONG_AGO))
    visited = nearby.Visited()
    nearby.revisited(walked, Scene(host), BOUNDS, visited)
    write(old / "pyproject.toml")
    assert old not in dict(nearby.revisited(walked, Scene(host), BOUNDS, visited).projects)
    assert old in dict(nearby.revisited(walked, Scene(host), BOUNDS, nearby.Visited()).projects)


@pytest.mark.parametrize(
    "place", ["elsewhere/.venv", "code/next/deeper/.venv", "code/node_modules/.venv", "code/.hid/x"]
)
def test_what_lies_farther_away_waits_for_a_walk(
    host: Host, home: Path, python: Path, walked: Walked, place: str
) -> None:
    make_environment(home / place, python)
    assert seen(host, walked) == {home / "code" / "shop" / ".venv"}


def test_a_new_project_beside_others_is_known_with_its_files(host: Host, home: Path, walked: Walked) -> None:
    write(home / "code" / "next" / "poetry.lock")
    (home / "code" / "data").mkdir()
    assert projects(host, walked)[home / "code" / "next"] == {"poetry.lock"}
    assert home / "code" / "data" not in projects(host, walked)


def test_a_project_that_became_another_tools_is_known_as_that(host: Host, home: Path, walked: Walked) -> None:
    write(home / "code" / "shop" / "uv.lock")
    assert "uv.lock" in projects(host, walked)[home / "code" / "shop"]


def test_a_project_that_went_away_is_forgotten(host: Host, home: Path, walked: Walked) -> None:
    shutil.rmtree(home / "code" / "shop")
    assert projects(host, walked) == {}


def test_the_bounds_of_a_walk_hold(host: Host, home: Path, python: Path, walked: Walked) -> None:
    old = home / "code" / "shop" / ".venv"
    new = make_environment(home / "code" / "next" / ".venv", python)
    assert seen(host, walked) == {old, new}
    write(home / "code" / "shop" / "backend" / "pyproject.toml")
    assert home / "code" / "shop" / "backend" in projects(host, walked)
    assert seen(host, walked, nearby.Bounds(2)) == {old}
    assert seen(host, walked, nearby.Bounds(1)) == {old}
    assert {path.name for path in projects(host, walked, nearby.Bounds(2))} == {"shop", "next"}
    assert seen(host, walked, nearby.Bounds(6, names=frozenset({"next"}))) == {old}
    assert seen(host, walked, nearby.Bounds(6, paths=frozenset({str(home / "code" / "next")}))) == {old}


def test_a_folder_above_the_roots_is_not_looked_into(host: Host, home: Path, python: Path) -> None:
    write(home / "code" / "pyproject.toml")
    walked = Finder(host, Settings(roots=(str(home / "code"),))).walk()
    make_environment(home / "other" / ".venv", python)
    assert seen(host, walked) == set()


@pytest.mark.parametrize("place", ["code/next/.venv", "code/shop/later", "code/shop/.venv39"])
def test_a_folder_that_is_becoming_an_environment_is_watched(
    host: Host, home: Path, python: Path, walked: Walked, place: str
) -> None:
    (home / place).mkdir(parents=True)
    scene = Scene(host)
    for folder, _, _ in os.walk(home):
        os.utime(folder, (LONG_AGO, LONG_AGO))
    os.utime(home / place)
    os.utime((home / place).parent)
    before = nearby.revisited(walked, scene, BOUNDS, nearby.Visited())
    assert home / place not in {sighting.prefix for sighting in before.sightings}
    make_environment(home / place, python)
    assert not still_hold(scene.looks.seen)
    assert home / place in seen(host, before)


def test_a_folder_with_thousands_beside_is_not_looked_through(
    host: Host, home: Path, python: Path, walked: Walked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nearby, "BESIDE_AT_MOST", 3)
    for name in "abcdef":
        write(home / "code" / name / "pyproject.toml")
    make_environment(home / "code" / "zoo", python)
    found = projects(host, walked)
    assert {path.name for path in found} == {"a", "b", "c", "shop"}
    assert home / "code" / "zoo" in seen(host, walked)
