"""How Poetry's environments are made: an empty one where Poetry would make it, then chosen, filled and added to by it.

`poetry env use` leaves an environment as it is that is there already, unless `envs.toml` notes another patch version of
the same Python: then it deletes the folder first. So that note goes before, by `poetry env use system`.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from jupyter_envs import naming
from jupyter_envs.errors import BadRequest, Problem, Refused
from jupyter_envs.managers import installing, poetry_python
from jupyter_envs.managers import poetry_settings as settings
from jupyter_envs.managers.base import Command, CreateRequest, Plan, Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from jupyter_envs.managers.base import Scene

ENVS_FILE: Final = "envs.toml"
_PYPROJECT = "pyproject.toml"
_LOCK = "poetry.lock"
_MAIN, _DEV = "main", "dev"
_NUMBERS = re.compile(r"\d+\.\d+(?:\.\d+)?")
_NAME = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)")
_NO_OTHER = (("CONDA_DEFAULT_ENV", "base"),)
"""An active environment of conda's comes before the project's own for Poetry, unless it is called that."""


@dataclass(frozen=True, slots=True)
class _Poetry:
    """Poetry at work on one project."""

    program: Path
    project: Path
    content: Mapping[str, object]
    scene: Scene

    @classmethod
    def of(cls, project: Path | None, scene: Scene, tools: Mapping[str, Path]) -> _Poetry:
        """Raises `BadRequest` where Poetry is not here, or the project is none of its."""
        if project is None:
            raise BadRequest("Poetry makes environments for projects only.", "Choose a project.")
        if "poetry" not in tools:
            raise BadRequest("Poetry is not installed.", "Install it, or choose venv.")
        return cls(tools["poetry"], project, _content(project, scene), scene)

    @property
    def base(self) -> str:
        """The name of the project's table in `envs.toml`."""
        return f"{settings.base_name(self.content)}-{settings.project_hash(self.project)}"

    @property
    def touched(self) -> tuple[Path, ...]:
        """What Poetry writes in a project."""
        return self.project / _PYPROJECT, self.project / _LOCK

    def flag(self, key: str) -> bool | None:
        """A setting of `virtualenvs`."""
        return settings.flag(self.scene, key, self.project)

    def run(self, phase: str, *words: str, weight: int = 1, writes: tuple[Path, ...] = ()) -> Command:
        """One command of Poetry, which asks nothing and takes no other environment."""
        words = (os.fspath(self.program), "--no-interaction", "--no-ansi", *words)
        seen = (*_NO_OTHER, *settings.places(self.scene))
        return Command(words, self.project, phase, seen, weight=weight, writes=writes)

    def use(self, python: Path, tables: tuple[Table, ...]) -> Command:
        """The choice of an environment by its Python, or by the one that it was made of."""
        noted = tuple(table.path for table in tables)
        return self.run("Telling Poetry of the environment", "env", "use", "--", os.fspath(python), writes=noted)

    def install(self, *words: str) -> Command:
        """What is locked, or locked now where nothing is: Poetry refuses a lock that does not suit the project."""
        lock = self.project / _LOCK
        new = () if self.scene.is_file(lock) else (lock,)
        return self.run("Installing what the project declares", "install", *words, weight=3, writes=new)

    def add(self, group: str, packages: tuple[str, ...]) -> Iterator[Command]:
        """Packages into the project's file, its lock and the environment; Poetry skips those that are in the file."""
        declared = dict(_declared(self.content))
        there = {name: declared[key] for name in packages if (key := settings.canonical(name)) in declared}
        for each in dict.fromkeys(there.values()):
            yield self.install("--no-root", f"--only={each}")
        if new := [name for name in packages if name not in there]:
            phase = "Adding packages to the project"
            words = ("add", *(() if group == _MAIN else (f"--group={group}",)), "--", *new)
            yield self.run(phase, *words, weight=3, writes=self.touched)


def plan_create(request: CreateRequest, scene: Scene, tools: Mapping[str, Path]) -> Plan:
    """The plan for a project and a Python, which give the place; raises `BadRequest` and `Refused`."""
    poetry = _Poetry.of(request.project, scene, tools)
    _refuse(poetry, request)
    prefix, tables = _place(poetry, _numbers(request, 2))
    if request.prefix not in {None, prefix} or request.name not in {None, prefix.name}:
        raise BadRequest("Poetry chooses names and places by itself.", f"Leave them to Poetry: {prefix}.")
    listed = replace(request, packages=(), ipykernel=False, install=False)
    commands = (*_commands(poetry, request, prefix, tables), *installing.packages(listed, prefix, tools, scene))
    return Plan(prefix, commands, _shell(poetry, request, prefix, tools), touched=poetry.touched, tables=tables)


