"""pipenv: the folder that it may share, the names that it gives, and which of a project's environments it uses."""

from __future__ import annotations

import base64
import hashlib
import os
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from jupyter_envs.finder import Finder
from jupyter_envs.managers.base import Scene
from jupyter_envs.managers.pipenv import Pipenv
from jupyter_envs.settings import Settings
from tests.folders import codes, link, make_environment, make_kernel_environment, scanned, write

if TYPE_CHECKING:
    from pathlib import Path

    from jupyter_envs.environment import Environment
    from jupyter_envs.host import Host
    from jupyter_envs.projects import Resolution

CENTRAL = ".local/share/virtualenvs"


def pipenv_name(project: Path, suffix: str = "", *, name: str | None = None) -> str:
    """What pipenv's own `VenvLocator.name` gives for a Pipfile in this folder."""
    digest = hashlib.sha256(os.fsencode(project / "Pipfile")).digest()[:6]
    return f"{name or project.name}-{base64.urlsafe_b64encode(digest).decode()}{suffix}"


def make_project(folder: Path, text: str = "[packages]\n") -> Path:
    write(folder / "Pipfile", text)
    return folder


def make_central(folder: Path, project: Path, python: Path, name: str | None = None) -> Path:
    """An environment of a project as pipenv leaves it: `.project` has no newline."""
    prefix = make_kernel_environment(folder / (name or pipenv_name(project)), python)
    write(prefix / ".project", str(project))
    return prefix


def which(host: Host, path: Path) -> Resolution:
    return Finder(host, Settings()).resolve(path)


def chosen(host: Host, path: Path) -> Path | None:
    environment: Environment | None = which(host, path).environment
    return environment.prefix if environment else None


@pytest.fixture
def shop(home: Path) -> Path:
    return make_project(home / "shop")


@pytest.fixture
def central(home: Path, shop: Path, python: Path) -> Path:
    """The environment of `shop` in pipenv's own folder."""
    return make_central(home / CENTRAL, shop, python)


def test_a_central_environment_is_found_with_its_project(host: Host, shop: Path, central: Path) -> None:
    found = scanned(host)[central]
    assert found.manager == "pipenv"
    assert found.name == "shop"
    assert found.display_name == "shop (pipenv, Python 3.12)"
    assert found.id.startswith("shop-")
    assert (found.projects, found.active, found.orphan, found.kernel) == ((shop,), True, False, True)


def test_without_a_walk_it_is_found_from_the_project(host: Host, shop: Path, central: Path) -> None:
    resolution = which(host, shop / "notes" / "a.ipynb")
    assert resolution.project == shop
    assert resolution.reason == "Its name is the one that pipenv gives it."
    assert chosen(host, shop) == central
    assert [one.prefix for one in Finder(host, Settings()).central().environments] == [central]


@pytest.mark.parametrize(
    ("variables", "folder"),
    [
        ({"XDG_DATA_HOME": "{tmp}/data"}, "data/virtualenvs"),
        ({"XDG_DATA_HOME": "~/data"}, "home/data/virtualenvs"),
        ({"WORKON_HOME": "~/my envs"}, "home/my envs"),
        ({"WORKON_HOME": "$DATA/envs", "DATA": "{tmp}/data"}, "data/envs"),
        ({"WORKON_HOME": "{tmp}/envs", "XDG_DATA_HOME": "/elsewhere"}, "envs"),
    ],
)
def test_variables_move_the_folder(
    host: Host, shop: Path, python: Path, variables: dict[str, str], folder: str
) -> None:
    tmp = host.home.parent
    host = replace(host, variables={name: value.format(tmp=tmp) for name, value in variables.items()})
    prefix = make_central(tmp / folder, shop, python)
    found = scanned(host)[prefix]
    assert (found.manager, found.projects, found.name) == ("pipenv", (shop,), "shop")
    assert chosen(host, shop) == prefix


