"""Kernel specs on disk: over REST, and by itself where the setting `register` asks for it, never in a request."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Protocol

from jupyter_server.auth.decorator import authorized
from tornado import web

from jupyter_envs.errors import EnvsError, NotFound
from jupyter_envs.server.base import EnvsHandler, known, told
from jupyter_envs.server.bodies import parse
from jupyter_envs.server.threads import start

if TYPE_CHECKING:
    from collections.abc import Callable
    from logging import Logger
    from pathlib import Path

    from jupyter_envs.catalogue import Known
    from jupyter_envs.environment import Environment
    from jupyter_envs.kernels.registering import Registry
    from jupyter_envs.kernels.spec_folder import Registered
    from jupyter_envs.snapshot import Snapshot

KERNEL_ACTIONS = "https://events.jupyter.org/jupyter_server/kernel_actions/v1"


class Kernels(Protocol):
    """The server's kernel manager: the running kernels by their ids."""

    def __contains__(self, kernel_id: str) -> bool: ...

    def get_kernel(self, kernel_id: str) -> Any:  # noqa: ANN401  # whichever kernel manager is configured
        """The manager of one kernel."""


class Registrar:
    """Writes kernel specs one after the other, in a thread that ends when nothing is left to do.

    What cannot be written is one line in the log, said once.
    """

    def __init__(self, catalogue: Known, log: Logger, kernels: Kernels | None = None) -> None:
        self._catalogue = catalogue
        self._kernels = kernels
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
        used = self._started(data.get("kernel_id", "")) or self._catalogue.snapshot.get(data.get("kernel_name", ""))
        if used is not None:
            self._add(used.id, lambda registry: self._register(registry, [used]))

    def _started(self, kernel_id: str) -> Environment | None:
        """The environment that our provisioner looked at, which `project-env` has found by its notebook's folder."""
        if self._kernels is None or kernel_id not in self._kernels:
            return None
        started: Environment | None = getattr(self._kernels.get_kernel(kernel_id).provisioner, "started", None)
        return started and (self._catalogue.snapshot.get(started.id) or started)

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
        from jupyter_envs.kernels.spec_folder import take_away

        for kernel in registry.stale():
            if not _is_surely_gone(kernel):
                continue
            try:
                take_away(kernel)
            except EnvsError as error:
                self._say(str(error))
        self._register(registry, [one for one in snapshot.environments if one.kernel])

    def _register(self, registry: Registry, environments: list[Environment]) -> None:
        ids = {one.id for one in self._catalogue.snapshot.environments}
        for _, came in registry.register_offered(environments, ids):
            if isinstance(came, EnvsError):
                self._say(str(came))

    def _say(self, message: str) -> None:
        if message not in self._said:
            self._said.add(message)
            self._log.warning("jupyter_envs: not all is registered as it should be: %s", message)


def _is_surely_gone(kernel: Registered) -> bool:
    """Whether nobody misses a kernel spec that does not start: it has the name that we gave, and no disk is away.

    A person's own name may stand in notebooks; whoever wants that removed says so (`unregister --stale`).
    """
    return kernel.name == kernel.mark.id and kernel.mark.prefix.parent.is_dir()


class Registration(EnvsHandler):
    """The kernel spec on disk of one environment, for other tools."""

    @web.authenticated
    @authorized
    @told
    async def post(self, identity: str) -> None:
        """Write it, or write it anew."""
        body: dict[str, Any] = parse(self.request.body, {"name": "text"})
        snapshot = await self.services.catalogue.fresh()
        environment, ids = known(snapshot, identity), {one.id for one in snapshot.environments}
        kernel = await self.services.threads.run(lambda: self._registry().register(environment, body.get("name"), ids))
        await self._answer(identity, {"kernel": kernel.as_json()})

    @web.authenticated
    @authorized
    @told
    async def delete(self, identity: str) -> None:
        """Take it back; what others put beside it is kept, and told."""
        parse(self.request.body, {})
        environment = known(await self.services.catalogue.fresh(), identity)
        kept = await self.services.threads.run(lambda: self._taken_back(environment))
        await self._answer(identity, {"kept": [str(path) for path in kept]})

    def _registry(self) -> Registry:
        from jupyter_envs.kernels.registering import Registry  # the server's start need not wait for it

        return Registry(self.services.catalogue.host, self.services.settings)

    def _taken_back(self, environment: Environment) -> list[Path]:
        from jupyter_envs.kernels.spec_folder import take_away

        kernel = self._registry().of(environment.prefix)
        if kernel is None:
            raise NotFound(f"{environment.display_name} is not registered.", "Nothing need be done.")
        return take_away(kernel)

    async def _answer(self, identity: str, done: dict[str, object]) -> None:
        snapshot = await self.services.threads.run(self.services.catalogue.refresh)
        told_of = self.services.telling.placed(known(snapshot, identity)).as_json()
        self.answer({"environment": told_of, **done})
