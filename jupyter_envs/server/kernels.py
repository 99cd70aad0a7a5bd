"""Starting and restarting kernels as jupyter_server answers it, but with the reason where one of ours must not start.

jupyter_server tells it for a session only: `POST /api/kernels` says "Unhandled error", and a restart, which is what
somebody does after an environment was deleted, "Exception restarting kernel".

Before anything is started here, some environments are known: jupyter_client asks for a kernel spec without awaiting it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler
from jupyter_server.services.kernels.handlers import (
    KernelActionHandler,
    MainKernelHandler,
    _kernel_action_regex,
    _kernel_id_regex,
)
from jupyter_server.services.sessions.handlers import SessionHandler, SessionRootHandler, _session_id_regex
from jupyter_server.utils import url_path_join
from tornado import web

from jupyter_envs.errors import EnvsError
from jupyter_envs.kernels.manager import EnvironmentKernelSpecManager

if TYPE_CHECKING:
    from types import TracebackType


class Explained(APIHandler):
    """An error of ours, or one that it is the cause of, is answered with what it says."""

    def log_exception(
        self, typ: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None
    ) -> None:
        """What is no defect is one line in the log."""
        ours = _ours(value)
        if ours is None:
            super().log_exception(typ, value, tb)
            return
        self.log.warning("jupyter_envs: %s", ours)

    def write_error(self, status_code: int, **kwargs: Any) -> None:  # noqa: ANN401 -- tornado's
        """Called by tornado with the exception that a method ended with."""
        ours = _ours((kwargs.get("exc_info") or (None, None))[1])
        if ours is None:
            super().write_error(status_code, **kwargs)
            return
        self.set_header("Content-Type", "application/json")
        _ = self.finish(json.dumps({"message": str(ours), "reason": None}))


class Start(Explained, MainKernelHandler):
    """`POST /api/kernels`."""

    @web.authenticated
    @authorized
    async def post(self) -> None:
        """Start a kernel."""
        await _know(self)
        await super().post()  # type: ignore[misc]  # tornado's, of a coroutine


class Action(Explained, KernelActionHandler):
    """`POST /api/kernels/<id>/restart`."""


class StartSession(SessionRootHandler):
    """`POST /api/sessions`."""

    @web.authenticated
    @authorized
    async def post(self) -> None:
        """Start a session, and its kernel."""
        await _know(self)
        await super().post()  # type: ignore[misc]  # tornado's, of a coroutine


class ChangeSession(SessionHandler):
    """`PATCH /api/sessions/<id>`."""

    @web.authenticated
    @authorized
    async def patch(self, session_id: str) -> None:
        """Change a session, which may give it another kernel."""
        await _know(self)
        await super().patch(session_id)  # type: ignore[misc]  # tornado's, of a coroutine


def kernel_routes(base_url: str) -> list[tuple[str, type[APIHandler]]]:
    """The addresses that are answered here instead."""
    kernels, sessions = (url_path_join(base_url, "api", name) for name in ("kernels", "sessions"))
    return [
        (kernels, Start),
        (f"{kernels}/{_kernel_id_regex}/{_kernel_action_regex}", Action),
        (sessions, StartSession),
        (f"{sessions}/{_session_id_regex}", ChangeSession),
    ]


async def _know(handler: APIHandler) -> None:
    """Waits, in the event loop's way, until a server that was just started knows something."""
    manager = handler.settings["kernel_spec_manager"]
    if isinstance(manager, EnvironmentKernelSpecManager):
        await manager.know()


def _ours(error: BaseException | None) -> EnvsError | None:
    """The error of ours that one is, or that was its cause."""
    return next((one for one in (error, error and error.__cause__) if isinstance(one, EnvsError)), None)
