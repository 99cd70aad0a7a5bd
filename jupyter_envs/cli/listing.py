"""The command `list`: from what is remembered where that still holds, otherwise read again, walked when need be.

What only the longer ways need is imported there: the short one takes little more than Python's own start.
"""

from __future__ import annotations

import gc
import json
from dataclasses import replace
from pathlib import Path

from jupyter_envs import index, unfinished
from jupyter_envs.cli.saying import say, warn

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Sequence

    from jupyter_envs.environment import Environment
    from jupyter_envs.finder import Finder
    from jupyter_envs.host import Host
    from jupyter_envs.index import Remembered
    from jupyter_envs.managers.base import EnvironmentManager
    from jupyter_envs.settings import Settings
    from jupyter_envs.snapshot import Snapshot

RESCAN = "Look again with: jupyter envs list --rescan"


def run(arguments: argparse.Namespace, host: Host) -> int:
    """All environments, as a table or in JSON."""
    settings, problems = host.settings()
    warn(problems)
    if arguments.root:
        settings = replace(settings, roots=tuple(str(Path.cwd() / root) for root in arguments.root))
    if arguments.manager:
        check_managers(arguments.manager)
    wait = not arguments.no_wait
    known = None if arguments.rescan or arguments.root else _remembered(host, settings, wait=wait)
    if arguments.json and known is not None:
        print(index.answer(known.head, [line for line in known.environments if _is_wanted(line, arguments)]))
        return 0
    if known is not None:
        snapshot = known.snapshot()
    else:
        snapshot = _found(_finder(host, settings), wait=wait, walk=arguments.rescan, keep=not arguments.root)
    return _show(snapshot, arguments, host, settings)


def snapshot_of(finder: Finder, *, wait: bool = True) -> Snapshot:
    """All environments: as remembered where that still holds, otherwise found anew.

    Without a usable index this walks, with progress on a terminal; Ctrl-C ends the walk, and what was found until then
    counts. Not `wait`: never.
    """
    known = _remembered(finder.host, finder.settings, wait=wait)
    return known.snapshot() if known is not None else _found(finder, wait=wait)


def learn(finder: Finder, made: Environment) -> None:
    """Remembers a new environment beside what a walk saw, so that the next listing has it without another walk."""
    from jupyter_envs.catalogue import just_made

    kept = finder.index()
    known = kept.load()
    if known is not None:
        before = known.snapshot()
        new = just_made(replace(made, found_by=f"walk: {made.prefix.parent}"))
        kept.save(finder.refresh(before.walked.joined(new), before.environments))


def put_right(host: Host) -> None:
    """Puts right what killed work left; one look where there is nothing."""
    if unfinished.is_left(host):
        from jupyter_envs.creator import recovering

        for line in recovering.recover(host):
            say(line)


def _remembered(host: Host, settings: Settings, *, wait: bool) -> Remembered | None:
    """What is remembered, when it still holds; one of a walk that was cut short only for those who do not wait."""
    roots = host.folders(settings.roots) or [host.real_home]
    gc.disable()  # nothing here goes in circles, and looking for what does takes a tenth of the time
    try:
        known = index.of(host, settings, roots).load()
        if known is None or (wait and not known.is_whole):
            return None
        return known if known.holds(host.mounts()) else None
    finally:
        gc.enable()


def _found(finder: Finder, *, wait: bool, walk: bool = False, keep: bool = True) -> Snapshot:
    """What is there now: by a walk where none is remembered that came to its end, or where one is asked for."""
    from jupyter_envs.snapshot import Snapshot

    put_right(finder.host)
    kept = finder.index() if keep else None
    known = kept.load() if kept else None
    before = known.snapshot() if known else Snapshot()
    away = any(map(finder.memory.mounts().is_dead, before.unreachable))
    if wait and (walk or not (before.complete or away)):
        snapshot = _walked(finder, before, kept)
    else:
        snapshot = finder.refresh(before.walked, before.environments)
    if kept:
        kept.save(snapshot)
    return snapshot


def _walked(finder: Finder, before: Snapshot, kept: index.Index | None) -> Snapshot:
    from jupyter_envs import terminal

    with terminal.Bar(finder.host) as bar:
        return finder.scan(
            seconds=finder.settings.scan_seconds,
            progress=bar.show,
            cancelled=bar.was_interrupted,
            before=before,
            kept=kept,
        )


def _show(snapshot: Snapshot, arguments: argparse.Namespace, host: Host, settings: Settings) -> int:
    from jupyter_envs import terminal

    shown = [one for one in snapshot.environments if _is_like(one.manager, one.state, arguments)]
    if arguments.json:
        print(_json(replace(snapshot, environments=tuple(shown))))
        return 0
    warn(snapshot.problems)
    for line in terminal.table(shown, host, long=arguments.long):
        print(line)
    if not shown:
        print(_nothing_found(_finder(host, settings), filtered=bool(snapshot.environments)))
    if age := terminal.age(snapshot.scanned):
        say(f"Your folders were walked {age}. {RESCAN}")
    return 0


def _json(snapshot: Snapshot) -> str:
    told = snapshot.as_json()
    environments: Sequence[Environment] = snapshot.environments
    return index.answer(told, [json.dumps(environment.as_json()) for environment in environments])


def check_managers(names: Iterable[str], among: Sequence[EnvironmentManager] | None = None) -> None:
    """Raises `WrongUsage` for a name that none of the managers has; None: of all that there are."""
    from jupyter_envs import managers
    from jupyter_envs.cli import WrongUsage

    known = [manager.name for manager in (managers.every() if among is None else among)]
    for name in names:
        if name not in known:
            raise WrongUsage(f"there is no manager '{name}' (choose from {', '.join(known)})")


def _is_wanted(line: str, arguments: argparse.Namespace) -> bool:
    if not arguments.manager and not arguments.state:
        return True
    told = json.loads(line)
    return _is_like(told["manager"], told["state"], arguments)


def _is_like(manager: str, state: str, arguments: argparse.Namespace) -> bool:
    return (not arguments.manager or manager in arguments.manager) and (not arguments.state or state in arguments.state)


def _finder(host: Host, settings: Settings) -> Finder:
    from jupyter_envs.finder import Finder

    return Finder(host, settings)


def _nothing_found(finder: Finder, *, filtered: bool) -> str:
    from jupyter_envs import terminal

    if filtered:
        return "No environment is like that. See them all with: jupyter envs list"
    roots = ", ".join(terminal.short(root, finder.host) for root in finder.roots())
    return (
        f"No environments were found below {roots} or in the folders of the tools that make them.\n"
        "Make one (python3 -m venv .venv, in a project's folder), or name another folder: jupyter envs list --root DIR"
    )
