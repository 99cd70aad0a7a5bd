"""How Hatch's environments are made: an empty one where hatch would make it, the project in it, then hatch's own sync.

Hatch takes a folder that is there for an environment that it made, so it would install the project in none that we
make; `hatch env run` then adds the dependencies that it misses. Hatch remembers in a file of its own which ones an
environment had, also of one that is gone: that file goes first.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from jupyter_envs.errors import BadRequest, Refused
from jupyter_envs.managers import hatch_settings as settings
from jupyter_envs.managers import installing
from jupyter_envs.managers.base import Command, CreateRequest, Plan

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from jupyter_envs.managers.base import Scene

_NOTHING: Final = ("/usr/bin/env", "true")
"""A command that does nothing and that no script of a project can be called like."""
_INSTALLING = f"{installing.INSTALLING} into the environment alone: hatch has no command that adds them to the project"
_OWN = "hatch-"
_FEATURE = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_VARIABLES = ("HATCH_CONFIG", "HATCH_DATA_DIR", "HATCH_ENV_TYPE_VIRTUAL_PATH")


@dataclass(frozen=True, slots=True)
class _Wanted:
    """One environment of a project: its name, and what the project says of it."""

    project: Path
    called: str
    name: str
    options: Mapping[str, object]

    def says(self, option: str, *, default: bool) -> bool:
        """A yes-or-no option of the project's."""
        given = self.options.get(option, default)
        return given if isinstance(given, bool) else default

    def prefix(self, scene: Scene) -> Path:
        """Where hatch looks for it."""
        folder = self.called if self.name == settings.DEFAULT else self.name
        path = scene.exported("HATCH_ENV_TYPE_VIRTUAL_PATH") or self.options.get("path")
        if isinstance(path, str) and path:
            return scene.real(self.project / path.replace("\0", ""))
        places = settings.places(scene)
        data = self.project / places.in_project if places.in_project is not None else places.central[0]
        real = scene.real(data)
        if self.project in real.parents or data == scene.host.home / ".virtualenvs":
            return real / folder
        return real / self.called / settings.project_id(self.project, scene.host.platform) / folder


def plan_create(request: CreateRequest, scene: Scene, tools: Mapping[str, Path]) -> Plan:
    """The plan for an environment that the project defines; `BadRequest` or `Refused` where hatch must make it."""
    if "hatch" not in tools:
        raise BadRequest("Hatch is not installed.", "Install it, or choose venv.")
    wanted = _wanted(request, scene)
    _check(wanted, request)
    prefix = wanted.prefix(scene)
    seen = replace(request, system_site_packages=wanted.says("system-packages", default=request.system_site_packages))
    by_us = (replace(command, phase=_INSTALLING) for command in installing.packages(request, prefix, tools, scene))
    commands = (*_forgetting(wanted, scene), *_installing(wanted, request, prefix, scene, tools), *by_us)
    return Plan(
        prefix, commands, installing.shell(seen, prefix, tools, scene, seed=True), touched=_locks(wanted, scene)
    )


def _installing(
    wanted: _Wanted, request: CreateRequest, prefix: Path, scene: Scene, tools: Mapping[str, Path]
) -> Iterator[Command]:
    """The project as hatch would install it, then what hatch finds missing."""
    if not request.install:
        return
    if not wanted.says("skip-install", default=False):
        extras = ",".join(_features(wanted))
        words = (*(("-e",) if wanted.says("dev-mode", default=True) else ()), f".[{extras}]" if extras else ".")
        only = CreateRequest(request.python, request.project)
        for command in installing.packages(only, prefix, tools, scene, *words):
            yield replace(command, phase="Installing the project")
    words = (os.fspath(tools["hatch"]), "--no-color", "--no-interactive", "env", "run", "--env", wanted.name, "--")
    variables = tuple((name, value) for name in _VARIABLES if (value := scene.exported(name)))
    phase = "Installing what the project declares"
    yield Command((*words, *_NOTHING), wanted.project, phase, variables, weight=3, writes=_locks(wanted, scene))


def _forgetting(wanted: _Wanted, scene: Scene) -> Iterator[Command]:
    """What makes hatch forget the dependencies of an environment that had this place before."""
    folder = settings.places(scene).default[0].parent / ".metadata"
    known = folder / settings.project_id(wanted.project, scene.host.platform) / "virtual" / f"{wanted.name}.json"
    if scene.is_file(known):
        yield Command(("rm", "-f", "--", os.fspath(known)), wanted.project, installing.MAKING, writes=())


