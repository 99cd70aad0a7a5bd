"""All managers, in the order in which they are asked whose an environment is (docs/reference/rules.md).

First by place and name; then, for environments in projects, by the files that a tool leaves there. Who *made*
an environment is not who owns it: a `.venv` made by uv in a Poetry project is Poetry's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jupyter_envs.managers.poetry import Poetry
from jupyter_envs.managers.pyenv import Pyenv
from jupyter_envs.managers.venv import Venv
from jupyter_envs.managers.virtualenvwrapper import Virtualenvwrapper

if TYPE_CHECKING:
    from jupyter_envs.managers.base import EnvironmentManager

ORDER: tuple[EnvironmentManager, ...] = (Poetry(), Virtualenvwrapper(), Pyenv(), Venv())


def by_name(name: str) -> EnvironmentManager | None:
    """The manager of that name, such as `poetry`; None where there is none."""
    return next((manager for manager in ORDER if manager.name == name), None)
