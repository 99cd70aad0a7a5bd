"""A walk, from the order to what is told: where it goes and does not go, and that nothing in a tree can stop it."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from jupyter_envs import walks
from jupyter_envs.walk.names import PRUNED
from jupyter_envs.walk.order import Folder, Order, Root
from tests.folders import link, make_environment, write

if TYPE_CHECKING:
    from pathlib import Path

ORDER = Order((), frozenset({"pyproject.toml", ".git"}))


def explored(root: Path, order: Order = ORDER, depth: int = 6) -> walks.Explored:
    """What a walk of one root meets."""
    return walks.explore(replace(order, roots=(Root(str(root), depth),)))


def met(root: Path, order: Order = ORDER, depth: int = 6) -> dict[str, Folder]:
    """The folders that a walk tells, by the path below the root."""
    found = explored(root, order, depth)
    assert found.complete
    return {os.path.relpath(folder.path, root): folder for folder in found.folders}


def test_projects_and_environments_are_told(home: Path, python: Path) -> None:
    write(home / "work" / "shop" / "pyproject.toml")
    make_environment(home / "work" / "shop" / ".venv", python)
    write(home / "work" / "notes" / "a.txt")
    found = met(home)
    assert set(found) == {"work/shop", "work/shop/.venv"}
    assert found["work/shop"].telling == {"pyproject.toml"}
    assert found["work/shop/.venv"].is_environment


def test_nested_projects_are_told(home: Path, python: Path) -> None:
    write(home / "mono" / "pyproject.toml")
    write(home / "mono" / "packages" / "inner" / "pyproject.toml")
    make_environment(home / "mono" / "packages" / "inner" / ".venv", python)
    assert set(met(home)) == {"mono", "mono/packages/inner", "mono/packages/inner/.venv"}


def test_the_root_itself_is_told(home: Path, python: Path) -> None:
    write(home / "pyproject.toml")
    assert set(met(home)) == {"."}
    prefix = make_environment(home / ".venv", python)
    assert set(met(prefix)) == {"."}


@pytest.mark.parametrize(
    "name", [".venv", "venv", "env", ".venv39", "my-environment", ".direnv-python", "a b", "größe"]
)
def test_an_environment_is_found_whatever_it_is_called(home: Path, python: Path, name: str) -> None:
    make_environment(home / "shop" / name, python)
    assert f"shop/{name}" in met(home)


def test_an_environment_is_not_entered(home: Path, python: Path) -> None:
    prefix = make_environment(home / "outer", python)
    make_environment(prefix / "inner", python)
    assert set(met(home)) == {"outer"}


def test_what_only_looks_like_an_environment_is_entered(home: Path) -> None:
    write(home / "a" / "pyvenv.cfg", "")
    write(home / "a" / "project" / "pyproject.toml")
    for name in ("bin", "lib", "include"):
        (home / "b" / name).mkdir(parents=True)
    write(home / "b" / "project" / "pyproject.toml")
    assert set(met(home)) == {"a/project", "b/project"}


def test_the_depth_is_bounded(home: Path) -> None:
    for depth in range(1, 5):
        write(home.joinpath(*"abcd"[:depth]) / "pyproject.toml")
    assert set(met(home, depth=2)) == {"a", "a/b"}


@pytest.mark.parametrize("name", sorted(map(os.fsdecode, PRUNED)))
def test_folders_that_hold_no_projects_are_not_entered(home: Path, name: str) -> None:
    write(home / name / "x" / "pyproject.toml")
    assert met(home) == {}


@pytest.mark.parametrize("name", [".tox", ".nox", ".cache", ".local", ".git", ".hidden"])
def test_hidden_folders_are_not_entered(home: Path, python: Path, name: str) -> None:
    make_environment(home / name / "py312", python)
    assert not [path for path in met(home) if path.startswith(name)]


def test_excluded_names_and_paths_are_not_entered(home: Path) -> None:
    for name in ("data", "work/data", "work/keep"):
        write(home / name / "pyproject.toml")
    assert set(met(home, replace(ORDER, exclude=frozenset({"data"})))) == {"work/keep"}
    assert set(met(home, replace(ORDER, exclude=frozenset({str(home / "data")})))) == {"work/data", "work/keep"}


def test_mounts_and_protected_folders_are_not_entered(home: Path) -> None:
    for name in ("mounted", "Documents", "work"):
        write(home / name / "pyproject.toml")
    order = replace(ORDER, mounts=frozenset({str(home / "mounted")}), protected=frozenset({str(home / "Documents")}))
    assert set(met(home, order)) == {"work"}


def test_folder_links_are_not_followed(home: Path) -> None:
    write(home / "real" / "pyproject.toml")
    link(home / "alias", "real")
    link(home / "real" / "up", "..")
    assert set(met(home)) == {"real"}


def test_a_link_with_an_environments_name_is_told(home: Path, python: Path) -> None:
    prefix = make_environment(home.parent / "central" / "shop-abc", python)
    link(home / "shop" / ".venv", prefix)
    found = met(home)
    assert found["shop"].links == (str(home / "shop" / ".venv"),)


@pytest.mark.parametrize("target", [".venv", "nowhere", "../shop/.venv/x", "/proc/1/root/x", "x" * 255])
def test_a_link_is_told_by_its_name_whatever_it_leads_to(home: Path, target: str) -> None:
    write(home / "shop" / "pyproject.toml")
    link(home / "shop" / ".venv", target)
    link(home / "shop" / "other", target)
    write(home / "shop" / "inner" / "pyproject.toml")
    found = met(home)
    assert set(found) == {"shop", "shop/inner"}
    assert found["shop"].links == (str(home / "shop" / ".venv"),)


def test_an_environment_may_be_a_file_by_name_only(home: Path) -> None:
    write(home / "shop" / ".venv", "shop-abc\n")
    write(home / "shop" / "pyproject.toml")
    assert set(met(home)) == {"shop"}


def test_names_of_any_bytes_are_walked(home: Path, python: Path) -> None:
    for name in (b"a\xff", b"new\nline", b"esc\x1b[31m", "\u05e2\u05d1\u202e".encode(), b"quo'\"te $HOME `x`", b" "):
        make_environment(home / os.fsdecode(name) / ".venv", python)
    assert len(met(home)) == 6


def test_conda_environments_are_told_and_not_entered(home: Path) -> None:
    write(home / "conda" / "conda-meta" / "history")
    write(home / "conda" / "bin" / "python")
    write(home / "conda" / "share" / "project" / "pyproject.toml")
    write(home / "notes" / "conda-meta" / "history")
    assert {path: folder.is_environment for path, folder in met(home).items()} == {"conda": True}


def test_what_is_being_made_is_no_environment_yet(home: Path, python: Path) -> None:
    prefix = make_environment(home / "shop" / "env", python)
    write(prefix / ".jupyter-envs-creating")
    assert met(home) == {}
    (prefix / ".jupyter-envs-creating").unlink()
    assert set(met(home)) == {"shop/env"}


def test_a_root_within_another_is_walked_once_and_to_its_own_depth(home: Path) -> None:
    write(home / "a" / "b" / "c" / "pyproject.toml")
    write(home / "a" / "b" / "pyproject.toml")
    for outer in (str(home), str(home / "a")):
        roots = (Root(outer, 1), Root(str(home / "a" / "b"), 1), Root(str(home.parent / "absent"), 1))
        found = walks.explore(replace(ORDER, roots=roots))
        assert sorted(folder.path for folder in found.folders) == [str(home / "a" / "b"), str(home / "a" / "b" / "c")]


@pytest.mark.parametrize("depth", [0, -1, -(2**40)])
def test_no_depth_is_the_root_alone(home: Path, depth: int) -> None:
    write(home / "pyproject.toml")
    write(home / "a" / "pyproject.toml")
    found = explored(home, depth=depth)
    assert [folder.path for folder in found.folders] == [str(home)]
    assert found.elsewhere == 1


@pytest.mark.parametrize("own_clock", [True, False])
def test_the_same_is_found_where_times_are_taken_afterwards(home: Path, python: Path, own_clock: bool) -> None:  # noqa: FBT001
    make_environment(home / "shop" / ".venv", python)
    write(home / "leaf" / "pyproject.toml")
    write(home / "plain" / "a.txt")
    link(home / "linked" / "VENV", "nowhere")
    assert set(met(home, replace(ORDER, own_clock=own_clock))) == {"shop/.venv", "leaf", "linked"}


def test_a_walk_that_entered_everything_passed_over_nothing(home: Path, python: Path) -> None:
    make_environment(home / "shop" / ".venv", python)
    write(home / "shop" / "node_modules" / "x" / "y")
    write(home / ".cache" / "x" / "y")
    found = explored(home)
    assert found.thorough
    assert found.problems() == []


def test_what_was_too_deep_excluded_mounted_or_protected_is_counted(home: Path) -> None:
    write(home / "a" / "b" / "c" / "d.txt")
    assert explored(home, depth=3).thorough
    assert explored(home, depth=2).elsewhere == 1
    for order in (
        replace(ORDER, exclude=frozenset({"b"})),
        replace(ORDER, exclude=frozenset({str(home / "a")})),
        replace(ORDER, mounts=frozenset({str(home / "a")})),
        replace(ORDER, protected=frozenset({str(home / "a")})),
    ):
        assert explored(home, order).elsewhere == 1


@pytest.mark.parametrize("kind", ["absent", "file", "fifo"])
def test_a_root_that_is_no_folder_is_told(home: Path, kind: str) -> None:
    root = home / kind
    if kind == "file":
        write(root)
    elif kind == "fifo":
        os.mkfifo(root)
    found = explored(root)
    assert (found.folders, found.absent, found.complete) == ((), (str(root),), True)
    assert found.problems()[0].message == f"{root} does not exist, so nothing below it is listed."


def test_fifos_and_odd_files_hold_nothing_up(home: Path) -> None:
    for name in ("pyproject.toml", ".git", ".venv", "a/pyvenv.cfg", "b/conda-meta"):
        (home / name).parent.mkdir(exist_ok=True)
        os.mkfifo(home / name)
    write(home / "b" / "bin" / "x")
    (home / "c" / "pyvenv.cfg").mkdir(parents=True)
    assert set(met(home)) == {"."}
