"""uv: the environment of a project or workspace, in its `.venv`, in uv's cache, or where a variable says.

Rules and their sources: docs/reference/managers/uv.md. What `uv venv` made beside no `uv.lock` is a plain environment;
those of `uv tool` are programs, and not listed.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_envs.errors import BadRequest
from jupyter_envs.managers import editable, installing, uv_making, uv_workspace
from jupyter_envs.managers.base import (
    LINKED,
    TOOLS_CHOICE,
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
    in_project_link,
    quoted,
)
from jupyter_envs.managers.known import projects_by
from jupyter_envs.managers.uv_making import Home

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jupyter_envs.errors import Problem

LOCK = "uv.lock"
_CACHED = re.compile(r"(?P<name>.+)-[a-z]+\d[\w.+]*-[0-9a-f]{16}", re.DOTALL)
_CACHE_BUCKET = re.compile(r"environments-v\d+")


class Uv(EnvironmentManager):
    """Environments of uv projects."""

    name = "uv"
    title = "uv"
    creates = True
    fills = True
    removes = True
    program = "uv"
    installs = "uv"

    def find(self, scene: Scene) -> Iterator[Sighting | Problem]:
        """Where `UV_PROJECT_ENVIRONMENT` and the `.venv` files of known projects say."""
        places = [sighting for project in list(scene.projects) for sighting in _named_by(project, scene)]
        moved = _moved(scene)
        if moved is not None and moved.is_absolute():
            places.append(Sighting(moved, "uv: UV_PROJECT_ENVIRONMENT"))
        yield from dict.fromkeys(places)

    def central(self, scene: Scene) -> Iterator[Path]:
        """What `UV_PROJECT_ENVIRONMENT` names, if it is no place in a project."""
        yield from (moved for moved in [_moved(scene)] if moved is not None and moved.is_absolute())

    def of_project(self, project: Path, scene: Scene) -> Iterator[Sighting]:
        """The same for one project, and the environment of the workspace that it belongs to."""
        scene.telling_names(project)
        yield from _named_by(project, scene)
        root = uv_workspace.root_of(project, scene)
        if root is not None:
            scene.telling_names(root)
            yield from _named_by(root, scene)
            yield Sighting(root / ".venv", "uv: the workspace's environment")

    def claim_by_place(self, candidate: Candidate, scene: Scene) -> Claim | None:
        """What `UV_PROJECT_ENVIRONMENT` names, and what lies in uv's cache."""
        projects = _projects_of_moved(candidate, scene)
        if projects is not None:
            reason = "UV_PROJECT_ENVIRONMENT names it."
            return Claim(links=tuple(Link(project, TOOLS_CHOICE, reason) for project in projects))
        if _CACHE_BUCKET.fullmatch(candidate.folder.name) and candidate.folder.parent in _caches(scene):
            match = _CACHED.fullmatch(candidate.prefix.name)
            return Claim(name=match["name"] if match else None)
        return None

    def claim_by_markers(self, candidate: Candidate, scene: Scene) -> Claim | None:
        """A `.venv` beside `uv.lock`, or what uv made elsewhere and installed such a project in."""
        if candidate.prefix.name == ".venv" and LOCK in scene.telling_names(candidate.folder):
            moved = _moved(scene)
            if moved is not None and scene.is_environment(candidate.folder / moved):
                link = in_project_link(candidate, "uv uses the environment that UV_PROJECT_ENVIRONMENT names instead.")
                return Claim(links=(link,))
            return Claim(links=(in_project_link(candidate, "uv uses the .venv in the project.", TOOLS_CHOICE),))
        projects = tuple(_installed_projects(candidate, scene))
        if not projects:
            return None
        return Claim(links=tuple(Link(each, LINKED, "uv installed the project in it.") for each in projects))

    def also_serves(self, candidate: Candidate, scene: Scene) -> Iterator[Link]:
        """Projects whose `.venv` is a file with its path, and the members of a workspace whose environment it is."""
        for project in _by_file(scene).get(candidate.prefix, ()):
            yield Link(project, TOOLS_CHOICE, "Its .venv file names it.")
        for project in _by_workspace(scene).get(candidate.prefix, ()):
            root = uv_workspace.root_of(project, scene)
            yield Link(project, TOOLS_CHOICE, f"uv uses the environment of the workspace {root}.")

    def interpreters(self, scene: Scene) -> Iterator[Path]:
        """The Pythons that uv installed; links among them are other names."""
        for folder in _python_folders(scene):
            for prefix in scene.children(folder):
                if not os.path.islink(prefix):
                    yield prefix

    def proposes(self, project: Path, scene: Scene) -> str | None:
        """What uv leaves in a project, or is told there."""
        return uv_making.proposes(project, scene)

    def plan_create(self, request: CreateRequest, scene: Scene, tools: Mapping[str, Path]) -> Plan:
        """Where uv would make it, which is the root of a workspace, and then by uv."""
        if request.project is None:
            raise BadRequest("uv makes an environment for a project, and none was named.", "Choose a project, or venv.")
        return uv_making.plan_create(request, _home(request.project, scene), scene, tools)

    def plan_remove(self, owned: Owned, scene: Scene, tools: Mapping[str, Path]) -> RemovalPlan:
        """Also the `.venv` of its projects that is a link to it, as for one in uv's cache."""
        return RemovalPlan(links=tuple(link.project / ".venv" for link in owned.claim.links))

    def plan_add_ipykernel(self, owned: Owned, scene: Scene, tools: Mapping[str, Path]) -> Plan:
        """By `uv add --dev` where uv uses this environment for its project; otherwise as pip would."""
        project, prefix = owned.project, owned.candidate.prefix
        home = None if project is None else _home(project, scene)
        if project is None or home is None or "uv" not in tools or not scene.is_file(project / uv_making.PYPROJECT):
            return installing.ipykernel(prefix, tools, scene)
        if scene.real(home.prefix) != prefix:
            return installing.ipykernel(prefix, tools, scene)
        return uv_making.plan_add_ipykernel(owned, home, tools)

    def plan_install(self, version: str, scene: Scene, tools: Mapping[str, Path]) -> Plan:
        """Of what uv lists under that key, into its own folder of Pythons."""
        return uv_making.plan_install(version, scene.real(_python_folders(scene)[0]), tools)

    def how_to_recreate(self, prefix: Path, project: Path | None) -> str:
        """uv notices by itself that an environment is broken, and makes it again."""
        return f"Run: cd {quoted(project or prefix.parent)} && uv sync"

    def how_to_add_ipykernel(self, candidate: Candidate, project: Path | None) -> str:
        """Through uv, so that the lock file knows it."""
        if project is None:
            return super().how_to_add_ipykernel(candidate, project)
        return f"Run: cd {quoted(project)} && uv add --dev ipykernel"


