"""Poetry: folders, settings and their precedence, hashes, the active environment, projects that moved on."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jupyter_envs.finder import Finder
from jupyter_envs.managers.poetry_settings import project_hash
from jupyter_envs.settings import Settings
from jupyter_envs.state import State
from tests.folders import (
    add_editable,
    add_ipykernel,
    codes,
    link,
    make_base,
    make_environment,
    make_kernel_environment,
    make_poetry_project,
    poetry_hash,
    scanned,
    site_of,
    write,
)

if TYPE_CHECKING:
    from jupyter_envs.environment import Environment
    from jupyter_envs.host import Host
    from jupyter_envs.snapshot import Snapshot

CENTRAL = ".cache/pypoetry/virtualenvs"


def central_name(project: Path, name: str = "shop", minor: str = "3.12") -> str:
    return f"{name}-{poetry_hash(project)}-py{minor}"


def scan(host: Host) -> Snapshot:
    return Finder(host, Settings()).scan()


@pytest.fixture
def shop(home: Path) -> Path:
    return make_poetry_project(home / "shop")


@pytest.fixture
def central(home: Path, shop: Path, python: Path) -> Path:
    """The central environment of the shop, ready to be a kernel."""
    return make_kernel_environment(home / CENTRAL / central_name(shop), python)


def test_the_hash_is_poetrys_own(tmp_path: Path) -> None:
    """From Poetry 2.1: `EnvManager.generate_env_name("shop", "/home/user/shop")`."""
    assert project_hash(Path("/nonexistent/home/user/shop")) == poetry_hash(Path("/nonexistent/home/user/shop"))
    link(tmp_path / "alias", tmp_path / "real")
    assert project_hash(tmp_path / "alias") == project_hash(tmp_path / "real")
    odd = Path(os.fsdecode(b"/nonexistent/sh\xffp"))
    assert len(project_hash(odd)) == 8


def test_a_central_environment_is_its_projects(host: Host, shop: Path, central: Path) -> None:
    found = scanned(host)[central]
    assert found.manager == "poetry"
    assert found.projects == (shop,)
    assert found.active is True
    assert found.orphan is False
    assert found.state is State.READY
    assert found.kernel
    assert found.name == "shop"
    assert found.display_name == "shop (Poetry, Python 3.12)"
    assert found.found_by == "poetry: central folder"
    assert found.problems == ()


@pytest.mark.parametrize(
    ("variables", "folder"),
    [
        ({"POETRY_VIRTUALENVS_PATH": "/{tmp}/envs"}, "envs"),
        ({"POETRY_VIRTUALENVS_PATH": "~/envs"}, "home/envs"),
        ({"POETRY_VIRTUALENVS_PATH": "{{cache-dir}}/envs"}, "home/.cache/pypoetry/envs"),
        ({"POETRY_CACHE_DIR": "/{tmp}/cache"}, "cache/virtualenvs"),
        ({"POETRY_CACHE_DIR": "/{tmp}/cache", "POETRY_VIRTUALENVS_PATH": "{{cache-dir}}/e"}, "cache/e"),
        ({"XDG_CACHE_HOME": "/{tmp}/xdg"}, "xdg/pypoetry/virtualenvs"),
    ],
)
def test_a_variable_moves_the_folder(
    host: Host, shop: Path, python: Path, variables: dict[str, str], folder: str
) -> None:
    tmp = host.home.parent
    prefix = make_environment(tmp / folder / central_name(shop), python)
    ignored = make_environment(host.home / "elsewhere" / "virtualenvs" / central_name(shop), python)
    moved = {name: value.format(tmp=str(tmp).strip("/")) for name, value in variables.items()}
    snapshot = Finder(replace(host, variables=moved), Settings()).central()
    assert [environment.prefix for environment in snapshot.environments] == [prefix]
    assert ignored not in [environment.prefix for environment in snapshot.environments]


@pytest.mark.parametrize(
    ("config", "folder"),
    [
        ('cache-dir = "{tmp}/cache"\n', "cache/virtualenvs"),
        ('[virtualenvs]\npath = "{tmp}/envs"\n', "envs"),
        ('[virtualenvs]\npath = "~/envs"\n', "home/envs"),
        ('cache-dir = "~/c"\n[virtualenvs]\npath = "{{cache-dir}}/e"\n', "home/c/e"),
        ('[virtualenvs]\npath = "{{project-dir}}/e"\n', "home/shop/{project-dir}/e"),
    ],
)
def test_the_settings_file_moves_the_folder(host: Host, shop: Path, python: Path, config: str, folder: str) -> None:
    tmp = host.home.parent
    write(host.home / ".config/pypoetry/config.toml", config.format(tmp=tmp))
    prefix = make_environment(tmp / folder / central_name(shop), python)
    assert scanned(host)[prefix].projects == (shop,)


@pytest.mark.parametrize(
    ("config", "folder"),
    [
        ('data-dir = "{tmp}/data"\n[virtualenvs]\npath = "{{data-dir}}/e"\n', "data/e"),
        ('[virtualenvs]\npath = "{{data-dir}}/e"\n', "home/.local/share/pypoetry/e"),
        ('cache-dir = "{{data-dir}}/c"\n', "home/.local/share/pypoetry/c/virtualenvs"),
        ('cache-dir = ".{{cache-dir}}/c"\n', "home/shop/.{cache-dir}/c/virtualenvs"),
        ('[virtualenvs]\npath = "~/.a $HOME b"\n', "home/.a $HOME b"),
        ('[virtualenvs]\npath = "$HOME/.e"\n', "home/shop/$HOME/.e"),
        ('[virtualenvs]\npath = ".e"\n', "home/shop/.e"),
        ('cache-dir = ".c"\n', "home/shop/.c/virtualenvs"),
    ],
)
def test_settings_are_read_to_the_letter(host: Host, shop: Path, python: Path, config: str, folder: str) -> None:
    tmp = host.home.parent
    write(host.home / ".config/pypoetry/config.toml", config.format(tmp=tmp))
    prefix = make_environment(tmp / folder / central_name(shop), python)
    found = scanned(host)[prefix]
    assert (found.manager, found.projects, found.active) == ("poetry", (shop,), True)
    assert found.found_by.startswith("poetry: ")


def test_a_relative_folder_in_a_variable_is_each_projects_own(host: Host, shop: Path, python: Path) -> None:
    store = make_poetry_project(host.home / "store", "store")
    host = replace(host, variables={"POETRY_VIRTUALENVS_PATH": ".envs"})
    shops = make_environment(shop / ".envs" / central_name(shop), python)
    stores = make_environment(store / ".envs" / central_name(store, "store"), python)
    found = scanned(host)
    assert {prefix: found[prefix].projects for prefix in found} == {shops: (shop,), stores: (store,)}
    resolution = Finder(host, Settings()).resolve(shop)
    assert resolution.environment is not None
    assert resolution.environment.prefix == shops


def test_poetrys_data_folder_can_be_moved(host: Host, shop: Path, python: Path) -> None:
    write(host.home / ".config/pypoetry/config.toml", '[virtualenvs]\npath = "{data-dir}/e"\n')
    prefix = make_environment(host.home / ".py poetry" / "e" / central_name(shop), python)
    assert prefix in scanned(replace(host, variables={"POETRY_HOME": "~/.py poetry"}))
    assert prefix in scanned(replace(host, variables={"POETRY_DATA_DIR": "~/.py poetry"}))
    roaming = replace(host, platform="win32", variables={"APPDATA": str(host.home / ".roaming")})
    write(host.home / ".roaming/pypoetry/config.toml", '[virtualenvs]\npath = "{data-dir}/e"\n')
    prefix = make_environment(host.home / ".roaming/pypoetry/e" / central_name(shop), python)
    assert prefix in scanned(roaming)


def test_a_shell_start_file_replaces_variables_before_poetry_sees_them(host: Host, shop: Path, python: Path) -> None:
    write(host.home / ".bashrc", "export POETRY_CACHE_DIR=$HOME/.c\n")
    prefix = make_environment(host.home / ".c/virtualenvs" / central_name(shop), python)
    assert prefix in scanned(host)


def test_a_variable_beats_the_settings_file(host: Host, shop: Path, python: Path) -> None:
    write(host.home / ".config/pypoetry/config.toml", '[virtualenvs]\npath = "~/.config-says"\n')
    by_file = make_environment(host.home / ".config-says" / central_name(shop), python)
    by_variable = make_environment(host.home / ".variable-says" / central_name(shop), python)
    assert set(scanned(host)) == {by_file}
    host = replace(host, variables={"POETRY_VIRTUALENVS_PATH": "~/.variable-says"})
    assert set(scanned(host)) == {by_variable}


def test_the_settings_file_itself_can_be_moved(host: Host, shop: Path, python: Path) -> None:
    write(host.home / "config" / "config.toml", '[virtualenvs]\npath = "~/.envs"\n')
    prefix = make_environment(host.home / ".envs" / central_name(shop), python)
    assert prefix in scanned(replace(host, variables={"POETRY_CONFIG_DIR": "~/config"}))
    assert prefix not in scanned(host)


def test_shell_start_files_move_the_folder_of_a_server(host: Host, shop: Path, python: Path) -> None:
    write(host.home / ".bashrc", "export POETRY_VIRTUALENVS_PATH=~/.envs\n")
    prefix = make_environment(host.home / ".envs" / central_name(shop), python)
    assert prefix in scanned(host)


@pytest.mark.parametrize("folder", ["Library/Caches/pypoetry/virtualenvs", "xdg/pypoetry/virtualenvs"])
def test_on_macos_both_places_are_looked_at(host: Host, shop: Path, python: Path, folder: str) -> None:
    host = replace(host, platform="darwin", variables={"XDG_CACHE_HOME": str(host.home / "xdg")})
    prefix = make_environment(host.home / folder / central_name(shop), python)
    assert prefix in scanned(host)


def test_on_macos_settings_lie_in_the_library(host: Host, shop: Path, python: Path) -> None:
    host = replace(host, platform="darwin")
    write(host.home / "Library/Application Support/pypoetry/config.toml", '[virtualenvs]\npath = "~/.envs"\n')
    prefix = make_environment(host.home / ".envs" / central_name(shop), python)
    assert prefix in scanned(host)


def test_on_windows_the_cache_has_a_folder_of_its_own(host: Host, shop: Path, python: Path) -> None:
    host = replace(host, platform="win32", variables={"LOCALAPPDATA": str(host.home / ".local-app")})
    prefix = make_environment(host.home / ".local-app/pypoetry/Cache/virtualenvs" / central_name(shop), python)
    assert prefix in scanned(host)


@pytest.mark.parametrize("path", [".envs", "{tmp}/project-envs", "~/.project-envs", "{{cache-dir}}/project-envs"])
def test_a_projects_own_settings_move_its_folder(host: Host, shop: Path, python: Path, path: str) -> None:
    tmp = host.home.parent
    write(shop / "poetry.toml", f'[virtualenvs]\npath = "{path.format(tmp=tmp)}"\n')
    places = {
        ".envs": shop / ".envs",
        "{tmp}/project-envs": tmp / "project-envs",
        "~/.project-envs": host.home / ".project-envs",
        "{{cache-dir}}/project-envs": host.home / ".cache/pypoetry/project-envs",
    }
    prefix = make_kernel_environment(places[path] / central_name(shop), python)
    found = scanned(host)[prefix]
    assert (found.manager, found.projects, found.active) == ("poetry", (shop,), True)
    resolution = Finder(host, Settings()).resolve(shop / "a.ipynb")
    assert resolution.environment is not None
    assert resolution.environment.prefix == prefix


def test_what_lies_outside_the_projects_own_folder_is_a_leftover(
    host: Host, shop: Path, central: Path, python: Path
) -> None:
    write(shop / "poetry.toml", '[virtualenvs]\npath = ".envs"\n')
    own = make_kernel_environment(shop / ".envs" / central_name(shop), python)
    found = scanned(host)
    assert (found[own].active, found[own].kernel) == (True, True)
    assert (found[central].active, found[central].kernel) == (False, False)
    resolution = Finder(host, Settings()).resolve(shop)
    assert resolution.environment is not None
    assert resolution.environment.prefix == own
    (own / "pyvenv.cfg").unlink()
    resolution = Finder(host, Settings()).resolve(shop)
    assert (resolution.project, resolution.environment) == (shop, None)
    assert str(shop / ".envs") in resolution.reason


def test_a_variable_beats_a_projects_own_folder(host: Host, shop: Path, python: Path) -> None:
    write(shop / "poetry.toml", '[virtualenvs]\npath = "~/.project-envs"\n')
    ignored = make_environment(host.home / ".project-envs" / central_name(shop), python)
    host = replace(host, variables={"POETRY_VIRTUALENVS_PATH": "~/.envs"})
    assert ignored not in scanned(host)


def test_a_venv_in_a_poetry_project_is_poetrys_whoever_made_it(host: Host, shop: Path, python: Path) -> None:
    config = f"home = {python.parent}\nuv = 0.13.9\nversion_info = 3.12.1\ninclude-system-site-packages = false\n"
    prefix = make_environment(shop / ".venv", python, config=config)
    found = scanned(host)[prefix]
    assert (found.manager, found.projects, found.active, found.name) == ("poetry", (shop,), True, "shop")


@pytest.mark.parametrize(
    ("files", "manager"),
    [
        ({"poetry.lock": ""}, "poetry"),
        ({"poetry.toml": ""}, "poetry"),
        ({"pyproject.toml": "[tool.poetry]\n"}, "poetry"),
        ({"pyproject.toml": '[project]\nname = "x"\n', "poetry.lock": ""}, "poetry"),
        ({"pyproject.toml": "[tool.poetry]\n", "uv.lock": ""}, "uv"),
        ({"pyproject.toml": "[tool.poetry]\n", "pdm.lock": ""}, "pdm"),
        ({"pyproject.toml": '[project]\nname = "x"\n'}, "venv"),
        ({"pyproject.toml": "tool = 3\n"}, "venv"),
        ({"pyproject.toml": "not toml"}, "venv"),
        ({}, "venv"),
    ],
)
def test_a_poetry_project_is_known_by_its_files(host: Host, python: Path, files: dict[str, str], manager: str) -> None:
    for name, text in files.items():
        write(host.home / "project" / name, text)
    prefix = make_environment(host.home / "project" / ".venv", python)
    assert scanned(host)[prefix].manager == manager


def test_another_environment_in_a_poetry_project_is_not_poetrys(host: Host, shop: Path, python: Path) -> None:
    prefix = make_environment(shop / "venv39", python)
    assert scanned(host)[prefix].manager == "venv"


def in_project(host: Host, shop: Path, where: str, *, value: bool) -> Host:
    """A host where `virtualenvs.in-project` has that value, by one of the three ways."""
    text = str(value).lower()
    if where == "variable":
        return replace(host, variables={"POETRY_VIRTUALENVS_IN_PROJECT": text})
    path = shop / "poetry.toml" if where == "poetry.toml" else host.home / ".config/pypoetry/config.toml"
    write(path, f"[virtualenvs]\nin-project = {text}\n")
    return host


@pytest.mark.parametrize("where", ["variable", "poetry.toml", "config.toml"])
def test_when_in_project_is_off_the_central_one_counts(
    host: Host, shop: Path, central: Path, python: Path, where: str
) -> None:
    dot_venv = make_environment(shop / ".venv", python)
    found = scanned(host)
    assert (found[dot_venv].active, found[central].active) == (True, False)
    assert not found[central].kernel
    found = scanned(in_project(host, shop, where, value=False))
    assert (found[dot_venv].manager, found[dot_venv].active) == ("venv", False)
    assert (found[central].active, found[central].kernel) == (True, True)


@pytest.mark.parametrize("where", ["variable", "poetry.toml", "config.toml"])
def test_when_in_project_is_on_the_projects_own_counts(
    host: Host, shop: Path, central: Path, python: Path, where: str
) -> None:
    dot_venv = make_environment(shop / ".venv", python)
    found = scanned(in_project(host, shop, where, value=True))
    assert (found[dot_venv].active, found[central].active) == (True, False)


def test_the_strongest_word_on_in_project_wins(host: Host, shop: Path, central: Path, python: Path) -> None:
    make_environment(shop / ".venv", python)
    host = in_project(host, shop, "config.toml", value=False)
    assert scanned(host)[central].active
    host = in_project(host, shop, "poetry.toml", value=True)
    assert not scanned(host)[central].active
    host = in_project(host, shop, "variable", value=False)
    assert scanned(host)[central].active


def test_a_venv_that_is_a_link_to_the_central_one_is_one_environment(host: Host, shop: Path, central: Path) -> None:
    link(shop / ".venv", central)
    found = scanned(host)
    assert set(found) == {central}
    assert found[central].aliases == (shop / ".venv",)
    assert (found[central].active, found[central].kernel) == (True, True)
    assert found[central].projects == (shop,)


@pytest.fixture
def several(home: Path, shop: Path, central: Path) -> dict[str, Path]:
    """Environments of the shop on three Pythons, by minor version."""
    found = {"3.12": central}
    for version in ("3.9.18", "3.11.7"):
        minor = version.rpartition(".")[0]
        python = make_base(home.parent / "opt" / minor, version)
        found[minor] = make_kernel_environment(home / CENTRAL / central_name(shop, minor=minor), python)
    return found


def test_the_choice_that_poetry_noted_is_active(host: Host, shop: Path, several: dict[str, Path]) -> None:
    base = central_name(shop).removesuffix("-py3.12")
    write(host.home / CENTRAL / "envs.toml", f'[{base}]\nminor = "3.11"\npatch = "3.11.7"\n')
    found = scanned(host)
    assert {minor: found[prefix].active for minor, prefix in several.items()} == {
        "3.9": False,
        "3.11": True,
        "3.12": False,
    }
    assert [minor for minor, prefix in several.items() if found[prefix].kernel] == ["3.11"]
    resolution = Finder(host, Settings()).resolve(shop)
    assert resolution.environment is not None
    assert resolution.environment.prefix == several["3.11"]
    assert resolution.reason == "Poetry's envs.toml says Python 3.11."


def test_without_a_noted_choice_the_newest_is_active(host: Host, several: dict[str, Path]) -> None:
    found = scanned(host)
    assert [minor for minor, prefix in several.items() if found[prefix].active] == ["3.12"]
    assert found[several["3.9"]].state is State.READY


def test_a_folder_that_is_no_environment_is_not_the_newest(host: Host, shop: Path, several: dict[str, Path]) -> None:
    (host.home / CENTRAL / central_name(shop, minor="3.14")).mkdir()
    (host.home / CENTRAL / "zebra-abcdefgh-py3.14").mkdir()
    found = scanned(host)
    assert [minor for minor, prefix in several.items() if found[prefix].active] == ["3.12"]


@pytest.mark.parametrize("text", ["not toml", "[x]\n", "{base} = 3\n", "[{base}]\nminor = 3\n"])
def test_a_noted_choice_that_makes_no_sense_counts_as_absent(
    host: Host, shop: Path, several: dict[str, Path], text: str
) -> None:
    base = central_name(shop).removesuffix("-py3.12")
    write(host.home / CENTRAL / "envs.toml", text.format(base=base))
    snapshot = scan(host)
    found = {environment.prefix: environment for environment in snapshot.environments}
    assert found[several["3.12"]].active
    assert [problem.code.value for problem in snapshot.problems] == (["bad-settings"] if text == "not toml" else [])


def test_a_noted_choice_whose_environment_is_gone_leaves_none(host: Host, shop: Path, central: Path) -> None:
    base = central_name(shop).removesuffix("-py3.12")
    write(host.home / CENTRAL / "envs.toml", f'[{base}]\nminor = "3.13"\n')
    assert scanned(host)[central].active is False
    resolution = Finder(host, Settings()).resolve(shop)
    assert (resolution.project, resolution.environment) == (shop, None)
    assert resolution.reason == "Poetry's envs.toml says Python 3.13."


def test_a_settings_file_that_makes_no_sense_is_told_and_the_rest_is_listed(host: Host, central: Path) -> None:
    path = write(host.home / ".config/pypoetry/config.toml", "[virtualenvs\n")
    snapshot = scan(host)
    assert [environment.prefix for environment in snapshot.environments] == [central]
    assert [problem.code.value for problem in snapshot.problems] == ["bad-settings"]
    assert str(path) in snapshot.problems[0].message


@pytest.mark.parametrize(
    "text", ["not toml", "[virtualenvs]\npath = 3\n", "virtualenvs = 3\n", "[virtualenvs]\nin-project = 'x'\n"]
)
def test_a_projects_settings_that_make_no_sense_lose_nothing(host: Host, shop: Path, central: Path, text: str) -> None:
    write(shop / "poetry.toml", text)
    snapshot = scan(host)
    assert [environment.prefix for environment in snapshot.environments] == [central]
    assert len(snapshot.problems) == (1 if text == "not toml" else 0)


def test_numbers_beyond_pythons_limit_are_told_and_the_rest_is_listed(host: Host, shop: Path, central: Path) -> None:
    write(shop / "poetry.toml", f"number = {'1' * 5000}\n")
    snapshot = scan(host)
    assert [environment.prefix for environment in snapshot.environments] == [central]
    assert [problem.code.value for problem in snapshot.problems] == ["bad-settings"]


def test_an_installation_from_an_impossible_path_loses_nothing(host: Host, python: Path) -> None:
    project = Path(f"/{300 * 'x'}")
    prefix = make_environment(host.home / CENTRAL / central_name(project), python)
    add_editable(prefix, "shop", project)
    assert scanned(host)[prefix].lost_project == project


def test_a_venv_that_leads_to_an_impossible_path_loses_nothing(host: Host, shop: Path, central: Path) -> None:
    link(shop / ".venv", f"/{300 * 'x'}")
    assert scanned(host)[central].active


def test_a_path_with_a_null_byte_leads_nowhere(host: Host, central: Path) -> None:
    write(host.home / ".config/pypoetry/config.toml", '[virtualenvs]\npath = "~/en\\u0000vs"\n')
    assert central not in scanned(host)


def test_a_renamed_projects_old_environment_is_a_leftover(host: Host, shop: Path, central: Path) -> None:
    make_poetry_project(shop, "store")
    found = scanned(host)[central]
    assert found.projects == (shop,)
    assert found.active is False
    assert not found.kernel
    assert codes(found) == ["project-renamed"]
    assert "store" in found.problems[0].message
    resolution = Finder(host, Settings()).resolve(shop)
    assert resolution.environment is None
    assert resolution.project == shop


@pytest.mark.parametrize(
    ("pyproject", "name"),
    [
        ('[tool.poetry]\nname = "My.Big_Shop"\n', "my-big-shop"),
        ('[project]\nname = "Shop"\n[tool.poetry]\nname = "other"\n', "shop"),
        ("[tool.poetry]\npackage-mode = false\n", "non-package-mode"),
        (f'[tool.poetry]\nname = "{"x" * 60}"\n', "x" * 42),
        ('[tool.poetry]\nname = "a $b"\n', "a__b"),
        ("[project]\nname = 3\n", "non-package-mode"),
    ],
)
def test_the_name_is_poetrys_own(host: Host, python: Path, pyproject: str, name: str) -> None:
    shop = host.home / "shop"
    write(shop / "pyproject.toml", pyproject)
    prefix = make_environment(host.home / CENTRAL / central_name(shop, name), python)
    found = scanned(host)[prefix]
    assert found.active is True
    assert "project-renamed" not in codes(found)


def test_a_project_that_cannot_be_read_is_not_called_renamed(host: Host, shop: Path, central: Path) -> None:
    write(shop / "pyproject.toml", "[tool.poetry\n")
    assert "project-renamed" not in codes(scanned(host)[central])


@pytest.mark.parametrize("folder", ["My Shop", "Café", "a $HOME `b`", "quo'te", os.fsdecode(b"sh\xffp")])
def test_projects_of_any_name_are_matched(host: Host, python: Path, folder: str) -> None:
    shop = make_poetry_project(host.home / "work" / folder)
    prefix = make_environment(host.home / CENTRAL / central_name(shop), python)
    found = scanned(host)[prefix]
    assert found.projects == (shop,)
    json.dumps(found.as_json())


def test_a_linked_project_is_matched_by_its_real_path(host: Host, shop: Path, central: Path) -> None:
    link(host.home / "alias", shop)
    resolution = Finder(host, Settings()).resolve(host.home / "alias" / "notebook.ipynb")
    assert resolution.environment is not None
    assert resolution.environment.prefix == central
    assert resolution.project == shop


def test_without_a_walk_an_editable_installation_tells_the_project(host: Host, shop: Path, central: Path) -> None:
    add_editable(central, "shop", shop)
    found = one_of(Finder(host, Settings()).central(), central)
    assert found.projects == (shop,)
    assert (found.active, found.orphan) == (True, False)


def test_without_a_walk_the_choice_and_the_name_count_just_the_same(
    host: Host, shop: Path, several: dict[str, Path]
) -> None:
    for prefix in several.values():
        add_editable(prefix, "shop", shop)
    base = central_name(shop).removesuffix("-py3.12")
    write(host.home / CENTRAL / "envs.toml", f'[{base}]\nminor = "3.9"\n')
    snapshot = Finder(host, Settings()).central()
    assert [minor for minor, prefix in several.items() if one_of(snapshot, prefix).active] == ["3.9"]
    make_poetry_project(shop, "store")
    snapshot = Finder(host, Settings()).central()
    assert not [minor for minor, prefix in several.items() if one_of(snapshot, prefix).active]


def test_a_deleted_project_is_lost_and_its_path_is_known(host: Host, home: Path, python: Path) -> None:
    gone = home / "go ne"
    prefix = make_kernel_environment(home / CENTRAL / central_name(gone), python)
    add_editable(prefix, "shop", gone)
    found = one_of(Finder(host, Settings()).central(), prefix)
    assert found.orphan is True
    assert found.lost_project == gone
    assert found.project == gone
    assert not found.kernel
    assert codes(found) == ["project-gone"]
    assert str(gone) in found.problems[0].message


def test_a_project_whose_path_is_not_utf8_is_told_by_its_installation(host: Host, home: Path, python: Path) -> None:
    shop = make_poetry_project(home / os.fsdecode(b"sh\xffp"))
    prefix = make_kernel_environment(home / CENTRAL / central_name(shop), python)
    add_editable(prefix, "shop", shop)
    assert one_of(Finder(host, Settings()).central(), prefix).projects == (shop,)


def test_an_unknown_project_is_an_orphan_only_after_a_complete_walk(host: Host, home: Path, python: Path) -> None:
    prefix = make_kernel_environment(home / CENTRAL / central_name(home / "gone"), python)
    before = one_of(Finder(host, Settings()).central(), prefix)
    assert before.orphan is None
    assert before.kernel
    after = scanned(host)[prefix]
    assert after.orphan is True
    assert not after.kernel
    assert codes(after) == ["project-gone"]


@pytest.mark.parametrize(
    "content",
    [
        "not json",
        "[]",
        '{"url": 3}',
        '{"url": "file://[", "dir_info": {"editable": true}}',
        '{"url": "file:///%00", "dir_info": {"editable": true}}',
        '{"url": "file:///\\ud800", "dir_info": {"editable": true}}',
        '{"url": "https://example.org/shop", "dir_info": {"editable": true}}',
        '{"url": "file:///somewhere/else", "dir_info": {"editable": true}}',
        '{"url": "file:///somewhere", "dir_info": {}}',
        pytest.param("[" * 60_000, id="deep"),
    ],
)
def test_metadata_that_make_no_sense_tell_no_project(host: Host, central: Path, content: str) -> None:
    write(site_of(central) / "shop-0.1.0.dist-info" / "direct_url.json", content)
    found = one_of(Finder(host, Settings()).central(), central)
    assert (found.projects, found.orphan) == ((), None)


def test_an_installation_that_is_not_editable_tells_no_project(host: Host, shop: Path, central: Path) -> None:
    add_editable(central, "shop", shop, editable=False)
    assert one_of(Finder(host, Settings()).central(), central).projects == ()


def test_a_folder_of_another_name_in_poetrys_folder_is_poetrys(host: Host, python: Path) -> None:
    prefix = make_environment(host.home / CENTRAL / "by-hand", python)
    assert scanned(host)[prefix].manager == "poetry"


def test_one_folder_for_poetry_and_virtualenvwrapper_is_shared_by_name(host: Host, shop: Path, python: Path) -> None:
    folder = host.home / ".envs"
    host = replace(host, variables={"POETRY_VIRTUALENVS_PATH": str(folder), "WORKON_HOME": str(folder)})
    poetrys = make_environment(folder / central_name(shop), python)
    wrappers = make_environment(folder / "science", python)
    found = scanned(host)
    assert (found[poetrys].manager, found[wrappers].manager) == ("poetry", "virtualenvwrapper")


def test_a_folder_that_is_no_environment_is_passed_over(host: Host, central: Path) -> None:
    (central.parent / "empty-abcdefgh-py3.12").mkdir()
    write(central.parent / "file-abcdefgh-py3.12", "")
    link(central.parent / "loop-abcdefgh-py3.12", "loop-abcdefgh-py3.12")
    assert set(scanned(host)) == {central}


def test_a_broken_one_is_listed_with_what_poetry_needs(host: Host, shop: Path, central: Path, python: Path) -> None:
    python.unlink()
    found = scanned(host)[central]
    assert found.state is State.BROKEN
    assert found.active is True
    assert "poetry install" in found.problems[0].fix
    assert str(shop) in found.problems[0].fix


def test_fixes_speak_poetrys_language(host: Host, home: Path, shop: Path, python: Path) -> None:
    mine = make_environment(home / CENTRAL / central_name(shop), python)
    lost = make_environment(home / CENTRAL / central_name(home / "gone"), python)
    found = scanned(host)
    assert "poetry add" in found[mine].problems[0].fix
    assert "uv pip install --python" in found[lost].problems[0].fix
    add_ipykernel(site_of(lost))
    (lost / "bin" / "python").unlink()
    assert "Remove its folder" in scanned(host)[lost].problems[0].fix


def one_of(snapshot: Snapshot, prefix: Path) -> Environment:
    return next(environment for environment in snapshot.environments if environment.prefix == prefix)
