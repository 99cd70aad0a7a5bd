"""A server extension that measures the server it is in: the longest gap of its event loop, and its memory."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tornado.web import RequestHandler

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp

BEAT = 0.001


class Heart:
    """Beats every millisecond; `longest` is the longest that a beat was late, in seconds."""

    def __init__(self, loop: Any) -> None:  # noqa: ANN401 -- tornado's loop
        self.longest = 0.0
        self._loop = loop
        self._due = 0.0

    def start(self) -> None:
        """Begin, in the loop."""
        self._due = time.perf_counter() + BEAT
        self._loop.call_later(BEAT, self._beat)

    def _beat(self) -> None:
        self.longest = max(self.longest, time.perf_counter() - self._due)
        self.start()


class Beat(RequestHandler):
    """`GET /heartbeat`: what was measured since it was asked last, and anew from then on."""

    def get(self) -> None:
        heart: Heart = self.settings["heart"]
        pages = Path("/proc/self/smaps_rollup").read_text(encoding="ascii").split("Rss:")[1].split()[0]
        self.write(json.dumps({"longest": heart.longest, "rss": int(pages) * 1024}))
        heart.longest = 0.0


def _load_jupyter_server_extension(app: ServerApp) -> None:
    """Called by jupyter_server when its web application stands."""
    heart = app.web_app.settings["heart"] = Heart(app.io_loop)
    app.io_loop.add_callback(heart.start)
    app.web_app.add_handlers(".*$", [(app.base_url + "heartbeat", Beat)])  # type: ignore[no-untyped-call]  # tornado's
