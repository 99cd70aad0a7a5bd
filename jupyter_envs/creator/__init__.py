"""Making environments, so that none is ever listed half-made, whatever was killed and when.

First everything is decided (`prepare`: quick, changes nothing), then done (`make`: takes as long as the tools). Both
read files or run programs, so a server calls them from a thread.
"""

from __future__ import annotations

import errno
import os
import shlex
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_envs import files, managers, naming, process, pyvenv, sites
from jupyter_envs.creator.shell import Shell
from jupyter_envs.creator.wish import Wish, checked_name, checked_packages, chosen_interpreter, real_project
from jupyter_envs.creator.work import Report, Work
from jupyter_envs.errors import BadRequest, Cancelled, Occupied, Refused, ToolFailed
from jupyter_envs.managers.base import CreateRequest, Scene

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from jupyter_envs.environment import Environment
    from jupyter_envs.finder import Finder
    from jupyter_envs.managers.base import Command, EnvironmentManager, Plan

__all__ = ["Cancelled", "Creator", "Making", "Occupied", "Report", "Wish", "Work"]

PROJECTS_OWN = ".venv"
"""The name that makes an environment its project's, whatever else serves that."""
LAST_LINES = 20
"""How many of a tool's lines its failure tells."""
_FIXES = {
    errno.EACCES: "Choose a folder that you may write, or ask its owner.",
    errno.EPERM: "Choose a folder that you may write, or ask its owner.",
    errno.EROFS: "Choose a folder on a disk that can be written.",
    errno.ENOSPC: "Make room on the disk, then try again.",
    errno.EDQUOT: "Make room in your quota, then try again.",
    errno.ENOLCK: "Choose a folder on a disk that has file locks.",
}


@dataclass(frozen=True, slots=True)
class Making:
    """An environment that can be made: who was asked, and which commands will do it."""

    project: Path
    plan: Plan
    ipykernel: bool


