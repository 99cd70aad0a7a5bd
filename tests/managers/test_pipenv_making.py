"""What pipenv is asked to do, and where its environments will lie: on real folders, without pipenv."""

from __future__ import annotations

import base64
import hashlib
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jupyter_envs.environment import Interpreter
from jupyter_envs.errors import BadRequest, EnvsError, Refused
from jupyter_envs.managers.base import Candidate, Claim, CreateRequest, Link, Owned, Plan, RemovalPlan, Scene
from jupyter_envs.managers.pipenv import Pipenv
from jupyter_envs.pyvenv import Reading
from tests.folders import link, write

if TYPE_CHECKING:
    from jupyter_envs.host import Host

TOOLS = {"uv": Path("/tools/uv"), "pipenv": Path("/tools/pipenv")}
PYTHON = Interpreter(Path("/opt/python-3.12/bin/python3.12"), "3.12.1", "cpython", "pyenv")
CENTRAL = ".local/share/virtualenvs"


def named(project: Path, name: str | None = None, suffix: str = "") -> str:
    """What pipenv's own `VenvLocator.name` gives for a Pipfile in this folder."""
    digest = hashlib.sha256(os.fsencode(project / "Pipfile")).digest()[:6]
    return f"{name or project.name}-{base64.urlsafe_b64encode(digest).decode()}{suffix}"


@pytest.fixture
def shop(home: Path) -> Path:
    return write(home / "shop" / "Pipfile", "[packages]\n").parent


def plan_of(host: Host, project: Path | None, **asked: object) -> Plan:
    request = CreateRequest(PYTHON, project, **asked)  # type: ignore[arg-type]  # each test asks for something else
    return Pipenv().plan_create(request, Scene(host), TOOLS)


def words_of(plan: Plan) -> list[tuple[str, ...]]:
    assert all(command.words[0] == "/tools/pipenv" for command in plan.commands)
    return [command.words[1:] for command in plan.commands]


def variables_of(plan: Plan) -> dict[str, str]:
    return dict(plan.commands[0].variables)


def owned(prefix: Path, *links: Link) -> Owned:
    candidate = Candidate(Reading(str(prefix), {"home": "/opt"}, "/nonexistent"), prefix, "test")
    return Owned(candidate, Pipenv(), Claim(links=links))


def test_a_central_one_lies_where_name_and_path_say_and_names_its_project(host: Host) -> None:
    (host.home / "été 'a").mkdir()
    project = write(host.home / "été 'a" / "new\nshop" / "Pipfile").parent
    plan = plan_of(host, project, install=True)
    assert plan.prefix == host.home / CENTRAL / named(project, "new_shop")
    assert plan.files == ((".project", str(project)),)
    assert plan.touched == (project / "Pipfile", project / "Pipfile.lock", project / "pylock.toml")
    assert plan.tables == ()
    assert all(command.cwd == project for command in plan.commands)
    assert {"--seed", "--allow-existing", "--prompt=newshop"} <= set(plan.shell[0].words)


def test_pipenv_is_told_of_this_environment_and_this_pipfile_alone(host: Host, shop: Path) -> None:
    plan = plan_of(host, shop, install=True)
    told = variables_of(plan)
    assert told["PIPENV_CUSTOM_VENV_NAME"] == plan.prefix.name
    assert told["PIPENV_PIPFILE"] == str(shop / "Pipfile")
    assert told["PIPENV_IGNORE_VIRTUALENVS"] == "1"
    assert (told["PIPENV_PYTHON"], told["PIPENV_SYSTEM"]) == ("", "0")
    assert "WORKON_HOME" not in told
    assert not any("--python" in words for words in words_of(plan))


def test_a_shell_file_may_move_the_central_folder(host: Host, shop: Path) -> None:
    write(host.home / ".bashrc", "export WORKON_HOME=Envs\nexport PIPENV_VENV_IN_PROJECT=0\n")
    plan = plan_of(host, shop, install=True)
    assert plan.prefix == host.home / "Envs" / named(shop)
    assert variables_of(plan)["WORKON_HOME"] == str(host.home / "Envs")
    assert variables_of(plan)["PIPENV_VENV_IN_PROJECT"] == "0"


