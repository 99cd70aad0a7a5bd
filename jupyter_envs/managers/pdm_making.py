"""How PDM's environments are made: an empty one where PDM would make it, then noted, filled and added to by PDM.

PDM takes the environment that `.pdm-python` names; `pdm use` writes that file and leaves an environment as it is.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from jupyter_envs.errors import BadRequest, Refused
from jupyter_envs.managers import installing
from jupyter_envs.managers.base import Command, CreateRequest, Plan

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from jupyter_envs.managers.base import Scene

CHOICE: Final = ".pdm-python"
IN_PROJECT: Final = (".venv", "venv", "env")
"""Where PDM looks in a project, in this order."""
PLAIN_IDENT: Final = re.compile(r"\d+\.\d+t?")
_IDENT = re.compile(r"\w[\w.+@-]*")
_LOCKS = ("pdm.lock", "pylock.toml")
_IPYKERNEL = ("-dG", "dev", "--", "ipykernel")
_ALWAYS = {
    "PDM_IGNORE_SAVED_PYTHON": "0",
    "PDM_IGNORE_ACTIVE_VENV": "1",
    "PDM_USE_PYTHON_VERSION": "0",
    "PDM_CHECK_UPDATE": "0",
}
"""Only the environment that is named counts, and no `.python-version` is written."""
_NO = frozenset({"false", "no", "0", ""})


@dataclass(frozen=True, slots=True)
class _Pdm:
    """PDM at work on one project with one environment, whichever it uses itself."""

    program: Path
    project: Path
    prefix: Path
    settings: str | None

    @classmethod
    def of(cls, prefix: Path, project: Path, scene: Scene, tools: Mapping[str, Path]) -> _Pdm:
        """Raises `BadRequest` where PDM is not here."""
        if "pdm" not in tools:
            raise BadRequest("PDM is not installed.", "Install it, or choose venv.")
        return cls(tools["pdm"], project, prefix, scene.exported("PDM_CONFIG_FILE"))

    @property
    def python(self) -> str:
        """The interpreter of the environment."""
        return os.fspath(self.prefix / "bin" / "python")

    @property
    def touched(self) -> tuple[Path, ...]:
        """What PDM writes in a project."""
        return tuple(self.project / name for name in (CHOICE, "pyproject.toml", *_LOCKS))

    @property
    def locks(self) -> tuple[Path, ...]:
        """The lock file of the project is one of these."""
        return tuple(self.project / name for name in _LOCKS)

    def run(self, phase: str, *words: str, weight: int = 1, writes: tuple[Path, ...]) -> Command:
        """One command of PDM, which asks nothing and takes no other environment."""
        here = {"PDM_PROJECT": os.fspath(self.project), "PDM_PYTHON": self.python}
        variables = {**_ALWAYS, **here, "PDM_CONFIG_FILE": self.settings}
        told = tuple((name, value) for name, value in variables.items() if value)
        words = (os.fspath(self.program), "--non-interactive", *words)
        return Command(words, self.project, phase, told, weight=weight, writes=writes)

    def add(self, *words: str) -> Command:
        """Packages into the project's file, its lock and the environment."""
        writes = (self.project / "pyproject.toml", *self.locks)
        return self.run("Adding packages to the project", "add", *words, weight=3, writes=writes)


def plan_create(
    request: CreateRequest, base: Path, files: Iterable[Path], scene: Scene, tools: Mapping[str, Path]
) -> Plan:
    """The plan for a project; `base` is where a central one would lie, up to its ident, and `files` are settings.

    Raises `BadRequest` for what is no project of PDM's, and `Refused` where it uses no environments.
    """
    project = _project(request, scene)
    files = [project / "pdm.toml", project / ".pdm.toml", *files]
    if not _says(("python", "use_venv"), "PDM_USE_VENV", files, scene):
        why = "PDM is set to use no environments (python.use_venv is off)."
        raise Refused(why, "Run: pdm config python.use_venv true")
    in_project = _says(("venv", "in_project"), "PDM_VENV_IN_PROJECT", files, scene)
    pdm = _Pdm.of(_prefix(request, project, base, central=not in_project), project, scene, tools)
    from_file = replace(request, packages=(), ipykernel=False, install=False)
    commands = (*_commands(request, pdm, scene), *installing.packages(from_file, pdm.prefix, tools, scene, pip=False))
    return Plan(pdm.prefix, commands, installing.shell(request, pdm.prefix, tools, scene), touched=pdm.touched)


