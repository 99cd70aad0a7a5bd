"""The commands that decide which environments are offered as kernels: pin, hide."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jupyter_envs import pins
from jupyter_envs.cli import listing
from jupyter_envs.cli.looking import find, finder_of
from jupyter_envs.cli.saying import print_json
from jupyter_envs.pins import Mark
from jupyter_envs.state import State

if TYPE_CHECKING:
    import argparse

    from jupyter_envs.environment import Environment
    from jupyter_envs.host import Host


def pin(arguments: argparse.Namespace, host: Host) -> int:
    """Offers an environment whatever the rules say."""
    return _mark(arguments, host, Mark.PIN)


def hide(arguments: argparse.Namespace, host: Host) -> int:
    """Offers an environment no longer."""
    return _mark(arguments, host, Mark.HIDE)


def _mark(arguments: argparse.Namespace, host: Host, mark: Mark) -> int:
    finder = finder_of(host)
    before = find(arguments.environment, finder)
    pins.change(host, before.prefix, mark, on=not arguments.off)
    snapshot = listing.snapshot_of(finder, wait=False)
    after = next((one for one in snapshot.environments if one.prefix == before.prefix), None)
    after = after or finder.inspect(before.prefix) or before
    if arguments.json:
        print_json({"version": 1, "environment": after.as_json()})
    else:
        print(f"{after.display_name} {_now(after)}")
    return 0


def _now(environment: Environment) -> str:
    """What holds for it from now on."""
    said = "is pinned" if environment.pinned else "is hidden" if environment.hidden else "is neither pinned nor hidden"
    if environment.kernel:
        return f"{said}: Jupyter offers it as a kernel."
    if environment.state is State.READY:
        return f"{said}: Jupyter does not offer it; its kernel still starts by its name, {environment.kernel_name}."
    reason = f" {environment.problems[0]}" if environment.problems else ""
    return f"{said}. It cannot be a kernel as it is.{reason}"
