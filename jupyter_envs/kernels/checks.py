"""The last look before a kernel starts: which environment it is, and whether it may and can start."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_envs import naming, unreachable
from jupyter_envs.errors import LaunchRefused, NotFound
from jupyter_envs.finder import Finder
from jupyter_envs.host import Host
from jupyter_envs.kernels.planning import Planner, silent
from jupyter_envs.managers.base import Scene
from jupyter_envs.state import State

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jupyter_envs.environment import Environment
    from jupyter_envs.facts import Facts
    from jupyter_envs.kernels.planning import Prepare, Say
    from jupyter_envs.overlay.plan import Plan
    from jupyter_envs.pyvenv import Reading
    from jupyter_envs.settings import Settings

_AWAY = "Wait until it does, or choose another kernel."
SESSION_VARIABLE = "JPY_SESSION_NAME"
"""Where jupyter_server puts the path of the notebook that a kernel is for."""


@dataclass(frozen=True, slots=True)
class Start:
    """What a kernel starts with: an environment that may, what its files say, and which ipykernel it runs."""

    environment: Environment
    reading: Reading
    plan: Plan


@dataclass(frozen=True, slots=True)
class Check:
    """Looks at environments afresh, from their files.

    `prepare` sees to an ipykernel that must be downloaded first; without it, that is done while the start waits, and
    `say` is told.
    """

    finder: Finder
    prepare: Prepare | None = None
    say: Say = silent

    @classmethod
    def current(
        cls,
        roots: Sequence[str] = (),
        settings: Settings | None = None,
        prepare: Prepare | None = None,
        say: Say = silent,
    ) -> Check:
        """For the person that this process runs for, by these settings or those of the files, and these roots."""
        host = Host.current()
        settings = settings or host.settings()[0]
        return cls(Finder(host, replace(settings, roots=tuple(roots) or settings.roots)), prepare, say)

    def at(self, prefix: str) -> Start:
        """The environment at a prefix; raises NotFound where there is none, LaunchRefused where it must not start.

        Which ipykernel it runs is decided, made where that is needed and allowed, and remembered for the launcher.
        """
        finder = self._of_all
        return self._start(finder, _inspected(finder, prefix))

    def own_kernel(self, prefix: str, name: str) -> Facts:
        """The environment at a prefix with the one kernel of its own that has this name. Raises as `at` does."""
        finder = self._of_all
        environment = _inspected(finder, prefix)
        _refuse_unsound(environment)
        facts = finder.memory.known(environment.prefix)
        found = [spec for spec in facts.kernels if spec.name == name] if facts else []
        if facts is None or not found:
            what = f"{environment.display_name} has no kernel '{naming.shown(name)}' of its own any more."
            raise NotFound(what, "Choose another kernel.")
        if found[0].fault:
            message = f"The kernel '{found[0].name}' of {environment.display_name} cannot start. {found[0].fault}"
            raise LaunchRefused(message, f"Mend {naming.shown_path(found[0].file)}, or choose another kernel.")
        return replace(facts, kernels=tuple(found))

    def of_project(self, variables: Mapping[str, str], cwd: str | None) -> Start:
        """The environment of the notebook's folder, which is the working directory. Raises as `at` does.

        The notebook that jupyter_server names counts, and where a link of that name leads, when it lies there. A kernel
        keeps that variable, so what it starts elsewhere would run on the environment of a notebook that is not its own.
        """
        folder = Path(cwd) if cwd else Path.cwd()
        if self.finder.memory.mounts().is_dead(os.fspath(folder)):
            raise LaunchRefused(f"No kernel starts in {folder}. The disk that it is on does not answer.", _AWAY)
        session = Path(variables.get(SESSION_VARIABLE, ""))
        path = session if _lies_in(session, folder) else folder
        finder = self._of_all
        resolution = finder.resolve(path)
        if resolution.environment is None:
            fix = "Make one in JupyterLab's Environments panel or with your project's tool, or choose another kernel."
            raise NotFound(f"{path} has no project environment. {resolution.reason}", fix)
        return self._start(finder, resolution.environment)

    def _start(self, finder: Finder, environment: Environment) -> Start:
        _refuse_unsound(environment)
        facts = finder.memory.known(environment.prefix)
        if facts is None:
            raise _gone(os.fspath(environment.prefix))
        return Start(environment, facts.reading, Planner(finder, self.prepare, self.say).plan_of(environment, facts))

    @property
    def _of_all(self) -> Finder:
        """With the managers that the settings leave out: their environments are not listed, and start all the same."""
        return replace(self.finder, settings=replace(self.finder.settings, managers=()))


def _inspected(finder: Finder, prefix: str) -> Environment:
    sound = bool(prefix) and "\0" not in prefix
    if sound and unreachable.is_away(Path(prefix), Scene(finder.host, mounts=finder.memory.mounts())):
        raise LaunchRefused(f"{prefix} cannot start. The disk that it is on does not answer.", _AWAY)
    environment = finder.inspect(Path(prefix)) if sound else None
    if environment is None:
        raise _gone(prefix)
    return environment


def _gone(prefix: str) -> NotFound:
    return NotFound(f"There is no environment at {prefix} any more.", "Choose another kernel, or make it again.")


def _lies_in(session: Path, folder: Path) -> bool:
    if not session.is_absolute() or not session.exists():
        return False
    return os.path.realpath(session.parent) == os.path.realpath(folder)


def _refuse_unsound(environment: Environment) -> None:
    """Raises LaunchRefused for what cannot run at all, or is somebody else's."""
    if environment.state in {State.BROKEN, State.FOREIGN}:
        problem = environment.problems[0]
        raise LaunchRefused(f"{environment.display_name} cannot start. {problem.message}", problem.fix)
