"""pyenv-virtualenv: named environments among pyenv's interpreters, and the projects whose `.python-version` names one.

Rules and their sources: docs/reference/managers/pyenv-virtualenv.md. An environment is `versions/X.Y.Z/envs/NAME`; the
link `versions/NAME` is its alias. One that was made on the system's Python is the folder `versions/NAME` itself.
`pyenv virtualenv` fills a folder that is there, and deletes none that it did not make.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from jupyter_envs import naming
from jupyter_envs.errors import BadRequest, Occupied
from jupyter_envs.managers import installing, pyenv_versions
from jupyter_envs.managers.base import (
    TOOLS_CHOICE,
    Candidate,
    Claim,
    Command,
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
    from pathlib import Path

    from jupyter_envs.errors import Problem

_FILE = ".python-version"
_PLUGIN = "pyenv-virtualenv"
_NAME = re.compile(r"[A-Za-z_][\w.+@-]*", re.ASCII)
_VERSION = re.compile(r"(?:.*-)?\d+(?:\.\d.*)?|system")
_FOUND_BY = "pyenv-virtualenv: versions"


class PyenvVirtualenv(EnvironmentManager):
    """Environments that `pyenv virtualenv` made."""

    name = "pyenv-virtualenv"
    title = "pyenv-virtualenv"
    creates = True
    removes = True
    program = "pyenv"

    def find(self, scene: Scene) -> Iterator[Sighting | Problem]:
        """The environments of each interpreter, those beside the interpreters, and the links to them."""
        for version in pyenv_versions.installed(scene):
            yield from (Sighting(prefix, _FOUND_BY) for prefix in scene.children(version / "envs"))
        for prefix in scene.children(pyenv_versions.folder(scene)):
            if os.path.islink(prefix) and naming.is_environment_name(prefix.name):
                continue  # in any other folder a link of such a name would make that folder a project
            if self._is_own(scene.real(prefix), scene):
                yield Sighting(prefix, _FOUND_BY)

    def central(self, scene: Scene) -> Iterator[Path]:
        """pyenv's folder of versions."""
        yield pyenv_versions.folder(scene)

    def of_project(self, project: Path, scene: Scene) -> Iterator[Sighting]:
        """The environment that the project's `.python-version` names."""
        if _FILE in scene.telling_names(project):
            chosen = _chosen(project, scene)
            if chosen is not None:
                yield Sighting(chosen, f"pyenv-virtualenv: {_FILE}")

    def claim_by_place(self, candidate: Candidate, scene: Scene) -> Claim | None:
        """By lying among pyenv's versions."""
        if candidate.bare or not self._is_own(candidate.prefix, scene):
            return None
        return Claim(name=candidate.prefix.name)

    def also_serves(self, candidate: Candidate, scene: Scene) -> Iterator[Link]:
        """The folders whose `.python-version` names it, whoever made it."""
        if candidate.bare:
            return
        for project in _by_prefix(scene).get(candidate.prefix, ()):
            yield Link(project, TOOLS_CHOICE, f"Its {_FILE} names it.")

    def proposes(self, project: Path, scene: Scene) -> str | None:
        """A `.python-version` that names an environment, whether or not it is there."""
        name = _named(project, scene)
        return f"Its {_FILE} names {naming.shown(name)}." if name else None

    def plan_create(self, request: CreateRequest, scene: Scene, tools: Mapping[str, Path]) -> Plan:
        """By `pyenv virtualenv` on one of pyenv's Pythons; a project without a `.python-version` gets one."""
        _check_plugin(scene, tools)
        version = _version_of(request, scene)
        name = _name(request, scene)
        prefix, alias = version / "envs" / name, version.parent / name
        if request.prefix not in {None, prefix}:
            raise BadRequest(f"pyenv-virtualenv keeps none at {request.prefix}.", f"Leave the place to it: {prefix}.")
        if os.path.lexists(alias) and not (os.path.islink(alias) and os.path.realpath(alias) == os.fspath(prefix)):
            raise Occupied(f"{alias} already exists.", "Choose another name, or remove it first.")
        pyenv, root = os.fspath(tools["pyenv"]), (("PYENV_ROOT", os.fspath(version.parent.parent)),)
        words = (pyenv, "virtualenv", "--force", version.name, name)
        shell = (Command(words, version.parent, installing.MAKING, root, weight=2),)
        how = (request, prefix, tools, scene)
        commands = [*installing.declared(*how), *installing.packages(*how)]
        project = request.project
        if project is None or os.path.lexists(project / _FILE):
            return Plan(prefix, tuple(commands), shell)
        commands.append(Command((pyenv, "local", name), project, f"Writing {_FILE}", root))
        return Plan(prefix, tuple(commands), shell, touched=(project / _FILE,))

    def plan_remove(self, owned: Owned, scene: Scene, tools: Mapping[str, Path]) -> RemovalPlan:
        """Its alias with it, and the files that name nothing but it: with them pyenv would fail in these projects."""
        prefix = owned.candidate.prefix
        files = (project / _FILE for project in _by_prefix(scene).get(prefix, ()))
        notes = tuple(file for file in files if (scene.text(file) or "").strip() == prefix.name)
        return RemovalPlan(notes=notes, links=(pyenv_versions.folder(scene) / prefix.name,))

    def plan_add_ipykernel(self, owned: Owned, scene: Scene, tools: Mapping[str, Path]) -> Plan:
        """As pip would."""
        return installing.ipykernel(owned.candidate.prefix, tools, scene)

    def how_to_recreate(self, prefix: Path, project: Path | None) -> str:
        """With the two commands that people know."""
        name = quoted(prefix.name)
        version = f"{prefix.parent.parent.name} " if prefix.parent.name == "envs" else ""
        return f"Run: pyenv virtualenv-delete {name} ; pyenv virtualenv {version}{name}"

    def _is_own(self, prefix: Path, scene: Scene) -> bool:
        versions = scene.once("pyenv-virtualenv.versions", lambda: scene.real(pyenv_versions.folder(scene)))
        if prefix.parent == versions:
            return scene.is_environment(prefix)
        return prefix.parent.name == "envs" and prefix.parent.parent.parent == versions


