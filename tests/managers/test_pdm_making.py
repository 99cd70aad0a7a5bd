"""PDM: where its environments are made, and what is told to PDM."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jupyter_envs.environment import Interpreter
from jupyter_envs.errors import BadRequest, Refused
from jupyter_envs.managers.base import Candidate, Claim, CreateRequest, Link, Owned, Plan, RemovalPlan, Scene
from jupyter_envs.managers.pdm import Pdm, base_name
from tests.folders import make_environment, read, write

if TYPE_CHECKING:
    from jupyter_envs.host import Host

TOOLS = {"pdm": Path("/opt/bin/pdm"), "uv": Path("/opt/bin/uv")}
CENTRAL = ".local/share/pdm/venvs"


@pytest.fixture
def shop(home: Path) -> Path:
    return write(home / "code" / "shop" / "pyproject.toml", '[project]\nname = "shop"\nversion = "1"\n').parent


def request_for(shop: Path, version: str = "3.12.1", **more: object) -> CreateRequest:
    python = Interpreter(Path("/opt/python/bin/python3.12"), version, "cpython", "pyenv")
    return replace(CreateRequest(python, shop), **more)  # type: ignore[arg-type]  # each test gives what it means


def plan_for(host: Host, shop: Path, version: str = "3.12.1", **more: object) -> Plan:
    return Pdm().plan_create(request_for(shop, version, **more), Scene(host), TOOLS)


def told(plan: Plan) -> list[tuple[str, ...]]:
    """What PDM is told, without its own name and the options of all commands."""
    return [command.words[2:] for command in plan.commands]


def test_it_lies_in_the_project_and_pdm_is_told_of_it(host: Host, shop: Path) -> None:
    plan = plan_for(host, shop)
    python = str(shop / ".venv" / "bin" / "python")
    assert plan.prefix == shop / ".venv"
    assert told(plan) == [("use", "--first", "--ignore-remembered", "--skip", ":all", "--", python)]
    assert dict(plan.commands[0].variables)["PDM_PYTHON"] == python
    assert dict(plan.commands[0].variables)["PDM_PROJECT"] == str(shop)
    assert plan.commands[0].cwd == shop
    assert [path.name for path in plan.touched] == [".pdm-python", "pyproject.toml", "pdm.lock", "pylock.toml"]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("pdm.toml", "[venv]\nin_project = false\n"),
        (".pdm.toml", '[venv]\nin_project = "no"\n'),
        ("../../.config/pdm/config.toml", "[venv]\nin_project = 0\n"),
    ],
)
def test_settings_put_it_in_the_central_folder(host: Host, shop: Path, path: str, text: str) -> None:
    write(shop / path, text)
    assert plan_for(host, shop).prefix == host.home / CENTRAL / f"{base_name(shop)}-3.12"
    assert plan_for(host, shop, "3.13.1t").prefix.name == f"{base_name(shop)}-3.13t"


def test_the_variable_and_the_projects_file_come_first(host: Host, shop: Path) -> None:
    write(host.home / ".config/pdm/config.toml", '[venv]\nin_project = false\nlocation = "~/envs"\n')
    assert plan_for(host, shop).prefix == host.home / "envs" / f"{base_name(shop)}-3.12"
    write(shop / "pdm.toml", "[venv]\nin_project = true\n")
    assert plan_for(host, shop).prefix == shop / ".venv"
    moved = replace(host, variables={"PDM_VENV_IN_PROJECT": "false"})
    assert plan_for(moved, shop).prefix.parent == host.home / "envs"


def test_a_name_says_which_of_several(host: Host, shop: Path) -> None:
    assert plan_for(host, shop, name="venv").prefix == shop / "venv"
    central = host.home / CENTRAL / f"{base_name(shop)}-docs"
    assert plan_for(host, shop, name="docs").prefix == central
    assert plan_for(host, shop, prefix=central).prefix == central
    assert plan_for(host, shop, prefix=shop / "env").prefix == shop / "env"
    with pytest.raises(BadRequest, match="keeps no environment"):
        plan_for(host, shop, prefix=Path("/somewhere"))


def test_the_place_of_another_python_is_no_place_of_this_one(host: Host, shop: Path) -> None:
    same = host.home / CENTRAL / f"{base_name(shop)}-3.12"
    assert plan_for(host, shop, prefix=same).prefix == same
    with pytest.raises(BadRequest, match="keeps no environment"):
        plan_for(host, shop, prefix=same.with_name(f"{base_name(shop)}-3.11"))


def test_pdm_installs_what_is_declared_and_adds_the_rest(host: Host, shop: Path) -> None:
    plan = plan_for(host, shop, install=True, packages=("six>=1",), ipykernel=True)
    assert told(plan)[1:] == [("install",), ("add", "--", "six>=1"), ("add", "-dG", "dev", "--", "ipykernel")]
    write(shop / "pdm.lock")
    assert told(plan_for(host, shop, install=True))[1:] == [("install", "--frozen-lockfile")]


def test_a_file_of_requirements_goes_into_the_environment_alone(host: Host, shop: Path) -> None:
    file = write(shop / "more.txt", "six\n")
    plan = plan_for(host, shop, packages=("idna",), ipykernel=True, requirements=file)
    assert plan.commands[-1].words[-2:] == ("-r", str(file))
    assert "idna" not in plan.commands[-1].words


@pytest.mark.parametrize("variables", [{"PDM_USE_VENV": "0"}, {}])
def test_without_environments_pdm_makes_none(host: Host, shop: Path, variables: dict[str, str]) -> None:
    if not variables:
        write(shop / "pdm.toml", "[python]\nuse_venv = false\n")
    with pytest.raises(Refused, match="use no environments"):
        plan_for(replace(host, variables=variables), shop)


def test_a_folder_without_pyproject_is_no_project_of_pdms(host: Host, shop: Path) -> None:
    (shop / "pyproject.toml").unlink()
    with pytest.raises(BadRequest, match=r"no pyproject.toml"):
        plan_for(host, shop)
    with pytest.raises(BadRequest, match="for projects only"):
        plan_for(host, shop, project=None)


def test_settings_that_a_shell_names_reach_pdm(host: Host, shop: Path) -> None:
    write(host.home / ".bashrc", "export PDM_CONFIG_FILE=/srv/pdm.toml\n")
    assert ("PDM_CONFIG_FILE", "/srv/pdm.toml") in plan_for(host, shop).commands[0].variables


@pytest.mark.parametrize("name", ["pdm.lock", ".pdm-python", "pdm.toml"])
def test_a_file_of_pdms_proposes_it(host: Host, shop: Path, name: str) -> None:
    assert Pdm().proposes(shop, Scene(host)) is None
    write(shop / name)
    assert Pdm().proposes(shop, Scene(host)) == f"The project has a {name}."


def test_a_table_of_pdms_proposes_it(host: Host, shop: Path) -> None:
    write(shop / "pyproject.toml", "[tool.pdm]\ndistribution = true\n")
    assert Pdm().proposes(shop, Scene(host)) == "Its pyproject.toml has a [tool.pdm]."


def owned(host: Host, python: Path, *projects: Path) -> Owned:
    prefix = make_environment(host.home / CENTRAL / "shop-abcdefgh-3.12", python)
    claim = Claim(links=tuple(Link(each, 0, "test") for each in projects))
    return Owned(Candidate(read(prefix, host.home), prefix, "test"), Pdm(), claim)


def test_the_note_goes_with_the_environment(host: Host, shop: Path, python: Path) -> None:
    found = owned(host, python, shop)
    assert Pdm().plan_remove(found, Scene(host), TOOLS) == RemovalPlan(notes=(shop / ".pdm-python",))


def test_one_without_a_project_is_removed_and_filled_as_any_other(host: Host, python: Path) -> None:
    found = owned(host, python)
    assert Pdm().plan_remove(found, Scene(host), TOOLS) == RemovalPlan()
    (command,) = Pdm().plan_add_ipykernel(found, Scene(host), TOOLS).commands
    assert Path(command.words[0]).name == "uv"


def test_an_ipykernel_is_one_of_the_things_for_developers(host: Host, shop: Path, python: Path) -> None:
    found = owned(host, python, shop)
    plan = Pdm().plan_add_ipykernel(found, Scene(host), TOOLS)
    assert told(plan) == [("add", "-dG", "dev", "--", "ipykernel")]
    assert ("PDM_PYTHON", str(found.candidate.prefix / "bin" / "python")) in plan.commands[0].variables
    assert shop / "pdm.lock" in plan.touched