def test_a_central_folder_that_is_a_link_is_known_by_its_real_path(host: Host, shop: Path) -> None:
    (host.home / "big disk").mkdir()
    link(host.home / CENTRAL, host.home / "big disk")
    plan = plan_of(host, shop, install=True)
    assert plan.prefix.parent == host.home / "big disk"
    assert variables_of(plan)["PIPENV_CUSTOM_VENV_NAME"] == plan.prefix.name


@pytest.mark.parametrize("how", ["variable", "Pipfile", "folder"])
def test_one_in_the_project_where_pipenv_is_set_so_or_has_one_there(host: Host, shop: Path, how: str) -> None:
    if how == "variable":
        host = replace(host, variables={"PIPENV_VENV_IN_PROJECT": "1"})
    elif how == "Pipfile":
        write(shop / "Pipfile", "[pipenv]\nvenv_in_project = true\n")
    else:
        (shop / ".venv").mkdir()
    plan = plan_of(host, shop, install=True)
    assert plan.prefix == shop / ".venv"
    assert "PIPENV_CUSTOM_VENV_NAME" not in variables_of(plan)


def test_variables_and_a_file_name_it(host: Host, shop: Path) -> None:
    assert plan_of(replace(host, variables={"PIPENV_CUSTOM_VENV_NAME": "mine"}), shop).prefix.name == "mine"
    python = replace(host, variables={"PIPENV_PYTHON": "3.12"})
    assert plan_of(python, shop).prefix.name == named(shop, suffix="-3.12")
    write(shop / ".venv", "science\n")
    assert plan_of(host, shop).prefix == host.home / CENTRAL / "science"
    write(shop / ".venv", "../beside/env\n")
    assert plan_of(host, shop).prefix == host.home / "beside" / "env"


def test_everything_that_was_asked_for_is_done_by_pipenv(host: Host, shop: Path) -> None:
    file = write(shop / "requirements.txt", "six\n")
    plan = plan_of(host, shop, install=True, packages=("pandas>=2", "six"), requirements=file, ipykernel=True)
    assert words_of(plan) == [
        ("install", "--dev"),
        ("install", "-r", str(file)),
        ("install", "--", "pandas>=2", "six"),
        ("install", "--dev", "--", "ipykernel"),
    ]
    assert words_of(plan_of(host, shop)) == []


def test_what_is_locked_is_installed_as_it_is_locked(host: Host, shop: Path) -> None:
    write(shop / "Pipfile.lock", "{}")
    assert words_of(plan_of(host, shop, install=True)) == [("sync", "--dev")]


@pytest.mark.parametrize("text", ["", "[]", "<<<<<<< HEAD\n{}\n"])
def test_a_damaged_lock_file_is_refused(host: Host, shop: Path, text: str) -> None:
    lock = write(shop / "Pipfile.lock", text)
    refusal = refused(host, shop, install=True)
    assert refusal.message == f"{lock} cannot be understood."
    assert "pipenv lock" in refusal.fix
    assert words_of(plan_of(host, shop)) == []


def test_another_pipfile_that_a_variable_names_counts_with_its_lock(host: Host, shop: Path) -> None:
    pipfile = write(shop / "Pipfile.dev")
    host = replace(host, variables={"PIPENV_PIPFILE": str(pipfile)})
    write(shop / "Pipfile.dev.lock", "{}")
    plan = plan_of(host, shop, install=True)
    assert variables_of(plan)["PIPENV_PIPFILE"] == str(pipfile)
    assert plan.touched[:2] == (pipfile, shop / "Pipfile.dev.lock")
    assert words_of(plan) == [("sync", "--dev")]


def test_a_variable_shares_the_packages_of_the_base(host: Host, shop: Path) -> None:
    assert "--system-site-packages" not in plan_of(host, shop).shell[0].words
    host = replace(host, variables={"PIPENV_SITE_PACKAGES": "yes"})
    assert "--system-site-packages" in plan_of(host, shop).shell[0].words


