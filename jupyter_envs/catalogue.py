"""The environments that a server knows: held in memory, refreshed beside it, read without waiting."""

from __future__ import annotations

import asyncio
import functools
import logging
import os
import threading
import time
from concurrent.futures import Future, wait
from dataclasses import replace
from typing import TYPE_CHECKING

from jupyter_envs.index import holds
from jupyter_envs.looks import PROJECT_FILES
from jupyter_envs.snapshot import Snapshot, Walked

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from jupyter_envs.environment import Environment
    from jupyter_envs.finder import Finder
    from jupyter_envs.host import Host
    from jupyter_envs.index import Index
    from jupyter_envs.projects import Resolution
    from jupyter_envs.settings import Settings
    from jupyter_envs.snapshot import Progress

_log = logging.getLogger(__name__)

FRESH_FOR = 1.0
"""How old the tools' own folders may be when somebody asks, in seconds."""


class Known:
    """The newest snapshot of one person's environments. `snapshot` and `fresh` never wait for a disk; the rest may.

    `finder` is loaded with the first question that needs one, in the thread that asks it.
    """

    def __init__(self, host: Host, settings: Settings) -> None:
        self.host = host
        self.settings = settings
        self.on_asked: Callable[[], None] = _nothing
        """Called in the event loop whenever somebody asks for what is fresh."""
        self.on_change: Callable[[Snapshot], None] = _nothing
        """Called in any thread when something that is told of the environments changed."""
        self.is_far = False
        """Whether the home or a walked folder lies behind a network, as the last refresh saw it."""
        self._snapshot = Snapshot()
        self._starting = threading.Lock()
        self._under_way: Future[Snapshot] | None = None
        self._refreshed = -FRESH_FOR
        self._failure = ""

    @functools.cached_property
    def finder(self) -> Finder:
        """What finds them, also for questions of its own."""
        from jupyter_envs.finder import Finder  # a server's start need not wait for every manager

        return Finder(self.host, self.settings)

    @property
    def snapshot(self) -> Snapshot:
        """What is known now."""
        return self._snapshot

    @property
    def is_filled(self) -> bool:
        """Whether anything was read yet."""
        return self._refreshed >= 0

    def refresh(self) -> Snapshot:
        """What is known, brought up to date; waits for the disk."""
        raise NotImplementedError

    def rescan(
        self, progress: Callable[[Progress], None] | None = None, cancelled: Callable[[], bool] = lambda: False
    ) -> Snapshot:
        """Walks all roots and takes what that finds; waits for the disk."""
        raise NotImplementedError

    def add(self, environment: Environment) -> Snapshot:
        """Takes in an environment that was just made; waits for the disk."""
        raise NotImplementedError

    def resolve(self, path: Path) -> Resolution:
        """The environment that a notebook or folder gets; waits for the disk."""
        return self.finder.resolve(path)

    async def fresh(self, at_most: float = 0.5) -> Snapshot:
        """The snapshot, refreshed at most a second ago if that takes no longer than `at_most` seconds.

        A slow disk costs the caller no more than that: the refresh goes on beside, one at a time.
        """
        self.on_asked()
        if time.monotonic() - self._refreshed > FRESH_FOR:
            await asyncio.wait([self.look()], timeout=at_most)
        return self._snapshot

    def rest(self) -> None:
        """Lets go of what only looking needs; nobody will ask for a while."""

    def look(self) -> asyncio.Future[Snapshot]:
        """A refresh in a thread: the one under way, where there is one."""
        looked = asyncio.wrap_future(self._refresh_beside())
        looked.add_done_callback(lambda done: done.cancelled() or done.exception())  # it is in the log already
        return looked

    def wait_for_first(self, at_most: float) -> None:
        """Wait for a refresh in a thread, for so many seconds; for who must know something and cannot await it."""
        wait([self._refresh_beside()], at_most)

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
            self._failure = ""
        except BaseException as error:  # noqa: BLE001  # whoever waits for the future is told
            before, self._failure = self._failure, f"{type(error).__name__}: {error}"
            if self._failure != before:  # a server looks every two seconds
                _log.warning("jupyter_envs: looking for environments failed: %s", self._failure)
            future.set_exception(error)

    def _set(self, snapshot: Snapshot) -> None:
        before, self._snapshot = self._snapshot, snapshot
        if snapshot.environments is not before.environments or _walk_of(snapshot) != _walk_of(before):
            self.on_change(snapshot)


