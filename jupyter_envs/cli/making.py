"""The command `create`, and what it shares with those that change: deciding, saying what will be done, doing it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_envs import managers, terminal
from jupyter_envs.cli import WrongUsage, installing, listing, words, working
from jupyter_envs.cli.looking import creator_of, finder_of
from jupyter_envs.cli.saying import Warnings, print_json, say
from jupyter_envs.creator import Wish
from jupyter_envs.managers.base import quoted

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from jupyter_envs.creator import Creator
    from jupyter_envs.environment import Environment
    from jupyter_envs.host import Host

_BY_NAME = "virtualenvwrapper"
"""Whose environments need no project."""


def create(arguments: argparse.Namespace, host: Host) -> int:
    """Makes an environment, by the tool that was named or that the project proposes."""
    _check_words(arguments)
    finder = finder_of(host)
    creator = creator_of(finder)
    wish = _wish(arguments, creator)
    work = installing.with_python(lambda: creator.prepare(wish), creator, host, quiet=arguments.json)
    working.tell(work, quiet=arguments.json)
    warnings = Warnings(as_json=arguments.json)
    made = working.carried_out(work, host, warnings)
    if made is not None:
        listing.learn(finder, made)
    return answer(made, host, warnings)


def answer(made: Environment | None, host: Host, warnings: Warnings) -> int:
    """What stands now, and how it is used."""
    if warnings.as_json:
        print_json({"version": 1, "environment": made.as_json() if made else None, "warnings": warnings.kept})
    elif made is not None:
        for line in _lines(made, host):
            print(line)
    return 0


def python(text: str | None) -> str | None:
    """A version, or the whole path of an interpreter."""
    return os.fspath(_path(text)) if text and os.sep in text else text


def _check_words(arguments: argparse.Namespace) -> None:
    """Raises `WrongUsage` for what is empty, or begins like an option: a tool could take it for one of its own."""
    words.check_path("a place", arguments.prefix)
    words.check_path("a project", arguments.project)
    words.check_path("a file", arguments.requirements)
    words.check_path("a manager", arguments.manager)
    words.check("a name", arguments.name)
    words.check("a version of Python", arguments.python)
    for package in arguments.packages:
        words.check("a package", package)
    if arguments.prefix is not None and arguments.name is not None:
        raise WrongUsage("--prefix says the whole place: leave out --name")
    if arguments.manager is not None:
        listing.check_managers([arguments.manager], [one for one in managers.every() if one.creates])


def _wish(arguments: argparse.Namespace, creator: Creator) -> Wish:
    project = None if arguments.prefix is not None or _needs_no_project(arguments) else _path(arguments.project or ".")
    manager = arguments.manager
    if manager is None and project is not None:
        proposal = creator.propose(project)
        manager = proposal.manager
        if not arguments.json:
            say(f"{proposal.title}: {proposal.reason}")
    return Wish(
        project=project,
        prefix=None if arguments.prefix is None else _place(arguments.prefix),
        manager=manager,
        name=arguments.name,
        python=python(arguments.python),
        packages=tuple(arguments.packages),
        requirements=None if arguments.requirements is None else _path(arguments.requirements),
        install=arguments.install,
        ipykernel=arguments.ipykernel,
    )


def _needs_no_project(arguments: argparse.Namespace) -> bool:
    """Whether a name is enough, as for `mkvirtualenv`."""
    return arguments.project is None and arguments.name is not None and arguments.manager == _BY_NAME


def _path(text: str) -> Path:
    """A path of the command line, from here; the text itself stays as it is, links and all."""
    return Path.cwd() / text


def _place(text: str) -> Path:
    """The place of an environment that is to be made: its folder by its real path, and its name."""
    path = _path(text)
    if path.name in {"", ".."}:
        return path.resolve()
    return path.parent.resolve() / path.name


def _lines(made: Environment, host: Host) -> Iterator[str]:
    """Where it is, and how it is used."""
    yield f"{made.display_name} is ready: {terminal.short(made.prefix, host)}"
    for problem in made.problems:
        yield from terminal.told(problem.message, problem.fix, host)
    if made.kernel_name:
        offered = f"choose {made.display_name}" if made.kernel else "it is not offered; its kernel starts by its name"
        yield f"  Kernel:        {made.kernel_name}"
        yield f"  In JupyterLab: {offered}"
    yield f"  In a terminal: source {quoted(made.prefix / 'bin' / 'activate')}"
