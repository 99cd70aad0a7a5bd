"""The commands that look at one thing: show, which, pythons."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_envs import terminal
from jupyter_envs.cli import listing
from jupyter_envs.cli.saying import print_json, say, warn
from jupyter_envs.errors import NotFound
from jupyter_envs.finder import Finder
from jupyter_envs.host import Host
from jupyter_envs.overlay import shadowing
from jupyter_envs.settings import Settings

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable

    from jupyter_envs.creator import Creator
    from jupyter_envs.environment import Environment

_SEE_ALL = "See them all with: jupyter envs list"


def finder_of(host: Host) -> Finder:
    """A finder with the settings that hold; what is wrong in their files is said."""
    settings, problems = host.settings()
    warn(problems)
    listing.put_right(host)
    return Finder(host, settings)


def creator_of(finder: Finder) -> Creator:
    """What makes and removes environments for a person in a terminal."""
    from jupyter_envs.creator import Creator  # most commands only look

    return Creator(finder)


def show(arguments: argparse.Namespace, host: Host) -> int:
    """Everything that is known of one environment."""
    finder = finder_of(host)
    environment = find(arguments.environment, finder)
    shadows = shadowing.of(environment, host, finder.settings)
    if arguments.json:
        told = {**environment.as_json(), "shadows": [shadow.as_json() for shadow in shadows]}
        print_json({"version": 1, "environment": told})
    else:
        for line in terminal.details(environment, host, shadows):
            print(line)
    return 0


def which(arguments: argparse.Namespace, host: Host) -> int:
    """The environment that a notebook or folder gets, and why."""
    path = Path(arguments.path)
    if not path.exists():
        raise NotFound(f"{path} does not exist.", "Name a notebook or a folder that is there.")
    resolution = finder_of(host).resolve(path)
    if arguments.json:
        print_json(resolution.as_json())
    elif resolution.environment is not None:
        for line in terminal.resolution(resolution, host):
            print(line)
    if resolution.environment is None:
        say(f"jupyter-envs: {resolution.reason} Make one there, or choose a kernel by its name.")
    return 0 if resolution.environment is not None else 1


def pythons(arguments: argparse.Namespace, host: Host) -> int:
    """The interpreters that environments can be made with."""
    found = finder_of(host).interpreters()
    if arguments.json:
        print_json({"version": 1, "pythons": [interpreter.as_json() for interpreter in found]})
        return 0
    for line in terminal.interpreters(found, host):
        print(line)
    if not found:
        print("No interpreter was found. Install one with pyenv, uv or your system's packages.")
    return 0


def find_own(text: str, finder: Finder) -> Environment:
    """As `find`, for what shall be changed: a path means its own environment, and never that of a folder further up.

    As its files are now: what is listed may have been remembered.
    """
    if not text:
        raise NotFound("An empty word names no environment.", _SEE_ALL)
    found = find(text, finder)
    own = _own(Path(text).resolve(), finder) if Path(text).exists() else found
    if own is not None and own.prefix != found.prefix:
        raise _ambiguous(text, [found, own], finder.host)
    if own is None and not listing.snapshot_of(finder).match(text):
        raise NotFound(
            f"'{text}' has no environment; {found.id} serves it from further up.", "If you mean that, name it."
        )
    return replace(found, stamp=(finder.inspect(found.prefix, found.found_by, found.projects) or found).stamp)


def _own(path: Path, finder: Finder) -> Environment | None:
    """The environment at a path, or that of the project there."""
    resolution = finder.resolve(path)
    return finder.inspect(path) or (resolution.environment if resolution.project == path else None)


def find(text: str, finder: Finder) -> Environment:
    """The one environment that a person means; raises NotFound, naming the candidates where there are several."""
    snapshot = listing.snapshot_of(finder)
    found = snapshot.match(text)
    if not found and Path(text).exists():
        path = Path(text).resolve()
        environment = finder.inspect(path) or finder.resolve(path).environment
        found = [snapshot.get(environment.id) or environment] if environment else []
    if len(found) == 1:
        return found[0]
    if found:
        raise _ambiguous(text, found, finder.host)
    raise NotFound(f"There is no environment '{text}'.", _SEE_ALL)


def _ambiguous(text: str, found: Iterable[Environment], host: Host) -> NotFound:
    named = "; ".join(f"{environment.id} ({terminal.short(environment.prefix, host)})" for environment in found)
    return NotFound(f"'{text}' can mean several environments: {named}.", "Name one of them by its id.")


def known_ids(prefix: str) -> list[str]:
    """Completions of ENV: ids that are remembered, from the tools' own folders and from here, without a walk."""
    host = Host.current()
    finder = Finder(host, host.settings()[0])
    here = finder.resolve(Path.cwd()).environment
    known = [*listing.snapshot_of(finder, wait=False).environments, *([here] if here else [])]
    return sorted({environment.id for environment in known if environment.id.startswith(prefix)})


def known_versions(prefix: str) -> list[str]:
    """Completions of a version of Python: those of the interpreters that are here, whole and in short."""
    found = [one.version for one in Finder(Host.current(), Settings()).interpreters()]
    short = [".".join(version.split(".")[:2]) for version in found]
    return sorted({version for version in (*found, *short) if version.startswith(prefix)})
