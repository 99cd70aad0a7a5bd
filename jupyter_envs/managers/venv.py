"""Plain environments: made by `python -m venv`, virtualenv or uv, kept by nobody but their project."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from jupyter_envs import naming
from jupyter_envs.errors import BadRequest
from jupyter_envs.managers import installing
from jupyter_envs.managers.base import (
    Candidate,
    Claim,
    CreateRequest,
    EnvironmentManager,
    Owned,
    Plan,
    RemovalPlan,
    Scene,
    Sighting,
    in_project_link,
    quoted,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


class Venv(EnvironmentManager):
    """An environment that no tool claims belongs to the folder that it lies in."""

    name = "venv"
    title = "venv"
    creates = True
    removes = True

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
        prefix = _prefix(request)
        own = installing.declared(request, prefix, tools, scene)
        seed = not installing.takes_pip(request, prefix, tools, scene)
        wanted = request if seed else replace(request, packages=(*request.packages, "pip"))
        commands = (*own, *installing.packages(wanted, prefix, tools, scene))
        return Plan(prefix, commands, installing.shell(request, prefix, tools, scene, seed=seed))

    def plan_remove(self, owned: Owned, scene: Scene, tools: Mapping[str, Path]) -> RemovalPlan:
        """Its folder alone."""
        return RemovalPlan()

    def plan_add_ipykernel(self, owned: Owned, scene: Scene, tools: Mapping[str, Path]) -> Plan:
        """As pip would."""
        return installing.ipykernel(owned.candidate.prefix, tools, scene)

    def how_to_recreate(self, prefix: Path, project: Path | None) -> str:
        """With the command that works on every machine."""
        return f"Make it again: python3 -m venv --clear {quoted(prefix)}"


def _prefix(request: CreateRequest) -> Path:
    if request.prefix is not None:
        return request.prefix
    if request.project is None:
        raise BadRequest("Nothing says where the environment shall lie.", "Choose a project or a folder.")
    name = request.name or ".venv"
    if name in {".", ".."} or os.path.basename(name) != name or "\0" in name:
        raise BadRequest(f"{name!r} cannot be the name of an environment.", "Choose the name of one folder.")
    return request.project / name
