"""Projects and environments made by the real hatch."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from tests.real.workshop import Made, Workshop, install

if TYPE_CHECKING:
    from collections.abc import Iterator

PROJECT = """
[project]
name = "{name}"
version = "1.0"

[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[tool.hatch.build.targets.wheel]
packages = ["inside"]

[tool.hatch.envs.default]
skip-install = true
"""
SEVERAL = """
[tool.hatch.envs.docs]

[[tool.hatch.envs.test.matrix]]
python = ["{first}", "{last}"]

[tool.hatch.envs.hatch-test]
dependencies = []
skip-install = true

[[tool.hatch.envs.hatch-test.matrix]]
python = ["{last}"]

[tool.hatch.envs.hatch-static-analysis]
dependencies = []
"""


def new_project(folder: Path, name: str, more: str = "") -> Path:
    """A project whose environments stay empty."""
    (folder / "inside").mkdir(parents=True)
    (folder / "inside" / "__init__.py").touch()
    (folder / "pyproject.toml").write_text(PROJECT.format(name=name) + more, encoding="utf-8")
    return folder


def environment_of(workshop: Workshop, project: Path, name: str = "default") -> Path:
    """Where hatch says that an environment of a project is, whether or not it is there."""
    return Path(workshop.hatch(project, "env", "find", name).strip())


def make(workshop: Workshop, project: Path, name: str = "default") -> Path:
    """Let hatch make an environment."""
    workshop.hatch(project, "env", "create", name)
    return environment_of(workshop, project, name)


def several_environments_of_one_project(workshop: Workshop) -> Iterator[Made]:
    """The default, one more, a matrix, and those of hatch itself."""
    first, last = ("{}.{}".format(*each.minor) for each in workshop.pythons.two())
    project = new_project(workshop.home / "code" / "hatch-shop", "Hatch.Shop", SEVERAL.format(first=first, last=last))
    workshop.hatch(project, "env", "create", "test")
    names = [f"test.py{first}", f"test.py{last}", *(f"hatch-test.py{last}", "hatch-static-analysis", "docs", "default")]
    for name in names:
        prefix = environment_of(workshop, project, name) if name.startswith("test.") else make(workshop, project, name)
        if name == "default":
            install(prefix, "ipykernel")
        yield Made(label=f"hatch, {name}", prefix=prefix, project=project, manager="hatch", answer=environment_of)


def only_another_than_the_default(workshop: Workshop) -> Iterator[Made]:
    """Hatch would use its default, which is not there."""
    project = new_project(workshop.home / "code" / "hatch-other", "hatch-other", "[tool.hatch.envs.docs]\n")
    yield Made(
        label="hatch, no default",
        prefix=make(workshop, project, "docs"),
        project=project,
        manager="hatch",
        answer=environment_of,
    )


def a_path_with_spaces_capitals_dollar_and_accents(workshop: Workshop) -> Iterator[Made]:
    """The path goes into the hash."""
    project = new_project(workshop.home / "Data Science" / "Hatch Été $ales", "sales")
    yield Made(
        label="hatch, odd path", prefix=make(workshop, project), project=project, manager="hatch", answer=environment_of
    )


def where_the_project_says(workshop: Workshop) -> Iterator[Made]:
    """A path in pyproject.toml."""
    project = new_project(workshop.home / "code" / "hatch-path", "hatch-path", 'path = ".venv"\n')
    yield Made(
        label="hatch, .venv by path",
        prefix=make(workshop, project),
        project=project,
        manager="hatch",
        answer=environment_of,
    )


def deleted_projects(workshop: Workshop) -> Iterator[Made]:
    """One that nothing names any more, and one whose installation says where it was."""
    unknown = new_project(workshop.home / "code" / "hatch-deleted", "hatch-deleted")
    prefix = make(workshop, unknown)
    yield Made(label="hatch, deleted project", prefix=prefix, manager="hatch", lost=True)
    known = new_project(workshop.home / "code" / "hatch gone", "hatch-gone")
    prefix = make(workshop, known)
    install(prefix, "--no-deps", "--editable", known)
    yield Made(label="hatch, deleted, installed", prefix=prefix, project=known, manager="hatch", lost=True)
    shutil.rmtree(unknown)
    shutil.rmtree(known)


IN_THE_MAIN_HOME = (
    several_environments_of_one_project,
    only_another_than_the_default,
    a_path_with_spaces_capitals_dollar_and_accents,
    where_the_project_says,
    deleted_projects,
)


def one_environment(workshop: Workshop) -> Iterator[Made]:
    """Enough where only the place of the folder is the subject."""
    project = new_project(workshop.home / "code" / "hatch-one", "hatch-one")
    yield Made(
        label="hatch, folder elsewhere",
        prefix=make(workshop, project),
        project=project,
        manager="hatch",
        answer=environment_of,
    )


def a_folder_in_each_project(workshop: Workshop) -> Iterator[Made]:
    """Hatch's own `config` command writes it; there the folders lie flat."""
    workshop.hatch(workshop.folder("code"), "config", "set", "dirs.env.virtual", ".hatch")
    project = new_project(workshop.home / "code" / "hatch-flat", "Hatch_Flat", "[tool.hatch.envs.docs]\n")
    yield Made(
        label="hatch, .hatch in the project",
        prefix=make(workshop, project),
        project=project,
        manager="hatch",
        answer=environment_of,
    )
    yield Made(
        label="hatch, another beside it",
        prefix=make(workshop, project, "docs"),
        project=project,
        manager="hatch",
        answer=environment_of,
    )
