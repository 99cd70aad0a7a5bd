"""How uv makes the environment of a project: `uv sync` and `uv add`, in the environment that is there already.

uv keeps an environment whose Python is the one that it is told, and deletes any other; so each command names the
Python. What pip is set to does not count here: `uv.lock` holds the addresses that its packages come from.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from jupyter_envs.errors import BadRequest, Refused
from jupyter_envs.managers import installing, uv_workspace
from jupyter_envs.managers.base import Command, CreateRequest, Owned, Plan

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jupyter_envs.managers.base import Scene

LOCK: Final = "uv.lock"
PYPROJECT: Final = "pyproject.toml"
INSTALLING_PYTHON = "Installing Python"
_KEY = re.compile(r"[a-z]+-[\w.+]+-[\w.-]+")


@dataclass(frozen=True, slots=True)
class Home:
    """Where uv makes the environment of a workspace, or of a project that stands alone: `root`, with its lock file.

    `moved` is what `UV_PROJECT_ENVIRONMENT` says, which uv itself need not see.
    """

    root: Path
    prefix: Path
    moved: str | None


def proposes(project: Path, scene: Scene) -> str | None:
    """uv's lock, its table in pyproject.toml, its workspace, or its build backend."""
    if scene.is_file(project / LOCK):
        return f"The project has a {LOCK}."
    table = uv_workspace.table_of(project, scene)
    if not scene.is_file(project / PYPROJECT) or table.get("managed") is False:
        return None
    if table:
        return "Its pyproject.toml has a [tool.uv]."
    root = uv_workspace.unlocked_root_of(project, scene)
    if root is not None:
        return f"It belongs to the uv workspace {root}."
    content = scene.toml(project / PYPROJECT)
    build = content.get("build-system") if isinstance(content, dict) else None
    backend = build.get("build-backend") if isinstance(build, dict) else None
    return "Its pyproject.toml is built by uv." if backend == "uv_build" else None


def plan_create(request: CreateRequest, home: Home, scene: Scene, tools: Mapping[str, Path]) -> Plan:
    """The environment that uv uses for a project, with what was asked for in it."""
    project, prefix = request.project or home.root, home.prefix
    if not scene.is_file(project / PYPROJECT):
        why = f"{project} has no pyproject.toml, so it is no uv project."
        raise BadRequest(why, "Run in it: uv init --bare. Or choose venv.")
    if request.prefix not in {None, prefix} or request.name not in {None, prefix.name}:
        raise BadRequest(f"uv keeps the project's environment at {prefix}.", "Leave the place to it, or choose venv.")
    if "uv" not in tools:
        raise Refused("uv is not installed.", "Install it: pip install uv. Or choose venv.")
    locked = scene.is_file(home.root / LOCK)
    run = _Commands(project, os.fspath(request.python.path), home.moved, tools)
    # its way to make one, and to lock the project
    commands = [replace(run.uv("sync", locked=locked), writes=(home.root / LOCK,))]
    if request.requirements is not None:
        commands.append(run.uv("add", "-r", os.fspath(request.requirements)))
    if request.packages:
        commands.append(run.uv("add", "--", *request.packages))
    if request.ipykernel:
        commands.append(run.uv("add", "--dev", "--", installing.IPYKERNEL))
    return Plan(
        prefix, tuple(commands), installing.shell(request, prefix, tools, scene), touched=_touched(project, home.root)
    )


def plan_add_ipykernel(owned: Owned, home: Home, tools: Mapping[str, Path]) -> Plan:
    """As a dependency for developing, so that the next `uv sync` keeps it."""
    project, prefix = owned.project or home.root, owned.candidate.prefix
    run = _Commands(project, os.fspath(prefix / "bin" / "python"), home.moved, tools)
    return Plan(prefix, (run.uv("add", "--dev", "--", installing.IPYKERNEL),), touched=_touched(project, home.root))


def plan_install(key: str, folder: Path, tools: Mapping[str, Path]) -> Plan:
    """`uv python install` of what uv lists under that key, such as `cpython-3.12.4-linux-x86_64-gnu`.

    uv unpacks it elsewhere and renames it, so nothing half-made can be left where it will lie.
    """
    if not _KEY.fullmatch(key):
        raise BadRequest(f"{key[:80]!r} is no Python of uv's.", "Name one that uv lists: uv python list")
    if "uv" not in tools:
        raise Refused("uv is not installed.", "Install it: pip install uv.")
    words = (os.fspath(tools["uv"]), "--no-progress", "python", "install", "--", key)
    where = (("UV_PYTHON_INSTALL_DIR", os.fspath(folder)), ("UV_PYTHON_INSTALL_BIN", "0"))
    command = Command(words, Path(folder.anchor), INSTALLING_PYTHON, where, weight=3)
    return Plan(folder / key, (command,))


class _Commands:
    """What each command of uv's has in common, in one project."""

    __slots__ = ("_begin", "_project", "_python", "_variables")

    def __init__(self, project: Path, python: str, moved: str | None, tools: Mapping[str, Path]) -> None:
        self._begin = installing.uv_words(tools)
        self._project = project
        self._python = python
        self._variables = (("UV_PROJECT_ENVIRONMENT", moved),) if moved else ()

    def uv(self, name: str, *words: str, locked: bool = False) -> Command:
        """One command in the project; only where it is `locked` may a person's variables forbid to change the lock."""
        here = os.fspath(self._project)
        told = (*self._begin, "--project", here, "--directory", here, name, "--python", self._python, *words)
        variables = self._variables if locked else (*self._variables, ("UV_FROZEN", "0"), ("UV_LOCKED", "0"))
        return Command(told, self._project, installing.INSTALLING, variables, weight=3)


def _touched(project: Path, root: Path) -> tuple[Path, ...]:
    return (project / PYPROJECT, root / LOCK)
