"""Telling through the server's event system that environments or jobs changed: their ids, and no path."""

from __future__ import annotations

import weakref
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_server.services.events.handlers import SubscribeWebsocket

from jupyter_envs.server.threads import call_in

if TYPE_CHECKING:
    import asyncio

    from jupyter_events import EventLogger

    from jupyter_envs.environment import Environment
    from jupyter_envs.server.job import Job
    from jupyter_envs.snapshot import Snapshot

SCHEMA = "https://schema.jupyter-envs.org/environments/v1"
IDS_AT_MOST = 100
"""How many ids an event names: the event system checks each in the event loop."""
_SCHEMA_FILE = Path(__file__).with_name("environments.yaml")


class Announcer:
    """Says what changed since it said something last. It does not keep a server alive that has ended."""

    def __init__(self, events: EventLogger, loop: asyncio.AbstractEventLoop) -> None:
        events.register_event_schema(_SCHEMA_FILE)
        self._events = weakref.ref(events)
        self._loop = loop
        self._told: tuple[Environment, ...] = ()
        self._is_complete = False

    def has_listeners(self) -> bool:
        """Whether a client listens to the server's events."""
        listeners = getattr(self._events(), "_modified_listeners", {}).get(SCHEMA, ())
        return any(isinstance(getattr(one, "__self__", None), SubscribeWebsocket) for one in listeners)

    def changed(self, snapshot: Snapshot) -> None:
        """Something is told now that was not told before. Called in any thread."""
        call_in(self._loop, lambda: self._tell(snapshot))

    def job(self, job: Job) -> None:
        """A job is there, has begun or has ended. Called in any thread."""
        told = {"id": job.id, "kind": job.kind, "state": job.state.value, "environment": job.environment}
        call_in(self._loop, lambda: self._emit([], [], job=told))

    def _tell(self, snapshot: Snapshot) -> None:
        before, self._told = self._told, snapshot.environments
        self._is_complete = snapshot.complete
        self._emit(*_differences(before, snapshot.environments))

    def _emit(self, changed: list[str], removed: list[str], **more: object) -> None:
        told = {"changed": changed[:IDS_AT_MOST], "removed": removed[:IDS_AT_MOST], "complete": self._is_complete}
        is_more = max(len(changed), len(removed)) > IDS_AT_MOST
        if events := self._events():
            events.emit(schema_id=SCHEMA, data={**told, "more": is_more, **more})


def _differences(before: tuple[Environment, ...], now: tuple[Environment, ...]) -> tuple[list[str], list[str]]:
    """The ids of what is new or changed, and of what is gone."""
    if before is now:
        return [], []
    known = {one.id: one.revision for one in before}
    present = {one.id for one in now}
    changed = [one.id for one in now if known.get(one.id) != one.revision]
    return changed, [identity for identity in known if identity not in present]
