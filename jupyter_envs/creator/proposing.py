"""What would suit a project, read from its own files: the tool, the place, the packages and the Python."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jupyter_envs import managers
from jupyter_envs.creator import making, wish
from jupyter_envs.errors import EnvsError, NotFound
from jupyter_envs.managers import declared
from jupyter_envs.managers.base import CreateRequest

if TYPE_CHECKING:
    from pathlib import Path

    from jupyter_envs.creator.means import Means
    from jupyter_envs.managers.base import EnvironmentManager, Scene

_INSTALL = {
    "poetry": ("poetry.lock", "pyproject.toml"),
    "uv": ("uv.lock", "pyproject.toml"),
    "pipenv": ("Pipfile.lock", "Pipfile"),
    "pdm": ("pdm.lock", "pyproject.toml"),
    "hatch": ("pyproject.toml",),
}
"""What each tool with rules of its own installs: the first of these that is there."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A manager that makes environments, whether it can here, and where it would; `reason` is why it cannot."""

    name: str
    title: str
    available: bool
    reason: str
    prefix: Path | None

    def as_json(self) -> dict[str, object]:
        """The choice as the REST API tells it."""
        place = None if self.prefix is None else os.fspath(self.prefix)
        return {
            "name": self.name, "title": self.title, "available": self.available, "reason": self.reason, "prefix": place,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Proposal:
    """The manager that suits a project and why, where its environment would lie, and what could be put into it.

    `declared` is what `install` would install, `python` which Pythons the project wants (a specifier), and `central`
    whether the place is outside of the project. `managers` are all that make environments.
    """

    project: Path
    manager: str
    title: str
    reason: str
    declared: str | None
    requirements: tuple[Path, ...]
    python: str | None
    central: bool
    prefix: Path | None
    managers: tuple[Choice, ...]

    def as_json(self) -> dict[str, object]:
        """The proposal as the REST API tells it."""
        return {
            "project": os.fspath(self.project),
            "manager": self.manager,
            "title": self.title,
            "reason": self.reason,
            "declared": self.declared,
            "requirements": [os.fspath(path) for path in self.requirements],
            "python": self.python,
            "central": self.central,
            "prefix": None if self.prefix is None else os.fspath(self.prefix),
            "managers": [choice.as_json() for choice in self.managers],
        }


def propose(means: Means, folder: Path) -> Proposal:
    """What suits the project in a folder that is there and may be named; runs and changes nothing."""
    scene = means.scene()
    python = declared.python(folder, scene)
    choices = tuple(_choices(means, folder, python))
    manager, reason = _suiting(folder, scene)
    place = next((choice.prefix for choice in choices if choice.name == manager.name), None)
    return Proposal(
        project=folder,
        manager=manager.name,
        title=manager.title,
        reason=reason,
        declared=_declared(manager.name, folder, scene),
        requirements=declared.requirements(folder, scene),
        python=python,
        central=place is not None and not place.is_relative_to(folder),
        prefix=place,
        managers=choices,
    )


def _suiting(folder: Path, scene: Scene) -> tuple[EnvironmentManager, str]:
    """The first whose files are in the project, and which file that is; plain venv where nothing asks for another."""
    for manager in managers.by_markers():
        reason = manager.proposes(folder, scene) if manager.creates else None
        if reason is not None:
            return manager, reason
    return managers.LAST, "Nothing in the project asks for another tool."


def _choices(means: Means, folder: Path, python: str | None) -> list[Choice]:
    request = _request(means, folder, python)
    return [_choice(means, manager, request) for manager in managers.every() if manager.creates]


def _choice(means: Means, manager: EnvironmentManager, request: CreateRequest | None) -> Choice:
    if request is None:
        return Choice(manager.name, manager.title, available=False, reason="There is no Python here.", prefix=None)
    try:
        prefix = making.planned(means, manager, request).prefix
    except EnvsError as error:
        return Choice(manager.name, manager.title, available=False, reason=str(error), prefix=None)
    return Choice(manager.name, manager.title, available=True, reason="", prefix=prefix)


def _request(means: Means, folder: Path, python: str | None) -> CreateRequest | None:
    """For the Python that would be taken, or else for any: some tools name their folders after it."""
    known = means.finder.interpreters()
    if not known:
        return None
    try:
        chosen = wish.chosen_interpreter(None, known, python)
    except NotFound:
        chosen = known[0]
    return CreateRequest(chosen, folder)


def _declared(manager: str, folder: Path, scene: Scene) -> str | None:
    if manager in _INSTALL:
        return next((name for name in _INSTALL[manager] if scene.is_file(folder / name)), None)
    found = declared.of(folder, scene)
    return None if found is None else found.title
