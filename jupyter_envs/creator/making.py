"""Making an environment: decided by what somebody wishes, then done so that none is ever listed half-made."""

from __future__ import annotations

import errno
import os
import re
import shlex
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from jupyter_envs import files, naming, pyvenv, sites
from jupyter_envs.creator import linked, packages, records
from jupyter_envs.creator.places import nearest
from jupyter_envs.creator.running import Runner
from jupyter_envs.creator.shell import Shell
from jupyter_envs.errors import Occupied, Refused, ToolFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jupyter_envs.creator.means import Means
    from jupyter_envs.creator.records import Kept
    from jupyter_envs.creator.work import Report
    from jupyter_envs.environment import Environment
    from jupyter_envs.host import Host
    from jupyter_envs.managers.base import EnvironmentManager
    from jupyter_envs.managers.plans import Command, CreateRequest, Plan

_FIXES = {
    errno.EACCES: "Choose a folder that you may write, or ask its owner.",
    errno.EPERM: "Choose a folder that you may write, or ask its owner.",
    errno.EROFS: "Choose a folder on a disk that can be written.",
    errno.ENOSPC: "Make room on the disk, then try again.",
    errno.EDQUOT: "Make room in your quota, then try again.",
    errno.ENOTDIR: "Choose a place that does not lie below a file.",
    errno.ENOLCK: "Choose a folder on a disk that has file locks.",
    errno.ELOOP: "See who changes that folder, then try again.",
}
_MINOR = re.compile(r"\d+\.\d+")


@dataclass(frozen=True, slots=True)
class Making:
    """An environment that can be made: who was asked for what, and which commands will do it.

    `prefix` is the real path of `plan.prefix`, and `below` the folder that is there and that the rest is made in.
    """

    means: Means
    manager: EnvironmentManager
    request: CreateRequest
    plan: Plan
    prefix: Path
    below: Path
    ipykernel: bool
    begin: Callable[[], None] | None = None
    """What is done once it is there and empty, before its tool fills it."""
    furnish: Callable[[Runner], None] | None = None
    """What is done once the commands have run, before it is looked at."""
    rest: tuple[Command, ...] = ()
    """What stands for that where the share that is done is told."""
    kind: ClassVar[str] = "create"

    @property
    def tells(self) -> tuple[str, ...]:
        """What will be made, of what, and what may change beside it."""
        return tuple(_tells(self))

    def do(self, report: Report) -> Environment:
        """The finished environment. Raises `Cancelled`, `Occupied`, `Refused` or `ToolFailed`: nothing is left then."""
        with in_words(self.prefix):
            shell = Shell(self.prefix, self.below)
            try:
                with records.keeping(self.plan, self.means.host, report) as kept:
                    self._fill(shell, report, kept)
                    report.phase("Writing to the disk")
                    shell.write_out()
                    kept.stand()
                    shell.finish()
            except BaseException:
                shell.discard()
                raise
            finally:
                shell.close()
        return self._inspected()

    def _fill(self, shell: Shell, report: Report, kept: Kept) -> None:
        commands = (*self.plan.shell, *self.plan.commands, *self.rest)
        runner = Runner(self.means.host, report, commands, inherit=(shell.lock, *kept.locks))
        for command in self.plan.shell:
            self._check(shell)
            runner.run(command)
        for name, text in self.plan.files:
            shell.write(name, text)
        if self.begin is not None:
            self._check(shell)
            self.begin()
        for command in self.plan.commands:
            self._check(shell)
            with kept.watch(command, report):
                runner.run(command)
        if self.furnish is not None:
            self._check(shell)
            self.furnish(runner)
        verify(self.prefix, self.means.host, self.request, ipykernel=self.ipykernel)

    def _check(self, shell: Shell) -> None:
        """Raises `Occupied` where what was decided on lies elsewhere by now: a tool would work, or read, there."""
        shell.check(self.plan.prefix)
        for path in (self.request.project, self.request.requirements):
            if path is not None and os.path.realpath(path) != os.fspath(path):
                again = "Leave it where it is until the environment is made."
                raise Occupied(f"{_shown(path)} was moved while the environment was being made.", again)

    def _projects(self) -> tuple[Path, ...]:
        return () if self.request.project is None else (self.request.project,)

    def _inspected(self) -> Environment:
        """Also where the settings leave its manager out of the listing."""
        finder = self.means.finder
        for one in (finder, replace(finder, settings=replace(finder.settings, managers=()))):
            environment = one.inspect(self.prefix, "made by jupyter-envs", self._projects())
            if environment is not None:
                return environment
        raise ToolFailed(f"{_shown(self.prefix)} was made, but is no longer there.", "Make it again.")


