"""How pipenv's environments are made: an empty one where pipenv would make it, then filled and added to by pipenv.

pipenv takes an environment that is there already, unless `--python` or `PIPENV_PYTHON` names another Python: then it
deletes the folder first. So it is given neither, but the environment's name and the project's Pipfile.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_envs import naming
from jupyter_envs.errors import BadRequest, Problem, Refused
from jupyter_envs.managers import installing
from jupyter_envs.managers import pipenv_settings as settings
from jupyter_envs.managers.base import Command, CreateRequest, Plan

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jupyter_envs.environment import Interpreter
    from jupyter_envs.managers.base import Scene

_NUMBERS = re.compile(r"\d+(?:\.\d+)*")
_LOCK_AT_MOST = 16 * 1024 * 1024
_ALWAYS = {
    "PIPENV_IGNORE_VIRTUALENVS": "1",
    "PIPENV_NOSPIN": "1",
    "PIPENV_PYTHON": "",
    "PIPENV_SYSTEM": "0",
}


@dataclass(frozen=True, slots=True)
class _Pipenv:
    """pipenv at work on one project with one environment."""

    program: Path
    project: Path
    prefix: Path
    scene: Scene

    @classmethod
    def of(cls, prefix: Path, project: Path, scene: Scene, tools: Mapping[str, Path]) -> _Pipenv:
        """Raises `BadRequest` where pipenv is not here, or the project has no Pipfile: pipenv would take one above."""
        if "pipenv" not in tools:
            raise BadRequest("pipenv is not installed.", "Install it, or choose venv.")
        if not scene.is_file(settings.pipfile(project, scene)):
            raise BadRequest(
                f"{project} has no Pipfile, so it is no pipenv project.", "Run in it: pipenv install. Or choose venv."
            )
        return cls(tools["pipenv"], project, prefix, scene)

    @property
    def pipfile(self) -> Path:
        """The project's."""
        return settings.pipfile(self.project, self.scene)

    @property
    def lock(self) -> Path:
        """The project's, whether or not it is there."""
        return self.pipfile.with_name(f"{self.pipfile.name}.lock")

    @property
    def touched(self) -> tuple[Path, ...]:
        """What pipenv writes in a project."""
        return self.pipfile, self.lock, self.project / "pylock.toml"

    def run(self, phase: str, *words: str, writes: tuple[Path, ...]) -> Command:
        """One command of pipenv, which takes no other environment and no other Pipfile."""
        central = settings.central_folder(self.scene)
        variables = {**_ALWAYS, "PIPENV_PIPFILE": os.fspath(self.pipfile), **settings.places(self.scene)}
        if self.prefix.parent == self.scene.real(central):
            variables["PIPENV_CUSTOM_VENV_NAME"] = self.prefix.name
        words = (os.fspath(self.program), *words)
        return Command(words, self.project, phase, tuple(variables.items()), weight=3, writes=writes)

    def add(self, *words: str) -> Command:
        """Packages into the Pipfile, its lock and the environment."""
        return self.run("Adding packages to the project", "install", *words, writes=self.touched)


def plan_create(request: CreateRequest, prefix: Path, scene: Scene, tools: Mapping[str, Path]) -> Plan:
    """The plan for a project whose environment pipenv keeps at `prefix`; raises `BadRequest` and `Refused`."""
    if request.project is None:
        raise BadRequest("pipenv makes environments for projects only.", "Choose a project.")
    pipenv = _Pipenv.of(prefix, request.project, scene, tools)
    _refuse(pipenv, request.python)
    if request.prefix not in {None, prefix} or request.name not in {None, prefix.name}:
        raise BadRequest("pipenv chooses names and places by itself.", f"Leave them to pipenv: {prefix}.")
    shared = request.system_site_packages or settings.shares_site_packages(scene)
    prompt = naming.shown(request.prompt or request.project.name)  # it is a line of pyvenv.cfg
    wanted = replace(request, prompt=prompt, system_site_packages=shared)
    shell = installing.shell(wanted, prefix, tools, scene, seed=True)
    files = ((".project", os.fspath(request.project)),)
    return Plan(prefix, tuple(_commands(pipenv, request)), shell, files, pipenv.touched)


def plan_add_ipykernel(prefix: Path, project: Path | None, scene: Scene, tools: Mapping[str, Path]) -> Plan:
    """`pipenv install --dev`; one without a project gets it as pip would install it."""
    if project is None:
        return installing.ipykernel(prefix, tools, scene)
    pipenv = _Pipenv.of(prefix, project, scene, tools)
    return Plan(prefix, (pipenv.add("--dev", "--", installing.IPYKERNEL),), touched=pipenv.touched)


def _commands(pipenv: _Pipenv, request: CreateRequest) -> Iterator[Command]:
    """What is locked, where there is a lock file: `pipenv install` would lock anew where that is out of date."""
    if request.install:
        verb, writes = ("sync", ()) if _is_locked(pipenv) else ("install", pipenv.touched)
        yield pipenv.run("Installing what the project declares", verb, "--dev", writes=writes)
    if request.requirements is not None:
        yield pipenv.add("-r", os.fspath(request.requirements))
    if request.packages:
        yield pipenv.add("--", *request.packages)
    if request.ipykernel:
        yield pipenv.add("--dev", "--", installing.IPYKERNEL)


def _is_locked(pipenv: _Pipenv) -> bool:
    """Raises `Refused` for a lock file that cannot be understood: `pipenv sync` would take it for an empty one."""
    if not pipenv.scene.is_file(pipenv.lock):
        return False
    if not isinstance(pipenv.scene.json(pipenv.lock, _LOCK_AT_MOST), dict):
        raise Refused(f"{pipenv.lock} cannot be understood.", f"Run 'pipenv lock' in {pipenv.project}.")
    return True


def _refuse(pipenv: _Pipenv, python: Interpreter) -> None:
    """Raises `Refused` where the Pipfile, or the variable that is in the environment's name, wants another Python."""
    content = pipenv.scene.toml(pipenv.pipfile)
    if isinstance(content, Problem):
        raise BadRequest(content.message, content.fix)
    required = settings.required_python(content or {})
    if required is not None and not _suits(required, python.version):
        why = f"The Pipfile requires Python {required}, and this is {python.version}."
        raise Refused(why, "Choose that Python, or change the Pipfile.")
    named = pipenv.scene.exported("PIPENV_PYTHON")
    if named and not _is_named(named, python, pipenv.scene):
        why = f"PIPENV_PYTHON asks for {named}, and this is {python.path}, Python {python.version}."
        raise Refused(why, "Choose that Python, or unset the variable.")


def _is_named(named: str, python: Interpreter, scene: Scene) -> bool:
    """Whether an interpreter is the one of that path, or has the version in that name, where there is one."""
    if os.path.isabs(named):
        return scene.real(Path(named)) == scene.real(python.path)
    version = _NUMBERS.search(named)
    return version is None or _suits(version[0], python.version)


def _suits(required: str, version: str) -> bool:
    """As pipenv compares: the numbers that are given, or conditions; what it could not understand suits."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet  # a listing need not wait for it

    if _NUMBERS.fullmatch(required):
        given = required.split(".")
        numbers = _NUMBERS.match(version)
        return numbers is not None and numbers[0].split(".")[: len(given)] == given
    try:
        return SpecifierSet(required).contains(version.rstrip("t"), prereleases=True)
    except InvalidSpecifier:
        return True
