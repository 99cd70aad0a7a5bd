"""Hatch: its folders, the several environments of a project, and the paths that a project gives to them."""

from __future__ import annotations

import base64
import hashlib
import os
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from jupyter_envs.finder import Finder
from jupyter_envs.settings import Settings
from tests.folders import add_editable, codes, link, make_environment, make_kernel_environment, scanned, write

if TYPE_CHECKING:
    from pathlib import Path

    from jupyter_envs.host import Host
    from jupyter_envs.projects import Resolution

VIRTUAL = ".local/share/hatch/env/virtual"
CONFIG = ".config/hatch/config.toml"


def hatch_id(project: Path) -> str:
    """The eight characters of hatch's own `Path.id`."""
    return base64.urlsafe_b64encode(hashlib.sha256(os.fsencode(project)).digest()).decode()[:8]


def make_project(folder: Path, more: str = "", name: str = "shop") -> Path:
    write(folder / "pyproject.toml", f'[project]\nname = "{name}"\nversion = "1"\n{more}')
    return folder


def place(virtual: Path, project: Path, environment: str = "default", name: str = "shop") -> Path:
    """Where hatch puts an environment of a project called `name`."""
    return virtual / name / hatch_id(project) / (name if environment == "default" else environment)


def which(host: Host, path: Path) -> Resolution:
    return Finder(host, Settings()).resolve(path)


def chosen(host: Host, path: Path) -> Path | None:
    environment = which(host, path).environment
    return environment.prefix if environment else None


@pytest.fixture
def shop(home: Path) -> Path:
    return make_project(home / "code" / "shop")


@pytest.fixture
def default(home: Path, shop: Path, python: Path) -> Path:
    """The environment `default` of `shop` in hatch's own folder."""
    return make_kernel_environment(place(home / VIRTUAL, shop), python)


def test_the_default_environment_is_found_with_its_project(host: Host, shop: Path, default: Path) -> None:
    found = scanned(host)[default]
    assert (found.manager, found.name, found.projects, found.active) == ("hatch", "shop", (shop,), True)
    assert found.display_name == "shop (Hatch, Python 3.12)"
    assert found.kernel


def test_without_a_walk_it_is_found_from_the_project(host: Host, shop: Path, default: Path) -> None:
    assert which(host, shop / "a.ipynb").reason == "It is hatch's environment default of the project."
    assert chosen(host, shop) == default
    assert [one.prefix for one in Finder(host, Settings()).central().environments] == [default]


def test_others_of_the_project_are_offered_and_not_chosen(host: Host, shop: Path, default: Path, python: Path) -> None:
    names = ("docs", "test.py3.11", "hatch-test.py3.12", "docs-build-x")
    made = [make_kernel_environment(place(host.home / VIRTUAL, shop, name), python) for name in names]
    found = scanned(host)
    assert [found[prefix].name for prefix in made] == [f"shop/{name}" for name in names]
    assert {(found[prefix].active, found[prefix].kernel) for prefix in made} == {(False, True)}
    assert found[default].active
    moved = replace(host, variables={"HATCH_ENV": "docs"})
    assert chosen(moved, shop) == made[0]
    assert scanned(moved)[default].active is False


def test_without_the_default_a_project_has_no_choice(host: Host, shop: Path, python: Path) -> None:
    make_kernel_environment(place(host.home / VIRTUAL, shop, "docs"), python)
    resolution = which(host, shop)
    assert resolution.environment is None
    assert resolution.reason == "hatch uses the environment default unless it is told otherwise."


def test_environments_for_hatchs_own_tools_are_listed_and_not_offered(
    host: Host, shop: Path, default: Path, python: Path
) -> None:
    names = ("hatch-build", "hatch-static-analysis", "hatch-uv", "hatch-check-types", "shop-build", "docs-build")
    make_kernel_environment(place(host.home / VIRTUAL, shop, "docs"), python)
    own = [make_kernel_environment(place(host.home / VIRTUAL, shop, name), python) for name in names]
    internal = host.home / ".local/share/hatch/env/.internal/hatch-uv"
    own.append(make_kernel_environment(place(internal, shop, "hatch-uv"), python))
    own.append(make_kernel_environment(host.home / VIRTUAL / ".scripts" / "AbCdEfGh", python))
    found = scanned(host)
    assert {(found[prefix].manager, found[prefix].kernel) for prefix in own} == {("hatch", False)}
    assert all(one.kernel for one in scanned(host, Settings(offer="all")).values())