def test_a_server_without_the_variable_reads_the_shell_start_files(host: Host, shop: Path, python: Path) -> None:
    write(host.home / ".bashrc", "export WORKON_HOME=~/moved\n")
    prefix = make_central(host.home / "moved", shop, python)
    assert scanned(host)[prefix].manager == "pipenv"


def test_on_windows_the_folder_lies_in_the_home(host: Host, shop: Path, python: Path) -> None:
    prefix = make_central(host.home / ".virtualenvs", shop, python)
    assert scanned(replace(host, platform="win32"))[prefix].manager == "pipenv"
    assert scanned(host)[prefix].manager == "virtualenvwrapper"


@pytest.mark.parametrize(
    ("name", "sanitized"),
    [
        ("My Shop", "My_Shop"),
        ("Été & $ales (2)", "Été____ales__2_"),
        ("x" * 60, "x" * 42),
        (os.fsdecode(b"sh\xffp"), os.fsdecode(b"sh\xffp")),
        ("trailing ", "trailing_"),
    ],
)
def test_odd_names_of_projects(host: Host, python: Path, name: str, sanitized: str) -> None:
    project = make_project(host.home / "code" / name)
    prefix = make_central(host.home / CENTRAL, project, python, pipenv_name(project, name=sanitized))
    found = scanned(host)[prefix]
    assert (found.manager, found.projects, found.active) == ("pipenv", (project,), True)
    assert chosen(host, project) == prefix


@pytest.mark.parametrize("ending", ["", "\n", "\r\n", "\n\n"])
def test_a_newline_at_the_end_of_its_file_does_not_matter(host: Host, shop: Path, central: Path, ending: str) -> None:
    write(central / ".project", f"{shop}{ending}")
    assert scanned(host)[central].projects == (shop,)


def test_without_its_file_the_hash_tells_the_project(host: Host, shop: Path, central: Path) -> None:
    (central / ".project").unlink()
    assert scanned(host)[central].projects == (shop,)
    assert chosen(host, shop) == central
    (shop / "Pipfile").unlink()
    found = scanned(host)[central]
    assert (found.manager, found.projects, found.orphan) == ("pipenv", (), True)


@pytest.mark.parametrize("content", [b"", b"\n\n", b"/a\0b", b"\xff\xfe", b"shop"])
def test_a_file_that_names_no_project_is_no_harm(host: Host, shop: Path, central: Path, content: bytes) -> None:
    (central / ".project").write_bytes(content)
    assert scanned(host)[central].manager == "pipenv"
    assert chosen(host, shop) == central


def test_a_fifo_or_a_folder_is_not_its_file(host: Host, shop: Path, central: Path) -> None:
    (central / ".project").unlink()
    os.mkfifo(central / ".project")
    os.mkfifo(shop / ".venv")
    assert scanned(host)[central].projects == (shop,)
    (central / ".project").unlink()
    (central / ".project").mkdir()
    assert scanned(host)[central].projects == (shop,)


def test_a_file_names_a_project_whose_path_has_several_lines(host: Host, python: Path) -> None:
    (host.home / "new").mkdir()
    project = make_project(host.home / "new\nshop")
    prefix = make_central(host.home / CENTRAL, project, python, pipenv_name(project, name="new_shop"))
    assert scanned(host)[prefix].projects == (project,)


def test_a_deleted_project_is_lost_with_its_path(host: Host, shop: Path, central: Path) -> None:
    (shop / "Pipfile").unlink()
    shop.rmdir()
    found = scanned(host)[central]
    assert (found.manager, found.orphan, found.lost_project, found.name) == ("pipenv", True, shop, "shop")
    assert codes(found) == ["project-gone"]


def test_a_moved_project_has_another_environment(host: Host, shop: Path, central: Path, python: Path) -> None:
    after = shop.rename(host.home / "after")
    assert scanned(host)[central].lost_project == shop
    assert chosen(host, after) is None
    new = make_central(host.home / CENTRAL, after, python)
    assert chosen(host, after) == new


