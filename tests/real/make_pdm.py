"""Projects and environments made by the real PDM."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from tests.real.make_virtualenvwrapper import workon_home
from tests.real.workshop import Made, Workshop, install, uv_venv

if TYPE_CHECKING:
    from collections.abc import Iterator

PROJECT = '[project]\nname = "plain"\nversion = "1.0"\nrequires-python = ">=3.8"\n[tool.pdm]\ndistribution = false\n'
CENTRAL = {"PDM_VENV_IN_PROJECT": "false"}


def new_project(folder: Path) -> Path:
    """A project that PDM need not install."""
    folder.mkdir(parents=True)
    (folder / "pyproject.toml").write_text(PROJECT, encoding="utf-8")
    (folder / "pdm.lock").write_text("", encoding="utf-8")
    return folder


def environment_of(workshop: Workshop, project: Path) -> Path:
    """Where PDM says that a project's environment is."""
    return Path(workshop.pdm(project, "info", "--python").strip()).parent.parent


def make(workshop: Workshop, project: Path, python: Path, *options: str, **more: str) -> Path:
    """Let PDM make an environment; it says where."""
    said = workshop.pdm(project, "venv", "create", *options, python, **more).replace("\n", " ")
    return Path(said[said.index("Virtualenv ") + len("Virtualenv ") : said.rindex(" is created")])


def several_central_ones(workshop: Workshop) -> Iterator[Made]:
    """Two Pythons and one with a name of its own; `pdm use` notes the choice."""
    first, last = workshop.pythons.two()
    project = new_project(workshop.home / "code" / "pdm-shop")
    made = {
        "pdm, the older Python": make(workshop, project, first.executable, **CENTRAL),
        "pdm, the newer Python": make(workshop, project, last.executable, **CENTRAL),
        "pdm, a name of its own": make(workshop, project, first.executable, "--name", "test", **CENTRAL),
    }
    install(made["pdm, the older Python"], "ipykernel")
    workshop.pdm(project, "use", "--first", made["pdm, the older Python"] / "bin" / "python")
    for label, prefix in made.items():
        yield Made(label=label, prefix=prefix, project=project, manager="pdm", answer=environment_of)


def in_the_project(workshop: Workshop) -> Iterator[Made]:
    """As PDM does by default, with nothing noted; a central one had been made before."""
    project = new_project(workshop.home / "code" / "pdm-inside")
    central = make(workshop, project, workshop.pythons.default.executable, **CENTRAL)
    prefix = make(workshop, project, workshop.pythons.default.executable)
    yield Made(label="pdm, in the project", prefix=prefix, project=project, manager="pdm", answer=environment_of)
    yield Made(label="pdm, behind the .venv", prefix=central, project=project, manager="pdm", answer=environment_of)


def a_path_with_spaces_capitals_dollar_and_accents(workshop: Workshop) -> Iterator[Made]:
    """The folder's name goes into the environment's as it is."""
    project = new_project(workshop.home / "Data Science" / "Pdm Été $ales")
    prefix = make(workshop, project, workshop.pythons.default.executable, **CENTRAL)
    yield Made(label="pdm, odd path", prefix=prefix, project=project, manager="pdm", answer=environment_of)


def a_deleted_project(workshop: Workshop) -> Iterator[Made]:
    """Nothing in the environment says where the project was."""
    project = new_project(workshop.home / "code" / "pdm-deleted")
    prefix = make(workshop, project, workshop.pythons.default.executable, **CENTRAL)
    shutil.rmtree(project)
    yield Made(label="pdm, deleted project", prefix=prefix, manager="pdm", lost=True)


def one_of_virtualenvwrapper_that_is_used(workshop: Workshop) -> Iterator[Made]:
    """It stays virtualenvwrapper's, and is the project's choice before the .venv."""
    project = new_project(workshop.home / "code" / "pdm-wrapped")
    inside = make(workshop, project, workshop.pythons.default.executable)
    prefix = uv_venv(workon_home(workshop) / "for-pdm", workshop.pythons.default.executable)
    workshop.pdm(project, "use", "--first", prefix / "bin" / "python")
    yield Made(
        label=".pdm-python names it", prefix=prefix, project=project, manager="virtualenvwrapper", answer=environment_of
    )
    yield Made(label="pdm, the .venv beside it", prefix=inside, project=project, manager="pdm", answer=environment_of)


IN_THE_MAIN_HOME = (
    several_central_ones,
    in_the_project,
    a_path_with_spaces_capitals_dollar_and_accents,
    a_deleted_project,
    one_of_virtualenvwrapper_that_is_used,
)


def one_environment(workshop: Workshop) -> Iterator[Made]:
    """Enough where only the place of the central folder is the subject."""
    workshop.pdm(workshop.folder("code"), "config", "venv.in_project", "false")
    project = new_project(workshop.home / "code" / "pdm-one")
    prefix = make(workshop, project, workshop.pythons.default.executable)
    yield Made(label="pdm, folder elsewhere", prefix=prefix, project=project, manager="pdm", answer=environment_of)


def a_folder_by_its_settings(workshop: Workshop) -> Iterator[Made]:
    """PDM's own `config` command writes it."""
    workshop.pdm(workshop.folder("code"), "config", "venv.location", "~/pdm central")
    yield from one_environment(workshop)
