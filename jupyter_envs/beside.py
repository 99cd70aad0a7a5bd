"""The environments that a server knows, read by a child process: nothing that it reads holds the server up.

The child (`looker.py`) is started with the first question, and ended by `rest`; the next question starts another.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import queue
import sys
import threading
import time
from concurrent.futures import Future
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_envs import index_key, passing
from jupyter_envs.catalogue import Known
from jupyter_envs.environment import Environment
from jupyter_envs.errors import ToolFailed
from jupyter_envs.snapshot import Progress, Snapshot, Walked

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from jupyter_envs.host import Host
    from jupyter_envs.projects import Resolution
    from jupyter_envs.settings import Settings

_START = (
    "import json, sys; told = json.loads(sys.stdin.buffer.readline()); "
    "sys.path += [path for path in told['path'] if path not in sys.path]; "
    "from jupyter_envs import looker; looker.main(told)"
)
"""What is installed beside this Python comes first, so that nothing in a folder of notebooks is ever imported."""
_PACKAGE = os.fspath(Path(__file__).parent.parent)
_TICK = 0.05
_LONG = 3600.0
_FIRST_SECONDS = 3.0
_NOTHING = Snapshot()


class CatalogueBeside(Known):
    """A catalogue that a child process keeps: what it tells is put together here."""

    def __init__(self, host: Host, settings: Settings) -> None:
        super().__init__(host, settings)
        self._snapshot = _NOTHING
        self._first: Future[None] = Future()
        self._link: _Link | None = None
        self._linking = threading.RLock()
        self._known: dict[str, Environment] = {}

    def refresh(self) -> Snapshot:
        """What is known, brought up to date; waits for the disk. Raises ToolFailed where the child cannot look."""
        self._order({"do": "refresh"})
        return self._snapshot

    def rescan(
        self, progress: Callable[[Progress], None] | None = None, cancelled: Callable[[], bool] = lambda: False
    ) -> Snapshot:
        """Walks all roots, as `Catalogue.rescan` does."""
        self._order({"do": "rescan"}, progress, cancelled)
        return self._snapshot

    def add(self, environment: Environment) -> Snapshot:
        """Takes in an environment that was just made."""
        self._order({"do": "add", "prefix": str(environment.prefix), "found_by": environment.found_by})
        return self._snapshot

    def resolve(self, path: Path) -> Resolution:
        """The environment that a notebook or folder gets. Raises ToolFailed where the child cannot look."""
        from jupyter_envs.projects import Resolution

        return Resolution.from_json(self._ask({"do": "resolve", "path": os.fspath(path)})["answer"])

    async def fresh(self, at_most: float = 0.5) -> Snapshot:
        """As `Catalogue.fresh`; while nothing is known at all, until something is, or for three seconds."""
        snapshot = await super().fresh(at_most)
        if snapshot is not _NOTHING:
            return snapshot
        ends: list[asyncio.Future[Any]] = [self.look(), asyncio.wrap_future(self._first)]
        await asyncio.wait(ends, timeout=_FIRST_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        return self._snapshot

    def rest(self) -> None:
        """Ends the child; what it told stays known."""
        with self._linking:
            link, self._link = self._link, None
        if link is not None:
            link.end()

    def _order(
        self,
        order: dict[str, object],
        progress: Callable[[Progress], None] | None = None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> None:
        self._ask(order, progress, cancelled)
        self._refreshed = time.monotonic()

    def _ask(
        self,
        order: dict[str, object],
        progress: Callable[[Progress], None] | None = None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> dict[str, Any]:
        done = self._linked().carry_out(order, progress, cancelled)
        self.is_far = done["far"]
        if done["error"]:
            raise ToolFailed(f"Looking for environments failed: {done['error']}.", "See the server's log.")
        return done

    def _linked(self) -> _Link:
        with self._linking:
            if self._link is None or self._link.has_ended:
                variables = index_key.needed(self.host.variables)
                described = passing.described(replace(self.host, variables=variables), self.settings)
                told = {"path": [*filter(os.path.isabs, sys.path), _PACKAGE], **described}
                self._link = _Link(told, variables, self._take_in)
            return self._link

    def _take_in(self, told: dict[str, Any]) -> None:
        """One thing that the child told, in the order in which it tells them."""
        if "environment" in told:
            environment = Environment.from_json(told["environment"])
            self._known[told["environment"]["prefix"]] = environment
            return
        environments = self._snapshot.environments
        if "prefixes" in told:
            known, self._known = self._known, {}
            self._known = {prefix: known[prefix] for prefix in told["prefixes"]}
            environments = self._as_before(tuple(self._known.values()))
        snapshot = Snapshot.from_json({**told["snapshot"], "environments": ()}, Walked(), None)
        scanned = told["snapshot"]["scanned"]
        self._set(replace(snapshot, environments=environments, scanned=scanned and datetime.fromisoformat(scanned)))
        if not self._first.done():
            self._first.set_result(None)

    def _as_before(self, environments: tuple[Environment, ...]) -> tuple[Environment, ...]:
        """The same object as before where nothing changed, as after a new child has told everything again."""
        before = self._snapshot.environments
        same = [one.as_found for one in before] == [one.as_found for one in environments]
        return before if same else environments


class _Link:
    """A child, and a thread that hears it."""

    def __init__(
        self, told: dict[str, object], variables: Mapping[str, str], take_in: Callable[[dict[str, Any]], None]
    ) -> None:
        from jupyter_envs import process  # in the thread that asks first

        self.has_ended = False
        self._child = process.Child([sys.executable, "-I", "-c", _START], _line(told), variables)
        self._take_in = take_in
        self._numbers = itertools.count(1)
        self._waiting: dict[int, queue.SimpleQueue[dict[str, Any]]] = {}
        threading.Thread(target=self._hear, name="jupyter-envs looker", daemon=True).start()

    def carry_out(
        self, order: dict[str, object], progress: Callable[[Progress], None] | None, cancelled: Callable[[], bool]
    ) -> dict[str, Any]:
        """How it ended, when it has."""
        number, is_cancelled = next(self._numbers), False
        answers = self._waiting[number] = queue.SimpleQueue()
        self._child.tell(_line({**order, "number": number}))
        try:
            while True:
                if not is_cancelled and cancelled():
                    is_cancelled = True
                    self._child.tell(_line({"number": number, "do": "cancel"}))
                if self.has_ended and answers.empty():
                    raise ToolFailed("The process that looks for environments has ended.", "Look again.")
                try:
                    answer = answers.get(timeout=_TICK)
                except queue.Empty:
                    continue
                if "done" in answer:
                    return answer
                if progress is not None:
                    progress(Progress(answer["folders"], answer["environments"], answer["where"]))
        finally:
            del self._waiting[number]

    def end(self) -> None:
        """End the child."""
        self._child.close_input()
        self._child.status()

    def _hear(self) -> None:
        try:
            while (lines := self._child.lines(_LONG)) is not None:
                for line in lines:
                    self._take(line)
        finally:
            self.has_ended = True
            self.end()

    def _take(self, line: bytes) -> None:
        if not line.startswith(b"{"):  # the words of a Python that fails
            return
        told = json.loads(line)
        if "number" in told:
            waiting = self._waiting.get(told["number"])
            if waiting is not None:
                waiting.put(told)
        else:
            self._take_in(told)


def _line(told: dict[str, object]) -> bytes:
    return json.dumps(told).encode("ascii") + b"\n"
