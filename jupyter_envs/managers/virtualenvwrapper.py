"""virtualenvwrapper: named environments in one folder, each with or without a project.

Rules and their sources: docs/reference/managers/virtualenvwrapper.md. Its hooks (`postactivate` and the like) are
programs; finding runs none of them, and making and removing run them as virtualenvwrapper does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jupyter_envs.errors import BadRequest, Problem, ProblemCode
from jupyter_envs.managers import installing
from jupyter_envs.managers import virtualenvwrapper_making as making
from jupyter_envs.managers.base import (
    LINKED,
    Candidate,
    Claim,
    CreateRequest,
    EnvironmentManager,
    Link,
    Owned,
    Plan,
    RemovalPlan,
    Scene,
    Sighting,
    quoted,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


class Virtualenvwrapper(EnvironmentManager):
    """Environments of `WORKON_HOME`."""

    name = "virtualenvwrapper"
    title = "virtualenvwrapper"
    creates = True
    removes = True

    def find(self, scene: Scene) -> Iterator[Sighting | Problem]:
        """Every folder in `WORKON_HOME` that can be activated."""
        given = scene.exported("WORKON_HOME")
        if given and not scene.is_folder(scene.host.expand(given)):
            yield Problem(
                ProblemCode.MISSING_FOLDER,
                f"WORKON_HOME names {scene.host.expand(given)}, which is not a folder.",
                "Make the folder, or mend the variable; until then no virtualenvwrapper environments are listed.",
            )
        for folder in _folders(scene):
            yield from (
                Sighting(prefix, "virtualenvwrapper: WORKON_HOME")
                for prefix in scene.children(folder)
                if _can_be_activated(prefix, scene)
            )

    def central(self, scene: Scene) -> Iterator[Path]:
        """`WORKON_HOME`."""
        yield from _folders(scene)

    def roots(self, scene: Scene) -> Iterator[Path]:
        """`PROJECT_HOME`, where `mkproject` puts projects, if it is there."""
        given = scene.exported("PROJECT_HOME")
        folder = scene.host.expand(given) if given else None
        if folder is not None and scene.is_folder(folder):  # one that is not there must not make the walk incomplete
            yield folder

    def of_project(self, project: Path, scene: Scene) -> Iterator[Sighting]:
        """The environments whose `.project` file names the folder."""
        for prefix in scene.once("virtualenvwrapper.projects", lambda: _by_project(scene)).get(project, ()):
            yield Sighting(prefix, "virtualenvwrapper: its .project file")

    def claim_by_place(self, candidate: Candidate, scene: Scene) -> Claim | None:
        """By lying in `WORKON_HOME`."""
        if candidate.folder not in scene.once("virtualenvwrapper.real", lambda: _real_folders(scene)):
            return None
        project = _project_of(candidate.prefix, scene)
        if project is None:
            return Claim()
        if not scene.is_folder(project):
            return Claim(lost=project)
        return Claim(links=(Link(project, LINKED, "virtualenvwrapper links it to the project."),))

    def plan_create(self, request: CreateRequest, scene: Scene, tools: Mapping[str, Path]) -> Plan:
        """In `WORKON_HOME`, by `mkvirtualenv` where it is; without it only for a person who has such a folder."""
        folder = _folders(scene)[0]
        if making.PROGRAM not in tools and not scene.exported("WORKON_HOME") and not scene.is_folder(folder):
            raise BadRequest("virtualenvwrapper is not installed.", "Install it, or choose venv.")
        return making.plan_create(request, scene.real(folder), scene, tools)

    def plan_remove(self, owned: Owned, scene: Scene, tools: Mapping[str, Path]) -> RemovalPlan:
        """The hooks around it, and those of its own."""
        return making.plan_remove(owned.candidate.prefix, scene, tools)

    def plan_add_ipykernel(self, owned: Owned, scene: Scene, tools: Mapping[str, Path]) -> Plan:
        """As pip would: virtualenvwrapper keeps no list of packages."""
        return installing.ipykernel(owned.candidate.prefix, tools, scene)

    def how_to_recreate(self, prefix: Path, project: Path | None) -> str:
        """With the two commands that people know."""
        option = f"-a {quoted(project)} " if project else ""
        return f"Run: rmvirtualenv {quoted(prefix.name)} ; mkvirtualenv {option}{quoted(prefix.name)}"


def _folders(scene: Scene) -> list[Path]:
    """`WORKON_HOME`, or where it is not set its default and the folder that virtualenvwrapper's documents use."""
    given = scene.exported("WORKON_HOME")
    if given:
        return [scene.host.expand(given)]
    return [scene.host.home / ".virtualenvs", scene.host.home / "Envs"]


def _real_folders(scene: Scene) -> set[Path]:
    return {scene.real(folder) for folder in _folders(scene)}


def _by_project(scene: Scene) -> dict[Path, list[Path]]:
    found: dict[Path, list[Path]] = {}
    for folder in _folders(scene):
        for prefix in scene.children(folder):
            project = _project_of(prefix, scene)
            if project is not None:
                found.setdefault(project, []).append(prefix)
    return found


def _project_of(prefix: Path, scene: Scene) -> Path | None:
    """The real path of the folder that the environment's project file names, whether or not it is there."""
    first = (scene.text(prefix / making.project_filename(scene)) or "").partition("\n")[0].rstrip("\r")
    return scene.real(scene.host.home / first) if first and "\0" not in first else None


def _can_be_activated(prefix: Path, scene: Scene) -> bool:
    return scene.is_file(prefix / "bin" / "activate") or scene.is_file(prefix / "Scripts" / "activate.bat")
