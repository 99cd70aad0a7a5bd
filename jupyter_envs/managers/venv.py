"""Plain environments: made by `python -m venv`, virtualenv or uv, kept by nobody but their project."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_envs import naming
from jupyter_envs.errors import BadRequest
from jupyter_envs.managers.base import (
    Candidate,
    Claim,
    Command,
    CreateRequest,
    EnvironmentManager,
    Plan,
    Scene,
    Sighting,
    in_project_link,
    quoted,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class Venv(EnvironmentManager):
    """An environment that no tool claims belongs to the folder that it lies in."""

    name = "venv"
    title = "venv"
    creates = True

    def of_project(self, project: Path, scene: Scene) -> Iterator[Sighting]:
        """The environments that lie in a project's folder, whatever they are called and whoever owns them."""
        for name in scene.names(project):
            if os.path.lexists(project / name / "pyvenv.cfg") or naming.is_environment_name(name):
                yield Sighting(project / name, f"venv: in {project}")

    def claim_by_markers(self, candidate: Candidate, scene: Scene) -> Claim | None:
        """Always: whatever is left over. It serves its folder where that is a project or its name says so."""
        is_project = bool(scene.telling_names(candidate.folder))
        if not is_project and not naming.is_environment_name(candidate.prefix.name):
            return Claim()
        return Claim(links=(in_project_link(candidate, "It lies in the project's folder."),))

    def plan_create(self, request: CreateRequest, scene: Scene, tools: Mapping[str, Path]) -> Plan:
        """Through uv where it is, which is faster; otherwise with the interpreter's own `venv` and pip."""
        uv = tools.get("uv")
        prefix = _prefix(request)
        return Plan(prefix, tuple(_with_uv(request, prefix, uv) if uv else _with_pip(request, prefix)))

    def how_to_recreate(self, prefix: Path, project: Path | None) -> str:
        """With the command that works on every machine."""
        return f"Make it again: python3 -m venv --clear {quoted(prefix)}"


def _with_uv(request: CreateRequest, prefix: Path, program: Path) -> Iterator[Command]:
    uv = (os.fspath(program), "--no-python-downloads", "--no-progress")
    python = os.fspath(request.python.path)
    yield Command(
        (*uv, "venv", "--seed", "--allow-existing", "--no-project", "--python", python, os.fspath(prefix)),
        _nowhere(prefix),
        "Making the environment",
    )
    if request.packages:
        inside = os.fspath(prefix / "bin" / "python")
        yield Command(
            (*uv, "pip", "install", "--python", inside, "--", *request.packages),
            _nowhere(prefix),
            "Installing packages",
        )


def _with_pip(request: CreateRequest, path: Path) -> Iterator[Command]:
    python, prefix = os.fspath(request.python.path), os.fspath(path)
    yield Command((python, "-I", "-m", "venv", prefix), _nowhere(path), "Making the environment")
    if request.packages:
        inside = os.fspath(path / "bin" / "python")
        words = (inside, "-I", "-m", "pip", "install", "--disable-pip-version-check", "--", *request.packages)
        yield Command(words, _nowhere(path), "Installing packages")


def _prefix(request: CreateRequest) -> Path:
    if request.prefix is not None:
        return request.prefix
    if request.project is None:
        raise BadRequest("Nothing says where the environment shall lie.", "Choose a project or a folder.")
    return request.project / (request.name or ".venv")


def _nowhere(prefix: Path) -> Path:
    """The root folder: a `uv.toml` or `[tool.uv]` of the project must not choose where packages come from.

    What the person or the administrator set for uv and pip counts in every folder.
    """
    return Path(prefix.anchor)
