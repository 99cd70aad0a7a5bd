"""Poetry: one environment a project and Python, in a central folder or as the project's `.venv`.

Rules and their sources: docs/reference/managers/poetry.md. A central name is `<name>-<hash>-py<X.Y>`; the hash is
made from the project's real path alone, so projects are matched by hashing folders, without parsing them.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from itertools import islice
from typing import TYPE_CHECKING, Final

from jupyter_envs.errors import Problem, ProblemCode, Refused
from jupyter_envs.managers import editable, poetry_settings
from jupyter_envs.managers import poetry_making as making
from jupyter_envs.managers.base import (
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
    Table,
    in_project_link,
    install_ipykernel,
    quoted,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_CENTRAL_NAME = re.compile(r"(?P<base>(?P<name>.*)-(?P<hash>[A-Za-z0-9_-]{8}))-py(?P<minor>\d+(?:\.\d+)?)t?", re.DOTALL)
_LOCK_FILES: Final = ("poetry.lock", "poetry.toml")
_OTHERS_LOCKS: Final = frozenset({"uv.lock", "pdm.lock"})


class Poetry(EnvironmentManager):
    """Environments of Poetry projects."""

    name = "poetry"
    title = "Poetry"
    creates = True
    removes = True
    program = "poetry"

    def find(self, scene: Scene) -> Iterator[Sighting | Problem]:
        """Everything in the central folder, and in the folders of projects that have one of their own."""
        for path in poetry_settings.files_of(scene):
            content = scene.toml(path)
            if isinstance(content, Problem):
                yield content
        central = _central_folders(scene)
        for folder in central:
            yield from (Sighting(prefix, "poetry: central folder") for prefix in scene.children(folder))
            chosen = scene.toml(folder / "envs.toml")
            if isinstance(chosen, Problem):
                yield chosen
        for project, names in list(scene.projects.items()):
            if "poetry.toml" in names or (not central and "pyproject.toml" in names):
                yield from self._of_own_folder(project, scene)

    def central(self, scene: Scene) -> Iterator[Path]:
        """`virtualenvs.path`, if it is no project's."""
        yield from _central_folders(scene)

    def of_project(self, project: Path, scene: Scene) -> Iterator[Sighting]:
        """The central environments whose name carries the project's hash."""
        if "pyproject.toml" not in scene.telling_names(project):
            return
        wanted = poetry_settings.project_hash(project)
        for folder in dict.fromkeys([*_central_folders(scene), *poetry_settings.folders(scene, project)]):
            for prefix in scene.children(folder):
                match = _CENTRAL_NAME.fullmatch(prefix.name)
                if match and match["hash"] == wanted:
                    yield Sighting(prefix, "poetry: the project's hash")

    def claim_by_place(self, candidate: Candidate, scene: Scene) -> Claim | None:
        """By name and hash of a known project, or because it lies in Poetry's own folder."""
        match = _CENTRAL_NAME.fullmatch(candidate.prefix.name)
        inside = candidate.folder in scene.once("poetry.folders", lambda: _real(_central_folders(scene), scene))
        if match is None:
            return Claim(tied=True) if inside and not _is_others(candidate.folder, scene) else None
        project = _projects_by_hash(scene).get(match["hash"])
        if project is not None:
            return _claim_of(candidate, match, project, scene)
        return _claim_by_install(candidate, match, scene) if inside else None

    def claim_by_markers(self, candidate: Candidate, scene: Scene) -> Claim | None:
        """A `.venv` beside Poetry's files, unless the project's settings say that Poetry does not use it."""
        if candidate.prefix.name != ".venv" or not _is_poetry_project(candidate.folder, scene):
            return None
        if poetry_settings.flag(scene, "in-project", candidate.folder) is False:
            return None
        return Claim(links=(in_project_link(candidate, "Poetry uses the .venv in the project.", TOOLS_CHOICE),))

    def proposes(self, project: Path, scene: Scene) -> str | None:
        """Poetry's own files, its table in pyproject.toml, or its build backend where no other tool has locked."""
        name = next((name for name in _LOCK_FILES if scene.is_file(project / name)), None)
        if name is not None:
            return f"The project has a {name}."
        if _is_poetry_project(project, scene):
            return "Its pyproject.toml has a [tool.poetry]."
        backend = poetry_settings.text_of(scene.toml(project / "pyproject.toml"), "build-system", "build-backend")
        built = (backend or "").startswith("poetry.") and not scene.telling_names(project) & _OTHERS_LOCKS
        return "Its pyproject.toml is built by Poetry." if built else None

    def plan_create(self, request: CreateRequest, scene: Scene, tools: Mapping[str, Path]) -> Plan:
        """Where Poetry would make it, and then by Poetry."""
        return making.plan_create(request, scene, tools)

    def plan_remove(self, owned: Owned, scene: Scene, tools: Mapping[str, Path]) -> RemovalPlan:
        """Its table in `envs.toml`, where that chooses this one."""
        prefix = owned.candidate.prefix
        match = _CENTRAL_NAME.fullmatch(prefix.name)
        if match is None or poetry_settings.chosen(scene, prefix.parent, match["base"])[0] != match["minor"]:
            return RemovalPlan()
        return RemovalPlan(tables=(Table(prefix.parent / making.ENVS_FILE, match["base"]),))

    def plan_add_ipykernel(self, owned: Owned, scene: Scene, tools: Mapping[str, Path]) -> Plan:
        """By `poetry add`, which works on the active environment of a project only."""
        link = next(iter(owned.claim.links), None)
        if link is not None and not link.chosen:
            raise Refused(f"Poetry would install into another one: {link.reason}", install_ipykernel(owned.candidate))
        return making.plan_add_ipykernel(owned.candidate.prefix, link.project if link else None, scene, tools)

    def how_to_recreate(self, prefix: Path, project: Path | None) -> str:
        """Poetry notices by itself that an environment is broken, and makes it again."""
        if project is None:
            return "Remove its folder; its project is not known."
        return f"Run: cd {quoted(project)} && poetry install"

    def how_to_add_ipykernel(self, candidate: Candidate, project: Path | None) -> str:
        """Through Poetry, so that the lock file knows it."""
        if project is None:
            return super().how_to_add_ipykernel(candidate, project)
        return f"Run: cd {quoted(project)} && poetry add --group dev ipykernel"

    def _of_own_folder(self, project: Path, scene: Scene) -> Iterator[Sighting | Problem]:
        content = scene.toml(project / "poetry.toml")
        if isinstance(content, Problem):
            yield content
            return
        for folder in poetry_settings.folders(scene, project):
            if folder not in _central_folders(scene):
                yield from (Sighting(prefix, f"poetry: folder of {project}") for prefix in scene.children(folder))


