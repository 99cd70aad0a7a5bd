"""Projects and environments made by the real pipenv."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from tests.real.make_virtualenvwrapper import workon_home
from tests.real.workshop import Made, Workshop, install, uv_venv

if TYPE_CHECKING:
    from collections.abc import Iterator

SETTING = "\n[pipenv]\nvenv_in_project = true\n"


def new_project(folder: Path, more: str = "") -> Path:
    """A project with a Pipfile that asks for nothing."""
    folder.mkdir(parents=True)
    (folder / "Pipfile").write_text("[packages]\n" + more, encoding="utf-8")
    return folder


def environment_of(workshop: Workshop, project: Path) -> Path:
    """Where pipenv says that a project's environment is."""
    return Path(workshop.pipenv(project, "--venv").strip())


def make(workshop: Workshop, project: Path, python: Path | None = None, **more: str) -> Path:
    """Let pipenv make the environment."""
    workshop.pipenv(project, "--python", python or workshop.pythons.default.executable, **more)
    return Path(workshop.pipenv(project, "--venv", **more).strip())


def two_pythons_for_one_project(workshop: Workshop) -> Iterator[Made]:
    """A variable puts the second one beside the first."""
    first, last = workshop.pythons.two()
    project = new_project(workshop.home / "code" / "pip-shop")
    plain = make(workshop, project, first.executable)
    other = make(workshop, project, last.executable, PIPENV_PYTHON="{}.{}".format(*last.minor))
    install(plain, "ipykernel")
    yield Made(label="pipenv, the plain name", prefix=plain, project=project, manager="pipenv", answer=environment_of)
    yield Made(label="pipenv, another Python", prefix=other, project=project, manager="pipenv", answer=environment_of)


def a_path_with_spaces_capitals_dollar_and_accents(workshop: Workshop) -> Iterator[Made]:
    """What a shell would read is replaced in the folder's name."""
    project = new_project(workshop.home / "Data Science" / "Été & $ales (2)")
    yield Made(
        label="pipenv, odd path",
        prefix=make(workshop, project),
        project=project,
        manager="pipenv",
        answer=environment_of,
    )


def a_name_by_variable(workshop: Workshop) -> Iterator[Made]:
    """Only the shell that has the variable finds it by name: which one is active is not asked."""
    project = new_project(workshop.home / "code" / "pip-named")
    prefix = make(workshop, project, PIPENV_CUSTOM_VENV_NAME="my-own-name")
    unchecked = frozenset({"active"})
    yield Made(
        label="pipenv, a name of one's own", prefix=prefix, project=project, manager="pipenv", unchecked=unchecked
    )


def a_deleted_project(workshop: Workshop) -> Iterator[Made]:
    """The file .project says where it was."""
    project = new_project(workshop.home / "code" / "pip-deleted")
    prefix = make(workshop, project)
    shutil.rmtree(project)
    yield Made(label="pipenv, deleted project", prefix=prefix, project=project, manager="pipenv", lost=True)


def a_moved_project(workshop: Workshop) -> Iterator[Made]:
    """The Pipfile has another hash now."""
    project = new_project(workshop.home / "code" / "pip-before")
    prefix = make(workshop, project)
    after = project.rename(project.with_name("pip-after"))
    yield Made(label="pipenv, moved, the old one", prefix=prefix, project=project, manager="pipenv", lost=True)
    yield Made(
        label="pipenv, moved, the new one",
        prefix=make(workshop, after),
        project=after,
        manager="pipenv",
        answer=environment_of,
    )


def in_project_by_variable(workshop: Workshop) -> Iterator[Made]:
    """The variable was set when it was made, and is not any more."""
    project = new_project(workshop.home / "code" / "pip-inside")
    prefix = make(workshop, project, PIPENV_VENV_IN_PROJECT="1")
    yield Made(
        label="pipenv, in-project by variable", prefix=prefix, project=project, manager="pipenv", answer=environment_of
    )


def in_project_by_the_pipfile(workshop: Workshop) -> Iterator[Made]:
    """A central one had been made before."""
    project = new_project(workshop.home / "code" / "pip-both")
    central = make(workshop, project)
    (project / "Pipfile").write_text(f"[packages]\n{SETTING}", encoding="utf-8")
    prefix = make(workshop, project)
    yield Made(
        label="pipenv, in-project by Pipfile", prefix=prefix, project=project, manager="pipenv", answer=environment_of
    )
    yield Made(
        label="pipenv, behind the .venv", prefix=central, project=project, manager="pipenv", answer=environment_of
    )


def a_venv_of_somebody_else_beside_a_central_one(workshop: Workshop) -> Iterator[Made]:
    """Pipenv keeps to the central one."""
    project = new_project(workshop.home / "code" / "pip-stray")
    central = make(workshop, project)
    stray = uv_venv(project / ".venv", workshop.pythons.default.executable)
    yield Made(
        label="pipenv, beside a stray .venv", prefix=central, project=project, manager="pipenv", answer=environment_of
    )
    yield Made(label="pipenv, the stray .venv", prefix=stray, project=project, manager="pipenv", answer=environment_of)


def a_file_called_venv(workshop: Workshop) -> Iterator[Made]:
    """It names one in the central folder, or one by its path; what an earlier one made is ignored."""
    project = new_project(workshop.home / "code" / "pip-file")
    central = make(workshop, project)
    (project / ".venv").write_text("named-by-a-file\n", encoding="utf-8")
    yield Made(
        label="pipenv, a .venv file",
        prefix=make(workshop, project),
        project=project,
        manager="pipenv",
        answer=environment_of,
    )
    yield Made(
        label="pipenv, behind a .venv file", prefix=central, project=project, manager="pipenv", answer=environment_of
    )
    other = new_project(workshop.home / "code" / "pip-path")
    (other / ".venv").write_text("./envs/here", encoding="utf-8")
    yield Made(
        label="pipenv, a .venv file with a path",
        prefix=make(workshop, other),
        project=other,
        manager="pipenv",
        answer=environment_of,
    )


def a_file_that_names_one_of_virtualenvwrapper(workshop: Workshop) -> Iterator[Made]:
    """Pipenv takes it as it is; it stays virtualenvwrapper's."""
    prefix = uv_venv(workon_home(workshop) / "shared", workshop.pythons.default.executable)
    project = new_project(workshop.home / "code" / "pip-shared")
    (project / ".venv").write_text("shared", encoding="utf-8")
    yield Made(
        label="a .venv file names it",
        prefix=prefix,
        project=project,
        manager="virtualenvwrapper",
        answer=environment_of,
    )


IN_THE_MAIN_HOME = (
    two_pythons_for_one_project,
    a_path_with_spaces_capitals_dollar_and_accents,
    a_name_by_variable,
    a_deleted_project,
    a_moved_project,
    in_project_by_variable,
    in_project_by_the_pipfile,
    a_venv_of_somebody_else_beside_a_central_one,
    a_file_called_venv,
    a_file_that_names_one_of_virtualenvwrapper,
)


def one_environment(workshop: Workshop) -> Iterator[Made]:
    """Enough where only the place of the central folder is the subject."""
    project = new_project(workshop.home / "code" / "pip-one")
    yield Made(
        label="pipenv, folder elsewhere",
        prefix=make(workshop, project),
        project=project,
        manager="pipenv",
        answer=environment_of,
    )
