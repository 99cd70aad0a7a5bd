"""The links of projects to an environment go with it, and nothing else does."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from jupyter_envs.creator import removing, serving
from tests.creator.changing import environment_at, means_of
from tests.creator.scene import Told
from tests.folders import link, make_base, make_environment

if TYPE_CHECKING:
    from jupyter_envs.environment import Environment
    from jupyter_envs.host import Host

pytestmark = pytest.mark.skipif(os.name == "nt", reason="environments are not removed on Windows")


@pytest.fixture
def served(host: Host) -> Environment:
    """An environment in a folder of its own, to which two of three projects have a link."""
    prefix = make_environment(host.home / "envs" / "shop", make_base(host.home / "base")).resolve()
    projects = tuple(prefix.parents[1] / name for name in ("a", "b", "c"))
    for project in projects:
        project.mkdir()
    for project in projects[:2]:
        link(project / ".venv", prefix)
    link(projects[2] / ".venv", prefix.parent)
    return replace(environment_at(host, prefix), projects=projects)


def removal(host: Host, environment: Environment) -> removing.Removal:
    return removing.decide(means_of(host), environment)


def test_the_links_of_its_projects_go_with_it(host: Host, served: Environment) -> None:
    a, b, c = served.projects
    link(a / "other", served.prefix)
    work = removal(host, served)
    assert f"These links to it go, too: {a / '.venv'}, {b / '.venv'}." in work.tells
    assert any(line == f"It serves the projects {a}, {b}." for line in work.tells)
    told = Told()
    work.do(told)
    assert not any((project / ".venv").is_symlink() for project in (a, b))
    assert (c / ".venv").is_symlink()
    assert (a / "other").is_symlink()
    assert told.warnings == []


def test_an_environment_in_its_projects_folder_has_nothing_to_tell_of_it(host: Host, served: Environment) -> None:
    assert list(serving.tells(replace(served, projects=(served.prefix.parent,)))) == []


def test_a_link_of_somebody_else_stays_and_is_told(host: Host, served: Environment) -> None:
    a, b, _ = served.projects
    if os.getuid() != 0:
        pytest.skip("only root can give links away")
    os.lchown(a / ".venv", 12345, 12345)
    told = Told()
    removal(host, served).do(told)
    assert told.warnings == [
        f"{a / '.venv'} is a link that leads to nothing now, and could not be deleted: It belongs to 12345."
    ]
    assert (a / ".venv").is_symlink()
    assert not (b / ".venv").is_symlink()
