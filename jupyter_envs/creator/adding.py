"""Giving an environment an ipykernel of its own, by its own tool; on failure the project's files are put back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from jupyter_envs import naming
from jupyter_envs.creator import holding, records, subject
from jupyter_envs.creator.running import Runner
from jupyter_envs.errors import ProblemCode, Refused, ToolFailed
from jupyter_envs.state import State

if TYPE_CHECKING:
    from pathlib import Path

    from jupyter_envs.creator.means import Means
    from jupyter_envs.creator.subject import Subject
    from jupyter_envs.creator.work import Report
    from jupyter_envs.environment import Environment
    from jupyter_envs.managers.base import Plan


@dataclass(frozen=True, slots=True)
class Addition:
    """An ipykernel for one environment, decided and not begun."""

    means: Means
    subject: Subject
    plan: Plan
    tells: tuple[str, ...]
    kind: ClassVar[str] = "add-ipykernel"

    @property
    def prefix(self) -> Path:
        """The environment."""
        return self.subject.prefix

    def do(self, report: Report) -> Environment | None:
        """The environment with its ipykernel. On failure the project's files are as they were."""
        with subject.in_words(self.subject), holding.hold(self.prefix, self.means.host, self.subject.number) as held:
            subject.still_the_same(self.subject, self.means)
            with records.keeping(self.plan, self.means.host, report) as kept:
                inherit = (held.lock, *kept.locks)
                runner = Runner(self.means.host, report, self.plan.commands, inherit=inherit)
                for command in self.plan.commands:
                    with kept.watch(command, report):
                        runner.run(command)
                report.phase("Looking at what came of it")
                return self._verified()

    def _verified(self) -> Environment:
        environment = subject.inspected(self.subject.environment, self.means)
        if environment is None or environment.ipykernel is None:
            raise ToolFailed(f"The tool ended well, but {self.subject.shown} has no ipykernel.", "Install it by hand.")
        if why := _inconsistent(environment):
            raise ToolFailed(f"ipykernel was installed, but cannot be relied on: {why}", "Mend that, then try again.")
        return environment


def decide(means: Means, environment: Environment) -> Addition:
    """What would be done. Raises `NotFound`, or `Refused` where nothing can or need be done."""
    if not means.settings.allow_create:
        raise Refused("Adding an ipykernel is switched off here.", "Ask whoever set 'allow_create'.")
    found = subject.afresh(means, environment)
    now = found.environment
    if now.state is State.BROKEN:
        raise Refused(f"{found.shown} is broken.", "Make it again first: jupyter envs recreate.")
    if now.ipykernel is not None and _inconsistent(now) is None:
        raise Refused(f"{found.shown} has ipykernel {now.ipykernel} already.", "Nothing needs to be done.")
    plan = found.owned.manager.plan_add_ipykernel(found.owned, found.scene, means.tools)
    return Addition(means, found, plan, tuple(_tells(found, plan)))


def _inconsistent(environment: Environment) -> str | None:
    """Why its ipykernel cannot be relied on; None where it can."""
    codes = (problem for problem in environment.problems if problem.code is ProblemCode.INCONSISTENT_IPYKERNEL)
    return next((problem.message for problem in codes), None)


def _tells(found: Subject, plan: Plan) -> list[str]:
    told = [f"ipykernel will be installed into {found.shown} by {found.owned.manager.title}."]
    changed = ", ".join(naming.shown(path.name) for path in plan.touched)
    return [*told, f"These files of the project may change: {changed}."] if changed else told