def test_a_project_without_its_pipfile_keeps_its_environment(host: Host, shop: Path, central: Path) -> None:
    (shop / "Pipfile").unlink()
    found = scanned(host)[central]
    assert (found.manager, found.projects, found.kernel) == ("pipenv", (shop,), True)


def test_a_project_that_is_reached_by_a_link_is_known_by_its_real_path(host: Host, python: Path) -> None:
    real = make_project(host.home / "code" / "real")
    alias = link(host.home / "alias", real)
    prefix = make_central(host.home / CENTRAL, alias, python)
    found = scanned(host)[prefix]
    assert (found.projects, found.name) == ((real,), "alias")
    own = make_central(host.home / CENTRAL, real, python)
    assert chosen(host, alias) == own


def test_of_two_pythons_the_one_with_the_plain_name_is_used(
    host: Host, shop: Path, central: Path, python: Path
) -> None:
    other = make_central(host.home / CENTRAL, shop, python, pipenv_name(shop, "-3.11"))
    found = scanned(host)
    assert (found[central].active, found[other].active) == (True, False)
    assert (found[other].name, found[other].kernel) == ("shop-3.11", False)
    for value in ("3.11", "/opt/bin/3.11"):
        moved = replace(host, variables={"PIPENV_PYTHON": value})
        assert chosen(moved, shop) == other
        assert scanned(moved)[central].active is False


def test_one_that_a_variable_of_another_shell_named_is_used_where_there_is_no_other(
    host: Host, shop: Path, python: Path
) -> None:
    prefix = make_central(host.home / CENTRAL, shop, python, pipenv_name(shop, "-3.11"))
    assert chosen(host, shop) == prefix
    custom = make_central(host.home / CENTRAL, make_project(host.home / "other"), python, "my own name")
    found = scanned(host)[custom]
    assert (found.manager, found.name, found.active) == ("pipenv", "my own name", True)
    assert chosen(host, host.home / "other") == custom


def test_a_custom_name_is_followed(host: Host, shop: Path, central: Path, python: Path) -> None:
    custom = make_kernel_environment(host.home / CENTRAL / "mine", python)
    host = replace(host, variables={"PIPENV_CUSTOM_VENV_NAME": "mine"})
    assert chosen(host, shop) is None  # nothing in it says whose it is
    write(custom / ".project", str(shop))
    assert chosen(host, shop) == custom
    found = scanned(host)
    assert (found[custom].active, found[central].active, found[central].kernel) == (True, False, False)


def test_a_venv_folder_in_the_project_is_its_environment(host: Host, shop: Path, python: Path) -> None:
    prefix = make_kernel_environment(shop / ".venv", python)
    found = scanned(host)[prefix]
    assert (found.manager, found.name, found.projects, found.active) == ("pipenv", "shop", (shop,), True)
    assert which(host, shop).reason == "pipenv uses the .venv in the project."


def test_the_central_one_is_used_before_a_venv_that_nobody_asked_for(
    host: Host, shop: Path, central: Path, python: Path
) -> None:
    inside = make_kernel_environment(shop / ".venv", python)
    found = scanned(host)
    assert (found[central].active, found[central].kernel) == (True, True)
    assert (found[inside].manager, found[inside].active, found[inside].kernel) == ("pipenv", False, False)


@pytest.mark.parametrize("value", ["1", "true", "YES", "on"])
def test_a_variable_asks_for_the_venv_in_the_project(
    host: Host, shop: Path, central: Path, python: Path, value: str
) -> None:
    inside = make_kernel_environment(shop / ".venv", python)
    host = replace(host, variables={"PIPENV_VENV_IN_PROJECT": value})
    found = scanned(host)
    assert (found[inside].active, found[central].active, found[central].kernel) == (True, False, False)
    assert which(host, shop).reason == "pipenv's settings ask for the .venv in the project."