def _wanted(request: CreateRequest, scene: Scene) -> _Wanted:
    """The environment that was named, or that lies at the place that was; or else the one that hatch would use."""
    project = request.project
    table = settings.table_of(project / "pyproject.toml", ("project",), scene) if project is not None else None
    called = settings.project_name(project, scene) if project is not None and table else None
    if project is None or called is None:
        raise BadRequest(
            "Hatch makes environments for projects only.", "Choose one with a [project] in pyproject.toml."
        )
    tables = {settings.DEFAULT: {}, **settings.environments(project, scene)}
    name = request.name or settings.chosen_environment(scene)
    of = {each: _Wanted(project, called, each, _options(each, tables)) for each in dict.fromkeys([name, *tables])}
    if request.prefix is not None:
        found = next((each for each in of.values() if each.prefix(scene) == request.prefix), None)
        if found is None:
            place = of[name].prefix(scene)
            raise BadRequest(f"Hatch keeps none at {request.prefix}.", f"Leave the place to hatch: {place}.")
        return found
    if name not in tables:
        raise BadRequest(
            f"The project has no environment {name!r} of hatch's.", f"Choose one of these: {', '.join(tables)}."
        )
    return of[name]


def _check(wanted: _Wanted, request: CreateRequest) -> None:
    """Raises `Refused` for what only hatch can make, and `BadRequest` for a Python that the project does not want."""
    why = _unlike_others(wanted)
    if why:
        raise Refused(f"The environment {wanted.name} {why}.", f"Run in the project: hatch env create {wanted.name}")
    python = wanted.options.get("python")
    version = python if isinstance(python, str) and re.fullmatch(r"[0-9.]+", python) else None
    if version and not f"{request.python.version}.".startswith(f"{version}."):
        raise BadRequest(
            f"The project says that its environment {wanted.name} has Python {version}.",
            f"Choose a Python {version}, or mend that in pyproject.toml.",
        )


def _unlike_others(wanted: _Wanted) -> str | None:
    """Why hatch must make it, in words that follow its name."""
    options = wanted.options
    if wanted.name.startswith(_OWN):
        return "is one of hatch's own"
    if options.get("type", "virtual") != "virtual":
        return "is of a type that only a plug-in of hatch knows"
    if "matrix" in options:
        return "is a matrix, so it is several"
    if "overrides" in options:
        return "has overrides, which only hatch can read"
    if options.get("pre-install-commands") or options.get("post-install-commands"):
        return "runs commands of the project when it is made"
    return None


def _features(wanted: _Wanted) -> list[str]:
    given = wanted.options.get("features")
    names = sorted({each for each in given if isinstance(each, str)}) if isinstance(given, list) else []
    for name in names:
        if not _FEATURE.fullmatch(name):
            raise BadRequest(f"The project names {name!r}, which cannot be a feature.", "Mend it in pyproject.toml.")
    return names


def _locks(wanted: _Wanted, scene: Scene) -> tuple[Path, ...]:
    """The lock file that hatch writes where it is missing or out of date, if the project asks for one.

    Source: `resolve_lockfile_path` of `hatch.env.lock`, and `prepare_environment` of `hatch.project.core`.
    """
    if not wanted.says("locked", default=settings.locks_all(wanted.project, scene)):
        return ()
    named, called = wanted.options.get("lock-filename"), wanted.name.replace(".", "-")
    if isinstance(named, str) and named and not {"{", "\0"} & set(named):
        return (wanted.project / named,)
    return (wanted.project / ("pylock.toml" if wanted.name == settings.DEFAULT else f"pylock.{called}.toml"),)


def _options(name: str, tables: Mapping[str, Mapping[str, object]], seen: tuple[str, ...] = ()) -> dict[str, object]:
    """What is said of an environment, by itself or by its template; a matrix is nobody else's."""
    own = dict(tables.get(name, {}))
    if own.get("detached"):
        return {**own, "skip-install": True}
    template = own.get("template", settings.DEFAULT)
    if not isinstance(template, str) or template == name or template in seen:
        return own
    inherited = _options(template, tables, (*seen, name))
    return {**{key: value for key, value in inherited.items() if key != "matrix"}, **own}
