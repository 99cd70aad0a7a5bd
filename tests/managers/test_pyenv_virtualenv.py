"""pyenv-virtualenv: environments among pyenv's interpreters, and the projects that name them."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from jupyter_envs.finder import Finder
from jupyter_envs.settings import Settings
from tests.folders import (
    add_ipykernel,
    codes,
    link,
    make_base,
    make_conda,
    make_environment,
    make_kernel_environment,
    make_poetry_project,
    scanned,
    site_of,
    write,
)

if TYPE_CHECKING:
    from pathlib import Path

    from jupyter_envs.host import Host


@pytest.fixture
def versions(home: Path) -> Path:
    """pyenv's folder, with the interpreter 3.12.1 and its environment `science`."""
    folder = home / ".pyenv" / "versions"
    python = make_base(folder / "3.12.1", "3.12.1")
    make_kernel_environment(folder / "3.12.1" / "envs" / "science", python)
    link(folder / "science", folder / "3.12.1" / "envs" / "science")
    return folder


@pytest.fixture
def science(versions: Path) -> Path:
    """Its environment."""
    return versions / "3.12.1" / "envs" / "science"


def chosen(host: Host, folder: Path) -> tuple[Path | None, str]:
    """The prefix of the environment that a folder gets without a walk, and why."""
    resolution = Finder(host, Settings()).resolve(folder)
    return resolution.environment.prefix if resolution.environment else None, resolution.reason


def test_an_environment_is_listed_once_with_its_other_name_as_alias(host: Host, versions: Path, science: Path) -> None:
    found = scanned(host)
    one = found[science]
    assert (one.manager, one.name, one.version) == ("pyenv-virtualenv", "science", "3.12.1")
    assert one.aliases == (versions / "science",)
    assert (one.projects, one.orphan, one.kernel) == ((), False, True)
    assert one.display_name == "science (pyenv-virtualenv, Python 3.12)"
    assert set(found) == {science, versions / "3.12.1"}


def test_without_its_link_it_is_listed_all_the_same(host: Host, versions: Path, science: Path) -> None:
    (versions / "science").unlink()
    assert scanned(host)[science].aliases == ()


def test_one_made_on_the_systems_python_lies_beside_the_interpreters(host: Host, versions: Path, python: Path) -> None:
    prefix = make_environment(versions / "plain", python)
    assert (scanned(host)[prefix].manager, scanned(host)[prefix].name) == ("pyenv-virtualenv", "plain")


def test_a_broken_one_says_how_to_make_it_again(host: Host, versions: Path, science: Path) -> None:
    shutil.rmtree(versions / "3.12.1" / "bin")
    found = scanned(host)[science]
    assert codes(found)[0] == "interpreter-missing"
    assert found.problems[0].fix == "Run: pyenv virtualenv-delete science ; pyenv virtualenv 3.12.1 science"


@pytest.mark.parametrize(
    "text",
    [
        "science\n",
        "science",
        "3.12.1/envs/science\n",
        "# ours\n\n  science  # the one\r\n",
        "absent\nscience\n",
        "../3.12.1\nscience\n",
        "..\n.\n\udcff\n\0\nscience 3.12.1\n",
    ],
)
def test_a_python_version_file_links_it_to_a_project(host: Host, science: Path, text: str) -> None:
    write(host.home / "shop" / ".python-version", text)
    found = scanned(host)[science]
    assert (found.projects, found.active) == ((host.home / "shop",), True)
    (host.home / "shop" / "deep").mkdir()
    assert chosen(host, host.home / "shop" / "deep") == (science, "Its .python-version names it.")


@pytest.mark.parametrize(
    "text", ["", "\n", "# science\n", "3.12.1\n", "3.12.1\nscience\n", "system\n", "3.12.1/envs\n"]
)
def test_what_names_no_environment_links_nothing(host: Host, science: Path, text: str) -> None:
    write(host.home / "shop" / ".python-version", text)
    assert scanned(host)[science].projects == ()
    assert chosen(host, host.home / "shop")[0] is None


