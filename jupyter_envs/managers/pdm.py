"""PDM: the project's `.venv`, or environments in a central folder; `.pdm-python` names the one that is used.

Rules and their sources: docs/reference/managers/pdm.md. A central name is `<folder>-<hash>-<ident>`, where the hash is
made from the project's path.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
from bisect import bisect_left
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_envs.errors import Problem
from jupyter_envs.managers import editable
from jupyter_envs.managers import pdm_making as making
from jupyter_envs.managers.base import (
    IN_PROJECT,
    OTHER_NAME,
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

_CENTRAL_NAME = re.compile(r"(?P<name>.*)-(?P<hash>[A-Za-z0-9_-]{8})-(?P<ident>[^-].*)", re.DOTALL)
_NAMES_IT = "PDM's .pdm-python names it."


class Pdm(EnvironmentManager):
    """Environments of PDM projects."""

    name = "pdm"
    title = "PDM"
    creates = True
    removes = True
    program = "pdm"

    def find(self, scene: Scene) -> Iterator[Sighting | Problem]:
        """Everything in the central folders, and what `.pdm-python` files name."""
        for path in _settings_files(scene):
            content = scene.toml(path)
            if isinstance(content, Problem):
                yield content
        for folder in _central_folders(scene):
            yield from (Sighting(prefix, "pdm: central folder") for prefix in scene.children(folder))
        for prefix in _chosen(scene):
            yield Sighting(prefix, f"pdm: {making.CHOICE}")

    def central(self, scene: Scene) -> Iterator[Path]:
        """`venv.location`."""
        yield from _central_folders(scene)

    def of_project(self, project: Path, scene: Scene) -> Iterator[Sighting]:
        """The one that `.pdm-python` names, and the central ones that carry the project's name and hash."""
        chosen = _choice_of(project, scene)
        if chosen is not None:
            yield Sighting(chosen, f"pdm: {making.CHOICE}")
        if "pyproject.toml" in scene.telling_names(project):
            yield from (Sighting(prefix, "pdm: the project's name and hash") for prefix in _central(project, scene))

    def claim_by_place(self, candidate: Candidate, scene: Scene) -> Claim | None:
        """By lying in PDM's central folder."""
        if candidate.folder not in scene.once(
            "pdm.real", lambda: [scene.real(path) for path in _central_folders(scene)]
        ):
            return None
        bases = projects_by(scene, "pdm.base", "pyproject.toml", base_name)
        dashes = (match.start() for match in re.finditer("-", candidate.prefix.name))
        base = next((start for dash in dashes if (start := candidate.prefix.name[:dash]) in bases), None)
        return _claim_of(candidate, bases[base][0], base, scene) if base else _claim_by_install(candidate, scene)

    def claim_by_markers(self, candidate: Candidate, scene: Scene) -> Claim | None:
        """An environment of a usual name beside PDM's files."""
        names = scene.telling_names(candidate.folder)
        if candidate.prefix.name not in making.IN_PROJECT or not names & {making.CHOICE, "pdm.lock"}:
            return None
        return Claim(links=(_link(candidate, candidate.folder, scene),))

    def also_serves(self, candidate: Candidate, scene: Scene) -> Iterator[Link]:
        """The projects whose `.pdm-python` names it."""
        for project in _chosen(scene).get(candidate.prefix, ()):
            yield Link(project, TOOLS_CHOICE, _NAMES_IT)

    def proposes(self, project: Path, scene: Scene) -> str | None:
        """The files that PDM alone writes, or its table in pyproject.toml."""
        name = next((name for name in ("pdm.lock", making.CHOICE, "pdm.toml") if scene.is_file(project / name)), None)
        if name is not None:
            return f"The project has a {name}."
        content = scene.toml(project / "pyproject.toml")
        tools = content.get("tool") if isinstance(content, dict) else None
        return "Its pyproject.toml has a [tool.pdm]." if isinstance(tools, dict) and "pdm" in tools else None

    def plan_create(self, request: CreateRequest, scene: Scene, tools: Mapping[str, Path]) -> Plan:
        """Where PDM would make it, and then by PDM."""
        base = _central_folders(scene)[0] / (base_name(request.project) if request.project else "")
        return making.plan_create(request, base, _settings_files(scene), scene, tools)

    def plan_remove(self, owned: Owned, scene: Scene, tools: Mapping[str, Path]) -> RemovalPlan:
        """Without the note that names it."""
        return RemovalPlan(notes=(owned.project / making.CHOICE,) if owned.project else ())

    def plan_add_ipykernel(self, owned: Owned, scene: Scene, tools: Mapping[str, Path]) -> Plan:
        """Through PDM, so that the lock file knows it."""
        return making.plan_add_ipykernel(owned.candidate.prefix, owned.project, scene, tools)

    def how_to_recreate(self, prefix: Path, project: Path | None) -> str:
        """PDM makes a new one where the old was."""
        if project is None:
            return "Remove its folder; its project is not known."
        match = _CENTRAL_NAME.fullmatch(prefix.name)
        name = f" --name {quoted(match['ident'])}" if match and prefix.parent != project else ""
        return f"Run: cd {quoted(project)} && pdm venv create --force{name} && pdm install"

    def how_to_add_ipykernel(self, candidate: Candidate, project: Path | None) -> str:
        """Through PDM, so that the lock file knows it."""
        if project is None:
            return super().how_to_add_ipykernel(candidate, project)
        return f"Run: cd {quoted(project)} && pdm add --dev ipykernel"


def base_name(project: Path) -> str:
    """What the names of a project's central environments begin with: the folder's name and a hash of its path."""
    digest = hashlib.md5(os.fsencode(project.as_posix()), usedforsecurity=False).digest()
    return f"{project.name}-{base64.urlsafe_b64encode(digest).decode()[:8]}"


