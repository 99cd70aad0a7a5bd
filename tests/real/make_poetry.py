"""Projects and environments made by the real Poetry."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

from tests.real.outside import run, variables
from tests.real.workshop import Made, Workshop, install, uv_venv

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PACKAGE = """
[project]
name = "{name}"
version = "1.0"
requires-python = ">=3.8"

[tool.poetry]
packages = [{{ include = "inside" }}]

[build-system]
requires = ["poetry-core>=2"]
build-backend = "poetry.core.masonry.api"
"""
NAMELESS = "[tool.poetry]\npackage-mode = false\n\n[tool.poetry.dependencies]\npython = '>=3.8'\n"


def new_project(folder: Path, name: str) -> Path:
    """A project that Poetry can install: a package of one empty module."""
    (folder / "inside").mkdir(parents=True)
    (folder / "inside" / "__init__.py").touch()
    (folder / "README.md").touch()
    (folder / "pyproject.toml").write_text(PACKAGE.format(name=name), encoding="utf-8")
    return folder


def environment_of(workshop: Workshop, project: Path, **more: str) -> Path:
    """Where Poetry says that a project's environment is."""
    return workshop.home / workshop.poetry(project, "env", "info", "--path", **more).strip()


def installed(workshop: Workshop, project: Path, **more: str) -> Path:
    """Let Poetry make the environment and install the project itself, which writes direct_url.json."""
    workshop.poetry(project, "install", **more)
    return environment_of(workshop, project, **more)


def two_pythons_for_one_project(workshop: Workshop) -> Iterator[Made]:
    """The one used last is the active one."""
    first, last = workshop.pythons.two()
    project = new_project(workshop.home / "code" / "shop", "shop")
    for python in (last, first):
        workshop.poetry(project, "env", "use", python.executable)
        prefix = environment_of(workshop, project)
        install(prefix, "ipykernel")
        yield Made(label=f"two Pythons, {prefix.name[-6:]}", prefix=prefix, project=project, manager="poetry")


def a_path_with_spaces_capitals_dollar_and_accents(workshop: Workshop) -> Iterator[Made]:
    """The path goes into the hash, the name into the folder's name."""
    project = new_project(workshop.home / "Data Science" / "Été $ales Report", "Sales.Report_2")
    prefix = installed(workshop, project)
    install(prefix, "ipykernel")
    yield Made(label="spaces, capitals, $, accents", prefix=prefix, project=project, manager="poetry")


def a_project_without_a_name(workshop: Workshop) -> Iterator[Made]:
    """Not a package, hence called non-package-mode."""
    project = workshop.folder("code", "nameless")
    (project / "pyproject.toml").write_text(NAMELESS, encoding="utf-8")
    workshop.poetry(project, "install", "--no-root")
    yield Made(label="non-package mode", prefix=environment_of(workshop, project), project=project, manager="poetry")


def a_long_name(workshop: Workshop) -> Iterator[Made]:
    """Cut at 42 characters in the folder's name."""
    project = new_project(workshop.home / "code" / "long", "Extraordinarily-Long-Name-Of-A-Project-For-The-Books")
    yield Made(label="a long name", prefix=installed(workshop, project), project=project, manager="poetry")


def a_renamed_project(workshop: Workshop) -> Iterator[Made]:
    """Poetry ignores the environment that has the old name."""
    project = new_project(workshop.home / "code" / "renamed", "old-name")
    old = installed(workshop, project)
    (project / "pyproject.toml").write_text(PACKAGE.format(name="new-name"), encoding="utf-8")
    new = installed(workshop, project)
    yield Made(label="renamed, the old one", prefix=old, project=project, manager="poetry")
    yield Made(label="renamed, the new one", prefix=new, project=project, manager="poetry")


def a_deleted_project(workshop: Workshop) -> Iterator[Made]:
    """Nothing in the environment says where the project was."""
    project = new_project(workshop.home / "code" / "deleted", "deleted")
    workshop.poetry(project, "install", "--no-root")
    prefix = environment_of(workshop, project)
    shutil.rmtree(project)
    yield Made(label="deleted project", prefix=prefix, manager="poetry", lost=True)


def a_deleted_project_that_was_installed(workshop: Workshop) -> Iterator[Made]:
    """Its direct_url.json says where the project was."""
    project = new_project(workshop.home / "code" / "gone & lost", "gone")
    prefix = installed(workshop, project)
    shutil.rmtree(project)
    yield Made(label="deleted project, installed", prefix=prefix, project=project, manager="poetry", lost=True)


def a_moved_project(workshop: Workshop) -> Iterator[Made]:
    """The folder has another hash now, so the old environment is an orphan."""
    project = new_project(workshop.home / "code" / "before", "movable")
    prefix = installed(workshop, project)
    after = project.rename(project.with_name("after"))
    yield Made(label="moved project, the old one", prefix=prefix, project=project, manager="poetry", lost=True)
    yield Made(label="moved project, the new one", prefix=installed(workshop, after), project=after, manager="poetry")


