"""The program that looks for a server: it keeps a catalogue, and tells its server what changed in there.

A server that read a thousand environments itself would hold up everybody: the interpreter runs one thread at a time,
and looks for garbage among all that a server has. So `beside.py` starts this. Orders come on standard input and are
told about on standard output, each a line of JSON:

    {"number": 1, "do": "refresh"}           or "rescan", or "add" with "prefix" and "found_by"
    {"number": 1, "do": "resolve", ...}      the environment that the notebook or folder of a "path" gets
    {"number": 1, "do": "cancel"}            the rescan of that number ends soon

    {"environment": {...}}                   one that is new or different; told before the snapshot that holds it
    {"snapshot": {...}, "prefixes": [...]}   what is known now; without prefixes where the environments are the same
    {"number": 1, "folders": 10, ...}        how far a rescan has come
    {"number": 1, "done": true, ...}         an order was carried out, with its "answer", or what went wrong with it

It ends when its input does, so it never outlives its server.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_envs import passing
from jupyter_envs.catalogue import Catalogue
from jupyter_envs.finder import Finder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from jupyter_envs.snapshot import Progress, Snapshot

_NICE = 5


class Looker:
    """Carries out orders; `say` is given one line for each thing to tell."""

    def __init__(self, finder: Finder, say: Callable[[dict[str, object]], None]) -> None:
        self._catalogue = Catalogue(finder, finder.index)
        self._catalogue.on_change = self._tell
        self._asked = replace(finder)  # another one, because the catalogue reads at the same time
        self._say = say
        self._telling = threading.Lock()
        self._head: dict[str, object] = {}
        self._environments: object = None
        self._told: dict[Path, tuple[str, str]] = {}
        self._cancelled: set[int] = set()

    def carry_out(self, order: Mapping[str, Any]) -> None:
        """One order, whatever goes wrong with it."""
        number = order["number"]
        answer = error = None
        try:
            answer = self._do(order)
        except Exception as raised:  # noqa: BLE001 -- who gave the order is told
            error = f"{type(raised).__name__}: {raised}"
        ended = {"done": error is None, "error": error, "answer": answer, "far": self._catalogue.is_far}
        self._say({"number": number, **ended})

    def cancel(self, number: int) -> None:
        """Let a rescan end."""
        self._cancelled.add(number)

    def _do(self, order: Mapping[str, Any]) -> dict[str, object] | None:
        if order["do"] == "resolve":
            return self._asked.resolve(Path(order["path"])).as_json()
        if order["do"] == "rescan":
            self._rescan(order["number"])
        elif order["do"] == "add":
            self._add(Path(order["prefix"]), order["found_by"])
        else:
            self._catalogue.refresh()
        self._tell()
        return None

    def _add(self, prefix: Path, found_by: str) -> None:
        environment = self._catalogue.finder.inspect(prefix, found_by)
        if environment is None:  # it is gone already
            self._catalogue.refresh()
        else:
            self._catalogue.add(environment)

    def _rescan(self, number: int) -> None:
        def progress(so_far: Progress) -> None:
            told = {"folders": so_far.folders, "environments": so_far.environments, "where": so_far.where}
            self._say({"number": number, **told})

        try:
            self._catalogue.rescan(progress, lambda: number in self._cancelled)
        finally:
            self._cancelled.discard(number)

    def _tell(self, _: object = None) -> None:
        """What is known now, as far as it differs from what was told before."""
        with self._telling:
            snapshot = self._catalogue.snapshot
            head = replace(snapshot, environments=()).as_json()
            same = snapshot.environments is self._environments
            if same and head == self._head:
                return
            self._head, self._environments = head, snapshot.environments
            self._say({"snapshot": head, **({} if same else {"prefixes": list(self._tell_each(snapshot))})})

    def _tell_each(self, snapshot: Snapshot) -> Iterable[str]:
        before, self._told = self._told, {one.prefix: one.as_found for one in snapshot.environments}
        for environment in snapshot.environments:
            if before.get(environment.prefix) != environment.as_found:
                self._say({"environment": environment.as_json()})
            yield str(environment.prefix)


def main(told: Mapping[str, Any]) -> None:
    """Follow orders until there are no more."""
    if hasattr(os, "nice"):
        os.nice(_NICE)
    looker = Looker(Finder(*passing.understood(told)), _say)
    for line in sys.stdin.buffer:
        order = json.loads(line)
        if order["do"] == "cancel":
            looker.cancel(order["number"])
        else:
            threading.Thread(target=looker.carry_out, args=(order,), daemon=True).start()
    os._exit(0)  # not even a thread that hangs in a dead mount holds it up


def _say(line: dict[str, object]) -> None:
    """In one piece, whichever thread it comes from."""
    with _SAYING:
        sys.stdout.buffer.write(json.dumps(line).encode("ascii") + b"\n")
        sys.stdout.buffer.flush()


_SAYING = threading.Lock()
