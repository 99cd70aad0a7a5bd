"""The commands for real kernel specs on disk, for other tools: register, unregister."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_envs import naming
from jupyter_envs.cli import WrongUsage, asking, listing
from jupyter_envs.cli.looking import find, finder_of
from jupyter_envs.cli.saying import could_not, print_json, say
from jupyter_envs.errors import NotFound, ProblemCode, Refused
from jupyter_envs.kernels import spec_folder
from jupyter_envs.kernels.registering import Registry
from jupyter_envs.terminal import count

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

    from jupyter_envs.environment import Environment
    from jupyter_envs.finder import Finder
    from jupyter_envs.host import Host
    from jupyter_envs.kernels.spec_folder import Registered

_ENDS = "It borrows its ipykernel, so this kernel ends with jupyter-envs."
_UNSOUND = "So it borrows one, and this kernel ends with jupyter-envs."
_CHANGE = "and register it again to change that."
_LEFT_OUT = (
    "They borrow their ipykernel, so their kernels would end with jupyter-envs. For one all the same: jupyter envs"
    " register ENV"
)


def register(arguments: argparse.Namespace, host: Host) -> int:
    """Writes the kernel spec of one environment, or of each that is offered."""
    _check_usage(arguments, "one environment", "--all")
    if arguments.all and arguments.name:
        raise WrongUsage("--name is for one environment, so it cannot be combined with --all")
    finder = finder_of(host)
    registry = Registry(host, finder.settings)
    if arguments.all:
        return _register_all(registry, finder, as_json=arguments.json)
    environment = find(arguments.environment, finder)
    ids = {one.id for one in listing.snapshot_of(finder, wait=False).environments}
    done = _Done(environment, registry.register(environment, arguments.name, ids), registry.still_needed(environment))
    if arguments.json:
        print_json(_as_json([done], [], []))
    else:
        done.tell()
    return 0


def unregister(arguments: argparse.Namespace, host: Host) -> int:
    """Takes kernel specs back: one, those that cannot start any more, or all."""
    _check_usage(arguments, "one environment or kernel", "--stale", "--all")
    finder = finder_of(host)
    registry = Registry(host, finder.settings)
    chosen = _chosen(arguments, registry, finder)
    if arguments.all and chosen and not arguments.yes and not _agreed(chosen):
        return could_not("Nothing was removed. Answer y, or give --yes, to remove them.")
    kept = [path for kernel in chosen for path in spec_folder.take_away(kernel)]
    if arguments.json:
        told = {"unregistered": [kernel.as_json() for kernel in chosen], "kept": [os.fspath(path) for path in kept]}
        print_json({"version": 1, **told})
        return 0
    for kernel in chosen:
        print(f"'{kernel.name}' is no longer registered.")
    if not chosen:
        print("No kernel is registered." if arguments.all else "No registered kernel is stale.")
    for path in kept:
        say(f"{path} is kept: it was not written by jupyter-envs.")
    return 0


@dataclass(frozen=True, slots=True)
class _Done:
    """What was registered; `needs` is the command without which it cannot start yet."""

    environment: Environment
    kernel: Registered
    needs: str | None

    def tell(self) -> None:
        print(f"{self.environment.display_name} is registered as '{self.kernel.name}'.")
        print(f"  {naming.shown_path(os.fspath(self.kernel.folder))}")
        for line in self._of_borrowing() if self.kernel.borrows else ():
            print(f"  {line}")

    def _of_borrowing(self) -> Iterator[str]:
        if self.needs:
            yield f"It cannot start yet: there is no ipykernel that it could borrow. Make one with: {self.needs}"
        problems = self.environment.problems
        unsound = next((problem for problem in problems if problem.code is ProblemCode.INCONSISTENT_IPYKERNEL), None)
        if unsound is None:
            yield f"{_ENDS} Install ipykernel into it {_CHANGE}"
        else:
            yield f"{unsound.message} {_UNSOUND} Mend its own {_CHANGE}"

    def as_json(self) -> dict[str, object]:
        return {**self.kernel.as_json(), "needs": self.needs}


def _check_usage(arguments: argparse.Namespace, one: str, *options: str) -> None:
    """Exactly one of them is to be given."""
    given = [option for option in options if getattr(arguments, option[2:])]
    if arguments.environment:
        given.insert(0, naming.shown(arguments.environment))
    if not given:
        raise WrongUsage(f"name {one}, or give {' or '.join(options)}")
    if len(given) > 1:
        raise WrongUsage(f"give only one of them: {', '.join(given)}")


def _chosen(arguments: argparse.Namespace, registry: Registry, finder: Finder) -> list[Registered]:
    if arguments.all:
        return list(registry.all())
    return registry.stale() if arguments.stale else [_meant(arguments.environment, registry, finder)]


def _agreed(kernels: Sequence[Registered]) -> bool:
    """Whether the person says yes; where nobody can be asked, the command itself is the answer."""
    for kernel in kernels if asking.is_asked() else ():
        say(f"{kernel.name}  {kernel.mark.prefix}")
    return asking.has_consent(f"Remove {count(len(kernels), 'registered kernel')}?") is not False


def _register_all(registry: Registry, finder: Finder, *, as_json: bool) -> int:
    snapshot = listing.snapshot_of(finder)
    ids = {one.id for one in snapshot.environments}
    done: list[_Done] = []
    refused: list[tuple[Environment, Refused]] = []
    left_out: list[Environment] = []
    for environment, came in registry.register_offered([one for one in snapshot.environments if one.kernel], ids):
        if came is None:
            left_out.append(environment)
        elif isinstance(came, Refused):
            refused.append((environment, came))
        else:
            done.append(_Done(environment, came, registry.still_needed(environment)))
    for message in dict.fromkeys(str(error) for _, error in refused):
        could_not(message)
    if as_json:
        print_json(_as_json(done, refused, left_out))
    else:
        _tell_all(done, left_out)
        if not (done or refused or left_out):
            print("No environment is offered as a kernel. See why with: jupyter envs list")
    return 1 if refused else 0


def _tell_all(done: Sequence[_Done], left_out: Sequence[Environment]) -> None:
    for one in done:
        one.tell()
    if left_out:
        print(f"{count(len(left_out), 'environment')} left out: {', '.join(one.display_name for one in left_out)}.")
        print(f"  {_LEFT_OUT}")


def _as_json(
    done: Sequence[_Done], refused: Sequence[tuple[Environment, Refused]], left_out: Sequence[Environment]
) -> dict[str, object]:
    told = [{"id": one.id, "message": error.message, "fix": error.fix} for one, error in refused]
    left = [one.id for one in left_out]
    return {"version": 1, "registered": [one.as_json() for one in done], "refused": told, "left_out": left}


def _meant(text: str, registry: Registry, finder: Finder) -> Registered:
    """The kernel of ours that a person means, by its own name or by anything that means its environment.

    The environment may be gone, so what its mark says comes first.
    """
    named = registry.named(text.lower())
    place = Path(os.path.realpath(text))
    marked = next((one for one in registry.all() if text == one.mark.id or place == one.mark.prefix), None)
    found = named or marked
    if found is None:
        environment = _found(text, finder)
        found = registry.of(environment.prefix)
        if found is None:
            raise NotFound(f"{environment.display_name} is not registered.", "See what is: jupyter kernelspec list")
    return found


def _found(text: str, finder: Finder) -> Environment:
    try:
        return find(text, finder)
    except NotFound as error:
        message = f"No kernel '{naming.shown(text)}' is registered. {error.message}"
        raise NotFound(message, error.fix) from error
