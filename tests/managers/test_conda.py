"""conda, mamba and micromamba: where their environments are, and how one is read and described."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_envs.finder import Finder
from jupyter_envs.managers import condarc
from jupyter_envs.settings import Settings
from jupyter_envs.state import State
from tests.folders import (
    add_ipykernel,
    codes,
    link,
    make_conda,
    make_environment,
    scanned,
    site_of,
    write,
    write_program,
)

if TYPE_CHECKING:
    from pathlib import Path

    from jupyter_envs.host import Host


def make_root(prefix: Path, version: str = "3.12.1") -> Path:
    """The base of a conda installation; its prefix."""
    make_conda(prefix, version)
    write_program(prefix / "condabin" / "conda")
    (prefix / "envs").mkdir()
    return prefix


def central(host: Host) -> dict[Path, str]:
    """What is found without a walk: the managers by prefix."""
    return {one.prefix: one.manager for one in Finder(host, Settings()).central().environments}


@pytest.fixture
def root(home: Path) -> Path:
    """The usual installation in a home."""
    return make_root(home / "miniforge3")


def test_a_named_environment_is_known_by_its_folder(host: Host, root: Path) -> None:
    prefix = make_conda(root / "envs" / "science", "3.11.9")
    add_ipykernel(site_of(prefix))
    found = scanned(host)[prefix]
    assert (found.manager, found.name, found.version) == ("conda", "science", "3.11.9")
    assert (found.state, found.kernel, found.projects, found.orphan) == (State.READY, True, (), False)
    assert found.display_name == "science (conda, Python 3.11)"
    assert not found.bare


def test_the_base_is_offered_only_with_an_ipykernel_of_its_own(host: Host, root: Path) -> None:
    found = scanned(host)[root]
    assert (found.manager, found.name, found.kernel, found.state) == ("conda", "base", False, State.NEEDS_IPYKERNEL)
    add_ipykernel(site_of(root))
    assert scanned(host)[root].kernel


def test_the_patch_level_is_that_of_the_package(host: Host, root: Path) -> None:
    prefix = make_conda(root / "envs" / "science", "3.11.9")
    (prefix / "include" / "python3.11" / "patchlevel.h").unlink()
    assert scanned(host)[prefix].version == "3.11.9"
    (prefix / "conda-meta" / "python-3.11.9-hab00c5b_0_cpython.json").unlink()
    assert scanned(host)[prefix].version == "3.11"


def test_without_a_python_it_is_no_environment(host: Host, root: Path) -> None:
    write(root / "envs" / "r-only" / "conda-meta" / "history")
    write(root / "envs" / "r-only" / "bin" / "R")
    write_program(root / "envs" / "no-history" / "bin" / "python")
    write(root / "envs" / "a file")
    os.mkfifo(root / "envs" / "a fifo")
    assert set(scanned(host)) == {root}


def test_a_broken_one_is_listed_and_explained(host: Host, root: Path) -> None:
    prefix = make_conda(root / "envs" / "science")
    (prefix / "bin" / "python3.12").unlink()
    found = scanned(host)[prefix]
    assert (found.state, codes(found), found.version) == (State.BROKEN, ["interpreter-missing"], "3.12.1")
    assert found.problems[0].fix.endswith(f"conda create -p {prefix} python")


def test_ipykernel_is_to_be_added_with_conda(host: Host, root: Path) -> None:
    prefix = make_conda(root / "envs" / "my env")
    assert scanned(host)[prefix].problems[0].fix.endswith(f" install it: conda install -p '{prefix}' ipykernel")


def test_the_persons_own_packages_count(host: Host, root: Path) -> None:
    """conda's Pythons are whole ones: they import from the person's site-packages."""
    prefix = make_conda(root / "envs" / "science")
    add_ipykernel(host.home / ".local" / "lib" / "python3.12" / "site-packages", "6.9.0")
    assert scanned(host)[prefix].ipykernel == "6.9.0"


def test_an_environment_that_everybody_can_change_is_foreign(host: Host, root: Path) -> None:
    prefix = make_conda(root / "envs" / "science")
    add_ipykernel(site_of(prefix))
    site_of(prefix).chmod(0o777)
    found = scanned(host)[prefix]
    assert (found.state, codes(found)) == (State.FOREIGN, ["foreign"])


USUAL = ["miniconda3", "anaconda3", "mambaforge", "micromamba", ".local/share/mamba", "opt/miniconda3"]


@pytest.mark.parametrize("place", USUAL)
def test_the_usual_roots_are_looked_at(host: Host, place: str) -> None:
    prefix = make_conda(host.home / place / "envs" / "größe")
    assert central(host) == {prefix: "conda"}


@pytest.mark.parametrize("place", ["opt/conda", "opt/miniforge3", "usr/local/miniconda3"])
def test_roots_of_the_machine_are_looked_at(host: Host, place: str) -> None:
    root = make_root(host.system / place)
    prefix = make_conda(root / "envs" / "science")
    assert central(host) == {root: "conda", prefix: "conda"}


VARIABLES = {
    "CONDA_EXE": "{root}/bin/conda",
    "CONDA_PREFIX": "{root}",
    "MAMBA_ROOT_PREFIX": "{root}",
    "CONDA_ENVS_DIRS": "{root}/envs",
    "CONDA_ENVS_PATH": "~/nothing:{root}/envs",
}


@pytest.mark.parametrize("name", VARIABLES)
@pytest.mark.parametrize("exported", [False, True])
def test_variables_name_roots_and_folders(host: Host, home: Path, name: str, exported: bool) -> None:  # noqa: FBT001
    (home / "nothing").mkdir()
    root = home.parent / "srv" / "my conda"
    prefix = make_conda(root / "envs" / "science")
    value = VARIABLES[name].format(root=root)
    if exported:
        write(home / ".bashrc", f'export {name}="{value}"\n')
    else:
        host = replace(host, variables={name: value})
    assert central(host) == {prefix: "conda"}


@pytest.mark.parametrize("name", ["CONDA_ENVS_DIRS", "CONDA_ENVS_PATH", "MAMBA_ROOT_PREFIX"])
def test_a_variable_that_names_no_folder_is_told(host: Host, name: str) -> None:
    moved = replace(host, variables={name: str(host.home / "nowhere")})
    problems = Finder(moved, Settings()).central().problems
    assert [problem.code.value for problem in problems] == ["missing-folder"]
    assert problems[0].message.startswith(f"{name} names ")


def test_what_conda_noted_is_listed_wherever_it_lies(host: Host, home: Path) -> None:
    here = make_conda(home.parent / "srv" / "with space\u00e9")
    odd = make_conda(home.parent / "srv" / "s\udcffx")
    lines = f"{here}\r\n\n/gone/env\nrelative\na\0b\n{odd}\n{here}\n"
    write(home / ".conda" / "environments.txt", lines)
    assert set(central(host)) == {here, odd}


@pytest.mark.parametrize("how", ["fifo", "folder", "circle", "binary"])
def test_notes_that_are_no_proper_file_lose_nothing(host: Host, home: Path, root: Path, how: str) -> None:
    path = home / ".conda" / "environments.txt"
    path.parent.mkdir()
    if how == "fifo":
        os.mkfifo(path)
    elif how == "folder":
        path.mkdir()
    elif how == "circle":
        path.symlink_to(path.name)
    else:
        path.write_bytes(bytes(range(256)))
    assert set(central(host)) == {root}


def test_the_persons_own_folder_is_looked_at(host: Host, home: Path) -> None:
    prefix = make_conda(home / ".conda" / "envs" / "science")
    assert central(host) == {prefix: "conda"}


FILES = [".condarc", ".mambarc", ".conda/condarc", ".conda/.condarc", ".config/conda/condarc", ".conda/condarc.d/x.yml"]


@pytest.mark.parametrize("name", FILES)
def test_settings_files_name_folders(host: Host, home: Path, name: str) -> None:
    prefix = make_conda(home / "data" / "environments" / "science")
    write(home / name, "channels:\n  - conda-forge\nenvs_dirs:\n  - ~/data/environments\n")
    assert central(host) == {prefix: "conda"}


def test_settings_of_roots_of_the_machine_and_of_a_variable_count(host: Host, home: Path, root: Path) -> None:
    prefixes = [make_conda(home / folder / "x") for folder in ("one", "two", "three", "four")]
    write(root / ".condarc", "envs_dirs: [~/one]\n")
    write(host.system / "etc" / "conda" / "condarc", "envs_dirs: ['~/two']\n")
    write(home / "my rc", 'envs_dirs:\n- "$HOME/three"\n')
    write(home / ".config" / "conda" / "condarc.d" / "notes.txt", "envs_dirs: [~/four]\n")
    moved = replace(host, variables={"CONDARC": str(home / "my rc")})
    assert set(central(moved)) == {root, *prefixes[:3]}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("channels: [x]\n", []),
        ("envs_dirs:\n", []),
        ("envs_dirs: []\n", []),
        ("envs_dirs: null\nx: y\n", []),
        (
            "envs_dirs:  # where\n  # first\n  - /a  # the first\n\n  - '/it''s'\n  - \"/b # c\"\nx:\n  - /no\n",
            ["/a", "/it's", "/b # c"],
        ),
        ("envs_dirs:\r\n- /a\r\n- /b#c\r\n", ["/a", "/b#c"]),
        ("envs_dirs: [/a, '/b b', \"/c\",]\n", ["/a", "/b b", "/c"]),
        ("envs_dirs: [/a,\n  /b,  # more\n  /c]\n", ["/a", "/b", "/c"]),
        ("envs_path:\n    - /a b/c\n", ["/a b/c"]),
        ("  envs_dirs:\n    - /nested\n", []),
        ("envs_dirs:\n  - C:\\x\\y\n", ["C:\\x\\y"]),
        ("envs_dirs: /a\n", None),
        ("envs_dirs: [/a\n", None),
        ("envs_dirs: [[/a]]\n", None),
        ("envs_dirs:\n  - {a: b}\n", None),
        ("envs_dirs:\n  a: b\n", None),
        ("envs_dirs: *anchor\n", None),
        ("envs_dirs:\n  -\n", None),
        ('envs_dirs:\n  - "a\\tb"\n', None),
    ],
)
def test_the_list_of_folders_is_read_as_people_and_conda_write_it(text: str, expected: list[str] | None) -> None:
    assert condarc.folders(text) == expected


def test_a_long_settings_file_is_read_in_no_time() -> None:
    for odd in (" ", "'", '"', "[", "- ", "#"):
        condarc.folders(f"envs_dirs:\n  - a{odd * 20_000}]\n")


@given(st.text(max_size=200))
def test_any_settings_file_is_read_without_harm(text: str) -> None:
    condarc.folders("envs_dirs:" + text)
    condarc.folders(text)


@pytest.mark.parametrize("text", ["envs_dirs: /a\n", "envs_dirs: &x [\n"])
def test_settings_that_cannot_be_understood_are_told(host: Host, home: Path, root: Path, text: str) -> None:
    write(home / ".condarc", text)
    snapshot = Finder(host, Settings()).central()
    assert [problem.code.value for problem in snapshot.problems] == ["bad-settings"]
    assert str(home / ".condarc") in snapshot.problems[0].message
    assert [one.prefix for one in snapshot.environments] == [root]


def test_settings_that_are_a_fifo_or_a_circle_count_as_absent(host: Host, home: Path, root: Path) -> None:
    os.mkfifo(home / ".condarc")
    link(home / ".mambarc", ".mambarc")
    assert set(central(host)) == {root}


@pytest.mark.parametrize(("name", "shown"), [(".conda", "shop"), ("env", "shop/env"), ("conda-env", "conda-env")])
def test_one_in_a_projects_folder_serves_the_project(host: Host, home: Path, name: str, shown: str) -> None:
    write(home / "shop" / "environment.yml", "name: shop\n")
    prefix = make_conda(home / "shop" / name)
    resolution = Finder(host, Settings()).resolve(home / "shop")
    assert resolution.environment
    assert (resolution.environment.prefix, resolution.reason) == (prefix, "It lies in the project's folder.")
    assert (resolution.environment.name, resolution.environment.manager) == (shown, "conda")


@pytest.mark.parametrize("name", ["conda-env", ".conda"])
def test_what_nobody_noted_is_found_in_a_project(host: Host, home: Path, name: str) -> None:
    write(home / "shop" / "environment.yml")
    prefix = make_conda(home / "shop" / name)
    assert scanned(host)[prefix].projects == (home / "shop",)


def test_folders_of_named_environments_are_no_projects(host: Host, home: Path) -> None:
    prefix = make_conda(home / "work" / "env39")
    write(home / ".condarc", "envs_dirs: [~/work]\n")
    write(home / "work" / "pyproject.toml")
    assert scanned(host)[prefix].projects == ()


def test_a_root_in_a_home_that_is_a_project_does_not_serve_it(host: Host, home: Path, root: Path) -> None:
    write(home / "pyproject.toml")
    assert scanned(host)[root].projects == ()


def test_a_link_to_one_is_its_alias(host: Host, home: Path, root: Path) -> None:
    prefix = make_conda(root / "envs" / "science")
    link(home / "shop" / ".venv", prefix)
    found = scanned(host)[prefix]
    assert (found.aliases, found.projects) == ((home / "shop" / ".venv",), (home / "shop",))


def test_a_virtual_environment_made_with_it_is_none_of_condas(host: Host, home: Path, root: Path) -> None:
    prefix = make_environment(home / "shop" / ".venv", root / "bin" / "python3.12")
    assert scanned(host)[prefix].manager == "venv"


def test_on_windows_its_python_lies_in_the_prefix(host: Host, home: Path) -> None:
    prefix = home / "miniconda3" / "envs" / "science"
    write(prefix / "conda-meta" / "history")
    write(prefix / "conda-meta" / "python-3.12.1-h2628c8c_0_cpython.json")
    write(prefix / "python.exe", "MZ")
    add_ipykernel(prefix / "Lib" / "site-packages")
    found = scanned(host)[prefix]
    assert (found.manager, found.state, codes(found)) == ("conda", State.BROKEN, ["other-platform"])
    assert (found.version, found.ipykernel, found.python) == ("3.12.1", "7.4.0", prefix / "python.exe")
