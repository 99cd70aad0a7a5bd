"""The command `list`: from what is remembered where that still holds, otherwise read again, walked when need be."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_envs import managers, terminal
from jupyter_envs.cli.saying import print_json, warn
from jupyter_envs.errors import BadRequest
from jupyter_envs.finder import Finder

if TYPE_CHECKING:
    import argparse

    from jupyter_envs.environment import Environment
    from jupyter_envs.host import Host
    from jupyter_envs.snapshot import Snapshot


def run(arguments: argparse.Namespace, host: Host) -> int:
    """All environments, as a table or in JSON."""
    settings, problems = host.settings()
    warn(problems)
    if arguments.root:
        roots = tuple(str(Path.cwd() / root) for root in arguments.root)
        settings = replace(settings, roots=roots)
    for name in arguments.manager or ():
        if managers.by_name(name) is None:
            known = ", ".join(manager.name for manager in managers.every())
            raise BadRequest(f"There is no manager '{name}'.", f"Name one of: {known}.")
    finder = Finder(host, settings)
    snapshot = snapshot_of(finder, wait=not arguments.no_wait)
    shown = [one for one in snapshot.environments if _is_wanted(one, arguments)]
    if arguments.json:
        print_json(replace(snapshot, environments=tuple(shown)).as_json())
        return 0
    warn(snapshot.problems)
    for line in terminal.table(shown, finder.host, long=arguments.long):
        print(line)
    if not shown:
        print(_nothing_found(finder, filtered=bool(snapshot.environments)))
    return 0


def snapshot_of(finder: Finder, *, wait: bool = True) -> Snapshot:
    """A walk with progress on a terminal; Ctrl-C ends it, and what was found until then counts."""
    if not wait:
        return finder.central()
    with terminal.Bar(finder.host) as bar:
        return finder.scan(seconds=finder.settings.scan_seconds, progress=bar.show, cancelled=bar.was_interrupted)


def _is_wanted(environment: Environment, arguments: argparse.Namespace) -> bool:
    managed = not arguments.manager or environment.manager in arguments.manager
    return managed and (not arguments.state or environment.state.value in arguments.state)


def _nothing_found(finder: Finder, *, filtered: bool) -> str:
    if filtered:
        return "No environment is like that. See them all with: jupyter envs list"
    roots = ", ".join(terminal.short(root, finder.host) for root in finder.roots())
    return (
        f"No environments were found below {roots} or in the folders of Poetry, virtualenvwrapper and pyenv.\n"
        "Make one (python3 -m venv .venv, in a project's folder), or name another folder: jupyter envs list --root DIR"
    )
