"""pyenv-virtualenv: named environments among pyenv's interpreters, and the projects whose `.python-version` names one.

Rules and their sources: docs/reference/managers/pyenv-virtualenv.md. An environment is `versions/X.Y.Z/envs/NAME`; the
link `versions/NAME` is its alias. One that was made on the system's Python is the folder `versions/NAME` itself.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from jupyter_envs import naming
from jupyter_envs.managers import pyenv_versions
from jupyter_envs.managers.base import (
    TOOLS_CHOICE,
    Candidate,
    Claim,
    EnvironmentManager,
    Link,
    Scene,
    Sighting,
    quoted,
)
from jupyter_envs.managers.known import projects_by

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jupyter_envs.errors import Problem

_FILE = ".python-version"
_FOUND_BY = "pyenv-virtualenv: versions"


class PyenvVirtualenv(EnvironmentManager):
    """Environments that `pyenv virtualenv` made."""

    name = "pyenv-virtualenv"
    title = "pyenv-virtualenv"

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
