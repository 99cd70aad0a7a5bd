"""The command `adopt`: which notebooks name a kernel that others do not have, and their change after asking."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_envs import naming
from jupyter_envs.adopting import Adopter, Fate, Kernel
from jupyter_envs.cli import asking, listing
from jupyter_envs.cli.looking import finder_of
from jupyter_envs.cli.saying import print_json, say
from jupyter_envs.errors import EnvsError
from jupyter_envs.kernels import specs
from jupyter_envs.terminal import GAP, count, told

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

    from jupyter_envs.adopting import Adoption
    from jupyter_envs.host import Host

PORTABLE = Kernel(specs.PROJECT_KERNEL, specs.PROJECT_DISPLAY_NAME)
_NOTHING = "-"


def adopt(arguments: argparse.Namespace, host: Host) -> int:
    """What is to become of each notebook, and the change where that is wanted; 1 where not all could be."""
    finder = finder_of(host)
    adopter = Adopter(finder, listing.snapshot_of(finder), PORTABLE)
    planned = list(adopter.plan(map(Path, arguments.notebook)))
    if not arguments.json:
        for line in lines(planned, host):
            print(line, flush=True)
        for one in _those(planned, Fate.UNREAD):
            say(f"jupyter-envs: {one.path}: {one.reason}")
    wanted = _those(planned, Fate.CHANGE)
    done, stopped = _carried_out(adopter, wanted) if _is_agreed(arguments, wanted) else ({}, False)
    if arguments.json:
        print_json({"version": 1, "notebooks": [_as_json(one, done) for one in planned]})
    failed = stopped or any(message for message in done.values())
    hindered = arguments.yes and any(one.hindered for one in planned)
    return 1 if failed or hindered or _those(planned, Fate.UNREAD) else 0


def lines(planned: Sequence[Adoption], host: Host) -> Iterator[str]:
    """One line a notebook that is to be changed or known of, and below it why; then how many there are."""
    known = [one for one in planned if one.fate in {Fate.CHANGE, Fate.LEAVE}]
    rows = [("NOW", "THEN", "NOTEBOOK"), *(_row(one) for one in known)]
    widths = [max(len(row[column]) for row in rows) for column in range(2)]
    for number, (now, then, path) in enumerate(rows if known else ()):
        yield f"{now:<{widths[0]}}{GAP}{then:<{widths[1]}}{GAP}{path}"
        if number:
            yield from told(known[number - 1].reason, known[number - 1].fix, host)
    if known:
        yield ""
    yield _summary(planned)


def _row(one: Adoption) -> tuple[str, str, str]:
    now = naming.shown(one.now) if one.now else _NOTHING
    return now, PORTABLE.name if one.fate is Fate.CHANGE else _NOTHING, naming.shown_path(str(one.path))


def _summary(planned: Sequence[Adoption]) -> str:
    numbers = {fate: len(_those(planned, fate)) for fate in Fate}
    said = [
        f"{numbers[Fate.CHANGE]} to change",
        f"{numbers[Fate.LEAVE]} to leave",
        f"{numbers[Fate.KEEP]} with a kernel that is fine",
        f"{numbers[Fate.UNREAD]} not understood",
    ]
    parts = [part for part in said if not part.startswith("0 ")]
    return f"{count(len(planned), 'notebook')}{': ' if parts else ''}{', '.join(parts)}."


def _those(planned: Sequence[Adoption], fate: Fate) -> list[Adoption]:
    return [one for one in planned if one.fate is fate]


def _is_agreed(arguments: argparse.Namespace, wanted: Sequence[Adoption]) -> bool:
    """Whether to change them: as the person said, or says now; without a terminal only if asked for beforehand."""
    if not wanted or arguments.yes or arguments.json:
        return bool(wanted) and arguments.yes
    consent = asking.has_consent(f"Change {count(len(wanted), 'notebook')}?")
    if not consent:
        say(f"Nothing was changed.{' Add --yes to change them.' if consent is None else ''}")
    return bool(consent)


def _carried_out(adopter: Adopter, wanted: Sequence[Adoption]) -> tuple[dict[Path, str], bool]:
    """What was tried, with what went wrong or an empty text each; and whether the person stopped it."""
    done: dict[Path, str] = {}
    stopped = False
    try:
        for one in wanted:
            done[one.path] = _carry_out(adopter, one)
    except KeyboardInterrupt:
        say("Stopped.")
        stopped = True
    say(f"{count(sum(not message for message in done.values()), 'notebook')} changed.")
    return done, stopped


def _carry_out(adopter: Adopter, one: Adoption) -> str:
    try:
        adopter.carry_out(one)
    except EnvsError as error:
        say(f"jupyter-envs: {one.path}: {error}")
        return str(error)
    return ""


def _as_json(one: Adoption, done: dict[Path, str]) -> dict[str, object]:
    failure = done.get(one.path, "")
    return {
        "path": str(one.path),
        "action": one.fate.value,
        "changed": one.path in done and not failure,
        "now": one.now,
        "then": PORTABLE.name if one.fate is Fate.CHANGE else None,
        "reason": failure or f"{one.reason} {one.fix}".strip(),
        "runs_on": one.runs_on.id if one.runs_on else None,
        "would_run_on": one.would_run_on.id if one.would_run_on else None,
    }
