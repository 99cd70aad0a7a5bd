"""pyenv-virtualenv: on which Pythons, under which names, and what goes with an environment."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from jupyter_envs.environment import Interpreter
from jupyter_envs.errors import BadRequest, Occupied
from jupyter_envs.managers.base import Candidate, Claim, CreateRequest, Owned, Plan, Scene
from jupyter_envs.managers.pyenv_virtualenv import PyenvVirtualenv
from tests.folders import link, make_base, make_environment, read, write, write_program

if TYPE_CHECKING:
    from pathlib import Path

    from jupyter_envs.host import Host

VERSIONS = ".pyenv/versions"
PLUGIN = ".pyenv/plugins/pyenv-virtualenv/bin/pyenv-virtualenv"


@pytest.fixture
def python(home: Path) -> Path:
    """The interpreter of pyenv's 3.12.1; pyenv has the plug-in."""
    write_program(home / PLUGIN)
    return make_base(home / VERSIONS / "3.12.1", "3.12.1")


@pytest.fixture
def shop(home: Path) -> Path:
    (folder := home / "2 my $(shop)").mkdir()
    return folder


def plan_for(host: Host, python: Path, project: Path | None, version: str = "3.12.1", **more: object) -> Plan:
    request = CreateRequest(Interpreter(python, version, "cpython", "pyenv"), project)
    request = replace(request, **more)  # type: ignore[arg-type]  # each test gives what it means
    tools = {"pyenv": host.home / ".pyenv" / "bin" / "pyenv", "uv": host.home / "uv"}
    return PyenvVirtualenv().plan_create(request, Scene(host), tools)


def test_pyenv_makes_it_and_its_project_gets_a_file_that_names_it(host: Host, python: Path, shop: Path) -> None:
    plan = plan_for(host, python, shop)
    root = host.home / ".pyenv"
    assert plan.prefix == root / "versions" / "3.12.1" / "envs" / "my-shop"
    (making,) = plan.shell
    assert making.words == (str(root / "bin" / "pyenv"), "virtualenv", "--force", "3.12.1", "my-shop")
    assert making.variables == (("PYENV_ROOT", str(root)),)
    assert plan.commands[-1].words[1:] == ("local", "my-shop")
    assert plan.commands[-1].cwd == shop
    assert plan.touched == (shop / ".python-version",)


@pytest.mark.parametrize(
    ("folder", "name"), [("shop1", "shop1"), ("shop2", "shop2"), ("2shop.", "shop"), ("shop-2", "shop_2")]
)
def test_projects_whose_names_differ_by_a_digit_get_names_of_their_own(
    host: Host, home: Path, python: Path, folder: str, name: str
) -> None:
    (home / folder).mkdir()
    assert plan_for(host, python, home / folder).prefix.name == name


def test_a_file_that_is_there_stays_and_may_give_the_name(host: Host, python: Path, shop: Path) -> None:
    write(shop / ".python-version", "3.12.1\n# no\nscience\n")
    plan = plan_for(host, python, shop)
    assert plan.prefix.name == "science"
    assert (plan.commands, plan.touched) == ((), ())
    assert PyenvVirtualenv().proposes(shop, Scene(host)) == "Its .python-version names science."


@pytest.mark.parametrize("text", ["3.12.1\n", "3.12\n", "pypy3.10-7.3.12\n", "system\n", "miniconda3-4.7.12\n", "\n"])
def test_a_version_in_the_file_is_no_name(host: Host, python: Path, shop: Path, text: str) -> None:
    write(shop / ".python-version", text)
    assert plan_for(host, python, shop).prefix.name == "my-shop"
    assert PyenvVirtualenv().proposes(shop, Scene(host)) is None


def test_its_place_gives_its_name(host: Host, python: Path) -> None:
    prefix = host.home / VERSIONS / "3.12.1" / "envs" / "science"
    assert plan_for(host, python, None, prefix=prefix).prefix == prefix
    with pytest.raises(BadRequest, match="keeps none at"):
        plan_for(host, python, None, prefix=host.home / "science")