@pytest.mark.parametrize("name", ["hatch-vcs", "hatch-build"])
def test_a_project_may_be_called_like_hatchs_own_tools(host: Host, home: Path, python: Path, name: str) -> None:
    project = make_project(home / name, name=name)
    prefix = make_kernel_environment(place(home / VIRTUAL, project, name=name), python)
    assert scanned(host)[prefix].kernel
    assert chosen(host, project) == prefix


def test_an_environment_of_a_persons_own_may_end_like_a_tools(host: Host, shop: Path, python: Path) -> None:
    prefix = make_kernel_environment(place(host.home / VIRTUAL, shop, "docs-build"), python)
    assert scanned(host)[prefix].kernel


@pytest.mark.parametrize("variable", ["{tmp}/data", "~/data", "$DATA"])
def test_a_variable_moves_the_data(host: Host, shop: Path, python: Path, variable: str) -> None:
    tmp = host.home.parent
    folder = host.home / "data" if "~" in variable else tmp / "data"
    host = replace(host, variables={"HATCH_DATA_DIR": variable.format(tmp=tmp), "DATA": str(tmp / "data")})
    prefix = make_kernel_environment(place(folder / "env/virtual", shop), python)
    assert scanned(host)[prefix].projects == (shop,)
    assert chosen(host, shop) == prefix


def test_a_missing_folder_that_the_variable_names_is_told(host: Host, default: Path) -> None:
    snapshot = Finder(replace(host, variables={"HATCH_DATA_DIR": "~/absent"}), Settings()).scan()
    assert [problem.code.value for problem in snapshot.problems] == ["missing-folder"]
    assert str(host.home / "absent") in snapshot.problems[0].message
    assert snapshot.environments == ()


@pytest.mark.parametrize(
    ("text", "folder"),
    [
        ('[dirs]\ndata = "~/data"\n', "data/env/virtual"),
        ('[dirs.env]\nvirtual = "~/envs"\n', "envs"),
        ('[dirs.env]\nvirtual = "$HOME/envs"\n', "envs"),
        ('[dirs]\ndata = "/elsewhere"\n[dirs.env]\nvirtual = "{home}/envs"\n', "envs"),
    ],
)
def test_its_settings_move_the_folder(host: Host, shop: Path, python: Path, text: str, folder: str) -> None:
    write(host.home / CONFIG, text.format(home=host.home))
    prefix = make_kernel_environment(place(host.home / folder, shop), python)
    found = scanned(host)[prefix]
    assert (found.manager, found.projects, found.active) == ("hatch", (shop,), True)
    assert chosen(host, shop) == prefix


def test_what_lies_deeper_than_its_environments_is_not_hatchs(host: Host, shop: Path, default: Path) -> None:
    write(default.parent / "no environment" / "deeper" / "pyvenv.cfg", "home = /usr/bin\n")
    assert [one.prefix for one in Finder(host, Settings()).central().environments] == [default]


def test_a_variable_names_the_settings_file(host: Host, shop: Path, python: Path) -> None:
    write(host.home / "mine.toml", '[dirs.env]\nvirtual = "~/envs"\n')
    prefix = make_kernel_environment(place(host.home / "envs", shop), python)
    assert chosen(host, shop) is None
    assert chosen(replace(host, variables={"HATCH_CONFIG": "~/mine.toml"}), shop) == prefix


def test_what_was_made_before_the_folder_moved_is_a_leftover(
    host: Host, shop: Path, default: Path, python: Path
) -> None:
    write(host.home / CONFIG, '[dirs.env]\nvirtual = "~/envs"\n')
    found = scanned(host)[default]
    assert (found.manager, found.active, found.kernel) == ("hatch", False, False)
    assert which(host, shop).reason == "hatch keeps the project's environments elsewhere now."


