"""Projects and environments made by the real uv."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from tests.real.outside import UV, run
from tests.real.workshop import Made, Workshop, install, uv_venv

if TYPE_CHECKING:
    from collections.abc import Iterator

PROJECT = """
[project]
name = "{name}"
version = "1.0"
requires-python = ">=3.8"
"""
PACKAGE = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[tool.hatch.build.targets.wheel]
packages = ["inside"]
"""
WORKSPACE = """
[tool.uv.workspace]
members = ["packages/*"]
"""


def new_project(folder: Path, name: str, *more: str) -> Path:
    """A project of one empty package."""
    (folder / "inside").mkdir(parents=True)
    (folder / "inside" / "__init__.py").touch()
    (folder / "pyproject.toml").write_text(PROJECT.format(name=name) + "".join(more), encoding="utf-8")
    return folder


def uv(workshop: Workshop, project: Path, *arguments: str | Path, **more: str) -> str:
    """Run uv in a project, with the invoking user's cache and index and the home's variables."""
    dropped = {"VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME", "UV_PROJECT_ENVIRONMENT", "CONDA_PREFIX"}
    kept = {name: value for name, value in os.environ.items() if name not in dropped}
    moved = {name: value for name, value in workshop.moved.items() if name.startswith("UV_")}
    argv = [UV, "--no-python-downloads", "--no-progress", *arguments]
    return run(argv, {**kept, **moved, **more}, project)


def synced(workshop: Workshop, project: Path, *options: str, **more: str) -> Path:
    """Let uv make the environment of a project; its prefix, as uv itself says."""
    uv(workshop, project, "sync", "--python", workshop.pythons.default.executable, *options, **more)
    return uses(workshop, project, **more)


def uses(workshop: Workshop, project: Path, **more: str) -> Path:
    """The environment that uv uses in a folder."""
    said = uv(workshop, project, "run", "--no-sync", "python", "-c", "import sys; print(sys.prefix)", **more)
    return Path(os.path.realpath(said.strip()))


def a_project_of_uvs(workshop: Workshop) -> Iterator[Made]:
    """The usual case, and one that was made by hand beside the lock file."""
    project = new_project(workshop.home / "code" / "by uv sync", "synced")
    prefix = synced(workshop, project)
    install(prefix, "ipykernel")
    extra = uv_venv(project / "sandbox", workshop.pythons.default.executable)
    yield Made(label="uv project", prefix=prefix, project=project, manager="uv", answer=uses)
    yield Made(label="uv project, another name", prefix=extra, project=project, answer=uses)


def a_workspace_of_uvs(workshop: Workshop) -> Iterator[Made]:
    """A member gets the root's environment, also where somebody made one in the member."""
    root = new_project(workshop.home / "code" / "workspace", "workspace", WORKSPACE)
    one = new_project(root / "packages" / "one", "one")
    two = new_project(root / "packages" / "two", "two")
    prefix = synced(workshop, two)
    stray = uv_venv(one / ".venv", workshop.pythons.default.executable)
    yield Made(label="uv workspace", prefix=prefix, project=root, manager="uv", also=(one, two), answer=uses)
    yield Made(label="uv workspace, stray in member", prefix=stray, project=one, answer=uses)


def a_project_in_uvs_cache(workshop: Workshop) -> Iterator[Made]:
    """uv keeps it centrally, and the project's .venv is a link."""
    project = new_project(workshop.home / "code" / "central", "central")
    cache = {"UV_CACHE_DIR": str(workshop.home / ".cache" / "uv")}
    prefix = synced(workshop, project, "--preview-features", "centralized-project-envs", **cache)
    alias = project / ".venv"
    yield Made(
        label="uv, in its cache", prefix=prefix, project=project, manager="uv", aliases=(alias,), answer=uses
    )  # fmt: skip


def a_venv_file(workshop: Workshop) -> Iterator[Made]:
    """The project's .venv is a file with a path."""
    project = new_project(workshop.home / "code" / "redirected", "redirected")
    prefix = uv_venv(workshop.home / "elsewhere" / "redirected", workshop.pythons.default.executable)
    (project / ".venv").write_text("../../elsewhere/redirected\n", encoding="utf-8")
    uv(workshop, project, "lock", "--python", workshop.pythons.default.executable)
    yield Made(label="uv, .venv is a file", prefix=prefix, project=project, answer=uses)


def a_project_that_was_installed_elsewhere(workshop: Workshop) -> Iterator[Made]:
    """The variable was set when it was made, and is not any more: its direct_url.json leads to the project."""
    project = new_project(workshop.home / "code" / "installed", "installed", PACKAGE)
    prefix = synced(workshop, project, UV_PROJECT_ENVIRONMENT=str(workshop.home / "far" / "installed"))
    yield Made(label="uv, elsewhere, no variable", prefix=prefix, project=project, manager="uv")


IN_THE_MAIN_HOME = (
    a_project_of_uvs,
    a_workspace_of_uvs,
    a_project_in_uvs_cache,
    a_venv_file,
    a_project_that_was_installed_elsewhere,
)


def where_the_variable_says(workshop: Workshop) -> Iterator[Made]:
    """The home's UV_PROJECT_ENVIRONMENT is relative or absolute; uv says where that leads."""
    project = new_project(workshop.home / "code" / "by the variable", "by-the-variable")
    prefix = synced(workshop, project)
    stray = uv_venv(project / ".venv", workshop.pythons.default.executable)
    label = "uv, UV_PROJECT_ENVIRONMENT"
    yield Made(label=label, prefix=prefix, project=project, manager="uv", answer=uses)
    yield Made(label=label + ", stray", prefix=stray, project=project, manager="uv", answer=uses)