def plan_add_ipykernel(prefix: Path, project: Path | None, scene: Scene, tools: Mapping[str, Path]) -> Plan:
    """`pdm add` to the group for developers; one without a project gets it as pip would install it."""
    if project is None:
        return installing.ipykernel(prefix, tools, scene)
    pdm = _Pdm.of(prefix, project, scene, tools)
    return Plan(prefix, (pdm.add(*_IPYKERNEL),), touched=pdm.touched)


def _commands(request: CreateRequest, pdm: _Pdm, scene: Scene) -> Iterator[Command]:
    """`pdm use` without the project's hooks, then what was asked for; a lock file that is there stays as it is."""
    use = ("use", "--first", "--ignore-remembered", "--skip", ":all", "--", pdm.python)
    yield pdm.run("Telling PDM of the environment", *use, writes=(pdm.project / CHOICE,))
    if request.install:
        locked = any(map(scene.is_file, pdm.locks))
        words, writes = (("install", "--frozen-lockfile"), ()) if locked else (("install",), pdm.locks)
        yield pdm.run("Installing what the project declares", *words, weight=3, writes=writes)
    if request.packages:
        yield pdm.add("--", *request.packages)
    if request.ipykernel:
        yield pdm.add(*_IPYKERNEL)


def _prefix(request: CreateRequest, project: Path, base: Path, *, central: bool) -> Path:
    """Where PDM would make it, or the one of its places that was asked for."""
    if request.prefix is not None and request.prefix.parent == project and request.prefix.name in IN_PROJECT:
        return request.prefix
    name = _name_at(request, base) if request.prefix is not None else request.name
    if name in IN_PROJECT or (name is None and not central):
        prefix = project / (name or IN_PROJECT[0])
    elif name is None or _IDENT.fullmatch(name):
        prefix = base.with_name(f"{base.name}-{name or _ident(request)}")
    else:
        raise BadRequest(f"{name!r} cannot be the name of an environment of PDM.", "Use letters, digits and . _ + @ -.")
    if request.prefix not in {None, prefix}:
        raise BadRequest(
            f"PDM keeps no environment of {project} at {request.prefix}.", f"Leave the place to PDM: {prefix}."
        )
    return prefix


def _name_at(request: CreateRequest, base: Path) -> str | None:
    """The name of a central environment by its place; None where that is no place of the project, or of that Python."""
    place = request.prefix
    start = f"{base.name}-"
    if place is None or place.parent != base.parent or not place.name.startswith(start):
        return request.name
    name = place.name.removeprefix(start)
    return None if PLAIN_IDENT.fullmatch(name) and name != _ident(request) else name


def _ident(request: CreateRequest) -> str:
    """What PDM calls an interpreter: its version up to the minor one, and whether it is free-threaded."""
    minor = ".".join(request.python.version.split(".")[:2]).rstrip("t")
    return f"{minor}t" if request.python.version.endswith("t") else minor


def _project(request: CreateRequest, scene: Scene) -> Path:
    """The project; PDM would take a `pyproject.toml` of a folder around it where it has none."""
    if request.project is None:
        raise BadRequest("PDM makes environments for projects only.", "Choose a project.")
    if not scene.is_file(request.project / "pyproject.toml"):
        raise BadRequest(
            f"{request.project} has no pyproject.toml, so it is no PDM project.", "Run in it: pdm init. Or choose venv."
        )
    return request.project


def _says(keys: tuple[str, str], variable: str, files: Iterable[Path], scene: Scene) -> bool:
    """A yes-or-no setting of PDM's as PDM reads it; yes where nothing says otherwise."""
    given: object = scene.host.variables.get(variable)
    for path in files:
        if given is not None:
            break
        content = scene.toml(path)
        table = content.get(keys[0]) if isinstance(content, dict) else None
        given = table.get(keys[1]) if isinstance(table, dict) else None
    if given is None:
        return True
    return given.lower() not in _NO if isinstance(given, str) else bool(given)