def _claim_of(candidate: Candidate, project: Path, base: str, scene: Scene) -> Claim:
    """A central environment of a known project."""
    name = _name(project.name, candidate.prefix.name[len(base) + 1 :])
    return Claim(links=(_link(candidate, project, scene),), tied=True, name=name)


def _claim_by_install(candidate: Candidate, scene: Scene) -> Claim:
    """A central environment of a project that no walk met: an editable installation in it names the folder."""
    match = _CENTRAL_NAME.fullmatch(candidate.prefix.name)
    if match is None:
        return Claim()
    for project in editable.folders(candidate, scene):
        base = base_name(project)
        if not candidate.prefix.name.startswith(f"{base}-"):
            continue
        if scene.is_folder(project):
            return _claim_of(candidate, project, base, scene)
        return Claim(lost=project, tied=True, name=_name(project.name, candidate.prefix.name[len(base) + 1 :]))
    return Claim(tied=True, name=_name(match["name"], match["ident"]))


def _name(name: str, ident: str) -> str:
    """What people call it: its ident only where that is more than the Python's version."""
    return name if making.PLAIN_IDENT.fullmatch(ident) else f"{name}-{ident}"


def _link(candidate: Candidate, project: Path, scene: Scene) -> Link:
    """The link of one of a project's own environments: the one that PDM uses, or another."""
    chosen, reason = _used(project, scene)
    if chosen == candidate.prefix:
        return Link(project, TOOLS_CHOICE, reason)
    strength = IN_PROJECT if candidate.prefix.name == ".venv" else OTHER_NAME
    outside = f"PDM's {making.CHOICE} names a Python outside of environments."
    instead = f"PDM uses {chosen} instead." if chosen else outside
    return Link(project, strength, instead, chosen=False)


def _used(project: Path, scene: Scene) -> tuple[Path | None, str]:
    """The real path of the environment that PDM uses for a project, and why: what is noted, or else what it finds."""
    chosen = _choice_of(project, scene)
    if chosen is not None:
        return chosen, _NAMES_IT
    python = _noted(project, scene)
    if python is not None and scene.is_file(python):
        return None, ""
    inside = next((path for name in making.IN_PROJECT if scene.is_environment(path := project / name)), None)
    if inside is not None:
        return scene.real(inside), f"PDM finds the {inside.name} in the project."
    central = max(_central(project, scene), key=_newness, default=None)
    return (scene.real(central) if central else None), "PDM has noted no choice: the newest Python."


def _central(project: Path, scene: Scene) -> Iterator[Path]:
    """The central environments of a project."""
    start = f"{base_name(project)}-"
    for folder in _central_folders(scene):
        names = _names(folder, scene)
        for name in islice(names, bisect_left(names, start), None):
            if not name.startswith(start):
                break
            if scene.is_environment(folder / name):
                yield folder / name


def _names(folder: Path, scene: Scene) -> list[str]:
    """The sorted names in a folder, listed once: each of a thousand environments asks for those of its project."""
    return scene.once(("pdm.names", folder), lambda: scene.names(folder))


def _newness(prefix: Path) -> tuple[int, ...]:
    ident = prefix.name.rsplit("-", 1)[-1]
    return tuple(int(part) for part in ident.rstrip("t").split(".")) if making.PLAIN_IDENT.fullmatch(ident) else ()


def _chosen(scene: Scene) -> dict[Path, list[Path]]:
    """The environments that `.pdm-python` files name, with the projects of these files."""
    return projects_by(scene, "pdm.choice", making.CHOICE, lambda project: _choice_of(project, scene))


def _choice_of(project: Path, scene: Scene) -> Path | None:
    """The real path of the environment that a project's `.pdm-python` names; None where it names none."""
    python = _noted(project, scene)
    if python is None:
        return None
    prefix = python.parent.parent if python.parent.name in {"bin", "Scripts"} else python.parent
    there = scene.is_environment(prefix) or scene.is_folder(prefix / "conda-meta")
    return scene.real(prefix) if there else None


def _noted(project: Path, scene: Scene) -> Path | None:
    """The interpreter that a project's `.pdm-python` names, whether or not it is there."""
    text = (scene.text(project / making.CHOICE) or "").strip()
    return project / text if text and "\0" not in text and "\n" not in text else None


def _central_folders(scene: Scene) -> list[Path]:
    """What `venv.location` says, or else PDM's own places."""
    return scene.once("pdm.central", lambda: _locations(scene))


def _locations(scene: Scene) -> list[Path]:
    for path in _settings_files(scene):
        content = scene.toml(path)
        table = content.get("venv") if isinstance(content, dict) else None
        given = table.get("location") if isinstance(table, dict) else None
        if isinstance(given, str) and given:
            text = given.replace("\0", "")
            return [scene.host.home / (f"{scene.host.home}{text[1:]}" if text[:2] in {"~", "~/"} else text)]
    return [folder / "venvs" for folder in _folders(scene, scene.host.data_folders())]


def _settings_files(scene: Scene) -> list[Path]:
    """PDM's settings files, the strongest first: the person's, then the machine's."""
    given = scene.exported("PDM_CONFIG_FILE")
    windows = scene.host.platform == "win32"  # where settings do not roam, they lie beside the data
    folders = scene.host.data_folders() if windows else scene.host.config_folders()
    own = [scene.host.expand(given)] if given else [path / "config.toml" for path in _folders(scene, folders)]
    return [*own, Path("/etc/xdg/pdm/config.toml")] if scene.host.platform == "linux" else own


def _folders(scene: Scene, folders: Iterator[Path]) -> list[Path]:
    tail = ("pdm", "pdm") if scene.host.platform == "win32" else ("pdm",)
    return [folder.joinpath(*tail) for folder in folders]