@pytest.mark.parametrize(
    ("platform", "folder"),
    [("darwin", "Library/Application Support/hatch/env/virtual"), ("win32", "AppData/Local/hatch/env/virtual")],
)
def test_other_platforms_have_places_of_their_own_and_fold_letters(
    host: Host, python: Path, platform: str, folder: str
) -> None:
    project = make_project(host.home / "code" / "Shop")
    digest = hashlib.sha256(os.fsencode(str(project).casefold())).digest()
    identity = base64.urlsafe_b64encode(digest).decode()[:8]
    prefix = make_kernel_environment(host.home / folder / "shop" / identity / "shop", python)
    host = replace(host, platform=platform, variables={"LOCALAPPDATA": str(host.home / "AppData/Local")})
    assert scanned(host)[prefix].projects == (project,)


@pytest.mark.parametrize("text", ["[dirs\ndata = ", "\udcff\0"])
def test_damaged_settings_are_told_and_count_as_absent(host: Host, default: Path, text: str) -> None:
    write(host.home / CONFIG, text)
    snapshot = Finder(host, Settings()).scan()
    assert [problem.code.value for problem in snapshot.problems] == ["bad-settings"]
    assert [one.prefix for one in snapshot.environments] == [default]


@pytest.mark.parametrize(
    "text", ["dirs = 3\n", "[dirs]\ndata = 3\nenv = 4\n", '[dirs.env]\nvirtual = ""\n', "[dirs.env]\nvirtual = 3\n"]
)
def test_settings_of_odd_types_count_as_absent(host: Host, shop: Path, default: Path, text: str) -> None:
    write(host.home / CONFIG, text)
    assert chosen(host, shop) == default


def test_a_fifo_or_a_folder_is_no_settings_file(host: Host, shop: Path, default: Path) -> None:
    (host.home / ".config/hatch").mkdir(parents=True)
    os.mkfifo(host.home / CONFIG)
    os.mkfifo(shop / "hatch.toml")
    assert chosen(host, shop) == default
    (host.home / CONFIG).unlink()
    (host.home / CONFIG).mkdir()
    assert chosen(host, shop) == default


@pytest.mark.parametrize("name", ["My Shop", "Été $ales", "a-b-c", os.fsdecode(b"sh\xffp")])
def test_odd_names_of_folders(host: Host, python: Path, name: str) -> None:
    project = make_project(host.home / "code" / name)
    prefix = make_kernel_environment(place(host.home / VIRTUAL, project), python)
    found = scanned(host)[prefix]
    assert (found.name, found.projects, found.active) == ("shop", (project,), True)
    assert chosen(host, project) == prefix


def test_a_project_that_is_reached_by_a_link_is_known_by_its_real_path(host: Host, shop: Path, default: Path) -> None:
    assert chosen(host, link(host.home / "alias", shop)) == default


@pytest.mark.parametrize("text", ['[project]\nname = "My.Shop_x"\n', "[tool.other]\n"])
def test_a_folder_inside_the_project_holds_its_environments(host: Host, python: Path, text: str) -> None:
    write(host.home / CONFIG, '[dirs.env]\nvirtual = "./.hatch/"\n')
    project = host.home / "code" / "My.Shop_x"
    write(project / "pyproject.toml", text)
    default = make_kernel_environment(project / ".hatch" / "my-shop-x", python)
    docs = make_kernel_environment(project / ".hatch" / "docs", python)
    found = scanned(host)
    assert [(found[one].manager, found[one].active) for one in (default, docs)] == [("hatch", True), ("hatch", False)]
    assert (found[default].name, found[docs].name) == ("My.Shop_x", "My.Shop_x/docs")
    assert chosen(host, project / "a.ipynb") == default
    stray = make_kernel_environment(host.home / "no project" / ".hatch" / "x", python)
    assert scanned(host).get(stray) is None
    inspected = Finder(host, Settings()).inspect(stray)
    assert inspected is not None
    assert inspected.manager == "venv"