@pytest.mark.parametrize("variables", [{"PIPENV_VENV_IN_PROJECT": "0"}, {"PIPENV_NO_VENV_IN_PROJECT": "1"}])
def test_a_variable_forbids_the_venv_in_the_project(
    host: Host, shop: Path, central: Path, python: Path, variables: dict[str, str]
) -> None:
    write(shop / "Pipfile", "[pipenv]\nvenv_in_project = true\n")
    inside = make_kernel_environment(shop / ".venv", python)
    found = scanned(replace(host, variables=variables))
    assert (found[inside].manager, found[central].active) == ("venv", True)


def test_the_pipfile_asks_for_the_venv_in_the_project(host: Host, shop: Path, central: Path, python: Path) -> None:
    inside = make_kernel_environment(shop / ".venv", python)
    write(shop / "Pipfile", "[pipenv]\nvenv_in_project = true\n")
    assert chosen(host, shop) == inside
    write(shop / "Pipfile", "[pipenv]\nvenv_in_project = false\n")
    assert chosen(host, shop) == central


@pytest.mark.parametrize("text", ["[pipenv\nvenv_in_project = ", "venv_in_project = \udcff\n"])
def test_a_damaged_pipfile_is_told_and_counts_as_silent(host: Host, shop: Path, central: Path, text: str) -> None:
    write(shop / "Pipfile", text)
    snapshot = Finder(host, Settings()).scan()
    assert [problem.code.value for problem in snapshot.problems] == ["bad-settings"]
    assert str(shop / "Pipfile") in snapshot.problems[0].message
    assert chosen(host, shop) == central


@pytest.mark.parametrize("text", ["pipenv = 3 # venv_in_project\n", "[pipenv]\nvenv_in_project_ = true\n"])
def test_a_pipfile_of_odd_types_is_silent(host: Host, shop: Path, central: Path, text: str) -> None:
    write(shop / "Pipfile", text)
    assert chosen(host, shop) == central


@pytest.mark.parametrize("content", ["science", "science\n", "./envs/science/", "{home}/envs/science"])
def test_a_file_called_venv_names_the_environment(host: Host, python: Path, content: str) -> None:
    """By name in the central folder, or by a path; the project needs no Pipfile."""
    project = host.home / "notes"
    write(project / ".venv", content.format(home=host.home))
    place = project if content.startswith("./") else host.home
    prefix = make_kernel_environment(place / ("envs" if "/" in content else CENTRAL) / "science", python)
    found = scanned(host)[prefix]
    assert (found.projects[-1], found.active) == (project, True)
    assert which(host, project / "a.ipynb").reason == "Its .venv file names it."
    assert chosen(host, project) == prefix


def test_what_a_file_beside_a_pipfile_names_by_its_path_is_pipenvs(host: Host, shop: Path, python: Path) -> None:
    prefix = make_kernel_environment(shop / "envs" / "here", python)
    write(shop / ".venv", "./envs/here")
    found = scanned(host)[prefix]
    assert (found.manager, found.projects, found.active) == ("pipenv", (shop,), True)


def test_a_file_called_venv_comes_before_the_name(host: Host, shop: Path, central: Path, python: Path) -> None:
    prefix = make_kernel_environment(host.home / CENTRAL / "science", python)
    write(shop / ".venv", "science")
    assert chosen(host, shop) == prefix
    found = scanned(host)
    assert (found[prefix].active, found[central].active, found[central].kernel) == (True, False, False)
    write(shop / ".venv", "absent")
    assert chosen(host, shop) is None
    write(shop / ".venv", " \n")
    assert chosen(host, shop) == central


@pytest.mark.parametrize("content", ["", "\0", "a\nb", "\udcff\udcfe", "x" * 5000])
def test_a_file_called_venv_that_names_nothing_is_no_harm(host: Host, shop: Path, content: str) -> None:
    write(shop / ".venv", content)
    assert list(scanned(host)) == []
    assert chosen(host, shop) is None