def _by_prefix(scene: Scene) -> dict[Path, list[Path]]:
    """The known projects by the real path of what their `.python-version` names."""

    def target(project: Path) -> Path | None:
        chosen = _chosen(project, scene)
        return scene.real(chosen) if chosen else None

    return projects_by(scene, "pyenv-virtualenv", _FILE, target)


def _chosen(project: Path, scene: Scene) -> Path | None:
    """What provides `python` in a project: the first version that its file names, where pyenv has it."""
    versions = pyenv_versions.folder(scene)
    for word in _words(scene.text(project / _FILE) or ""):
        if scene.is_folder(versions / word) and _is_safe(word, versions, scene):
            return versions / word
    return None


def _named(project: Path, scene: Scene) -> str | None:
    """The name of an environment that a project's file gives, whether or not it is there."""
    for word in _words(scene.text(project / _FILE) or ""):
        if _NAME.fullmatch(word) and not _VERSION.fullmatch(word):
            return word
    return None


def _check_plugin(scene: Scene, tools: Mapping[str, Path]) -> None:
    """Raises `BadRequest` where pyenv, or its plug-in for environments, is not here."""
    if "pyenv" in tools:
        own = pyenv_versions.root(scene) / "plugins" / _PLUGIN / "bin" / _PLUGIN
        if scene.is_file(own) or scene.is_file(tools["pyenv"].parent / _PLUGIN):
            return
    raise BadRequest("pyenv-virtualenv is not installed.", "Install it, or choose venv.")


def _version_of(request: CreateRequest, scene: Scene) -> Path:
    """The folder among pyenv's versions that the wanted Python lies in; one of conda's has no environments there."""
    versions = scene.real(pyenv_versions.folder(scene))
    if re.search(r"\s", os.fspath(versions)):
        raise BadRequest(f"pyenv-virtualenv makes none in {versions}, which has a space.", "Choose venv.")
    if request.python.version.startswith("2."):
        raise BadRequest(f"Python {request.python.version} knows no environments.", "Choose Python 3.")
    folder = request.python.path.parent.parent
    if folder.parent != versions or scene.is_folder(folder / "conda-meta"):
        raise BadRequest(
            f"{request.python.label} is none of pyenv's own Pythons.", "Choose one of these, or choose venv."
        )
    return folder


def _name(request: CreateRequest, scene: Scene) -> str:
    """The name that was asked for, that of the place, or what the project's file or folder is called."""
    name, project = request.name, request.project
    if name is None and request.prefix is not None:
        name = request.prefix.name
    if name is None and project is not None:
        name = _named(project, scene) or _called(project)
    if not name or not _NAME.fullmatch(name) or _VERSION.fullmatch(name):
        raise BadRequest(
            f"{name or ''!r} cannot be the name of an environment of pyenv-virtualenv.",
            "Begin with a letter, and use letters, digits and the signs . _ + @ -.",
        )
    return name


def _called(project: Path) -> str:
    """What an environment of this folder is called; `shop-2` would be a version for pyenv, so it is `shop_2`."""
    name = re.sub(r"[^A-Za-z0-9_.+@-]+", "-", project.name).lstrip("-.+@0123456789").rstrip("-.+@")
    return name.replace("-", "_") if _VERSION.fullmatch(name) else name


def _words(text: str) -> Iterator[str]:
    """The first word of each line, as pyenv reads it; a line that begins with `#` says nothing."""
    for line in text.split("\n"):
        word = next(iter(line.split()), "")
        if word and not word.startswith("#") and "\0" not in word:
            yield word


def _is_safe(word: str, versions: Path, scene: Scene) -> bool:
    """pyenv takes no name that leads out of its folder by itself; a link in the folder may."""
    if word != ".." and "/" not in word and os.sep not in word:
        return word != "."
    return scene.real(versions / word).is_relative_to(scene.real(versions))
