"""From what somebody wishes to what can be made, or the reason why not; nothing is changed by asking."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from jupyter_envs import managers, naming
from jupyter_envs.creator import making, requirements
from jupyter_envs.creator import wish as wishes
from jupyter_envs.errors import BadRequest, Occupied, Refused
from jupyter_envs.managers import declared
from jupyter_envs.managers.base import CreateRequest

if TYPE_CHECKING:
    from pathlib import Path

    from jupyter_envs.creator.making import Making
    from jupyter_envs.creator.means import Means
    from jupyter_envs.creator.wish import Wish
    from jupyter_envs.managers.base import EnvironmentManager

PROJECTS_OWN = ".venv"
"""The name that makes an environment its project's, whatever else serves that."""


def decide(means: Means, wish: Wish) -> Making:
    """What would be done. Raises `BadRequest`, `NotFound`, `Occupied` or `Refused`."""
    if not means.settings.allow_create:
        raise Refused("Making environments is switched off here.", "Ask whoever set 'allow_create'.")
    if means.host.platform == "win32":
        raise Refused("Environments are not made on Windows.", "Run in the project's folder: py -m venv .venv")
    project = None if wish.project is None else means.places.project(wish.project)
    manager = _manager(wish, project, means)
    found = making.planned(means, manager, _request(wish, project, manager, means), ipykernel=wish.ipykernel)
    making.refuse_taken(found)
    if project is not None and found.prefix == project / PROJECTS_OWN:
        _leave_to_its_tool(project, manager, means)
    return found


def _manager(wish: Wish, project: Path | None, means: Means) -> EnvironmentManager:
    name = wish.manager
    if name is None and project is not None:
        from jupyter_envs.creator import proposing  # reads all that the project declares

        name = proposing.propose(means, project).manager
    manager = managers.by_name(name or managers.LAST.name)
    if manager is None:
        creators = ", ".join(one.name for one in managers.every() if one.creates)
        raise BadRequest(f"There is no manager {str(name)[:40]!r}.", f"Choose one of these: {creators}.")
    return manager


def _request(wish: Wish, project: Path | None, manager: EnvironmentManager, means: Means) -> CreateRequest:
    name = None if wish.name is None else wishes.checked_name(wish.name)
    packages = wishes.checked_packages(wish.packages)
    suits = None if project is None else declared.python(project, means.scene())
    return CreateRequest(
        python=wishes.chosen_interpreter(wish.python, means.finder.interpreters(), suits),
        project=project,
        prefix=None if wish.prefix is None else means.places.prefix(wish.prefix),
        name=name,
        packages=packages,
        requirements=None if wish.requirements is None else _requirements(wish.requirements, means),
        install=wish.install or manager.fills,
        ipykernel=wish.ipykernel and not wishes.names_ipykernel(packages),
    )


def _requirements(file: Path, means: Means) -> Path:
    real = means.places.requirements(file)
    if means.places.named is not None:  # a client's choice, and not that of a person at a terminal
        requirements.check(real)
    return real


def _leave_to_its_tool(project: Path, manager: EnvironmentManager, means: Means) -> None:
    """Raises `Occupied` where another manager's environment serves a project: its own would take its place.

    Also where the settings leave that manager out: the project's kernel is the same all the same.
    """
    finder = replace(means.finder, settings=replace(means.settings, managers=()))
    found = finder.resolve(project)
    owner = managers.by_name(found.environment.manager) if found.environment else None
    if found.environment is None or owner is None or owner.name == manager.name or found.project != project:
        return
    title, prefix = owner.title, naming.shown_path(os.fspath(found.environment.prefix))
    raise Occupied(
        f"{naming.shown_path(os.fspath(project))} is a {title} project; its environment is {prefix}. "
        f"Making a {PROJECTS_OWN} would replace it.",
        f"Use {title}, or choose another folder name.",
    )
