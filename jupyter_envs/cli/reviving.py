"""What `doctor --fix` offers for environments: a broken one made again, one whose project is gone removed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from jupyter_envs import managers, terminal
from jupyter_envs.cli import changing
from jupyter_envs.cli.looking import creator_of
from jupyter_envs.cli.saying import Warnings
from jupyter_envs.errors import ProblemCode, Refused
from jupyter_envs.mending import Mend

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from jupyter_envs.creator import Work
    from jupyter_envs.doctor import Finding
    from jupyter_envs.environment import Environment
    from jupyter_envs.finder import Finder
    from jupyter_envs.snapshot import Snapshot

_AGAIN = frozenset({ProblemCode.INTERPRETER_MISSING, ProblemCode.BASE_MISSING, ProblemCode.BASE_CHANGED})


def offered(findings: Iterable[Finding], snapshot: Snapshot, finder: Finder) -> Iterator[Finding]:
    """The findings; those on environments with what can be done about them.

    One without a project that is broken, too, is offered to be removed, and not to be made again.
    """
    known = {environment.prefix: environment for environment in snapshot.environments}
    for finding in findings:
        environment = known.get(finding.prefix) if finding.prefix else None
        mend = None if environment is None or finding.mend is not None else _mend(finding, environment, finder)
        yield finding if mend is None else replace(finding, mend=mend)


def _mend(finding: Finding, environment: Environment, finder: Finder) -> Mend | None:
    """What is offered: quickly decided, and looked at closely once it is asked about."""
    manager, settings = managers.by_name(environment.manager), finder.settings
    own = finder.host.uid is not None and environment.owner == finder.host.user_name(finder.host.uid)
    if manager is None or not (manager.removes and settings.allow_remove and own) or environment.bare:
        return None
    if finding.code == ProblemCode.PROJECT_GONE:
        return _removal(environment, finder)
    if finding.code in _AGAIN and not environment.orphan and manager.creates and settings.allow_create:
        return _recreation(environment, finder)
    return None


def _removal(environment: Environment, finder: Finder) -> Mend:
    def prepare() -> Work:
        _refuse_with_project(environment, finder)
        return creator_of(finder).prepare_removal(environment)

    def act() -> str:  # decided anew: answering may have taken a while
        changing.removed(prepare(), environment, finder, Warnings(as_json=False))
        return f"{environment.display_name} is removed."

    return Mend("Remove it?", act, lambda: prepare().tells)


def _refuse_with_project(environment: Environment, finder: Finder) -> None:
    """Raises `Refused` unless a walk made now finds no project, too: what is remembered may be older than that is."""
    now = finder.scan().get(environment.id)
    if now is None or not now.orphan:
        where = f": {terminal.short(now.project, finder.host)}" if now is not None and now.project else ""
        raise Refused(f"{environment.display_name} may have a project after all{where}.", "Nothing was removed.")


def _recreation(environment: Environment, finder: Finder) -> Mend:
    def prepare() -> Work:
        return creator_of(finder).prepare_recreation(environment)

    def act() -> str:
        made = changing.remade(prepare(), environment, finder, Warnings(as_json=False)) or environment
        return f"{made.display_name} is ready: {terminal.short(made.prefix, finder.host)}"

    return Mend("Make it again?", act, lambda: prepare().tells)
