"""What Poetry is asked to do, and where its environments will lie: on real folders, without Poetry."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jupyter_envs.environment import Interpreter
from jupyter_envs.errors import BadRequest, EnvsError, Refused
from jupyter_envs.managers.base import Candidate, Claim, CreateRequest, Link, Owned, Plan, RemovalPlan, Scene, Table
from jupyter_envs.managers.poetry import Poetry
from jupyter_envs.pyvenv import Reading
from tests.folders import link, make_poetry_project, poetry_hash, write

if TYPE_CHECKING:
    from jupyter_envs.host import Host

TOOLS = {"uv": Path("/tools/uv"), "poetry": Path("/tools/poetry")}
PYTHON = Interpreter(Path("/opt/python-3.12/bin/python3.12"), "3.12.1", "cpython", "pyenv")
CENTRAL = ".cache/pypoetry/virtualenvs"
SAYING_NOTHING = ("/tools/poetry", "--no-interaction", "--no-ansi")
USE = ("env", "use", "--", "/opt/python-3.12/bin/python3.12")
EXAMPLES = {
    '[project]\nname = "Shop.One"\nrequires-python = ">=3.9"\n': "shop-one",
    '[tool.poetry]\nname = "a $b`!*@"\n': "a__b____",
    f'[tool.poetry]\nname = "{"long" * 20}"\n': "long" * 10 + "lo",
    "[tool.poetry]\npackage-mode = false\n": "non-package-mode",
}


@pytest.fixture
def shop(home: Path) -> Path:
    return make_poetry_project(home / "shop")


def plan_of(host: Host, project: Path, python: Interpreter = PYTHON, **asked: object) -> Plan:
    request = CreateRequest(python, project, **asked)  # type: ignore[arg-type]  # each test asks for something else
    return Poetry().plan_create(request, Scene(host), TOOLS)


def words_of(plan: Plan) -> list[tuple[str, ...]]:
    """What Poetry is asked to do, without how it is called."""
    assert all(command.words[:3] == SAYING_NOTHING for command in plan.commands)
    return [command.words[3:] for command in plan.commands]


def owned(prefix: Path, *links: Link) -> Owned:
    candidate = Candidate(Reading(str(prefix), {"home": "/opt"}, "/nonexistent"), prefix, "test")
    return Owned(candidate, Poetry(), Claim(links=links))


def note(host: Host, project: Path, minor: str, patch: str) -> Table:
    table = Table(host.home / CENTRAL / "envs.toml", f"shop-{poetry_hash(project)}")
    write(table.path, f'[{table.name}]\nminor = "{minor}"\npatch = "{patch}"\n')
    return table


@pytest.mark.parametrize(("text", "name"), EXAMPLES.items())
def test_a_central_one_lies_where_name_path_and_python_say(host: Host, text: str, name: str) -> None:
    project = write(host.home / "été 'new\nshop" / "pyproject.toml", text).parent
    plan = plan_of(host, project)
    base = f"{name}-{poetry_hash(project)}"
    assert plan.prefix == host.home / CENTRAL / f"{base}-py3.12"
    assert plan.tables == (Table(host.home / CENTRAL / "envs.toml", base),)
    assert plan.touched == (project / "pyproject.toml", project / "poetry.lock")
    assert words_of(plan) == [USE]
    assert all(command.cwd == project for command in plan.commands)


def test_another_python_lies_elsewhere(host: Host, shop: Path) -> None:
    for version, minor in (("3.9.18", "3.9"), ("3.13.0t", "3.13"), ("3.14.0rc1", "3.14")):
        assert plan_of(host, shop, replace(PYTHON, version=version)).prefix.name.endswith(f"-py{minor}")


@pytest.mark.parametrize("how", ["variable", "poetry.toml", "config.toml", "shell file"])
def test_settings_move_the_central_folder(host: Host, shop: Path, how: str) -> None:
    folder = host.home / "elsewhere"
    setting = f'[virtualenvs]\npath = "{folder}"\n'
    if how == "variable":
        host = replace(host, variables={"POETRY_VIRTUALENVS_PATH": str(folder)})
    elif how == "shell file":
        write(host.home / ".bashrc", f"export POETRY_VIRTUALENVS_PATH={folder}\n")
    else:
        write(shop / how if how == "poetry.toml" else host.home / ".config/pypoetry" / how, setting)
    plan = plan_of(host, shop)
    assert plan.prefix.parent == folder
    told = dict(plan.commands[0].variables).get("POETRY_VIRTUALENVS_PATH")
    assert told == (str(folder) if how in {"variable", "shell file"} else None)


def test_a_central_folder_that_is_a_link_is_known_by_its_real_path(host: Host, shop: Path) -> None:
    (host.home / "big disk").mkdir()
    link(host.home / CENTRAL, host.home / "big disk")
    assert plan_of(host, shop).prefix.parent == host.home / "big disk"


def test_one_in_the_project_where_poetry_is_set_so_or_has_one_there(host: Host, shop: Path) -> None:
    asked = replace(host, variables={"POETRY_VIRTUALENVS_IN_PROJECT": "true"})
    plan = plan_of(asked, shop)
    assert (plan.prefix, plan.tables) == (shop / ".venv", ())
    assert words_of(plan) == [USE]
    (shop / ".venv").mkdir()
    assert plan_of(host, shop).prefix == shop / ".venv"
    forbidden = replace(host, variables={"POETRY_VIRTUALENVS_IN_PROJECT": "false"})
    assert plan_of(forbidden, shop).prefix.parent == host.home / CENTRAL


def test_a_file_called_venv_changes_nothing(host: Host, shop: Path) -> None:
    write(shop / ".venv", "somewhere\n")
    assert plan_of(host, shop).prefix.parent == host.home / CENTRAL


def test_an_old_note_of_the_same_python_goes_first(host: Host, shop: Path) -> None:
    note(host, shop, "3.12", "3.12.0")
    assert words_of(plan_of(host, shop)) == [("env", "use", "system"), USE]
    note(host, shop, "3.12", "3.12.1")
    assert words_of(plan_of(host, shop)) == [USE]
    note(host, shop, "3.11", "3.11.7")
    assert words_of(plan_of(host, shop)) == [USE]


def test_everything_that_was_asked_for_is_done_by_poetry(host: Host, shop: Path) -> None:
    plan = plan_of(host, shop, install=True, packages=("pandas>=2", "six"), ipykernel=True)
    assert words_of(plan) == [
        USE,
        ("install",),
        ("add", "--", "pandas>=2", "six"),
        ("add", "--group=dev", "--", "ipykernel"),
    ]
    assert all(dict(command.variables)["CONDA_DEFAULT_ENV"] == "base" for command in plan.commands)


def test_a_file_of_requirements_is_installed_beside(host: Host, shop: Path) -> None:
    file = write(shop / "requirements.txt", "six\n")
    plan = plan_of(host, shop, requirements=file, packages=("pandas",))
    assert [command.words[0] for command in plan.commands] == ["/tools/poetry", "/tools/poetry", "/tools/uv"]
    assert plan.commands[-1].words[-2:] == ("-r", str(file))


@pytest.mark.parametrize(
    ("text", "group"),
    [
        ('[project]\ndependencies = ["IPyKernel >= 7", "six"]\n', "main"),
        ('[tool.poetry.dependencies]\nipykernel = "^7"\n', "main"),
        ('[tool.poetry.dev-dependencies]\nipykernel = "*"\n', "dev"),
        ('[tool.poetry.group.notebooks.dependencies]\nipykernel = "*"\n', "notebooks"),
        ('[tool.poetry]\n[dependency-groups]\nlab = [{include-group = "x"}, "ipykernel>=6"]\n', "lab"),
    ],
)
def test_what_is_declared_already_is_installed_and_not_added_again(host: Host, text: str, group: str) -> None:
    project = write(host.home / "shop" / "pyproject.toml", text).parent
    install = ("install", "--no-root", f"--only={group}")
    assert words_of(plan_of(host, project, ipykernel=True)) == [USE, install]
    assert words_of(plan_of(host, project, packages=("ipykernel", "new"))) == [USE, install, ("add", "--", "new")]


def test_nonsense_in_the_projects_tables_declares_nothing(host: Host) -> None:
    text = '[project]\ndependencies = "x"\n[tool.poetry]\ngroup = 1\n[dependency-groups]\na = 1\nb = ["?"]\n'
    project = write(host.home / "shop" / "pyproject.toml", text).parent
    assert words_of(plan_of(host, project, packages=("six",))) == [USE, ("add", "--", "six")]


def test_the_shell_is_as_poetry_would_have_made_it(host: Host, shop: Path) -> None:
    (command,) = plan_of(host, shop).shell
    assert command.words[0] == "/tools/uv"
    assert {"--allow-existing", "--seed", "--prompt=shop-py3.12"} <= set(command.words)
    assert "--system-site-packages" not in command.words
    options = '[virtualenvs]\nprompt = "<{project_name}>\\nhome = /tmp"\n[virtualenvs.options]\n'
    write(shop / "poetry.toml", f"{options}no-pip = true\nsystem-site-packages = true\n")
    (command,) = plan_of(host, shop).shell
    assert {"--prompt=<shop>home = /tmp", "--system-site-packages"} <= set(command.words)
    assert "--seed" not in command.words
    (command,) = plan_of(host, shop, prompt="mine").shell
    assert "--prompt=mine" in command.words


def test_copies_are_made_by_the_python_itself(host: Host, shop: Path) -> None:
    write(shop / "poetry.toml", "[virtualenvs.options]\nalways-copy = true\n")
    plan = plan_of(host, shop)
    (command,) = plan.shell
    assert command.words[:4] == (str(PYTHON.path), "-I", "-m", "venv")
    assert command.words[-2:] == ("--copies", str(plan.prefix))


def test_a_python_that_the_project_leaves_out_is_refused_beforehand(host: Host) -> None:
    project = write(host.home / "shop" / "pyproject.toml", "[tool.poetry.dependencies]\npython = '^3.13'\n").parent
    with pytest.raises(Refused, match=r"allows Python \^3\.13, which leaves out 3\.12\.1"):
        plan_of(host, project)


def refused(host: Host, project: Path | None, **asked: object) -> EnvsError:
    with pytest.raises(EnvsError) as refusal:
        Poetry().plan_create(CreateRequest(PYTHON, project, **asked), Scene(host), TOOLS)  # type: ignore[arg-type]
    return refusal.value


def test_what_poetry_cannot_do_is_refused_in_words(host: Host, shop: Path) -> None:
    (host.home / "else").mkdir()
    assert "not a Poetry project" in refused(host, host.home / "else").message
    assert "poetry init" in refused(host, host.home / "else").fix
    write(host.home / "else" / "pyproject.toml", "[tool.black]\n")
    assert "not a Poetry project" in refused(host, host.home / "else").message
    assert "for projects only" in refused(host, None).message
    assert str(host.home / CENTRAL) in refused(host, shop, name="mine").fix
    assert str(host.home / CENTRAL) in refused(host, shop, prefix=shop / "mine").fix
    write(shop / "poetry.toml", "[virtualenvs]\ncreate = false\n")
    assert "make no environments" in refused(host, shop).message
    write(shop / "pyproject.toml", "[tool.poetry\n")
    assert isinstance(refused(host, shop), BadRequest)


def test_its_own_place_and_name_may_be_asked_for(host: Host, shop: Path) -> None:
    prefix = plan_of(host, shop).prefix
    assert plan_of(host, shop, prefix=prefix).prefix == prefix
    assert plan_of(host, shop, name=prefix.name).prefix == prefix


def test_without_poetry_or_a_version_nothing_is_made(host: Host, shop: Path) -> None:
    with pytest.raises(BadRequest, match="Poetry is not installed"):
        Poetry().plan_create(CreateRequest(PYTHON, shop), Scene(host), {})
    with pytest.raises(BadRequest, match=r"version of .* is not known"):
        plan_of(host, shop, replace(PYTHON, version="?"))


def test_removing_takes_the_note_that_chooses_it_and_no_other(host: Host, shop: Path) -> None:
    table = note(host, shop, "3.12", "3.12.1")
    scene = Scene(host)
    prefix = host.home / CENTRAL / f"{table.name}-py3.12"
    assert Poetry().plan_remove(owned(prefix), scene, {}) == RemovalPlan(tables=(table,))
    for other in (prefix.with_name(f"{table.name}-py3.11"), prefix.with_name("shop"), shop / ".venv"):
        assert Poetry().plan_remove(owned(other), scene, {}) == RemovalPlan()


def test_an_ipykernel_is_added_to_the_projects_developers_group(host: Host, shop: Path) -> None:
    table = note(host, shop, "3.12", "3.12.1")
    prefix = host.home / CENTRAL / f"{table.name}-py3.12"
    add = ("add", "--group=dev", "--", "ipykernel")
    for place in (prefix, shop / ".venv"):
        plan = Poetry().plan_add_ipykernel(owned(place, Link(shop, 0, "test")), Scene(host), TOOLS)
        assert (plan.prefix, plan.shell, plan.tables) == (place, (), ())
        assert words_of(plan) == [add]
    table.path.unlink()
    plan = Poetry().plan_add_ipykernel(owned(prefix, Link(shop, 0, "test")), Scene(host), TOOLS)
    assert words_of(plan) == [("env", "use", "--", os.fspath(prefix / "bin" / "python")), add]
    assert plan.tables == (table,)


def test_poetry_would_add_to_the_active_environment_only(host: Host, shop: Path) -> None:
    prefix = host.home / CENTRAL / "shop-abcdefgh-py3.11"
    link_ = Link(shop, 0, "Poetry's envs.toml says Python 3.12.", chosen=False)
    with pytest.raises(Refused, match=r"envs\.toml says Python 3") as refusal:
        Poetry().plan_add_ipykernel(owned(prefix, link_), Scene(host), TOOLS)
    assert "uv pip install --python" in refusal.value.fix
    plan = Poetry().plan_add_ipykernel(owned(prefix), Scene(host), TOOLS)
    assert plan.commands[0].words[0] == "/tools/uv"


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"poetry.lock": ""}, "The project has a poetry.lock."),
        ({"poetry.toml": ""}, "The project has a poetry.toml."),
        ({"pyproject.toml": "[tool.poetry]\n"}, "Its pyproject.toml has a [tool.poetry]."),
        (
            {"pyproject.toml": '[build-system]\nbuild-backend = "poetry.core.masonry.api"\n'},
            "Its pyproject.toml is built by Poetry.",
        ),
        ({"pyproject.toml": '[build-system]\nbuild-backend = "poetry.core.masonry.api"\n', "uv.lock": ""}, None),
        ({"pyproject.toml": '[project]\nname = "shop"\n'}, None),
        ({"pyproject.toml": "[tool.poetry\n"}, None),
        ({}, None),
    ],
)
def test_poetry_proposes_itself_for_its_own_projects(host: Host, files: dict[str, str], reason: str | None) -> None:
    project = host.home / "shop"
    project.mkdir()
    for name, text in files.items():
        write(project / name, text)
    assert Poetry().proposes(project, Scene(host)) == reason
