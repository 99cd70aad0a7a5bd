"""Hatch: several named environments a project, in a central folder or where the project says.

Rules and their sources: docs/reference/managers/hatch.md. A central one is `<project's name>/<id>/<environment>`, where
the id is a hash of the project's path, and the environment `default` is called like the project.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from jupyter_envs import naming
from jupyter_envs.managers import editable, hatch_making, installing
from jupyter_envs.managers import hatch_settings as settings
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
    quoted,
)
from jupyter_envs.managers.known import projects_by

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jupyter_envs.errors import Problem

_HATCH_FILES: Final = frozenset({"pyproject.toml", "hatch.toml"})
_OTHERS_FILES: Final = frozenset({"uv.lock", "poetry.lock", "pdm.lock", "Pipfile", "requirements.lock"})
_OWN, _FOR_TESTS, _BUILD, _SCRIPTS = "hatch-", "hatch-test", "-build", ".scripts"


class Hatch(EnvironmentManager):
    """Environments of hatch projects."""

    name = "hatch"
    title = "Hatch"
    creates = True
    removes = True
    program = "hatch"

    def find(self, scene: Scene) -> Iterator[Sighting | Problem]:
        """Everything in hatch's folders, and what the `hatch.toml` of a project names."""
        yield from settings.problems(scene)
        places = settings.places(scene)
        internal = [child for folder in places.internal for child in scene.children(folder)]
        for folder in dict.fromkeys([*places.central, *places.default, *internal]):
            yield from (Sighting(prefix, "hatch: its folder") for prefix in _below(folder, scene))
        for project, names in list(scene.projects.items()):
            if places.in_project is not None and "pyproject.toml" in names:
                yield from _in_project(project, scene)
            if "hatch.toml" in names:
                yield from _by_path(project, scene)

    def central(self, scene: Scene) -> Iterator[Path]:
        """Hatch's folders by its settings and variables."""
        yield from settings.places(scene).central

    def of_project(self, project: Path, scene: Scene) -> Iterator[Sighting]:
        """The central environments below the project's id, and those to which it gives a path."""
        if not scene.telling_names(project) & _HATCH_FILES:
            return
        yield from _by_path(project, scene)
        yield from _in_project(project, scene)
        identity, places = settings.project_id(project, scene.host.platform), settings.places(scene)
        for folder in dict.fromkeys([*places.central, *places.default]):
            for named in scene.children(folder):
                yield from (Sighting(path, "hatch: the project's id") for path in scene.children(named / identity))

    def claim_by_place(self, candidate: Candidate, scene: Scene) -> Claim | None:
        """By lying in one of hatch's folders."""
        places, folder = _real_places(scene), candidate.folder
        if folder.parent.parent in (*places.central, *places.default):
            return _claim_by_id(candidate, scene, leftover=folder.parent.parent not in places.central)
        of_script = folder.name == _SCRIPTS and folder.parent in places.default
        if of_script or folder.parent.parent.parent in places.internal:
            return Claim(offered=False)
        project = _holder(candidate, places, scene)
        if folder in places.central:
            project = _around(folder, scene) or _installed(candidate, scene)
            return _claim_of(candidate, _flat(candidate.prefix, project, scene), scene) if project else Claim()
        return _claim_of(candidate, _flat(candidate.prefix, project, scene), scene) if project else None

    def claim_by_markers(self, candidate: Candidate, scene: Scene) -> Claim | None:
        """An environment to which the settings of a project give its place."""
        for project in dict.fromkeys(_projects_to_ask(candidate, scene)):
            name = next((name for name, path in _paths(project, scene).items() if path == candidate.prefix), None)
            if name is not None:
                return _claim_of(candidate, _Named(project, name), scene)
        return None

    def also_serves(self, candidate: Candidate, scene: Scene) -> Iterator[Link]:
        """The project of one in a folder that hatch shares with virtualenvwrapper."""
        shared = scene.real(scene.host.home / ".virtualenvs")
        if candidate.folder != shared or shared not in _real_places(scene).central:
            return
        project = _installed(candidate, scene)
        if project is not None:
            yield _link(candidate.prefix, _flat(candidate.prefix, project, scene), scene)

    def proposes(self, project: Path, scene: Scene) -> str | None:
        """A `hatch.toml`, or environments in pyproject.toml; hatch as the build backend alone says nothing of them."""
        if scene.is_file(project / "hatch.toml"):
            return "The project has a hatch.toml."
        says = bool(settings.environments(project, scene))
        return "Its pyproject.toml defines environments of hatch ([tool.hatch.envs])." if says else None

    def plan_create(self, request: CreateRequest, scene: Scene, tools: Mapping[str, Path]) -> Plan:
        """Where hatch would make it, with the project as hatch would install it."""
        return hatch_making.plan_create(request, scene, tools)

    def plan_remove(self, owned: Owned, scene: Scene, tools: Mapping[str, Path]) -> RemovalPlan:
        """Its folder alone."""
        return RemovalPlan()

    def plan_add_ipykernel(self, owned: Owned, scene: Scene, tools: Mapping[str, Path]) -> Plan:
        """Into the environment alone: hatch has no command that adds it to the project."""
        return installing.ipykernel(owned.candidate.prefix, tools, scene)

    def how_to_recreate(self, prefix: Path, project: Path | None) -> str:
        """With hatch's two commands."""
        if project is None:
            return "Remove its folder; its project is not known."
        name = quoted(_guessed_name(prefix, project))
        return f"Run: cd {quoted(project)} && hatch env remove {name} ; hatch env create {name}"

    def how_to_add_ipykernel(self, candidate: Candidate, project: Path | None) -> str:
        """Through the project's file: hatch has no command that adds a dependency."""
        if project is None:
            return super().how_to_add_ipykernel(candidate, project)
        name = quoted(_guessed_name(candidate.prefix, project))
        return (
            f"Add ipykernel to the 'dependencies' of the environment {name} in pyproject.toml, then run: "
            f"cd {quoted(project)} && hatch -e {name} run python --version"
        )


