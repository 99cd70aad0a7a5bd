"""Commands that several managers share: an empty environment, and packages in one, through uv or through pip."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_envs.environment import Interpreter
from jupyter_envs.managers.plans import Command, CreateRequest, Plan

if TYPE_CHECKING:
    from collections.abc import Mapping

MAKING = "Making the environment"
INSTALLING = "Installing packages"


def shell(
    request: CreateRequest, prefix: Path, tools: Mapping[str, Path], *, seed: bool = False
) -> tuple[Command, ...]:
    """An empty environment at `prefix`, whose folder is there and may hold a marker; with pip when `seed`."""
    python, where = os.fspath(request.python.path), os.fspath(prefix)
    uv = tools.get("uv")
    if uv is None:
        words = (python, "-I", "-m", "venv", *(() if seed else ("--without-pip",)), where)
    else:
        options = (*(("--seed",) if seed else ()), "--allow-existing", "--no-project", "--python", python)
        words = (os.fspath(uv), "--no-python-downloads", "--no-progress", "venv", *options, where)
    return (Command(words, Path(prefix.anchor), MAKING),)


def packages(request: CreateRequest, prefix: Path, tools: Mapping[str, Path]) -> tuple[Command, ...]:
    """What puts the packages and the requirements of a request into the environment at `prefix`."""
    wanted = (*request.packages, *(("ipykernel",) if request.ipykernel else ()))
    if not wanted:
        return ()
    inside, uv = os.fspath(prefix / "bin" / "python"), tools.get("uv")
    words = (inside, "-I", "-m", "pip", "install", "--disable-pip-version-check", "--", *wanted)
    if uv is not None:
        words = (
            os.fspath(uv),
            "--no-python-downloads",
            "--no-progress",
            "pip",
            "install",
            "--python",
            inside,
            "--",
            *wanted,
        )
    return (Command(words, Path(prefix.anchor), INSTALLING, weight=3),)


def ipykernel(prefix: Path, tools: Mapping[str, Path]) -> Plan:
    """What puts an ipykernel into an environment whose tool keeps no list of packages."""
    python = Interpreter(prefix / "bin" / "python", "", "", "")
    return Plan(prefix, packages(CreateRequest(python, ipykernel=True), prefix, tools))