def _moved(scene: Scene) -> Path | None:
    """`UV_PROJECT_ENVIRONMENT`, in which uv expands nothing; None where it is not set."""
    given = scene.exported("UV_PROJECT_ENVIRONMENT")
    return Path(given) if given and "\0" not in given else None


def _home(project: Path, scene: Scene) -> Home:
    """Where uv makes the environment that serves a project."""
    root = uv_workspace.unlocked_root_of(project, scene) or project
    moved = _moved(scene)
    place = root / (moved or _redirected(root, scene) or ".venv")
    prefix = scene.real(Path(os.path.normpath(place.parent))) / place.name
    return Home(root, prefix, None if moved is None else os.fspath(moved))


def _python_folders(scene: Scene) -> list[Path]:
    """Where uv keeps its Pythons, the one for new ones first."""
    given = scene.exported("UV_PYTHON_INSTALL_DIR")
    folders = [folder / "uv" / "python" for folder in scene.host.data_folders()]
    return [scene.host.expand(given)] if given else folders


def _named_by(project: Path, scene: Scene) -> Iterator[Sighting]:
    names, moved = scene.telling_names(project), _moved(scene)
    if moved is not None and LOCK in names:
        yield Sighting(project / moved, "uv: UV_PROJECT_ENVIRONMENT")
    target = _redirected(project, scene) if ".venv" in names else None
    if target is not None:
        yield Sighting(target, "uv: .venv file")


def _redirected(project: Path, scene: Scene) -> Path | None:
    """Where a `.venv` that is a file leads (PEP 832): its whole text is a path from the project's folder."""
    return scene.once(("uv.redirected", project), lambda: _read_redirection(project, scene))


def _read_redirection(project: Path, scene: Scene) -> Path | None:
    if not scene.is_file(project / ".venv"):
        return None
    text = (scene.text(project / ".venv") or "").removesuffix("\n").removesuffix("\r")
    return project / text if text and "\0" not in text else None


def _projects_of_moved(candidate: Candidate, scene: Scene) -> list[Path] | None:
    """The projects that use an environment because of the variable; None where the variable does not name it."""
    moved = _moved(scene)
    if moved is None:
        return None
    projects = _by_variable(scene, moved).get(candidate.prefix, [])
    named = moved.is_absolute() and scene.once("uv.absolute", lambda: scene.real(moved)) == candidate.prefix
    return projects if projects or named else None


def _by_variable(scene: Scene, moved: Path) -> dict[Path, list[Path]]:
    """Known projects by the real path of the environment that the variable gives them, where it is there."""

    def target(project: Path) -> Path | None:
        return scene.real(project / moved) if scene.is_environment(project / moved) else None

    return projects_by(scene, "uv.moved", LOCK, target)


def _by_file(scene: Scene) -> dict[Path, list[Path]]:
    """Known projects by the real path that their file `.venv` names."""

    def target(project: Path) -> Path | None:
        redirected = _redirected(project, scene)
        return scene.real(redirected) if redirected else None

    return projects_by(scene, "uv.files", ".venv", target)


def _by_workspace(scene: Scene) -> dict[Path, list[Path]]:
    """Known members of workspaces by the real path of the environment that they share."""

    def target(project: Path) -> Path | None:
        root = uv_workspace.root_of(project, scene)
        return scene.real(root / (_moved(scene) or _redirected(root, scene) or ".venv")) if root else None

    return projects_by(scene, "uv.members", "pyproject.toml", target)


def _installed_projects(candidate: Candidate, scene: Scene) -> Iterator[Path]:
    """Locked projects that uv installed in an environment of its own making which lies in no project itself.

    So an environment that a variable placed is known where that variable is not set.
    """
    if "uv" not in candidate.reading.config or scene.telling_names(candidate.folder):
        return
    found = (uv_workspace.root_of(each, scene) or each for each in editable.folders(candidate, scene))
    yield from (project for project in dict.fromkeys(found) if LOCK in scene.telling_names(project))


def _caches(scene: Scene) -> list[Path]:
    """The real paths of uv's caches."""
    given = scene.exported("UV_CACHE_DIR")
    tail = ("uv", "cache") if scene.host.platform == "win32" else ("uv",)
    folders = [scene.host.expand(given)] if given else [each.joinpath(*tail) for each in scene.host.cache_folders()]
    return scene.once("uv.caches", lambda: [scene.real(folder) for folder in folders])