@dataclass(frozen=True, slots=True)
class _Named:
    """One environment of a project that is there; `leftover`: it lies where hatch no longer keeps them."""

    project: Path
    name: str
    called: str | None = None
    """What its folder calls the project."""
    leftover: bool = False

    @property
    def shown(self) -> str:
        """What people call it."""
        called = self.called or self.project.name
        return called if self.name == settings.DEFAULT else f"{called}/{self.name}"


def _below(folder: Path, scene: Scene, depth: int = 3) -> Iterator[Path]:
    """The environments in a folder, in the folders in it, and in those."""
    for child in scene.children(folder):
        if scene.is_environment(child):
            yield child
        elif depth > 1:
            yield from _below(child, scene, depth - 1)


def _in_project(project: Path, scene: Scene) -> Iterator[Sighting]:
    """The environments in a folder that each project has."""
    inside = settings.places(scene).in_project
    if inside is not None:
        yield from (Sighting(prefix, "hatch: folder in the project") for prefix in scene.children(project / inside))


def _by_path(project: Path, scene: Scene) -> Iterator[Sighting]:
    for path in _paths(project, scene).values():
        if scene.is_environment(path):
            scene.once("hatch.asked", dict[Path, None])[project] = (
                None  # it may lie anywhere, so its claim must know whom to ask
            )
            yield Sighting(path, "hatch: the project's settings")


def _asked(scene: Scene) -> dict[Path, None]:
    """The projects that gave a path to an environment: it may lie anywhere, so its claim must know whom to ask."""
    return scene.once("hatch.asked", dict[Path, None])


def _paths(project: Path, scene: Scene) -> dict[str, Path]:
    return scene.once(("hatch.paths", project), lambda: settings.paths(project, scene))


def _projects_to_ask(candidate: Candidate, scene: Scene) -> Iterator[Path]:
    """The projects that may have given an environment its place: those around it, those asked for, those installed."""
    if scene.telling_names(candidate.folder) & _HATCH_FILES:
        yield candidate.folder
    yield from (path for path in candidate.folder.parents if scene.projects.get(path, frozenset()) & _HATCH_FILES)
    yield from _asked(scene)
    if not scene.telling_names(candidate.folder) and not naming.is_environment_name(candidate.prefix.name):
        yield from editable.folders(candidate, scene)