def a_project_reached_by_a_linked_folder(workshop: Workshop) -> Iterator[Made]:
    """Poetry hashes the real path."""
    project = new_project(workshop.home / "code" / "real", "linked")
    link = workshop.folder("links") / "shortcut"
    link.symlink_to(project)
    yield Made(label="reached by a link", prefix=installed(workshop, link), project=project, manager="poetry")


def a_project_outside_the_home(workshop: Workshop) -> Iterator[Made]:
    """No walk sees it; direct_url.json leads to it."""
    project = new_project(workshop.home.with_name(workshop.home.name + "-disk") / "far", "far")
    link = workshop.folder("links") / "far"
    link.symlink_to(project)
    prefix = installed(workshop, link)
    install(prefix, "ipykernel")
    yield Made(label="outside the home, linked", prefix=prefix, project=project, manager="poetry")


def in_project_by_poetry_toml(workshop: Workshop) -> Iterator[Made]:
    """poetry.toml asks for .venv."""
    project = new_project(workshop.home / "code" / "inside", "inside")
    workshop.poetry(project, "config", "--local", "virtualenvs.in-project", "true")
    prefix = installed(workshop, project)
    install(prefix, "ipykernel")
    yield Made(label="in-project by poetry.toml", prefix=prefix, project=project, manager="poetry")


def in_project_by_variable(workshop: Workshop) -> Iterator[Made]:
    """The variable was set when it was made, and is not any more."""
    project = new_project(workshop.home / "code" / "by variable", "by-variable")
    prefix = installed(workshop, project, POETRY_VIRTUALENVS_IN_PROJECT="true")
    yield Made(label="in-project by variable", prefix=prefix, project=project, manager="poetry")


def made_by_uv_in_a_poetry_project(workshop: Workshop) -> Iterator[Made]:
    """poetry.lock says whose it is, though pyvenv.cfg says who made it; `poetry lock` had made a central one."""
    project = new_project(workshop.home / "code" / "by uv", "by-uv")
    workshop.poetry(project, "lock")
    central = environment_of(workshop, project)
    prefix = uv_venv(project / ".venv", workshop.pythons.default.executable)
    install(prefix, "ipykernel")
    yield Made(label="central, behind uv's .venv", prefix=central, project=project, manager="poetry")
    yield Made(label="uv's .venv in a Poetry project", prefix=prefix, project=project, manager="poetry")


def a_stray_venv_beside_a_central_environment(workshop: Workshop) -> Iterator[Made]:
    """poetry.toml forbids in-project, so Poetry ignores the .venv that somebody made."""
    project = new_project(workshop.home / "code" / "stray", "stray")
    workshop.poetry(project, "config", "--local", "virtualenvs.in-project", "false")
    central = installed(workshop, project)
    stray = uv_venv(project / ".venv", workshop.pythons.default.executable)
    yield Made(label="beside a stray .venv", prefix=central, project=project, manager="poetry")
    yield Made(label="the stray .venv", prefix=stray, project=project, unchecked=frozenset({"manager"}))


IN_THE_MAIN_HOME = (
    two_pythons_for_one_project,
    a_path_with_spaces_capitals_dollar_and_accents,
    a_project_without_a_name,
    a_long_name,
    a_renamed_project,
    a_deleted_project,
    a_deleted_project_that_was_installed,
    a_moved_project,
    a_project_reached_by_a_linked_folder,
    a_project_outside_the_home,
    in_project_by_poetry_toml,
    in_project_by_variable,
    made_by_uv_in_a_poetry_project,
    a_stray_venv_beside_a_central_environment,
)


def a_project_in_a_moved_folder(workshop: Workshop) -> Iterator[Made]:
    """The home's variables or its config.toml move the central folder; Poetry says where to."""
    project = new_project(workshop.home / "code" / "moved", "moved")
    prefix = installed(workshop, project)
    yield Made(label="central folder moved", prefix=prefix, project=project, manager="poetry")


def a_folder_moved_by_config_toml(workshop: Workshop) -> Iterator[Made]:
    """Poetry's own `config` command writes `~` and `{cache-dir}`."""
    anywhere = workshop.folder("code")
    workshop.poetry(anywhere, "config", "cache-dir", "~/big disk/poetry")
    workshop.poetry(anywhere, "config", "virtualenvs.path", "{cache-dir}/environments")
    yield from a_project_in_a_moved_folder(workshop)


def central_folder(workshop: Workshop) -> Path:
    """Where Poetry says that it keeps environments."""
    return workshop.home / workshop.poetry(workshop.home, "config", "virtualenvs.path").strip()


def hashes(workshop: Workshop, projects: list[Path]) -> dict[Path, str]:
    """What Poetry's own function makes of each folder: the eight characters in a central name."""
    question = (
        "import json, pathlib, sys\n"
        "from poetry.utils.env import EnvManager as manager\n"
        "print(json.dumps([manager.generate_env_name('x', p)[2:] for p in json.loads(sys.argv[1])]))"
    )
    argv: list[str | Path] = [
        workshop.tools.poetry_python,
        "-c",
        question,
        json.dumps([str(each) for each in projects]),
    ]
    return dict(zip(projects, json.loads(run(argv, variables(workshop.home))), strict=True))