@pytest.mark.parametrize("name", [None, "", "3.12", "system", "with space", "a/b", "-x", "ä"])
def test_a_name_that_pyenv_does_not_take_is_refused(host: Host, python: Path, name: str | None) -> None:
    with pytest.raises(BadRequest, match="cannot be the name"):
        plan_for(host, python, None, name=name)


def test_a_name_that_something_else_has_is_taken(host: Host, python: Path) -> None:
    (host.home / VERSIONS / "taken").mkdir()
    link(host.home / VERSIONS / "other", host.home / "elsewhere")
    for name in ("taken", "other"):
        with pytest.raises(Occupied, match="already exists"):
            plan_for(host, python, None, name=name)


def test_a_link_that_an_unfinished_attempt_left_is_in_nobodys_way(host: Host, python: Path) -> None:
    prefix = host.home / VERSIONS / "3.12.1" / "envs" / "science"
    link(host.home / VERSIONS / "science", prefix)
    assert plan_for(host, python, None, name="science").prefix == prefix


def test_only_pyenvs_own_pythons_have_environments_there(host: Host, python: Path) -> None:
    other = make_base(host.home.parent / "opt" / "3.12.1", "3.12.1")
    conda = make_base(host.home / VERSIONS / "miniconda3-4.7.12", "3.12.1")
    (conda.parent.parent / "conda-meta").mkdir()
    with pytest.raises(BadRequest, match="knows no environments"):
        plan_for(host, python, None, name="science", version="2.7.18")
    for one in (other, conda):
        with pytest.raises(BadRequest, match="none of pyenv's own Pythons"):
            plan_for(host, one, None, name="science")


def test_a_folder_with_a_space_is_nothing_for_its_script(host: Host, python: Path) -> None:
    link(host.home / "my pyenv" / "x", "x")
    moved = replace(host, variables={"PYENV_ROOT": str(host.home / "my pyenv")})
    write_program(host.home / "my pyenv" / "plugins/pyenv-virtualenv/bin/pyenv-virtualenv")
    with pytest.raises(BadRequest, match="has a space"):
        plan_for(moved, python, None, name="science")


def test_without_the_plug_in_pyenv_makes_none(host: Host, python: Path) -> None:
    (host.home / PLUGIN).unlink()
    with pytest.raises(BadRequest, match="not installed"):
        plan_for(host, python, None, name="science")
    write_program(host.home / ".pyenv" / "bin" / "pyenv-virtualenv")  # as Homebrew puts it
    assert plan_for(host, python, None, name="science").prefix.name == "science"
    with pytest.raises(BadRequest, match="not installed"):
        PyenvVirtualenv().plan_create(
            CreateRequest(Interpreter(python, "3.12.1", "cpython", "pyenv"), name="science"), Scene(host), {}
        )


def test_its_alias_goes_with_it(host: Host, python: Path) -> None:
    prefix = make_environment(host.home / VERSIONS / "3.12.1" / "envs" / "science", python)
    owned = Owned(Candidate(read(prefix, host.home), prefix, "test"), PyenvVirtualenv(), Claim())
    plan = PyenvVirtualenv().plan_remove(owned, Scene(host), {})
    assert plan.links == (host.home / VERSIONS / "science",)
    tools = {"uv": host.home / "uv"}
    (command,) = PyenvVirtualenv().plan_add_ipykernel(owned, Scene(host), tools).commands
    assert command.words[-1] == "ipykernel"


def test_a_file_that_names_nothing_else_goes_with_it(host: Host, home: Path, python: Path) -> None:
    prefix = make_environment(home / VERSIONS / "3.12.1" / "envs" / "science", python)
    link(home / VERSIONS / "science", prefix)
    for folder, text in (("alone", "science\n"), ("both", "science\n3.12.1\n"), ("other", "3.12.1\n")):
        write(home / folder / ".python-version", text)
    projects = {home / folder: frozenset({".python-version"}) for folder in ("alone", "both", "other")}
    owned = Owned(Candidate(read(prefix, home), prefix, "test"), PyenvVirtualenv(), Claim())
    plan = PyenvVirtualenv().plan_remove(owned, Scene(host, projects), {})
    assert plan.notes == (home / "alone" / ".python-version",)
