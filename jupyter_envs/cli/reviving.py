"""What `doctor --fix` offers for environments: a broken one made again, one whose project is gone removed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from jupyter_envs import terminal
from jupyter_envs.cli import working
from jupyter_envs.errors import EnvsError, ProblemCode
from jupyter_envs.mending import Mend

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from jupyter_envs.creator import Creator, Work
    from jupyter_envs.doctor import Finding
    from jupyter_envs.environment import Environment
    from jupyter_envs.host import Host
    from jupyter_envs.snapshot import Snapshot

    Prepare = Callable[[Environment], Work]

_AGAIN = frozenset({ProblemCode.INTERPRETER_MISSING, ProblemCode.BASE_MISSING, ProblemCode.BASE_CHANGED})


def offered(findings: Iterable[Finding], snapshot: Snapshot, creator: Creator, host: Host) -> Iterator[Finding]:
    """The findings; those on environments with what can be done about them, where the creator can do it.

    One without a project that is broken, too, is offered to be removed, and not to be made again.
    """
    known = {environment.prefix: environment for environment in snapshot.environments}
    for finding in findings:
        environment = known.get(finding.prefix) if finding.prefix else None
        if environment is None or finding.mend is not None:
            yield finding
        elif finding.code == ProblemCode.PROJECT_GONE:
            yield replace(finding, mend=_mend(environment, creator.prepare_removal, "Remove it?", host))
        elif finding.code in _AGAIN and not environment.orphan:
            yield replace(finding, mend=_mend(environment, creator.prepare_recreation, "Make it again?", host))
        else:
            yield finding


def _mend(environment: Environment, prepare: Prepare, question: str, host: Host) -> Mend | None:
    try:
        tells = prepare(environment).tells
    except EnvsError:  # the finding's own fix says what its person can do
        return None
    return Mend(" ".join([*tells, question]), lambda: _act(environment, prepare, host))


def _act(environment: Environment, prepare: Prepare, host: Host) -> str:
    """Looks once more whether it can be done, and does it."""
    made = working.carried_out(prepare(environment), host, quiet=False)
    if made is None:
        return f"{environment.display_name} is removed."
    return f"{made.display_name} is ready: {terminal.short(made.prefix, host)}"
