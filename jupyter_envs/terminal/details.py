"""Everything about one environment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jupyter_envs import naming
from jupyter_envs.terminal.layout import told
from jupyter_envs.terminal.words import short, state

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jupyter_envs.environment import Environment
    from jupyter_envs.host import Host
    from jupyter_envs.overlay.solving import Shadow
    from jupyter_envs.projects import Resolution


def details(environment: Environment, host: Host, shadows: Sequence[Shadow] = ()) -> Iterator[str]:
    """Everything that is known of one environment, a line each; `shadows`: what its kernel gets in other versions."""
    projects = ", ".join(short(project, host) for project in environment.projects) or "none known"
    rows = {
        "Name": environment.display_name,
        "Kernel": f"{environment.kernel_name} ({_offered(environment)})" if environment.kernel_name else "never",
        "Other kernels": ", ".join(f"{environment.id}.{kernel.name}" for kernel in environment.kernels),
        "State": state(environment),
        "Python": f"{environment.version or 'unknown'} ({environment.implementation or 'unknown'})",
        "ipykernel": _ipykernel(environment),
        "Shadowed": ", ".join(map(_shadowed, shadows)),
        "Prefix": naming.shown_path(str(environment.prefix)),
        "Interpreter": naming.shown_path(str(environment.python)),
        "Project": projects if not environment.lost_project else f"{short(environment.lost_project, host)} (gone)",
        "In use there": {True: "yes", False: "no", None: "unknown"}[environment.active],
        "Owner": environment.owner or "unknown",
        "Found by": naming.shown_path(environment.found_by),
        "Also known as": ", ".join(short(alias, host) for alias in environment.aliases),
    }
    for name, value in rows.items():
        if value:
            yield f"{name + ':':<15}{value}"
    for problem in environment.problems:
        yield from told(problem.message, problem.fix, host, indent="")


def resolution(found: Resolution, host: Host) -> Iterator[str]:
    """Which environment a folder gets, and why."""
    environment = found.environment
    if environment is None or found.project is None:
        return
    yield environment.display_name
    yield f"  {naming.shown_path(str(environment.prefix))}"
    yield f"  because of {short(found.project, host)}: {naming.shown_path(found.reason)}"
    for problem in environment.problems:
        yield from told(problem.message, problem.fix, host)


def _offered(environment: Environment) -> str:
    said = "pinned, " if environment.pinned else "hidden, " if environment.hidden else ""
    return said + ("offered" if environment.kernel else "not offered")


def _ipykernel(environment: Environment) -> str:
    own = environment.ipykernel
    if environment.borrowed is None:
        return own or "none"
    return f"{environment.borrowed} (borrowed)" if own is None else f"{environment.borrowed} (borrowed; its own: {own})"


def _shadowed(shadow: Shadow) -> str:
    if shadow.own == shadow.borrowed:
        return f"{shadow.name} {shadow.own} (its kernel has a borrowed {shadow.own}: its own lacks something)"
    own = "of an unknown version" if shadow.own is None else naming.shown(shadow.own)
    return f"{shadow.name} {own} (its kernel has {shadow.borrowed})"
