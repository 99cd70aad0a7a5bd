"""Starting and restarting kernels as jupyter_server answers it, but with the reason where one of ours must not start.

jupyter_server tells it for a session only: `POST /api/kernels` says "Unhandled error", and a restart, which is what
somebody does after an environment was deleted, "Exception restarting kernel".
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from jupyter_server.base.handlers import APIHandler
from jupyter_server.services.kernels.handlers import (
    KernelActionHandler,
    MainKernelHandler,
    _kernel_action_regex,
    _kernel_id_regex,
)
from jupyter_server.utils import url_path_join

from jupyter_envs.errors import EnvsError

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


class Action(Explained, KernelActionHandler):
    """`POST /api/kernels/<id>/restart`."""


def kernel_routes(base_url: str) -> list[tuple[str, type[APIHandler]]]:
    """The addresses that are answered here instead."""
    kernels = url_path_join(base_url, "api", "kernels")
    return [(kernels, Start), (f"{kernels}/{_kernel_id_regex}/{_kernel_action_regex}", Action)]


def _ours(error: BaseException | None) -> EnvsError | None:
    """The error of ours that one is, or that was its cause."""
    return next((one for one in (error, error and error.__cause__) if isinstance(one, EnvsError)), None)
