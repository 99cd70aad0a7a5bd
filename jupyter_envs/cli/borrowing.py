"""The commands on borrowed ipykernels, made beforehand: borrow build, borrow list, borrow remove."""

from __future__ import annotations

import re
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_envs.borrowing import Borrowed, Borrower, choosing
from jupyter_envs.cli.looking import find, finder_of
from jupyter_envs.cli.saying import could_not, print_json, say
from jupyter_envs.errors import NotFound, Refused
from jupyter_envs.settings import NEVER
from jupyter_envs.terminal import count, short

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

    from jupyter_envs.finder import Finder
    from jupyter_envs.host import Host
    from jupyter_envs.pyvenv import Reading

_VERSION = re.compile(r"\d+(?:\.\d+){1,2}")
_YES = frozenset({"y", "yes"})
_MEBI = 1024 * 1024
_FROM = {"server": "the server's own", "index": "an index"}


@dataclass(frozen=True, slots=True)
class _Told:
    """Tells on standard error what is being done."""

    cancel: threading.Event = field(default_factory=threading.Event)

    def phase(self, text: str) -> None:
        say(f"{text} ...")

    def line(self, text: str) -> None:
        """What a tool says is told when it fails."""


def build(arguments: argparse.Namespace, host: Host) -> int:
    """Makes one, after asking where something must be downloaded."""
    finder, borrower = finder_of(host), Borrower(host)
    if finder.settings.borrow_ipykernel == NEVER:
        raise Refused("The setting 'borrow_ipykernel' forbids to borrow one.", "Ask whoever set it.")
    reading = _chosen(arguments.python, finder)
    why = borrower.needs_download(reading)
    if why and not arguments.yes and not _agreed(f"{why} Download an ipykernel for Python {reading.minor}?"):
        return could_not("Nothing was downloaded. Answer y, or give --yes, to have it prepared.")
    before = {each.folder for each in borrower.overlays()}
    folder = borrower.build(reading, _Told(), system=arguments.system)
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
    """Removes those of a tag or a Python version, or all, but for those that kernels run on."""
    borrower = Borrower(host)
    if arguments.tag is None and not arguments.yes:
        found = borrower.overlays()
        if found and not _agreed(f"Remove {count(len(found), 'borrowed ipykernel')}?"):
            return could_not("Nothing was removed. Answer y, or give --yes, to remove them.")
    gone, kept = borrower.remove(arguments.tag)
    if arguments.json:
        print_json({"version": 1, "removed": gone, "in_use": kept})
    else:
        for folder in gone:
            print(f"Removed: {short(Path(folder), host)}")
    for folder in kept:
        could_not(f"A kernel runs on {short(Path(folder), host)}. Shut it down, then try again.")
    return 1 if kept else 0


def _chosen(text: str | None, finder: Finder) -> Reading:
    """The interpreter that a person means: their server's, one by its version or path, or an environment's."""
    if text is None:
        return choosing.servers_own(finder)
    if _VERSION.fullmatch(text):
        return choosing.of_version(text, finder)
    if Path(text).exists():
        with suppress(NotFound):  # a project's folder is an environment's name
            return choosing.of_path(Path(text), finder)
    return choosing.of_path(find(text, finder).prefix, finder)


def _agreed(question: str) -> bool:
    """Whether the person says yes; where nobody can be asked, the command itself is the answer."""
    if not (sys.stdin and sys.stdin.isatty()):
        return True
    sys.stderr.write(f"{question} [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in _YES


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