def planned(means: Means, manager: EnvironmentManager, request: CreateRequest, *, ipykernel: bool = False) -> Making:
    """What a manager would do for a request, in a place that is allowed; what lies there already is not looked at.

    `ipykernel` is whether there must be one in the end. Raises `BadRequest` and `Refused`.
    """
    if manager.program is not None and manager.program not in means.tools:
        raise Refused(f"{manager.title} is not installed.", f"{how_to_get(manager.program)} Or choose venv.")
    plan = manager.plan_create(request, means.scene(), means.tools)
    if any(".." in Path(name).parts or Path(name).is_absolute() for name, _ in plan.files):
        raise Refused(f"{manager.title} would write outside of its environment.", "Choose another manager.")
    prefix = means.places.prefix(plan.prefix)
    return Making(means, manager, request, plan, prefix, nearest(prefix.parent), ipykernel)


def how_to_get(program: str) -> str:
    """The sentence with the command that installs a tool for its person, and for nobody else."""
    words = {
        "uv": "python3 -m pip install --user uv",
        "pyenv": "curl -fsSL https://pyenv.run | bash",
        "virtualenvwrapper.sh": "python3 -m pip install --user virtualenvwrapper",
    }
    return f"Install it: {words.get(program, f'uv tool install {program}')}."


def verify(prefix: Path, host: Host, request: CreateRequest, *, ipykernel: bool = False) -> None:
    """Look at what the tools made, as finding would, but for the marker; raises `ToolFailed`.

    It must run, on the minor version of the Python that was asked for, and have the packages that were named, and an
    ipykernel where one was: a tool's own settings may have sent them elsewhere.
    """
    config = pyvenv.parse_config(files.read_text(os.fspath(prefix / "pyvenv.cfg")) or "")
    reading = pyvenv.Reading(os.fspath(prefix), config, os.fspath(host.home))
    but = f"The tool ended well, but {_shown(prefix)} has"
    if not config.get("home") or reading.fault is not None:
        raise ToolFailed(f"{but} no working Python.", "Try another interpreter.")
    wanted, got = _minor(request.python.version), f"{reading.minor}{reading.threads}"
    if wanted not in {None, got}:
        fix = f"Choose Python {got}, or let the project allow {wanted}."
        raise ToolFailed(f"{but} Python {got} instead of {wanted}.", fix)
    if ipykernel and sites.ipykernel(reading) is None:
        raise ToolFailed(f"{but} no ipykernel.", "Try without ipykernel.")
    absent = packages.absent(request.packages, reading)
    if absent and not request.system_site_packages:
        fix = "See whether a setting of pip's or uv's sends packages elsewhere (target, prefix, root, python)."
        raise ToolFailed(f"{but} no {', '.join(absent)}.", fix)


@contextmanager
def in_words(prefix: Path) -> Iterator[None]:
    """What the system refused, in words."""
    try:
        yield
    except OSError as error:
        why = error.strerror or str(error)
        fix = _FIXES.get(error.errno or 0, "Mend that, then try again.")
        raise Refused(f"{_shown(prefix)} could not be made: {why}.", fix) from error


def refuse_taken(making: Making) -> None:
    """Raises `Occupied` where something lies at the place that is nobody's unfinished attempt."""
    prefix = making.prefix
    if not os.path.lexists(prefix) or _may_be_ours(prefix):
        return
    linked.refuse(prefix)
    if pyvenv.is_environment(os.fspath(prefix)):
        its_own = making.request.prefix is None and making.manager.name != "venv"
        what, place = f"{making.manager.title} uses it" if its_own else "an environment", shlex.quote(_shown(prefix))
        raise Occupied(
            f"{_shown(prefix)} already exists: {what}.",
            f"To make it again: jupyter envs recreate {place}; or to remove it first: jupyter envs remove {place}",
        )
    raise Occupied(f"{_shown(prefix)} already exists.", "Choose another name, or remove it first.")


def _may_be_ours(prefix: Path) -> bool:
    """Whether what lies there may be an unfinished attempt or an empty folder; the shell looks more closely."""
    if prefix.is_symlink() or not prefix.is_dir():
        return False
    names = files.names(os.fspath(prefix))
    return not names or pyvenv.MARKER in names


def _minor(version: str) -> str | None:
    """Major and minor version, with the `t` of a free-threaded one."""
    match = _MINOR.match(version)
    return None if match is None else match[0] + ("t" if version.endswith("t") else "")


def _tells(making: Making) -> Iterator[str]:
    request, plan = making.request, making.plan
    yield f"{_shown(making.prefix)} will be made by {making.manager.title}, of {request.python.label}."
    if request.packages:
        yield f"These packages will be installed: {', '.join(request.packages)}."
    if request.requirements is not None:
        yield f"What {_shown(request.requirements)} names will be installed."
    if request.install:
        yield "What the project declares will be installed."
    if plan.touched:
        yield f"These files may change: {', '.join(naming.shown(path.name) for path in plan.touched)}."


def _shown(path: Path) -> str:
    return naming.shown_path(os.fspath(path))