def test_the_projects_tool_comes_before_its_folder(host: Host, science: Path, python: Path) -> None:
    inside = make_environment(host.home / "shop" / ".venv", python)
    write(host.home / "shop" / ".python-version", "science\n")
    assert scanned(host)[science].active is True
    assert scanned(host)[inside].active is False
    assert chosen(host, host.home / "shop")[0] == science


def test_several_projects_can_name_one(host: Host, science: Path) -> None:
    for name in ("a", "b"):
        write(host.home / name / ".python-version", "science\n")
    assert scanned(host)[science].projects == (host.home / "a", host.home / "b")


def test_a_file_can_name_an_environment_of_another_tool_by_a_link(host: Host, versions: Path, python: Path) -> None:
    elsewhere = make_environment(host.home / ".virtualenvs" / "far", python)
    link(versions / "far", elsewhere)
    write(host.home / "shop" / ".python-version", "far\n")
    found = scanned(host)[elsewhere]
    assert (found.manager, found.projects) == ("virtualenvwrapper", (host.home / "shop",))
    assert chosen(host, host.home / "shop")[0] == elsewhere


def test_an_environment_that_the_file_of_a_poetry_project_names(host: Host, science: Path) -> None:
    shop = make_poetry_project(host.home / "shop")
    write(shop / ".python-version", "science\n")
    assert scanned(host)[science].projects == (shop,)


@pytest.mark.parametrize("how", ["fifo", "folder", "circle", "huge"])
def test_a_python_version_that_is_no_proper_file_names_nothing(host: Host, science: Path, how: str) -> None:
    path = host.home / "shop" / ".python-version"
    path.parent.mkdir()
    if how == "fifo":
        os.mkfifo(path)
    elif how == "folder":
        path.mkdir()
    elif how == "circle":
        path.symlink_to(path.name)
    else:
        write(path, "#\n" * 1_000_000 + "science\n")
    assert scanned(host)[science].projects == ()


def test_pyenv_root_moves_it(host: Host, home: Path) -> None:
    root = home / "py env"
    python = make_base(root / "versions" / "3.11.7", "3.11.7")
    prefix = make_environment(root / "versions" / "3.11.7" / "envs" / "größe", python)
    link(root / "versions" / "größe", prefix)
    moved = replace(host, variables={"PYENV_ROOT": str(root)})
    write(home / "shop" / ".python-version", "größe\n")
    found = scanned(moved)[prefix]
    assert (found.manager, found.projects) == ("pyenv-virtualenv", (home / "shop",))


def test_a_root_that_is_not_there_is_told(host: Host) -> None:
    moved = replace(host, variables={"PYENV_ROOT": str(host.home / "nowhere")})
    problems = Finder(moved, Settings()).central().problems
    assert [problem.code.value for problem in problems] == ["missing-folder"]
    assert "PYENV_ROOT names" in problems[0].message


def test_links_in_circles_lose_nothing(host: Host, versions: Path, science: Path) -> None:
    link(versions / "loop", "loop")
    link(versions / "3.12.1" / "envs" / "loop", "loop")
    link(versions / "env", science)
    write(host.home / "shop" / ".python-version", "loop\n")
    found = scanned(host)
    assert set(found) == {science, versions / "3.12.1"}
    assert (found[science].aliases, found[science].projects) == ((versions / "science",), ())


def test_a_conda_that_pyenv_installed_is_condas(host: Host, versions: Path) -> None:
    root = make_conda(versions / "miniforge3-25.1", "3.12.8")
    prefix = make_conda(root / "envs" / "geo", "3.13.1")
    add_ipykernel(site_of(prefix))
    write(host.home / "shop" / ".python-version", "miniforge3-25.1/envs/geo\n")
    found = scanned(host)
    assert found[root].manager == "conda"
    assert (found[prefix].manager, found[prefix].projects) == ("conda", (host.home / "shop",))
