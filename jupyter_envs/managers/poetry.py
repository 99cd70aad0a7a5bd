"""Poetry: one environment a project and Python, in a central folder or as the project's `.venv`.

Rules and their sources: docs/reference/managers/poetry.md. A central name is `<name>-<hash>-py<X.Y>`; the hash is
made from the project's real path alone, so projects are matched by hashing folders, without parsing them.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
from bisect import bisect_left
from itertools import islice
from typing import TYPE_CHECKING, Final

from jupyter_envs.errors import Problem, ProblemCode
from jupyter_envs.managers import editable, poetry_settings
from jupyter_envs.managers.base import (
    TOOLS_CHOICE,
    Candidate,
    Claim,
    EnvironmentManager,
    Link,
    Scene,
    Sighting,
    in_project_link,
    quoted,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_CENTRAL_NAME = re.compile(r"(?P<base>(?P<name>.*)-(?P<hash>[A-Za-z0-9_-]{8}))-py(?P<minor>\d+(?:\.\d+)?)t?", re.DOTALL)
_UNSAFE = re.compile(r'[ $`!*@"\\\r\n\t]')
_LOCK_FILES: Final = frozenset({"poetry.lock", "poetry.toml"})


class Poetry(EnvironmentManager):
    """Environments of Poetry projects."""

    name = "poetry"
    title = "Poetry"

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
        wanted = project_hash(project)
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


def project_hash(project: Path) -> str:
    """The eight characters that Poetry puts into the names of a project's environments."""
    path = os.path.normcase(os.path.realpath(project))
    return base64.urlsafe_b64encode(hashlib.sha256(os.fsencode(path)).digest()).decode()[:8]


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
    chosen = _chosen_minor(candidate.folder, match["base"], scene)
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


def _chosen_minor(folder: Path, base: str, scene: Scene) -> str | None:
    content = scene.toml(folder / "envs.toml")
    entry = content.get(base) if isinstance(content, dict) else None
    minor = entry.get("minor") if isinstance(entry, dict) else None
    return minor if isinstance(minor, str) else None


def _claim_by_install(candidate: Candidate, match: re.Match[str], scene: Scene) -> Claim:
    """A central environment of a project that no walk met: an editable installation in it names the folder."""
    for project in editable.folders(candidate, scene):
        if project_hash(project) != match["hash"]:
            continue
        if scene.is_folder(project):
            return _claim_of(candidate, match, project, scene)
        return Claim(lost=project, tied=True, name=match["name"])
    return Claim(tied=True, name=match["name"])


def _projects_by_hash(scene: Scene) -> dict[str, Path]:
    """Hash of every folder known to hold a `pyproject.toml`; worked out again when more of them are known."""

    def work_out() -> dict[str, Path]:
        return {project_hash(path): path for path, names in scene.projects.items() if "pyproject.toml" in names}

    return scene.once(("poetry.hashes", len(scene.projects)), work_out)


def _base_name(project: Path, scene: Scene) -> str | None:
    """The name that Poetry would give the project's environments today; None where it cannot be read."""
    content = scene.toml(project / "pyproject.toml")
    if not isinstance(content, dict):
        return None
    name = (
        poetry_settings.text_of(content, "project", "name")
        or poetry_settings.text_of(content, "tool", "poetry", "name")
        or "non-package-mode"
    )
    canonical = re.sub(r"[-_.]+", "-", name).lower()
    return _UNSAFE.sub("_", canonical)[:42]


def _is_poetry_project(folder: Path, scene: Scene) -> bool:
    names = scene.telling_names(folder)
    if names & _LOCK_FILES:
        return True
    if "pyproject.toml" not in names or names & {"uv.lock", "pdm.lock"}:
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
