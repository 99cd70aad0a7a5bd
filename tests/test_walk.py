"""Walking a tree: what it tells, where it does not go, and that nothing in a tree can stop it."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from jupyter_envs.walk import PRUNED, Folder, Limits, Skipped, walk
from tests.folders import as_somebody_else, link, make_environment, write

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LIMITS = Limits(max_depth=6, telling=frozenset({"pyproject.toml", ".git"}))


def met(root: Path, limits: Limits = LIMITS) -> dict[str, Folder]:
    """What a walk tells, by the path below the root."""
    return {os.path.relpath(folder.path, root): folder for folder in walk(str(root), limits, lambda: False)}


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
    assert set(met(home, replace(LIMITS, max_depth=2))) == {"a", "a/b"}


@pytest.mark.parametrize("name", sorted(PRUNED))
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
    assert set(met(home, replace(LIMITS, exclude=frozenset({"data"})))) == {"work/keep"}
    assert set(met(home, replace(LIMITS, exclude=frozenset({str(home / "data")})))) == {"work/data", "work/keep"}


def test_mounts_and_protected_folders_are_not_entered(home: Path) -> None:
    for name in ("mounted", "Documents", "work"):
        write(home / name / "pyproject.toml")
    limits = replace(LIMITS, mounts=frozenset({str(home / "mounted")}), protected=frozenset({str(home / "Documents")}))
    assert set(met(home, limits)) == {"work"}


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
def test_a_link_that_leads_nowhere_hides_nothing(home: Path, target: str) -> None:
    write(home / "shop" / "pyproject.toml")
    link(home / "shop" / ".venv", target)
    link(home / "shop" / "venv", "env")
    link(home / "shop" / "env", "venv")
    write(home / "shop" / "inner" / "pyproject.toml")
    found = met(home)
    assert set(found) == {"shop", "shop/inner"}
    assert found["shop"].links == ()


def test_an_environment_may_be_a_file_by_name_only(home: Path) -> None:
    write(home / "shop" / ".venv", "shop-abc\n")
    write(home / "shop" / "pyproject.toml")
    assert set(met(home)) == {"shop"}


def test_names_of_any_bytes_are_walked(home: Path, python: Path) -> None:
    for name in (b"a\xff", b"new\nline", b"esc\x1b[31m", "\u05e2\u05d1\u202e".encode(), b"quo'\"te $HOME `x`", b" "):
        make_environment(home / os.fsdecode(name) / ".venv", python)
    assert len(met(home)) == 6


def test_unreadable_folders_are_passed_over(open_folder: Path) -> None:
    write(open_folder / "a" / "pyproject.toml")
    write(open_folder / "closed" / "pyproject.toml")
    link(open_folder / "b" / ".venv", open_folder / "closed" / "x")
    write(open_folder / "b" / "pyproject.toml")
    (open_folder / "closed").chmod(0)
    code = (
        "from jupyter_envs.walk import walk, Limits\n"
        "limits = Limits(6, frozenset({'pyproject.toml'}))\n"
        "print(sorted(folder.path for folder in walk(sys.argv[1], limits, lambda: False)))\n"
    )
    try:
        found = as_somebody_else(code, open_folder)
    finally:
        (open_folder / "closed").chmod(0o755)
    assert found == f"{[str(open_folder / 'a'), str(open_folder / 'b')]}\n"


def passed_over(root: Path, limits: Limits = LIMITS) -> Skipped:
    """What a walk counts as passed over."""
    skipped = Skipped()
    list(walk(str(root), limits, lambda: False, skipped))
    return skipped


def test_a_walk_that_entered_everything_counts_nothing(home: Path, python: Path) -> None:
    make_environment(home / "shop" / ".venv", python)
    write(home / "shop" / "node_modules" / "x" / "y")
    write(home / ".cache" / "x" / "y")
    assert not passed_over(home)
    assert not passed_over(home / "absent")


def test_what_was_too_deep_excluded_mounted_or_protected_is_counted(home: Path) -> None:
    write(home / "a" / "b" / "c" / "d.txt")
    assert not passed_over(home, replace(LIMITS, max_depth=3))
    assert passed_over(home, replace(LIMITS, max_depth=2)).elsewhere == 1
    for limits in (
        replace(LIMITS, exclude=frozenset({"b"})),
        replace(LIMITS, exclude=frozenset({str(home / "a")})),
        replace(LIMITS, mounts=frozenset({str(home / "a")})),
        replace(LIMITS, protected=frozenset({str(home / "a")})),
    ):
        assert passed_over(home, limits).elsewhere == 1


def test_unreadable_folders_are_counted_by_their_paths(open_folder: Path) -> None:
    write(open_folder / "closed" / "pyproject.toml")
    (open_folder / "closed").chmod(0)
    code = (
        "from jupyter_envs.walk import walk, Limits, Skipped\n"
        "skipped = Skipped()\n"
        "print(list(walk(sys.argv[1], Limits(6, frozenset()), lambda: False, skipped)), skipped.unreadable)\n"
    )
    try:
        found = as_somebody_else(code, open_folder)
    finally:
        (open_folder / "closed").chmod(0o755)
    assert found == f"[] {[str(open_folder / 'closed')]}\n"


def test_an_entry_of_unknown_kind_hides_no_other(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file system that tells no kinds with names (some network ones) is asked again, and may refuse."""
    write(home / "shop" / "pyproject.toml")
    real = os.scandir

    @contextmanager
    def refusing(path: str) -> Iterator[list[object]]:
        with real(path) as entries:
            yield [Refusing(f"{path}/odd"), *entries]

    monkeypatch.setattr(os, "scandir", refusing)
    skipped = Skipped()
    assert [folder.path for folder in walk(str(home), LIMITS, lambda: False, skipped)] == [str(home / "shop")]
    assert str(home / "odd") in skipped.unreadable


class Refusing:
    """An entry whose kind the system does not tell."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.name = path.rpartition("/")[2]

    def is_symlink(self) -> bool:
        raise PermissionError(13, "Permission denied", self.path)


def test_an_absent_root_tells_nothing(home: Path) -> None:
    assert met(home / "absent") == {}


def test_a_walk_stops_when_it_is_told_to(home: Path) -> None:
    for name in "abc":
        write(home / name / "pyproject.toml")
    assert list(walk(str(home), LIMITS, lambda: True)) == []
    seen: list[Folder] = []
    for folder in walk(str(home), LIMITS, lambda: len(seen) > 0):
        seen.append(folder)  # noqa: PERF402  # the list decides when the walk stops
    assert len(seen) == 1
