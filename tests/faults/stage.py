"""A home in which environments are made and removed, with a bystander that nobody may touch."""

from __future__ import annotations

import os
import subprocess
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jupyter_envs.creator import Creator, Wish
from jupyter_envs.finder import Finder
from jupyter_envs.host import Host
from jupyter_envs.settings import Settings
from tests.faults.trees import Tree, tree_of
from tests.faults.wheels import make_wheels
from tests.real.outside import SYSTEM_PATH, interpreters, pyenv_root

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from jupyter_envs.creator import Work
    from jupyter_envs.environment import Environment

CREATE, REMOVE, RECREATE, ADD_IPYKERNEL = KINDS = ("create", "remove", "recreate", "add-ipykernel")
PYPROJECT = '[project]\nname = "{name}"\nversion = "1.0"\nrequires-python = ">=3.9"\ndependencies = []\n'


class Quiet:
    """Who is told how the work goes on, and does nothing but keep it."""

    def __init__(self) -> None:
        self.cancel = threading.Event()
        self.lines: list[str] = []
        self.phases: list[str] = []

    def phase(self, text: str) -> None:
        self.phases.append(text)

    def line(self, text: str) -> None:
        self.lines.append(text)

    def fraction(self, done: float | None) -> None:
        """Nobody looks at it here."""

    def warn(self, text: str) -> None:
        self.lines.append(text)


@dataclass(frozen=True, slots=True)
class Stage:
    """A home below a folder, and by which manager the environment of its project is made.

    `more` are variables beside those that lead to the interpreters and the wheels; an empty one takes one of them away.
    """

    folder: Path
    manager: str = "venv"
    tools: tuple[str, ...] = ()
    more: Mapping[str, str] = field(default_factory=dict)

    @property
    def home(self) -> Path:
        """The home, which is all that finding walks."""
        return self.folder / "home"

    @property
    def project(self) -> Path:
        """The project that gets the environment."""
        return self.home / "work" / "the shop"

    @property
    def bystander(self) -> Path:
        """Another project, with an environment of its own."""
        return self.home / "bystander"

    @property
    def host(self) -> Host:
        """The person: nothing comes from a network, and no other machine's settings count."""
        variables = {
            "HOME": os.fspath(self.home),
            "PATH": SYSTEM_PATH,
            "LANG": "C.UTF-8",
            "PYENV_ROOT": os.fspath(pyenv_root()),
            "UV_CACHE_DIR": os.fspath(self.folder / "uv-cache"),
            "UV_FIND_LINKS": os.fspath(self.folder / "wheels"),
            "UV_OFFLINE": "1",
            "PIP_FIND_LINKS": os.fspath(self.folder / "wheels"),
            **self.more,
        }
        given = {name: value for name, value in variables.items() if value}
        return Host(self.home, given, uid=os.getuid(), system=self.folder / "machine")

    def furnish(self) -> Stage:
        """Make the home, the wheels and the bystander; the stage itself."""
        for folder in (self.project, self.bystander):
            folder.mkdir(parents=True)
            (folder / "pyproject.toml").write_text(PYPROJECT.format(name=folder.name.replace(" ", "-")))
        make_wheels(self.folder / "wheels")
        (self.bystander / "notes.txt").write_text("Nobody may touch this.\n")
        (self.bystander / "to the shop").symlink_to(self.project)
        self.creator().prepare(self._wish(self.bystander, "venv")).do(Quiet())
        return self

    def creator(self) -> Creator:
        """Somebody who knows nothing yet, as each new process does."""
        return Creator(self._finder(Settings(tool_paths=self.tools)), [self.home])

    def prepare(self, kind: str) -> Work:
        """The work of that kind on the project's environment, decided."""
        creator = self.creator()
        if kind == CREATE:
            return creator.prepare(self._wish(self.project, self.manager))
        environment = self.environment()
        if environment is None:
            raise LookupError(f"There is no environment to {kind}.")
        if kind == REMOVE:
            return creator.prepare_removal(environment)
        return creator.prepare_recreation(environment) if kind == RECREATE else creator.prepare_ipykernel(environment)

    def do(self, kind: str) -> Environment | None:
        """Does it."""
        return self.prepare(kind).do(Quiet())

    def environment(self) -> Environment | None:
        """The project's environment, as somebody finds it who looks for the first time."""
        return self._finder(Settings()).resolve(self.project).environment

    def listed(self) -> list[Environment]:
        """What lies in the home, as somebody finds it who looks for the first time; not the bystander's."""
        found = self._finder(Settings()).scan().environments
        inside = [one for one in found if one.prefix.is_relative_to(self.home)]
        return [one for one in inside if not one.prefix.is_relative_to(self.bystander)]

    def surroundings(self, prefix: Path) -> Tree:
        """All of the home but the environment, and what is remembered for the next time only."""
        return tree_of(self.home, [prefix, *self.host.cache_folders(), self.home / ".cache"])

    def _wish(self, project: Path, manager: str) -> Wish:
        python = os.fspath(interpreters().default.executable)
        return Wish(project, manager=manager, python=python, packages=("tiny",) if manager == "venv" else ())

    def _finder(self, settings: Settings) -> Finder:
        return Finder(self.host, settings)


def half_made(environment: Environment) -> str | None:
    """Why a listed environment is not whole, by running it; None where it is."""
    if (said := _fails(environment, "import tiny")) is not None:
        return f"{environment.prefix.name} does not work: {said}"
    if environment.ipykernel and (said := _fails(environment, "import ipykernel_launcher")) is not None:
        return f"the ipykernel of {environment.prefix.name} does not work: {said}"
    return None


def _fails(environment: Environment, code: str) -> str | None:
    try:
        done = subprocess.run(
            [environment.python, "-I", "-c", code], capture_output=True, text=True, check=False, timeout=60
        )
    except OSError as error:
        return str(error)
    return done.stderr[-300:] if done.returncode else None
