"""Installing a base Python, by pyenv or uv: decided first, with its exact version and place, then done.

pyenv builds where it will lie, so it does that in a folder with our marker. uv unpacks elsewhere and renames.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from jupyter_envs import managers, naming, process, pyvenv
from jupyter_envs.creator.making import how_to_get, in_words
from jupyter_envs.creator.places import nearest
from jupyter_envs.creator.running import Runner
from jupyter_envs.creator.shell import Shell
from jupyter_envs.errors import BadRequest, NotFound, Occupied, Refused, ToolFailed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jupyter_envs.creator.means import Means
    from jupyter_envs.creator.work import Report
    from jupyter_envs.environment import Interpreter
    from jupyter_envs.managers.base import EnvironmentManager, Plan

_VERSION = re.compile(
    r"(?P<kind>cpython|pypy)?-?(?P<number>\d{1,2}(?:\.\d{1,3}){0,2}(?:(?:a|b|rc)\d{1,2})?)(?P<threads>t?)"
    r"(?:-\d{1,2}(?:\.\d{1,3}){0,2})?",
    re.ASCII,
)
_ASK_SECONDS = 30.0
_FULL = 2
"""How many dots a whole version has."""


@dataclass(frozen=True, slots=True)
class Installation:
    """A base Python that can be installed: by which manager, and where it will lie."""

    means: Means
    manager: EnvironmentManager
    plan: Plan
    kind: ClassVar[str] = "install-python"

    @property
    def prefix(self) -> Path:
        """The folder of the interpreter."""
        return self.plan.prefix

    @property
    def tells(self) -> tuple[str, ...]:
        """What will be downloaded, by whom, and where it will lie."""
        shown = naming.shown_path(os.fspath(self.prefix))
        how = "download and build" if _builds(self.manager) else "download"
        return (f"{self.manager.title} will {how} Python {naming.shown(self.prefix.name)} into {shown}.",)

    def do(self, report: Report) -> None:
        """Installs it. Raises `Cancelled`, `Occupied`, `Refused` or `ToolFailed`, and then nothing is left of it."""
        with in_words(self.prefix):
            if not _builds(self.manager):
                self._run(report)
                return
            shell = Shell(self.prefix, nearest(self.prefix.parent))
            try:
                self._run(report, shell.lock)
                report.phase("Writing to the disk")
                shell.finish()
            except BaseException:
                shell.discard()
                raise
            finally:
                shell.close()

    def _run(self, report: Report, *inherit: int) -> None:
        runner = Runner(self.means.host, report, self.plan.commands, inherit=inherit)
        for command in self.plan.commands:
            runner.run(command)
        prefix, home = os.fspath(self.prefix), os.fspath(self.means.host.home)
        if pyvenv.Reading(prefix, {}, home).fault:  # pyenv's still has our marker
            raise ToolFailed(f"The tool ended well, but {prefix} has no working Python.", "Try another version.")


def decide(means: Means, version: str, program: str | None = None) -> Installation:
    """What would be done. Raises `BadRequest`, `NotFound`, `Occupied` or `Refused`; changes nothing.

    Without a `program` pyenv is asked first where it is installed, then uv.
    """
    if not means.settings.allow_create:
        raise Refused("Installing Pythons is switched off here.", "Ask whoever set 'allow_create'.")
    if means.host.platform == "win32":
        raise Refused("Pythons are not installed on Windows.", f"Run: py install {version[:20]}")
    if not _VERSION.fullmatch(version):
        raise BadRequest(f"{version[:40]!r} is not a version of Python.", "Write one such as 3.12 or 3.12.4.")
    _refuse_what_is_there(means, version, program)
    unknown: NotFound | None = None
    for manager in _installers(means, program):
        try:
            return _planned(means, manager, version)
        except NotFound as error:
            unknown = unknown or error
    raise unknown or Refused("Neither pyenv nor uv is installed.", how_to_get("uv"))


def _planned(means: Means, manager: EnvironmentManager, version: str) -> Installation:
    wanted = _uvs_key(means, version) if manager.name == "uv" else version
    plan = manager.plan_install(wanted, means.scene(), means.tools)
    names = os.listdir(plan.prefix) if os.path.isdir(plan.prefix) else []
    if os.path.lexists(plan.prefix) and names and pyvenv.MARKER not in names:
        shown = naming.shown_path(os.fspath(plan.prefix))
        raise Occupied(f"{shown} is there already.", "Use it, or remove it first.")
    return Installation(means, manager, plan)


def _installers(means: Means, program: str | None) -> Iterator[EnvironmentManager]:
    every = sorted((one for one in managers.every() if one.installs), key=lambda one: one.name != "pyenv")
    names = [one.installs for one in every]
    if program is not None and program not in names:
        raise BadRequest(
            f"{program[:40]!r} installs no Pythons.", f"Choose one of these: {', '.join(map(str, names))}."
        )
    if program is not None and program not in means.tools:
        raise Refused(f"{program} is not installed.", how_to_get(program))
    yield from (one for one in every if one.installs in means.tools and program in {None, one.installs})


def _refuse_what_is_there(means: Means, version: str, program: str | None) -> None:
    """Raises `Occupied` for a Python that is there, of that program's where one was named."""
    for one in means.finder.interpreters():
        if _is(one, version) and program in {None, one.manager}:
            whole = "" if version.count(".") >= _FULL else " For another patch level, name it whole."
            raise Occupied(f"{one.label} is there already: {one.path}.", f"Use it.{whole}")


def _is(interpreter: Interpreter, version: str) -> bool:
    match = _VERSION.fullmatch(version)
    if match is None or (match["kind"] or "cpython") != interpreter.implementation:
        return False
    number, threads = interpreter.version.removesuffix("t"), interpreter.version.endswith("t")
    return threads == bool(match["threads"]) and f"{number}.".startswith(f"{match['number']}.")


def _builds(manager: EnvironmentManager) -> bool:
    """Whether it fills the folder little by little; uv's appears whole."""
    return manager.name != "uv"


def _uvs_key(means: Means, version: str) -> str:
    """What uv calls the newest release of a version that it can install; `NotFound` where it knows none.

    uv is asked: each one brings a list of its own. It reads that, and downloads nothing.
    """
    words = (os.fspath(means.tools["uv"]), "--no-progress", "--color", "never", "python", "list", "--only-downloads")
    home = os.fspath(means.host.home)
    variables = {"HOME": home, **process.tool_variables(means.host.variables), "UV_PYTHON_DOWNLOADS": "manual"}
    outcome = process.run((*words, version), Path(means.host.home.anchor), variables, seconds=_ASK_SECONDS)
    keys = [line.split()[0] for line in outcome.lines if "<download available>" in line]
    stable = [key for key in keys if not re.match(r"[a-z]+-[\d.]+(?:a|b|rc)\d", key)]
    if not outcome.done or not keys:
        said = next((line for line in outcome.lines if line.startswith("error")), "")
        raise NotFound(f"uv knows no Python {version}. {said}".rstrip(), "Upgrade uv, or choose another version.")
    return (stable or keys)[0]
