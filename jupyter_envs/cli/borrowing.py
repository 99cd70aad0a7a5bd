"""The commands on borrowed ipykernels, made beforehand: borrow build, borrow list, borrow remove."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_envs.borrowing import Borrower, Removal, choosing, consent
from jupyter_envs.cli import asking, working
from jupyter_envs.cli.looking import find, finder_of
from jupyter_envs.cli.saying import could_not, print_json
from jupyter_envs.errors import NotFound
from jupyter_envs.settings import NEVER
from jupyter_envs.terminal import count, short

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

    from jupyter_envs.borrowing import Borrowed
    from jupyter_envs.finder import Finder
    from jupyter_envs.host import Host
    from jupyter_envs.pyvenv import Reading

_MEBI = 1024 * 1024
_FROM = {"server": "the server's own", "index": "an index"}


def build(arguments: argparse.Namespace, host: Host) -> int:
    """Makes one, after asking where something must be downloaded."""
    finder, borrower = finder_of(host), Borrower(host)
    if finder.settings.borrow_ipykernel == NEVER:
        raise consent.refusal(host)
    reading = _chosen(arguments.python, finder)
    why = borrower.needs_download(reading)
    question = f"{why} Download an ipykernel for Python {reading.minor}?"
    if why and asking.has_consent(question, yes=arguments.yes) is False:  # None: the command itself is the answer
        return could_not("Nothing was downloaded. Answer y, or give --yes, to have it prepared.")
    before = {each.folder for each in borrower.overlays()}
    folder = working.do(
        lambda report: borrower.build(reading, report, system=arguments.system), host, quiet=arguments.json
    )
    made = next(each for each in borrower.overlays() if each.folder == folder)
    if arguments.json:
        print_json({"version": 1, "borrowed": made.as_json(), "new": folder not in before})
    else:
        state = "was there already" if folder in before else "is ready"
        print(f"ipykernel {made.ipykernel} for Python {made.python} {state}: {short(Path(folder), host)}")
    return 0


def show(arguments: argparse.Namespace, host: Host) -> int:
    """Lists all."""
    found = Borrower(host).overlays()
    if arguments.json:
        print_json({"version": 1, "borrowed": [each.as_json() for each in found]})
        return 0
    for line in _table(found, host):
        print(line)
    if not found:
        print("No ipykernel is borrowed. Prepare one with: jupyter envs borrow build")
    return 0


def remove(arguments: argparse.Namespace, host: Host) -> int:
    """Removes the person's own of a tag or a Python version, or all, or the machine's; none that a kernel runs on."""
    borrower, everybodys = Borrower(host), bool(arguments.system)
    found = borrower.overlays()
    mine = [each for each in found if each.system == everybodys]
    what = count(len(mine), "borrowed ipykernel")
    consent = bool(arguments.tag or not mine) or asking.has_consent(f"Remove {what}?", yes=arguments.yes)
    if consent is None:
        return could_not(f"Nothing was removed. Nobody can be asked here: give --yes to remove {what}.")
    if not consent:
        return could_not("Nothing was removed. Answer y, or give --yes, to remove them.")
    done = borrower.remove(arguments.tag, system=everybodys)
    if arguments.json:
        failed = [each.as_json() for each in done.failed]
        print_json({"version": 1, "removed": done.gone, "in_use": done.in_use, "failed": failed})
    else:
        for line in _removed(done, host):
            print(line)
        if not everybodys and len(mine) < len(found):
            print("There are some for everybody, which --system removes.")
    for folder in done.in_use:
        could_not(f"{short(Path(folder), host)} is still there: a kernel runs on it. Shut it down, then try again.")
    for each in done.failed:
        could_not(f"{each.message} {each.fix}")
    return 0 if done.complete else 1


def _removed(done: Removal, host: Host) -> Iterator[str]:
    yield from (f"Removed: {short(Path(folder), host)}" for folder in done.gone)
    if done == Removal():
        yield "There is nothing to remove."


def _chosen(text: str | None, finder: Finder) -> Reading:
    """The interpreter that a person means: their server's, one by its version or path, or an environment's."""
    if text is None:
        return choosing.servers_own(finder)
    if "." in text and choosing.VERSION.fullmatch(text):
        return choosing.of_version(text, finder)
    if Path(text).exists():
        with suppress(NotFound):  # a project's folder is an environment's name
            return choosing.of_path(Path(text), finder)
    return choosing.of_path(find(text, finder).prefix, finder)


def _table(found: Sequence[Borrowed], host: Host) -> Iterator[str]:
    head = ("PYTHON", "IPYKERNEL", "SIZE", "FROM", "IN USE", "TAG AND PLACE")
    rows = [
        (
            each.python or "?",
            each.ipykernel or "damaged",
            f"{each.size / _MEBI:.0f} MiB",
            _FROM.get(each.source or "", "?"),
            "yes" if each.in_use else "no",
            f"{each.tag}  {short(Path(each.folder), host)}",
        )
        for each in found
    ]
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]
    for row in [head, *rows] if rows else []:
        yield "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
