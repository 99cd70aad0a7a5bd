"""Registering by itself, where the setting `register` asks for it: what was started, or all that is offered.

It is done in a thread, and never because of what a request asks for.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from jupyter_envs.server.threads import start

if TYPE_CHECKING:
    from collections.abc import Callable
    from logging import Logger

    from jupyter_envs.catalogue import Known
    from jupyter_envs.environment import Environment
    from jupyter_envs.kernels.registering import Registry
    from jupyter_envs.snapshot import Snapshot

KERNEL_ACTIONS = "https://events.jupyter.org/jupyter_server/kernel_actions/v1"


class Registrar:
    """Writes kernel specs one after the other, in a thread that ends when nothing is left to do.

    What cannot be written is one line in the log, said once.
    """

    def __init__(self, catalogue: Known, log: Logger) -> None:
        self._catalogue = catalogue
        self._log = log
        self._lock = threading.Lock()
        self._work: dict[str, Callable[[Registry], None]] = {}
        self._is_working = False
        self._offered: object = None
        self._said: set[str] = set()

    async def started(self, logger: object, schema_id: str, data: dict[str, Any]) -> None:  # noqa: ARG002 -- its signature
        """A kernel was started. Called by jupyter_server's event system, in the event loop."""
        if data.get("action") != "start" or data.get("status") != "success":
            return
        environment = self._catalogue.snapshot.get(data.get("kernel_name", ""))
        if environment is not None:
            used = environment
            self._add(used.id, lambda registry: self._register(registry, [used]))

    def beside(self, told: Callable[[Snapshot], None]) -> Callable[[Snapshot], None]:
        """What tells of a change as before, and registers what is offered now."""

        def both(snapshot: Snapshot) -> None:
            told(snapshot)
            self.changed(snapshot)

        return both

    def changed(self, snapshot: Snapshot) -> None:
        """Something else may be offered now. Called in any thread."""
        offered = {(one.id, one.revision) for one in snapshot.environments if one.kernel}
        if offered != self._offered:
            self._offered = offered
            self._add("", lambda registry: self._all(registry, snapshot))

    def _add(self, key: str, work: Callable[[Registry], None]) -> None:
        """Do it soon; of what has the same key and waits still, only the last is done."""
        with self._lock:
            self._work[key] = work
            if self._is_working:
                return
            self._is_working = True
        start(self._go_on, "jupyter-envs registering")

    def _go_on(self) -> None:
        from jupyter_envs.kernels.registering import Registry  # the server's start need not wait for it

        registry = Registry(self._catalogue.host, self._catalogue.settings)
        while (work := self._next()) is not None:
            try:
                work(registry)
            except Exception as error:  # noqa: BLE001 -- the next one may go well
                self._say(f"{type(error).__name__}: {error}")

    def _next(self) -> Callable[[Registry], None] | None:
        with self._lock:
            if self._work:
                return self._work.pop(next(iter(self._work)))
            self._is_working = False
            return None

    def _all(self, registry: Registry, snapshot: Snapshot) -> None:
        for kernel in registry.stale():
            registry.take_back(kernel)
        self._register(registry, [one for one in snapshot.environments if one.kernel])

    def _register(self, registry: Registry, environments: list[Environment]) -> None:
        from jupyter_envs.errors import EnvsError
        from jupyter_envs.kernels.registering import without_others

        ids = {one.id for one in self._catalogue.snapshot.environments}
        for environment in without_others(environments, registry):
            try:
                registry.register(environment, ids=ids)
            except EnvsError as error:
                self._say(str(error))

    def _say(self, message: str) -> None:
        if message not in self._said:
            self._said.add(message)
            self._log.warning("jupyter_envs: an environment was not registered: %s", message)
