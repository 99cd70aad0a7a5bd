"""What all handlers share: permission, answers and errors as JSON, and nothing of an address in the log."""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from http import HTTPStatus
from http.client import responses
from typing import TYPE_CHECKING, Any

from jupyter_server.base.handlers import APIHandler
from tornado.web import HTTPError

from jupyter_envs.errors import EnvsError, NotFound, Occupied, Refused, ToolFailed
from jupyter_envs.server.bodies import Changed, TooLarge, Unconditional, check_size
from jupyter_envs.server.jobs import Busy
from jupyter_envs.server.threads import TooSlow

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine
    from types import TracebackType

    from jupyter_envs.catalogue import Known
    from jupyter_envs.creator import Creator
    from jupyter_envs.environment import Environment
    from jupyter_envs.server.borrowing import Preparer
    from jupyter_envs.server.jobs import JobRunner
    from jupyter_envs.server.making import Maker
    from jupyter_envs.server.places import Places
    from jupyter_envs.server.telling import Telling
    from jupyter_envs.server.threads import Threads
    from jupyter_envs.server.watching import Watcher
    from jupyter_envs.settings import Settings
    from jupyter_envs.snapshot import Snapshot

SERVICES = "jupyter_envs"
"""The key of the services among the web application's settings."""

_STATUSES: tuple[tuple[type[EnvsError], int], ...] = (
    (NotFound, 404),
    (Occupied, 409),
    (Changed, 412),
    (Unconditional, 428),
    (Busy, 429),
    (Refused, 403),
    (TooLarge, 413),
    (TooSlow, 503),
    (ToolFailed, 503),
    (EnvsError, 400),
)
"""The HTTP status of each error; the first that fits."""


def status_of(error: EnvsError) -> int:
    """The HTTP status that tells it."""
    return next(status for kind, status in _STATUSES if isinstance(error, kind))


@dataclass(frozen=True, slots=True)
class Services:
    """What one server has for its handlers."""

    settings: Settings
    catalogue: Known
    creator: Callable[[], Creator]
    """Loads all managers when it is called for the first time: in a thread."""
    jobs: JobRunner
    maker: Maker
    preparer: Preparer
    places: Places
    telling: Telling
    threads: Threads
    watcher: Watcher


class EnvsHandler(APIHandler):
    """A handler whose errors are JSON with what happened, a word for programs, and what to do."""

    auth_resource = "jupyter_envs"

    @property
    def services(self) -> Services:
        """The server's services."""
        services: Services = self.settings[SERVICES]
        return services

    def answer(self, content: dict[str, object], status: int = 200) -> None:
        """End the request with a JSON object."""
        self.set_status(status)
        _ = self.finish(json.dumps({"version": 1, **content}))

    def refuse(self, error: EnvsError) -> None:
        """End the request with an error."""
        self.set_status(status_of(error))
        _ = self.finish(json.dumps(error.as_json()))

    def write_error(self, status_code: int, **kwargs: Any) -> None:  # noqa: ANN401 -- tornado's signature
        """Whatever tornado or jupyter_server refused, in the same form as our own errors."""
        error = kwargs.get("exc_info", (None, None))[1]
        said = error.log_message if isinstance(error, HTTPError) else None
        message = (
            said or {500: "Something unexpected went wrong."}.get(status_code) or responses.get(status_code, "Error")
        )
        fix = {403: "Sign in again, or ask for the permission.", 500: "See the server's log, and report it."}
        if status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            message = f"This address does not answer {self.request.method}."
            methods = ", ".join(self._methods())
            self.set_header("Allow", methods)
            fix[405] = f"It answers {methods}."
        reason = responses.get(status_code, "error").lower().replace(" ", "-")
        _ = self.finish(json.dumps({"message": message, "reason": reason, "fix": fix.get(status_code, "")}))

    def _methods(self) -> list[str]:
        """Those that this address answers."""
        return [name.upper() for name in ("get", "post", "delete") if name in vars(type(self))] + ["OPTIONS"]

    def log_exception(
        self,
        typ: type[BaseException] | None,  # noqa: ARG002 -- tornado's signature
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        """A defect in the log, without the request's address, which may hold a token."""
        if isinstance(value, HTTPError):
            self.log.debug("jupyter_envs: %s answered %d", type(self).__name__, value.status_code)
        elif value is not None:
            self.log.error("jupyter_envs: %s failed", type(self).__name__, exc_info=(type(value), value, tb))


def told(method: Callable[..., Awaitable[None]]) -> Callable[..., Coroutine[Any, Any, None]]:
    """A handler's method whose own errors become answers. Whoever may call it counts as a client that is there."""

    @functools.wraps(method)
    async def inner(self: EnvsHandler, *args: str) -> None:
        self.services.watcher.asked()
        if self.request.method not in {"GET", "HEAD"}:  # whoever may only look changes nothing
            self.services.maker.recover(self.log)
        try:
            check_size(self.request.body)
            await method(self, *args)
        except EnvsError as error:
            self.refuse(error)

    return inner


def known(snapshot: Snapshot, identity: str) -> Environment:
    """The environment with that id; raises NotFound."""
    found = snapshot.get(identity)
    if found is None:
        raise NotFound("There is no such environment.", "Look for environments again, or choose another.")
    return found