def _claim_by_id(candidate: Candidate, scene: Scene, *, leftover: bool) -> Claim:
    """A central environment: its project is known by the id, or an editable installation names it."""
    identity, called = candidate.folder.name, candidate.folder.parent.name
    name = settings.DEFAULT if candidate.prefix.name == called else candidate.prefix.name
    projects = _by_id(scene).get(identity)
    project = projects[0] if projects else _installed(candidate, scene, identity)
    named = _Named(project or candidate.folder, name, called, leftover)
    if project is None:
        return Claim(tied=True, name=named.shown, offered=not _is_tool(candidate.prefix, called, scene))
    if not scene.is_folder(project):
        return Claim(lost=project, tied=True, name=named.shown)
    return _claim_of(candidate, named, scene)


def _claim_of(candidate: Candidate, named: _Named, scene: Scene) -> Claim:
    """An environment of a project that is there."""
    link = _link(candidate.prefix, named, scene)
    called = named.called or settings.project_name(named.project, scene) or named.project.name
    offered = _is_in_place(candidate.prefix, named, scene) and not _is_tool(candidate.prefix, called, scene)
    return Claim(links=(link,), tied=True, name=named.shown, offered=offered)


def _link(prefix: Path, named: _Named, scene: Scene) -> Link:
    """The link to a project: chosen is its `default`, or what the variable names, if it lies where hatch looks."""
    strength = LINKED if scene.telling_names(named.project) & _OTHERS_FILES else TOOLS_CHOICE
    chosen = settings.chosen_environment(scene)
    if not _is_in_place(prefix, named, scene):
        return Link(named.project, strength, "hatch keeps the project's environments elsewhere now.", chosen=False)
    if named.name != chosen:
        reason = f"hatch uses the environment {chosen} unless it is told otherwise."
        return Link(named.project, strength, reason, chosen=False)
    return Link(named.project, strength, f"It is hatch's environment {chosen} of the project.")


def _is_in_place(prefix: Path, named: _Named, scene: Scene) -> bool:
    """Whether hatch would look for the environment where it lies."""
    return not named.leftover and _paths(named.project, scene).get(named.name, prefix) == prefix


def _around(folder: Path, scene: Scene) -> Path | None:
    """The nearest project around a folder, of those that are known."""
    return next((path for path in folder.parents if scene.projects.get(path, frozenset()) & _HATCH_FILES), None)


def _by_id(scene: Scene) -> dict[str, list[Path]]:
    return projects_by(
        scene, "hatch.id", "pyproject.toml", lambda project: settings.project_id(project, scene.host.platform)
    )


def _installed(candidate: Candidate, scene: Scene, identity: str | None = None) -> Path | None:
    """The folder that an editable installation names, if it has the id."""
    for project in editable.folders(candidate, scene):
        if identity in {None, settings.project_id(project, scene.host.platform)}:
            return project
    return None


def _holder(candidate: Candidate, places: settings.Places, scene: Scene) -> Path | None:
    """The project in whose own folder of environments one lies."""
    inside = places.in_project
    if inside is None or candidate.folder.parts[-len(inside.parts) :] != inside.parts:
        return None
    project = candidate.folder.parents[len(inside.parts) - 1]
    return project if scene.telling_names(project) & _HATCH_FILES else None


def _flat(prefix: Path, project: Path, scene: Scene) -> _Named:
    """An environment whose folder lies directly in hatch's."""
    called = settings.project_name(project, scene)
    return _Named(project, settings.DEFAULT if prefix.name == called else prefix.name)


def _real_places(scene: Scene) -> settings.Places:
    return scene.once("hatch.real", lambda: settings.real_places(scene))


def _guessed_name(prefix: Path, project: Path) -> str:
    """The environment's name by its place alone."""
    by_place = prefix.name in {prefix.parent.parent.name, settings.normalized(project.name)}
    return settings.DEFAULT if by_place or naming.is_environment_name(prefix.name) else prefix.name


def _is_tool(prefix: Path, called: str, scene: Scene) -> bool:
    """Whether it is one in which hatch runs its own tools, or builds a package for another environment."""
    if prefix.name == called:  # the project's default: plugins of hatch are called so, too
        return False
    own = prefix.name.startswith(_OWN) and prefix.name.partition(".")[0] != _FOR_TESTS
    builds = prefix.name.removesuffix(_BUILD) if prefix.name.endswith(_BUILD) else ""
    return own or builds == called or bool(builds and scene.is_folder(prefix.parent / builds))