@pytest.mark.parametrize(
    ("required", "allowed"),
    [
        ('python_version = "3.12"', True),
        ('python_version = "3"', True),
        ('python_version = "3.1"', False),
        ('python_version = "3.11"', False),
        ('python_full_version = "3.12.1"', True),
        ('python_full_version = "3.12.2"\npython_version = "3.12"', False),
        ('python_version = ">=3.9,<3.12"', False),
        ('python_version = ">=3.9"', True),
        ('python_version = "*"', True),
        ('python_version = "newest"', True),
        ("python_version = 3.11", True),
    ],
)
def test_a_python_that_the_pipfile_does_not_want_is_refused(
    host: Host, shop: Path, required: str, *, allowed: bool
) -> None:
    write(shop / "Pipfile", f"[requires]\n{required}\n")
    if allowed:
        assert plan_of(host, shop).prefix.parent == host.home / CENTRAL
    else:
        with pytest.raises(Refused, match=r"requires Python .*, and this is 3\.12\.1"):
            plan_of(host, shop)


@pytest.mark.parametrize(
    ("python", "allowed"),
    [
        ("3.12", True),
        ("3.11", False),
        ("python3.12", True),
        ("pypy", True),
        (str(PYTHON.path), True),
        ("/usr/bin/python3.12", False),
    ],
)
def test_a_python_that_the_variable_does_not_name_is_refused(
    host: Host, shop: Path, python: str, *, allowed: bool
) -> None:
    host = replace(host, variables={"PIPENV_PYTHON": python})
    if allowed:
        assert plan_of(host, shop).prefix.parent == host.home / CENTRAL
    else:
        with pytest.raises(Refused, match="PIPENV_PYTHON asks for"):
            plan_of(host, shop)


def refused(host: Host, project: Path | None, **asked: object) -> EnvsError:
    with pytest.raises(EnvsError) as refusal:
        plan_of(host, project, **asked)
    return refusal.value


def test_what_pipenv_cannot_do_is_refused_in_words(host: Host, shop: Path) -> None:
    (shop / "inner").mkdir()
    assert "has no Pipfile" in refused(host, shop / "inner").message
    assert "for projects only" in refused(host, None).message
    assert str(host.home / CENTRAL) in refused(host, shop, name="mine").fix
    assert str(host.home / CENTRAL) in refused(host, shop, prefix=shop / "mine").fix
    write(shop / "Pipfile", "[packages\n")
    assert isinstance(refused(host, shop), BadRequest)
    with pytest.raises(BadRequest, match="pipenv is not installed"):
        Pipenv().plan_create(CreateRequest(PYTHON, shop), Scene(host), {})


def test_its_own_place_and_name_may_be_asked_for(host: Host, shop: Path) -> None:
    prefix = plan_of(host, shop).prefix
    assert plan_of(host, shop, prefix=prefix).prefix == prefix
    assert plan_of(host, shop, name=prefix.name).prefix == prefix


def test_removing_takes_nothing_else(host: Host, shop: Path) -> None:
    assert Pipenv().plan_remove(owned(shop / ".venv"), Scene(host), {}) == RemovalPlan()


def test_an_ipykernel_is_added_to_the_environment_that_the_project_gets(host: Host, shop: Path) -> None:
    prefix = host.home / CENTRAL / "a name of another shell"
    plan = Pipenv().plan_add_ipykernel(owned(prefix, Link(shop, 0, "test")), Scene(host), TOOLS)
    assert (plan.prefix, plan.shell, plan.files) == (prefix, (), ())
    assert words_of(plan) == [("install", "--dev", "--", "ipykernel")]
    assert variables_of(plan)["PIPENV_CUSTOM_VENV_NAME"] == prefix.name
    assert plan.touched[0] == shop / "Pipfile"


def test_pipenv_would_add_to_the_one_that_it_uses_only(host: Host, shop: Path) -> None:
    prefix = host.home / CENTRAL / "other"
    link_ = Link(shop, 0, "pipenv uses /x instead.", chosen=False)
    with pytest.raises(Refused, match="pipenv uses /x instead") as refusal:
        Pipenv().plan_add_ipykernel(owned(prefix, link_), Scene(host), TOOLS)
    assert "uv pip install --python" in refusal.value.fix
    plan = Pipenv().plan_add_ipykernel(owned(prefix), Scene(host), TOOLS)
    assert plan.commands[0].words[0] == "/tools/uv"


def test_pipenv_proposes_itself_where_there_is_a_pipfile(host: Host, shop: Path) -> None:
    assert Pipenv().proposes(shop, Scene(host)) == "The project has a Pipfile."
    assert Pipenv().proposes(host.home, Scene(host)) is None