def test_data_inside_the_project_lies_flat(host: Host, shop: Path, python: Path) -> None:
    host = replace(host, variables={"HATCH_DATA_DIR": str(shop / "data")})
    prefix = make_kernel_environment(shop / "data/env/virtual/shop", python)
    found = scanned(host)[prefix]
    assert (found.manager, found.projects, found.active) == ("hatch", (shop,), True)


def test_in_a_flat_folder_an_editable_installation_names_the_project(host: Host, shop: Path, python: Path) -> None:
    """Hatch lays them flat into `~/.virtualenvs`, which is virtualenvwrapper's."""
    write(host.home / CONFIG, '[dirs.env]\nvirtual = "~/.virtualenvs"\n')
    prefix = make_kernel_environment(host.home / ".virtualenvs" / "shop", python)
    assert scanned(host)[prefix].projects == ()
    add_editable(prefix, "shop", shop)
    found = scanned(host)[prefix]
    assert (found.manager, found.projects, found.active) == ("virtualenvwrapper", (shop,), True)
    host = replace(host, variables={"WORKON_HOME": "~/Envs"})
    found = scanned(host)[prefix]
    assert (found.manager, found.projects, found.active) == ("hatch", (shop,), True)
    lone = make_kernel_environment(host.home / ".virtualenvs" / "lone", python)
    assert (scanned(host)[lone].manager, scanned(host)[lone].projects) == ("hatch", ())


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("pyproject.toml", '[tool.hatch.envs.default]\npath = "{path}"\n'),
        ("pyproject.toml", '[tool.hatch]\nenvs.default = {{ path = "{path}" }}\n'),
        ("hatch.toml", '[envs.default]\npath = "{path}"\n'),
    ],
)
@pytest.mark.parametrize("path", [".venv", "../envs/one", "{tmp}/far/one"])
def test_a_project_gives_its_environment_a_path(host: Host, python: Path, name: str, more: str, path: str) -> None:
    project = make_project(host.home / "code" / "shop")
    path = path.format(tmp=host.home.parent)
    if name == "pyproject.toml":
        make_project(project, more.format(path=path))
    else:
        write(project / name, more.format(path=path))
    prefix = make_kernel_environment((project / path).resolve(), python)
    resolution = which(host, project)
    assert resolution.environment is not None
    assert (resolution.environment.prefix, resolution.environment.manager) == (prefix, "hatch")
    assert resolution.reason == "It is hatch's environment default of the project."


def test_an_environment_far_from_its_project_is_linked_by_its_installation(host: Host, python: Path) -> None:
    project = make_project(host.home / "code" / "shop", '[tool.hatch.envs.docs]\npath = "../../envs/one"\n')
    prefix = make_kernel_environment(host.home / "envs" / "one", python)
    assert scanned(host)[prefix].manager == "venv"
    add_editable(prefix, "shop", project)
    found = scanned(host)[prefix]
    assert (found.manager, found.name, found.projects, found.active) == ("hatch", "shop/docs", (project,), False)


def test_what_a_hatch_toml_names_is_listed_wherever_it_lies(host: Host, python: Path) -> None:
    far = host.home.parent / "far"
    project = make_project(host.home / "code" / "shop")
    write(project / "hatch.toml", f'[envs.docs]\npath = "{far}/docs"\n[envs.other]\npath = "{far}/absent"\n')
    prefix = make_kernel_environment(far / "docs", python)
    found = scanned(host)[prefix]
    assert (found.manager, found.name, found.projects, found.active) == ("hatch", "shop/docs", (project,), False)


def test_below_its_project_an_environment_is_linked_without_one(host: Host, python: Path) -> None:
    project = make_project(host.home / "code" / "shop", '[tool.hatch.envs.default]\npath = "build/envs/one"\n')
    prefix = make_kernel_environment(project / "build" / "envs" / "one", python)
    found = scanned(host)[prefix]
    assert (found.manager, found.projects, found.active) == ("hatch", (project,), True)


