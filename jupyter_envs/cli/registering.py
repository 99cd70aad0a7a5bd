"""The commands for real kernel specs on disk, for other tools: register, unregister."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_envs import naming
from jupyter_envs.cli import WrongUsage, listing
from jupyter_envs.cli.looking import find, finder_of
from jupyter_envs.cli.saying import print_json, say
from jupyter_envs.errors import NotFound, Refused
from jupyter_envs.kernels import spec_folder
from jupyter_envs.kernels.registering import Registry

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from jupyter_envs.environment import Environment
    from jupyter_envs.finder import Finder
    from jupyter_envs.host import Host
    from jupyter_envs.kernels.spec_folder import Registered

_BORROWS = (
    "It borrows its ipykernel, so this kernel ends with jupyter-envs. Install ipykernel into it and register it again"
    " to change that."
)


def register(arguments: argparse.Namespace, host: Host) -> int:
    """Writes the kernel spec of one environment, or of each that is offered."""
    if bool(arguments.environment) == arguments.all:
        raise WrongUsage("name one environment, or give --all")
    if arguments.all and arguments.name:
        raise WrongUsage("--name is for one environment, so it cannot be combined with --all")
    finder = finder_of(host)
    registry = Registry(host, finder.settings)
    if arguments.all:
        return _register_all(registry, finder, as_json=arguments.json)
    environment = find(arguments.environment, finder)
    ids = {one.id for one in listing.snapshot_of(finder, wait=False).environments}
    done = registry.register(environment, arguments.name, ids)
    if arguments.json:
        print_json(_as_json([done], []))
    else:
        _tell(done, environment)
    return 0


def unregister(arguments: argparse.Namespace, host: Host) -> int:
    """Takes kernel specs back: one, or those that cannot start any more."""
    if bool(arguments.environment) == arguments.stale:
        raise WrongUsage("name one environment or kernel, or give --stale")
    finder = finder_of(host)
    registry = Registry(host, finder.settings)
    chosen = registry.stale() if arguments.stale else [_meant(arguments.environment, registry, finder)]
    kept = [path for kernel in chosen for path in spec_folder.take_away(kernel)]
    if arguments.json:
        told = {"unregistered": [kernel.as_json() for kernel in chosen], "kept": [os.fspath(path) for path in kept]}
        print_json({"version": 1, **told})
        return 0
    for kernel in chosen:
        print(f"'{kernel.name}' is no longer registered.")
    if not chosen:
        print("No registered kernel is stale.")
    for path in kept:
        say(f"{path} is kept: it was not written by jupyter-envs.")
    return 0


def _register_all(registry: Registry, finder: Finder, *, as_json: bool) -> int:
    snapshot = listing.snapshot_of(finder)
    ids = {one.id for one in snapshot.environments}
    done: list[Registered] = []
    refused: list[tuple[Environment, Refused]] = []
    offered = [one for one in snapshot.environments if one.kernel]
    for environment, came in registry.register_offered(offered, ids):
        if isinstance(came, Refused):
            refused.append((environment, came))
            say(f"jupyter-envs: {came}")
        else:
            done.append(came)
            if not as_json:
                _tell(came, environment)
    if as_json:
        print_json(_as_json(done, refused))
    elif not done and not refused:
        print("No environment is offered as a kernel. See why with: jupyter envs list")
    return 1 if refused else 0


def _tell(kernel: Registered, environment: Environment) -> None:
    print(f"{environment.display_name} is registered as '{kernel.name}'.")
    print(f"  {naming.shown_path(os.fspath(kernel.folder))}")
    if kernel.borrows:
        print(f"  {_BORROWS}")


def _as_json(done: Sequence[Registered], refused: Sequence[tuple[Environment, Refused]]) -> dict[str, object]:
    told = [{"id": one.id, "message": error.message, "fix": error.fix} for one, error in refused]
    return {"version": 1, "registered": [kernel.as_json() for kernel in done], "refused": told}


def _meant(text: str, registry: Registry, finder: Finder) -> Registered:
    """The kernel of ours that a person means, by its own name or by anything that means its environment.

    The environment may be gone, so what its mark says comes first.
    """
    named = registry.named(text.lower())
    place = Path(os.path.realpath(text))
    marked = next((one for one in registry.all() if text == one.mark.id or place == one.mark.prefix), None)
    found = named or marked
    if found is None:
        environment = find(text, finder)
        found = registry.of(environment.prefix)
        if found is None:
            raise NotFound(f"{environment.display_name} is not registered.", "See what is: jupyter kernelspec list")
    return found