class Creator:
    """Makes environments for the person whose environments a finder finds, in projects below some roots.

    `tools` are the programs that make them; None means those that are here, looked for at each time.
    """

    def __init__(self, finder: Finder, roots: Sequence[Path], tools: Mapping[str, Path] | None = None) -> None:
        self._finder = finder
        self._roots = tuple(roots)
        self._tools = tools

    def prepare(self, wish: Wish) -> Making:
        """What would be done, or the reason why not: `BadRequest`, `NotFound` or `Refused`. Changes nothing."""
        host = self._finder.host
        if not self._finder.settings.allow_create:
            raise Refused("Making environments is switched off here.", "Ask whoever set 'allow_create'.")
        if host.platform == "win32":
            raise Refused("Environments are not made on Windows.", "Run in the project's folder: py -m venv .venv")
        manager = managers.by_name(wish.manager)
        if manager is None:
            raise BadRequest(f"There is no manager {wish.manager!r}.", f"Choose one of these: {_creators()}.")
        name, packages = checked_name(wish.name), checked_packages(wish.packages, ipykernel=wish.ipykernel)
        project = real_project(wish.project, self._roots)
        python = chosen_interpreter(wish.python, self._finder.interpreters())
        if os.path.lexists(project / name) and not _may_be_ours(project / name):
            raise Occupied(f"{project / name} already exists.", "Choose another name, or remove it first.")
        if name == PROJECTS_OWN:
            self._leave_to_its_tool(project, manager)
        request = CreateRequest(python, project, project / name, packages=packages)
        tools = process.tools(host.variables) if self._tools is None else self._tools
        return Making(project, manager.plan_create(request, Scene(host, mounts=host.mounts()), tools), wish.ipykernel)

    def _leave_to_its_tool(self, project: Path, manager: EnvironmentManager) -> None:
        """Raises `Occupied` where another manager's environment serves a project: its own would take its place.

        Also where the settings leave that manager out: the project's kernel is the same all the same.
        """
        finder = replace(self._finder, settings=replace(self._finder.settings, managers=()))
        found = finder.resolve(project)
        owner = managers.by_name(found.environment.manager) if found.environment else None
        if found.environment is None or owner is None or owner.name == manager.name or found.project != project:
            return
        title, prefix = owner.title, naming.shown_path(os.fspath(found.environment.prefix))
        raise Occupied(
            f"{naming.shown_path(os.fspath(project))} is a {title} project; its environment is {prefix}. "
            f"Making a {PROJECTS_OWN} would replace it.",
            f"Use {title}, or choose another folder name.",
        )

    def make(self, making: Making, report: Report) -> Environment:
        """The finished environment. Raises `Cancelled`, `ToolFailed` or `Refused`, and then nothing is left of it."""
        prefix = making.plan.prefix
        with _in_words(prefix):
            shell = Shell(prefix)
            try:
                for command in (*making.plan.shell, *making.plan.commands):
                    self._run(command, shell.lock, report)
                self._verify(making)
                report.phase("Writing to the disk")
                shell.finish()
            except BaseException:
                shell.discard()
                raise
            finally:
                shell.close()
        environment = self._finder.inspect(prefix, "made by jupyter-envs")
        if environment is None:
            raise ToolFailed(f"{prefix} was made, but is no longer there.", "Make it again.")
        return environment

    def _run(self, command: Command, lock: int, report: Report) -> None:
        report.phase(command.phase)
        report.line("$ " + shlex.join(command.words))
        host = self._finder.host
        variables = {"HOME": os.fspath(host.home), **process.tool_variables(host.variables)}
        outcome = process.run(
            command.words, command.cwd, variables, on_line=report.line, cancel=report.cancel, inherit=(lock,)
        )
        if outcome.ending is process.Ending.CANCELLED:
            raise Cancelled("It was cancelled, and nothing is left of it.")
        if not outcome.done:
            raise _failure(command, outcome)

    def _verify(self, making: Making) -> None:
        """Look at what the tools made, as finding would, but for the marker."""
        prefix = making.plan.prefix
        config = pyvenv.parse_config(files.read_text(os.fspath(prefix / "pyvenv.cfg")) or "")
        reading = pyvenv.Reading(os.fspath(prefix), config, os.fspath(self._finder.host.home))
        if not config.get("home") or reading.fault is not None:
            raise ToolFailed(f"The tool ended well, but {prefix} has no working Python.", "Try another interpreter.")
        if making.ipykernel and sites.ipykernel(reading) is None:
            raise ToolFailed(f"The tool ended well, but {prefix} has no ipykernel.", "Try without ipykernel.")


def _failure(command: Command, outcome: process.Outcome) -> ToolFailed:
    tool = Path(command.words[0]).name
    how = f"ended with status {outcome.status}"
    if outcome.ending is process.Ending.TIMED_OUT:
        how = f"was not done after {process.SECONDS_AT_MOST / 60:.0f} minutes"
    last = [line for line in outcome.lines if line.strip()][-LAST_LINES:]
    message = "\n".join([f"{command.phase} failed: {tool} {how}.", *last])
    return ToolFailed(message, "Mend what the last lines say, then try again.")


def _may_be_ours(prefix: Path) -> bool:
    """Whether what lies there may be an unfinished attempt or an empty folder; the shell looks more closely."""
    if prefix.is_symlink() or not prefix.is_dir():
        return False
    names = files.names(os.fspath(prefix))
    return not names or pyvenv.MARKER in names


def _creators() -> str:
    return ", ".join(manager.name for manager in managers.every() if manager.creates)


@contextmanager
def _in_words(prefix: Path) -> Iterator[None]:
    """What the system refused, in words."""
    try:
        yield
    except OSError as error:
        why = error.strerror or str(error)
        raise Refused(
            f"{prefix} could not be made: {why}.", _FIXES.get(error.errno or 0, "Mend that, then try again.")
        ) from error
