"""What the command line shows, and an environment to show."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from jupyter_envs.environment import Environment
from jupyter_envs.errors import Problem, ProblemCode
from jupyter_envs.state import State

if TYPE_CHECKING:
    from jupyter_envs.host import Host

BARE = Problem(ProblemCode.NO_IPYKERNEL, "It has no ipykernel, so no notebook can run on it.", "Install it: pip")


def make(host: Host, name: str = "shop", **changes: object) -> Environment:
    environment = Environment(
        id="shop-1a2b3c4d",
        name=name,
        display_name=f"{name} (virtualenvwrapper, Python 3.12)",
        manager="virtualenvwrapper",
        prefix=host.home / "shop" / ".venv",
        python=host.home / "shop" / ".venv" / "bin" / "python",
        version="3.12.1",
        implementation="cpython",
        state=State.READY,
        found_by="test",
        projects=(host.home / "code" / "shop",),
        kernel=True,
        kernel_name="shop-1a2b3c4d",
    )
    return replace(environment, **changes)  # type: ignore[arg-type]  # the tests name fields


def with_columns(host: Host, columns: int | str) -> Host:
    """The same machine with a terminal of that many columns."""
    return replace(host, variables={"COLUMNS": str(columns)})