def plan_add_ipykernel(prefix: Path, project: Path | None, scene: Scene, tools: Mapping[str, Path]) -> Plan:
    """`poetry add` to the group for developers; one without a project gets it as pip would install it.

    Where Poetry has noted no choice it is told of this one first, so that it takes no other.
    """
    if project is None:
        return installing.ipykernel(prefix, tools, scene)
    poetry = _Poetry.of(project, scene, tools)
    commands = tuple(poetry.add(_DEV, (installing.IPYKERNEL,)))
    tables: tuple[Table, ...] = ()
    if prefix.parent != project and settings.chosen(scene, prefix.parent, poetry.base)[0] is None:
        tables = (Table(prefix.parent / ENVS_FILE, poetry.base),)
        commands = (poetry.use(prefix / "bin" / "python", tables), *commands)
    return Plan(prefix, commands, touched=poetry.touched, tables=tables)


def _refuse(poetry: _Poetry, request: CreateRequest) -> None:
    if poetry.flag("create") is False:
        why = "Poetry is set to make no environments (virtualenvs.create is false)."
        raise Refused(why, "Set it to true, or choose venv.")
    excluding = poetry_python.excluding(poetry.content, _numbers(request, 3))
    if excluding is not None:
        why = f"The project allows Python {excluding}, which leaves out {request.python.version}."
        raise Refused(why, f"Choose another Python, or change {_PYPROJECT}.")


def _place(poetry: _Poetry, minor: str) -> tuple[Path, tuple[Table, ...]]:
    """Where Poetry would make it, and the table that notes a central one."""
    inside = poetry.project / ".venv"
    asked = poetry.flag("in-project")
    if asked or (asked is None and poetry.scene.is_folder(inside)):
        return inside, ()
    folder = poetry.scene.real(settings.folders(poetry.scene, poetry.project)[0])
    return folder / f"{poetry.base}-py{minor}", (Table(folder / ENVS_FILE, poetry.base),)


def _shell(poetry: _Poetry, request: CreateRequest, prefix: Path, tools: Mapping[str, Path]) -> tuple[Command, ...]:
    """An empty environment with what Poetry's `virtualenvs.options` and `virtualenvs.prompt` ask for."""
    name = settings.project_name(poetry.content)
    prompt = request.prompt or settings.prompt(poetry.scene, poetry.project, name, _numbers(request, 2))
    shared = request.system_site_packages or bool(poetry.flag("options.system-site-packages"))
    wanted = replace(request, prompt=naming.shown(prompt), system_site_packages=shared)  # it is a line of pyvenv.cfg
    seed = not poetry.flag("options.no-pip")
    if not poetry.flag("options.always-copy"):
        return installing.shell(wanted, prefix, tools, poetry.scene, seed=seed)
    commands = installing.shell(wanted, prefix, {}, poetry.scene, seed=seed)  # uv makes links only
    return tuple(replace(each, words=(*each.words[:-1], "--copies", each.words[-1])) for each in commands)


def _commands(poetry: _Poetry, request: CreateRequest, prefix: Path, tables: tuple[Table, ...]) -> Iterator[Command]:
    minor, patch = settings.chosen(poetry.scene, prefix.parent, poetry.base)
    if minor == _numbers(request, 2) and patch != _numbers(request, 3):
        noted = tuple(table.path for table in tables)
        yield poetry.run("Telling Poetry that the old environment is gone", "env", "use", "system", writes=noted)
    yield poetry.use(request.python.path, tables)
    if request.install:
        yield poetry.install()
    yield from poetry.add(_MAIN, request.packages)
    yield from poetry.add(_DEV, (installing.IPYKERNEL,) if request.ipykernel else ())


def _numbers(request: CreateRequest, how_many: int) -> str:
    """The version as Poetry notes it: numbers only."""
    match = _NUMBERS.match(request.python.version)
    if match is None:
        raise BadRequest(f"The version of {request.python.path} is not known.", "Choose another Python.")
    return ".".join(match[0].split(".")[:how_many])


def _content(project: Path, scene: Scene) -> dict[str, object]:
    path = project / _PYPROJECT
    content = scene.toml(path)
    if isinstance(content, Problem):
        raise BadRequest(content.message, content.fix)
    tool = content.get("tool") if content else None
    if content is None or ("project" not in content and not (isinstance(tool, dict) and "poetry" in tool)):
        raise BadRequest(f"{project} is not a Poetry project.", "Choose venv, or run 'poetry init' in it.")
    return content


def _declared(content: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """The packages that a project declares, in the standard spelling, with the group of each."""
    for group, names in _groups(content):
        for name in names:
            match = _NAME.match(name) if isinstance(name, str) else None
            if match:
                yield settings.canonical(match[1]), group


def _groups(content: Mapping[str, object]) -> Iterator[tuple[str, list[object]]]:
    """The lists of packages of a project; the one that Poetry adds to comes last."""
    poetry = _table(_table(content, "tool"), "poetry")
    for group, names in _table(content, "dependency-groups").items():
        yield group, names if isinstance(names, list) else []
    for group in (groups := _table(poetry, "group")):
        yield group, list(_table(_table(groups, group), "dependencies"))
    yield _DEV, list(_table(poetry, "dev-dependencies"))
    names = _table(content, "project").get("dependencies")
    yield _MAIN, [*(names if isinstance(names, list) else []), *_table(poetry, "dependencies")]


def _table(content: Mapping[str, object], key: str) -> dict[str, object]:
    table = content.get(key)
    return table if isinstance(table, dict) else {}