def test_an_environment_of_virtualenvwrapper_serves_the_project_whose_file_names_it(
    host: Host, shop: Path, python: Path
) -> None:
    host = replace(host, variables={"WORKON_HOME": "~/Envs"})
    prefix = make_kernel_environment(host.home / "Envs" / "science", python)
    write(shop / ".venv", "science")
    found = scanned(host)[prefix]
    assert (found.manager, found.projects) == ("virtualenvwrapper", (shop,))
    assert chosen(host, shop) == prefix


def test_in_a_shared_folder_only_its_own_are_pipenvs(host: Host, shop: Path, python: Path) -> None:
    host = replace(host, variables={"WORKON_HOME": "~/Envs"})
    envs, plain = host.home / "Envs", host.home / "plain"
    plain.mkdir()
    own = make_central(envs, shop, python)
    linked = make_central(envs, shop, python, "linked")
    other = make_central(envs, plain, python, "other")
    lone = make_environment(envs / "lone", python)
    lost = make_central(envs, host.home / "gone", python)
    strange = make_central(envs, host.home / "gone", python, "strange")
    known = make_environment(envs / pipenv_name(make_project(host.home / "known")), python)
    found = scanned(host)
    assert {path for path, one in found.items() if one.manager == "pipenv"} == {own, linked, lost, known}
    assert {path for path, one in found.items() if one.manager == "virtualenvwrapper"} == {other, lone, strange}
    assert (found[own].active, found[linked].active, found[linked].kernel) == (True, False, True)
    assert (found[lost].orphan, found[lost].name) == (True, "gone")


def test_in_its_own_folder_everything_is_pipenvs(host: Host, python: Path) -> None:
    plain = host.home / "plain"
    plain.mkdir()
    prefix = make_central(host.home / CENTRAL, plain, python, "science")
    found = scanned(host)[prefix]
    assert (found.manager, found.projects, found.active) == ("pipenv", (plain,), True)


def test_a_folder_that_poetry_uses_too_still_holds_pipenvs(host: Host, shop: Path, central: Path) -> None:
    host = replace(host, variables={"POETRY_VIRTUALENVS_PATH": str(central.parent)})
    assert scanned(host)[central].manager == "pipenv"


def test_another_pipfile_that_a_variable_names_counts(host: Host, python: Path) -> None:
    project = host.home / "work"
    pipfile = write(project / "Pipfile.dev")
    digest = base64.urlsafe_b64encode(hashlib.sha256(os.fsencode(pipfile)).digest()[:6]).decode()
    prefix = make_central(host.home / CENTRAL, project, python, f"work-{digest}")
    host = replace(host, variables={"PIPENV_PIPFILE": str(pipfile)})
    assert chosen(host, project) == prefix
    assert scanned(host)[prefix].name == "work"


def test_a_venv_that_is_a_link_to_the_central_one_is_an_alias(host: Host, shop: Path, central: Path) -> None:
    link(shop / ".venv", central)
    found = scanned(host)
    assert list(found) == [central]
    assert found[central].aliases == (shop / ".venv",)
    assert chosen(host, shop) == central


def test_a_broken_environment_is_chosen_and_mended_in_pipenvs_words(host: Host, python: Path) -> None:
    project = make_project(host.home / "my shop")
    prefix = make_central(host.home / CENTRAL, project, python, pipenv_name(project, name="my_shop"))
    (prefix / "bin" / "python").unlink()
    assert chosen(host, project) == prefix
    assert f"cd '{project}' && pipenv --rm" in scanned(host)[prefix].problems[0].fix


def test_an_ipykernel_is_added_through_pipenv(host: Host, shop: Path, python: Path) -> None:
    prefix = make_environment(shop / ".venv", python)
    assert f"cd {shop} && pipenv install --dev ipykernel" in scanned(host)[prefix].problems[0].fix


def test_of_a_folder_without_a_pipfile_nothing_is_listed(host: Host, central: Path) -> None:
    (host.home / "else").mkdir()
    assert list(Pipenv().of_project(host.home / "else", Scene(host))) == []