def _claim_of(candidate: Candidate, match: re.Match[str], project: Path, scene: Scene) -> Claim:
    """A central environment whose project is known: the active one, another Python of it, or one of its old name."""
    current = _base_name(project, scene)
    if current is not None and current != match["name"]:
        problem = Problem(
            ProblemCode.PROJECT_RENAMED,
            f"The project {project} is called {current} now, so Poetry no longer uses this environment.",
            "Remove it when nothing needs it any more.",
        )
        link = Link(project, TOOLS_CHOICE, "Poetry made it under the project's old name.", chosen=False)
        return Claim(links=(link,), tied=True, name=match["name"], offered=False, problems=(problem,))
    active, reason = _is_active(candidate, match, project, scene)
    link = Link(project, TOOLS_CHOICE, reason, chosen=active)
    return Claim(links=(link,), tied=True, name=match["name"], offered=active)


def _is_active(candidate: Candidate, match: re.Match[str], project: Path, scene: Scene) -> tuple[bool, str]:
    """Whether Poetry uses this one of a project's environments, and why."""
    dot_venv = project / ".venv"
    if scene.is_folder(dot_venv) and poetry_settings.flag(scene, "in-project", project) is not False:
        if scene.real(dot_venv) == candidate.prefix:
            return True, "The project's .venv is a link to it."
        return False, "Poetry uses the .venv in the project instead."
    folders = poetry_settings.folders(scene, project)
    if candidate.folder not in _real(folders, scene):
        return False, f"Poetry keeps this project's environments in {folders[0]} instead."
    chosen, _ = poetry_settings.chosen(scene, candidate.folder, match["base"])
    if chosen is not None:
        return chosen == match["minor"], f"Poetry's envs.toml says Python {chosen}."
    minors = list(_minors(candidate.folder, match["base"], scene))
    newest = max(minors, key=_numbers, default=match["minor"])
    reason = "It is the project's only one." if len(minors) == 1 else "Poetry has noted no choice: the newest Python."
    return newest == match["minor"], reason


