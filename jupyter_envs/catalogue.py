"""The environments that a server knows: held in memory, refreshed beside it, read without waiting."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from concurrent.futures import Future
from dataclasses import replace
from typing import TYPE_CHECKING

from jupyter_envs.managers.base import PROJECT_FILES, Sighting
from jupyter_envs.snapshot import Snapshot, Walked

if TYPE_CHECKING:
    from collections.abc import Callable

    from jupyter_envs.environment import Environment
    from jupyter_envs.finder import Finder
    from jupyter_envs.snapshot import Progress

_log = logging.getLogger(__name__)

FRESH_FOR = 1.0
"""How old the tools' own folders may be when somebody asks, in seconds."""


class Catalogue:
    """The newest snapshot of a finder. `snapshot` and `fresh` never wait for a disk; the other methods may."""

    def __init__(self, finder: Finder) -> None:
        self.finder = finder
        self._snapshot = Snapshot()
        self._reading = threading.Lock()
        self._starting = threading.Lock()
        self._under_way: Future[Snapshot] | None = None
        self._refreshed = -FRESH_FOR
        self._added: list[Walked] = []

    @property
    def snapshot(self) -> Snapshot:
        """What is known now."""
        return self._snapshot

    @property
    def is_filled(self) -> bool:
        """Whether anything was read yet."""
        return self._refreshed >= 0

    def refresh(self) -> Snapshot:
        """Lists the tools' own folders afresh and reads again what the last walk saw; waits for the disk."""
        with self._reading:
            return self._take(self.finder.refresh(self._snapshot.walked))

    def rescan(
        self, progress: Callable[[Progress], None] | None = None, cancelled: Callable[[], bool] = lambda: False
    ) -> Snapshot:
        """Walks all roots and takes what that finds; waits for the disk.

        What an interrupted walk missed is kept, and what was added while any walk was under way: it may have passed
        the place before.
        """
        before = len(self._added)
        found = self.finder.scan(progress=progress, cancelled=cancelled)
        with self._reading:
            walked = found.walked
            for kept in self._added[before:] if found.complete else [self._snapshot.walked]:
                walked = _merged(kept, walked)
            return self._take(self.finder.refresh(walked))

    def add(self, environment: Environment) -> Snapshot:
        """Takes in an environment that was just made, as if the last walk had seen it."""
        folder = environment.prefix.parent
        telling = frozenset(name for name in PROJECT_FILES if (folder / name).exists())
        added = Walked(((folder, telling),), (Sighting(environment.prefix, environment.found_by),))
        with self._reading:
            self._added.append(added)
            walked = self._snapshot.walked
            walked = replace(
                walked,
                projects=(*walked.projects, *added.projects),
                sightings=(*walked.sightings, *added.sightings),
            )
            return self._take(self.finder.refresh(walked))

    async def fresh(self, at_most: float = 0.5) -> Snapshot:
        """The snapshot, refreshed at most a second ago if that takes no longer than `at_most` seconds.

        A slow disk costs the caller no more than that: the refresh goes on beside, one at a time.
        """
        if time.monotonic() - self._refreshed > FRESH_FOR:
            await asyncio.wait([asyncio.wrap_future(self._refresh_beside())], timeout=at_most)
        return self._snapshot

    def _refresh_beside(self) -> Future[Snapshot]:
        with self._starting:
            if self._under_way is None or self._under_way.done():
                self._under_way = Future()
                threading.Thread(
                    target=self._run, args=(self._under_way,), name="jupyter-envs refresh", daemon=True
                ).start()
            return self._under_way

    def _run(self, future: Future[Snapshot]) -> None:
        try:
            future.set_result(self.refresh())
        except BaseException as error:  # noqa: BLE001  # whoever waits for the future is told
            _log.warning("jupyter_envs: looking for environments failed: %s: %s", type(error).__name__, error)
            future.set_exception(error)

    def _take(self, snapshot: Snapshot) -> Snapshot:
        self._snapshot = snapshot
        self._refreshed = time.monotonic()
        return snapshot


def _merged(old: Walked, new: Walked) -> Walked:
    """What a walk saw, and what was known beyond it."""
    return replace(
        new,
        projects=tuple(dict((*old.projects, *new.projects)).items()),
        sightings=tuple(dict.fromkeys((*old.sightings, *new.sightings))),
    )
