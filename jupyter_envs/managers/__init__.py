"""All managers, in the order in which they are asked whose an environment is (docs/reference/rules.md).

First by place and name; then, for environments in projects, by the files that a tool leaves there, in an order of its
own (`MARKERS_FIRST`). Who *made* an environment is not who owns it: a `.venv` that uv made in a Poetry project is
Poetry's.
Managers of other packages (entry points, see docs/how-to/add-a-manager.md) come after ours and before plain venv.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jupyter_envs.managers import others
from jupyter_envs.managers.conda import Conda
from jupyter_envs.managers.hatch import Hatch
from jupyter_envs.managers.pdm import Pdm
from jupyter_envs.managers.pipenv import Pipenv
from jupyter_envs.managers.pixi import Pixi
from jupyter_envs.managers.poetry import Poetry
from jupyter_envs.managers.pyenv import Pyenv
from jupyter_envs.managers.pyenv_virtualenv import PyenvVirtualenv
from jupyter_envs.managers.rye import Rye
from jupyter_envs.managers.uv import Uv
from jupyter_envs.managers.venv import Venv
from jupyter_envs.managers.virtualenvwrapper import Virtualenvwrapper

if TYPE_CHECKING:
    from jupyter_envs.managers.base import EnvironmentManager

OURS: tuple[EnvironmentManager, ...] = (
    Pixi(),
    Conda(),
    PyenvVirtualenv(),
    Poetry(),
    Pipenv(),
    Virtualenvwrapper(),
    Hatch(),
    Pdm(),
    Uv(),
    Rye(),
    Pyenv(),
)
LAST = Venv()
"""Whatever nobody else claims."""
_OUR_NAMES = frozenset(manager.name for manager in (*OURS, LAST))
MARKERS_FIRST = ("rye", "uv", "poetry", "pdm")
"""Who is asked first about an environment in a project, by the files that a tool leaves beside it."""


def every() -> tuple[EnvironmentManager, ...]:
    """Every manager there is, in the order of their claims by place."""
    return (*OURS, *others.installed(_OUR_NAMES), LAST)


def by_markers() -> tuple[EnvironmentManager, ...]:
    """Every manager there is, in the order of their claims by markers."""
    first = {name: position for position, name in enumerate(MARKERS_FIRST)}
    return tuple(sorted(every(), key=lambda manager: first.get(manager.name, len(first))))


def by_name(name: str) -> EnvironmentManager | None:
    """The manager of that name, such as `poetry`; None where there is none."""
    return next((manager for manager in every() if manager.name == name), None)