def _minors(folder: Path, base: str, scene: Scene) -> Iterator[str]:
    """The Pythons of the environments that a project has in a folder."""
    names = scene.once(("poetry.names", folder), lambda: scene.names(folder))  # a thousand environments ask for it
    for name in islice(names, bisect_left(names, base), None):
        if not name.startswith(base):
            break
        match = _CENTRAL_NAME.fullmatch(name)
        if match and match["base"] == base and scene.is_environment(folder / name):
            yield match["minor"]


def _claim_by_install(candidate: Candidate, match: re.Match[str], scene: Scene) -> Claim:
    """A central environment of a project that no walk met: an editable installation in it names the folder."""
    for project in editable.folders(candidate, scene):
        if poetry_settings.project_hash(project) != match["hash"]:
            continue
        if scene.is_folder(project):
            return _claim_of(candidate, match, project, scene)
        return Claim(lost=project, tied=True, name=match["name"])
    return Claim(tied=True, name=match["name"])


def _projects_by_hash(scene: Scene) -> dict[str, Path]:
    """Hash of every folder known to hold a `pyproject.toml`; worked out again when more of them are known."""

    def work_out() -> dict[str, Path]:
        return {
            poetry_settings.project_hash(path): path
            for path, names in scene.projects.items()
            if "pyproject.toml" in names
        }

    return scene.once(("poetry.hashes", len(scene.projects)), work_out)


def _base_name(project: Path, scene: Scene) -> str | None:
    """The name that Poetry would give the project's environments today; None where it cannot be read."""
    content = scene.toml(project / "pyproject.toml")
    return poetry_settings.base_name(content) if isinstance(content, dict) else None


def _is_poetry_project(folder: Path, scene: Scene) -> bool:
    names = scene.telling_names(folder)
    if names.intersection(_LOCK_FILES):
        return True
    if "pyproject.toml" not in names or names & _OTHERS_LOCKS:
        return False
    content = scene.toml(folder / "pyproject.toml")
    tool = content.get("tool") if isinstance(content, dict) else None
    return isinstance(tool, dict) and "poetry" in tool


def _central_folders(scene: Scene) -> list[Path]:
    """Poetry's folders of environments that are the same for all projects."""
    return scene.once("poetry.central", lambda: poetry_settings.folders(scene, None))


def _is_others(folder: Path, scene: Scene) -> bool:
    """Whether virtualenvwrapper or pipenv keep environments in the same folder."""
    given = scene.exported("WORKON_HOME")
    data = scene.exported("XDG_DATA_HOME") or "~/.local/share"
    places = [given] if given else ["~/.virtualenvs", "~/Envs", f"{data}/virtualenvs"]
    return folder in {scene.real(scene.host.expand(place)) for place in places}


def _real(folders: list[Path], scene: Scene) -> set[Path]:
    return {scene.real(folder) for folder in folders}


def _numbers(minor: str) -> tuple[int, ...]:
    return tuple(int(part) for part in minor.split("."))