def test_with_a_path_the_central_one_is_a_leftover(host: Host, shop: Path, default: Path, python: Path) -> None:
    make_project(shop, '[tool.hatch.envs.default]\npath = ".venv"\n')
    inside = make_kernel_environment(shop / ".venv", python)
    found = scanned(host)
    assert (found[inside].active, found[inside].name, found[default].active) == (True, "shop", False)
    assert found[default].kernel is False


def test_a_variable_gives_the_path(host: Host, python: Path) -> None:
    project = make_project(host.home / "shop", "[tool.hatch.version]\n")
    other = make_project(host.home / "other")
    inside = make_kernel_environment(project / ".venv", python)
    beside = make_kernel_environment(other / ".venv", python)
    found = scanned(replace(host, variables={"HATCH_ENV_TYPE_VIRTUAL_PATH": ".venv"}))
    assert (found[inside].manager, found[inside].active) == ("hatch", True)
    assert found[beside].manager == "venv"


@pytest.mark.parametrize(
    "more", ["[tool]\nhatch = 3 # path = 1\n", '[tool.hatch.envs]\na = 3\npath = "x"\n', '[[[hatch path = "\n']
)
def test_settings_of_a_project_that_make_no_sense_give_no_paths(
    host: Host, shop: Path, default: Path, more: str
) -> None:
    make_project(shop, more)
    assert chosen(host, shop) == default


@pytest.mark.parametrize("text", ["project = 3\n", "[project]\nname = 3\n", "[[[\n"])
def test_a_project_without_a_name_keeps_its_environment(host: Host, shop: Path, default: Path, text: str) -> None:
    write(shop / "pyproject.toml", text)
    assert chosen(host, shop) == default


@pytest.mark.parametrize("name", ["uv.lock", "poetry.lock", "Pipfile"])
def test_in_a_project_of_another_tool_a_venv_comes_first(
    host: Host, shop: Path, default: Path, python: Path, name: str
) -> None:
    write(shop / name)
    assert chosen(host, shop) == default
    inside = make_kernel_environment(shop / ".venv", python)
    assert chosen(host, shop) == inside


def test_an_editable_installation_names_a_project_that_no_walk_met(host: Host, python: Path) -> None:
    project = make_project(host.home.parent / "far" / "shop")
    prefix = make_kernel_environment(place(host.home / VIRTUAL, project), python)
    add_editable(prefix, "other", host.home / "other")
    found = scanned(host)[prefix]
    assert (found.orphan, found.name, found.kernel) == (True, "shop", False)
    add_editable(prefix, "shop", project)
    found = scanned(host)[prefix]
    assert (found.projects, found.orphan, found.active) == ((project,), False, True)


def test_a_deleted_project_is_lost(host: Host, python: Path) -> None:
    project = host.home / "gone"
    prefix = make_kernel_environment(place(host.home / VIRTUAL, project, "docs"), python)
    add_editable(prefix, "shop", project)
    found = scanned(host)[prefix]
    assert (found.name, found.orphan, found.lost_project) == ("shop/docs", True, project)
    assert codes(found) == ["project-gone"]


def test_a_moved_project_has_lost_its_environments(host: Host, shop: Path, default: Path) -> None:
    after = shop.rename(host.home / "after")
    assert scanned(host)[default].orphan is True
    assert chosen(host, after) is None


def test_a_broken_environment_is_mended_in_hatchs_words(host: Host, python: Path) -> None:
    project = make_project(host.home / "my shop")
    for name in ("default", "docs"):
        prefix = make_environment(place(host.home / VIRTUAL, project, name), python)
        (prefix / "bin" / "python").unlink()
        fix = scanned(host)[prefix].problems[0].fix
        assert f"cd '{project}' && hatch env remove {name} ; hatch env create {name}" in fix


def test_an_ipykernel_is_added_through_the_projects_file(host: Host, shop: Path, python: Path) -> None:
    prefix = make_environment(place(host.home / VIRTUAL, shop, "docs"), python)
    fix = scanned(host)[prefix].problems[0].fix
    assert "'dependencies' of the environment docs" in fix
    assert f"cd {shop} && hatch -e docs run python --version" in fix
