"""What holds for every manager, also for those that are yet to come."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jupyter_envs import managers
from jupyter_envs.errors import Problem
from jupyter_envs.managers.base import (
    Candidate,
    Claim,
    EnvironmentManager,
    Scene,
    Sighting,
)
from jupyter_envs.pyvenv import Reading
from tests.folders import ROOT, make_environment, make_poetry_project, write

if TYPE_CHECKING:
    from collections.abc import Callable

    from jupyter_envs.host import Host

EVERY = pytest.mark.parametrize("manager", managers.every(), ids=lambda manager: manager.name)


def candidate(prefix: Path, *, bare: bool = False) -> Candidate:
    return Candidate(Reading(str(prefix), {"home": "/opt"}, "/nonexistent"), prefix, "test", bare)


def tree(home: Path) -> list[Path]:
    """Every path below a folder with what tells whether it changed."""
    return sorted(path for path in home.rglob("*"))


def test_names_and_titles_are_unique() -> None:
    names = [manager.name for manager in managers.every()]
    assert len(set(names)) == len(names)
    assert len({manager.title for manager in managers.every()}) == len(names)


@EVERY
def test_a_manager_is_found_by_its_name(manager: EnvironmentManager) -> None:
    assert managers.by_name(manager.name) is manager
    assert re.fullmatch(r"[a-z][a-z-]*", manager.name)
    assert manager.title


def test_an_unknown_name_is_nobody() -> None:
    assert managers.by_name("nobody") is None


def test_the_last_manager_takes_whatever_is_left() -> None:
    assert managers.LAST.name == "venv"


@EVERY
def test_a_manager_has_icons(manager: EnvironmentManager) -> None:
    folder = ROOT / "jupyter_envs" / "kernels" / "logos" / manager.name
    assert {"logo-32x32.png", "logo-64x64.png", "logo-svg.svg"} <= {path.name for path in folder.iterdir()}


@EVERY
@pytest.mark.parametrize("platform", ["linux", "darwin", "win32"])
def test_on_an_empty_machine_a_manager_finds_nothing(manager: EnvironmentManager, host: Host, platform: str) -> None:
    scene = Scene(replace(host, platform=platform))
    assert list(manager.find(scene)) == []
    assert list(manager.roots(scene)) == []
    assert list(manager.interpreters(scene)) == []
    assert list(manager.of_project(host.home, scene)) == []
    assert tree(host.home) == []


@EVERY
def test_a_manager_yields_absolute_places_and_says_how_it_found_them(
    manager: EnvironmentManager, host: Host, python: Path
) -> None:
    make_environment(host.home / ".virtualenvs" / "science", python)
    make_environment(host.home / ".cache/pypoetry/virtualenvs/shop-abcdefgh-py3.12", python)
    make_environment(host.home / ".pyenv/versions/3.12.1", python)
    make_environment(make_poetry_project(host.home / "shop") / ".venv", python)
    before = tree(host.home)
    scene = Scene(host, {host.home / "shop": frozenset({"pyproject.toml", "poetry.lock"})})
    found = [*manager.find(scene), *manager.of_project(host.home / "shop", scene)]
    for one in found:
        assert isinstance(one, Sighting)
        assert one.prefix.is_absolute()
        assert one.found_by.startswith(f"{manager.name}: ")
    assert tree(host.home) == before


@EVERY
def test_a_manager_answers_the_same_twice_in_the_same_order(
    manager: EnvironmentManager, host: Host, python: Path
) -> None:
    for name in ("b", "a", "C", "ä"):
        make_environment(host.home / ".virtualenvs" / name, python)
        make_environment(host.home / f".cache/pypoetry/virtualenvs/{name}-abcdefgh-py3.12", python)
    first = list(manager.find(Scene(host)))
    assert first == list(manager.find(Scene(host)))
    assert len(first) == len(set(map(str, first)))


def files_for_folders(home: Path) -> None:
    for name in (".virtualenvs", "Envs", ".cache/pypoetry/virtualenvs", ".pyenv/versions", ".config/pypoetry"):
        write(home / name)
    for name in (".conda", "miniforge3/envs", ".pixi", ".rye/py", ".local/share/uv/python", ".cache/uv"):
        write(home / name)


def folders_for_files(home: Path) -> None:
    for name in (
        ".config/pypoetry/config.toml",
        ".cache/pypoetry/virtualenvs/envs.toml",
        ".virtualenvs/x/.project",
        ".virtualenvs/x/bin/activate",
        ".pyenv/versions/x/bin/python",
        ".python-version",
        ".condarc",
        ".conda/environments.txt",
        ".conda/condarc.d/x.yml",
        ".pixi/config.toml",
        ".pixi/envs/default/conda-meta/pixi",
        "shop/.venv/rye-venv.json",
        "uv.lock",
    ):
        (home / name).mkdir(parents=True)


def links_in_circles(home: Path) -> None:
    for name in (".virtualenvs", "Envs", ".cache", ".pyenv", ".config", ".conda", ".pixi", ".rye", ".venv", ".condarc"):
        (home / name).symlink_to(name)


def odd_bytes(home: Path) -> None:
    for name in (".config/pypoetry/config.toml", ".cache/pypoetry/virtualenvs/envs.toml", ".bashrc", ".venv"):
        write(home / name, "\udcff\0\udcfe=[\n")
    for name in (".condarc", ".conda/environments.txt", ".pixi/config.toml", ".python-version", ".pixi/envs/x"):
        write(home / name, "\udcff\0\udcfe=[\n")


BAD: tuple[Callable[[Path], None], ...] = (files_for_folders, folders_for_files, links_in_circles, odd_bytes)


@EVERY
@pytest.mark.parametrize("spoil", BAD)
def test_bad_input_ends_in_problems_and_never_in_an_exception(
    manager: EnvironmentManager, host: Host, spoil: Callable[[Path], None]
) -> None:
    spoil(host.home)
    scene = Scene(
        host, {host.home: frozenset({"poetry.toml", "pyproject.toml", "uv.lock", ".venv", ".python-version"})}
    )
    for found in [*manager.find(scene), *manager.of_project(host.home, scene)]:
        assert isinstance(found, Sighting | Problem)
    list(manager.interpreters(scene))
    for place in (".virtualenvs/x", ".cache/pypoetry/virtualenvs/x-abcdefgh-py3.12", "shop/.venv"):
        for claim in (manager.claim_by_place, manager.claim_by_markers):
            assert isinstance(claim(candidate(host.home / place), scene), Claim | None)
        list(manager.also_serves(candidate(host.home / place), scene))


@EVERY
def test_a_manager_claims_nothing_that_is_far_from_its_places(manager: EnvironmentManager, host: Host) -> None:
    scene = Scene(host)
    assert manager.claim_by_place(candidate(Path("/nonexistent/somewhere/else")), scene) is None
    assert list(manager.also_serves(candidate(Path("/nonexistent/somewhere/else")), scene)) == []
    taken = manager.claim_by_markers(candidate(Path("/nonexistent/somewhere/else")), scene)
    assert (taken is not None) == (manager is managers.LAST)


@EVERY
@pytest.mark.parametrize("project", [None, Path("/home/user/my shop; rm -rf")])
def test_fixes_are_sentences_whose_commands_can_be_pasted(manager: EnvironmentManager, project: Path | None) -> None:
    prefix = Path("/home/user/my shop; rm -rf/.venv")
    for fix in (
        manager.how_to_recreate(prefix, project),
        manager.how_to_add_ipykernel(candidate(prefix), project),
        manager.how_to_remove(prefix, project),
    ):
        assert fix
        assert fix[0].isupper() or fix.startswith(manager.name)
        assert "\n" not in fix
        if "my shop" in fix:
            assert "'/home/user/my shop; rm -rf" in fix


def test_a_manager_that_knows_nothing_answers_everything(host: Host) -> None:
    class Nothing(EnvironmentManager):
        name = "nothing"
        title = "Nothing"

    manager, scene, some = Nothing(), Scene(host), candidate(Path("/x/.venv"))
    assert [*manager.find(scene), *manager.roots(scene), *manager.of_project(host.home, scene)] == []
    assert list(manager.interpreters(scene)) == []
    assert manager.claim_by_place(some, scene) is None
    assert manager.claim_by_markers(some, scene) is None
    assert list(manager.also_serves(some, scene)) == []
    assert manager.how_to_recreate(Path("/x"), None) == "Make it again with Nothing."


def test_a_scene_reads_the_shell_start_files_once(host: Host) -> None:
    write(host.home / ".bashrc", "export WORKON_HOME=/srv/envs\n")
    scene = Scene(host)
    assert scene.exported("WORKON_HOME") == "/srv/envs"
    write(host.home / ".bashrc", "export WORKON_HOME=/other\nexport PYENV_ROOT=/pyenv\n")
    assert scene.exported("WORKON_HOME") == "/srv/envs"
    assert scene.exported("PYENV_ROOT") is None
    assert Scene(replace(host, variables={"WORKON_HOME": "/mine"})).exported("WORKON_HOME") == "/mine"
