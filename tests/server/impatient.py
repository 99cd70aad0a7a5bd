"""A server extension for tests: clients count as gone after a second, and every look is soon."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jupyter_envs.server.watching import Pace

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp


def _load_jupyter_server_extension(app: ServerApp) -> None:
    """Called by jupyter_server when its web application stands; ours may be loaded later."""

    def hurry() -> None:
        app.web_app.settings["jupyter_envs"].watcher.pace = Pace(gone=1.0, look=0.3, rest=1.0)

    app.io_loop.add_callback(hurry)
