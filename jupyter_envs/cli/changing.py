"""The commands that change an environment: remove, recreate, add-ipykernel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jupyter_envs import terminal
from jupyter_envs.cli import asking, installing, making, words, working
from jupyter_envs.cli.looking import creator_of, find_own, finder_of
from jupyter_envs.cli.saying import Warnings, could_not, print_json
from jupyter_envs.errors import EnvsError
from jupyter_envs.kernels import spec_folder
from jupyter_envs.kernels.registering import Registry

if TYPE_CHECKING:
    import argparse

    from jupyter_envs.creator import Work
    from jupyter_envs.environment import Environment
    from jupyter_envs.finder import Finder
    from jupyter_envs.host import Host
    from jupyter_envs.kernels.spec_folder import Registered


def remove(arguments: argparse.Namespace, host: Host) -> int:
    """Removes an environment after asking, and with it what its tool and `register` noted of it."""
    finder = finder_of(host)
    creator, environment = creator_of(finder), find_own(arguments.environment, finder)
    work = creator.prepare_removal(environment)
    working.tell(work, quiet=arguments.json)
    consent = asking.has_consent(f"Remove {environment.display_name}?", yes=arguments.yes)
    if not consent:
        return could_not(f"Nothing was removed. {asking.how(consent=consent)} to remove it.")
    warnings = Warnings(as_json=arguments.json)
    kernel = removed(work, environment, finder, warnings)
    if arguments.json:
        gone = [kernel.as_json()] if kernel else []
        print_json({"version": 1, "removed": environment.as_json(), "unregistered": gone, "warnings": warnings.kept})
    else:
        print(f"{environment.display_name} is removed: {terminal.short(environment.prefix, host)}")
    return 0


def recreate(arguments: argparse.Namespace, host: Host) -> int:
    """Makes an environment again after asking: the same tool, project and packages, on a mended or another Python."""
    words.check("a version of Python", arguments.python)
    finder = finder_of(host)
    creator, environment = creator_of(finder), find_own(arguments.environment, finder)
    python = making.python(arguments.python)
    work = installing.with_python(
        lambda: creator.prepare_recreation(environment, python), creator, host, quiet=arguments.json
    )
    working.tell(work, quiet=arguments.json)
    consent = asking.has_consent(f"Make {environment.display_name} again?", yes=arguments.yes)
    if not consent:
        return could_not(f"Nothing was changed. {asking.how(consent=consent)} to make it again.")
    warnings = Warnings(as_json=arguments.json)
    made = remade(work, environment, finder, warnings)
    return making.answer(made, host, warnings)


def add_ipykernel(arguments: argparse.Namespace, host: Host) -> int:
    """Installs an ipykernel into an environment, by its own tool."""
    finder = finder_of(host)
    creator, environment = creator_of(finder), find_own(arguments.environment, finder)
    work = creator.prepare_ipykernel(environment)
    working.tell(work, quiet=arguments.json)
    warnings = Warnings(as_json=arguments.json)
    return making.answer(working.carried_out(work, host, warnings), host, warnings)


def removed(work: Work, environment: Environment, finder: Finder, warnings: Warnings) -> Registered | None:
    """Removes an environment and its registered kernel, which it answers; says what of that could not be."""
    kernel = Registry(finder.host, finder.settings).of(environment.prefix)
    working.carried_out(work, finder.host, warnings)
    try:
        kept = spec_folder.take_away(kernel) if kernel else []
    except EnvsError as error:
        warnings.tell(f"The environment is removed, but its registered kernel is not: {error}")
        return None
    for path in kept:
        warnings.tell(f"{path} is kept: it was not written by jupyter-envs.")
    return kernel


def remade(work: Work, environment: Environment, finder: Finder, warnings: Warnings) -> Environment | None:
    """Makes an environment again, and writes its registered kernel anew, for what is there now."""
    registry = Registry(finder.host, finder.settings)
    kernel = registry.of(environment.prefix)
    made = working.carried_out(work, finder.host, warnings)
    if made is None or kernel is None:
        return made
    named = kernel.name if kernel.name != kernel.mark.id else None
    try:
        if kernel.mark.prefix != made.prefix:
            spec_folder.take_away(kernel)
        registry.register(made, named)
    except EnvsError as error:  # the environment stands all the same
        warnings.tell(f"The environment is made again, but its registered kernel is not: {error}")
    return made