class Catalogue(Known):
    """What a finder of its own process finds, remembered in an index where there is one."""

    def __init__(self, finder: Finder, index: Callable[[], Index] | None = None) -> None:
        super().__init__(finder.host, finder.settings)
        self.finder = finder
        self._open_index = index
        self._reading = threading.Lock()
        self._added: list[Walked] = []

    @functools.cached_property
    def _index(self) -> Index | None:
        """Where all is remembered; finding the place asks the disk, so that waits until it is needed."""
        return self._open_index() if self._open_index else None

    def refresh(self) -> Snapshot:
        """What is known, brought up to date; waits for the disk.

        The first time it is taken from the index. Where nothing changed, the snapshot stays the same object.
        """
        with self._reading:
            walked = self._with_what_others_found()
            if self._still_holds() and walked is self._snapshot.walked:
                self._refreshed = time.monotonic()
                return self._snapshot
            return self._take(self.finder.refresh(walked, self._snapshot.environments))

    def rescan(
        self, progress: Callable[[Progress], None] | None = None, cancelled: Callable[[], bool] = lambda: False
    ) -> Snapshot:
        """Walks all roots and takes what that finds; waits for the disk.

        What an interrupted walk missed is kept, and what was added while any walk was under way: it may have passed
        the place before.
        """
        before = len(self._added)
        walked = self.finder.walk(progress=progress, cancelled=cancelled, kept=self._index)
        with self._reading:
            for kept in self._added[before:] if walked.complete else [self._snapshot.walked]:
                walked = walked.joined(kept)
            if walked.complete:
                del self._added[:before]  # the walk has seen those
            return self._take(self.finder.refresh(walked, self._snapshot.environments))

    def add(self, environment: Environment) -> Snapshot:
        """Takes in an environment that was just made, as if the last walk had seen it."""
        added = just_made(environment)
        with self._reading:
            self._added.append(added)
            walked = self._snapshot.walked.joined(added)
            return self._take(self.finder.refresh(walked, self._snapshot.environments))

    def _with_what_others_found(self) -> Walked:
        """The walk's result together with that of another server or a terminal, where one wrote the index."""
        others = self._index.changed() if self._index else None
        if others is None:
            return self._snapshot.walked
        if not self.is_filled:
            self._set(others.snapshot())
            return self._snapshot.walked
        joined = self._snapshot.walked.joined(others.walked())
        return self._snapshot.walked if joined == self._snapshot.walked else joined

    def _still_holds(self) -> bool:
        mounts = self.finder.memory.mounts()
        places = (self.finder.host.home, *self._snapshot.walked.roots)
        self.is_far = any(mounts.is_network(os.fspath(place)) for place in places)
        return holds(self._snapshot.rests, mounts)

    def _take(self, snapshot: Snapshot) -> Snapshot:
        if snapshot.environments == self._snapshot.environments:  # the same object tells that nothing is to be told
            snapshot = replace(snapshot, environments=self._snapshot.environments)
        self._set(snapshot)
        self._refreshed = time.monotonic()
        if self._index:
            self._index.save(snapshot)
        return snapshot


def _walk_of(snapshot: Snapshot) -> tuple[bool, bool]:
    """Whether a walk was done, and whether it came to its end."""
    return snapshot.complete, snapshot.scanned is not None


def _nothing(*_: object) -> None:
    """Nobody wants to know."""


def just_made(environment: Environment) -> Walked:
    """What a walk would have seen of an environment: its place, and its projects, which may be new to the last one."""
    from jupyter_envs.managers.base import Sighting

    folders = dict.fromkeys((environment.prefix.parent, *environment.projects))
    projects = ((folder, frozenset(name for name in PROJECT_FILES if (folder / name).exists())) for folder in folders)
    return Walked(tuple(projects), (Sighting(environment.prefix, environment.found_by),))
