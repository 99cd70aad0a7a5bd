"""A server extension that begins jobs which say a thousand lines a second and change their fraction as often."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING

from tornado.web import RequestHandler

from jupyter_envs.server import jobs

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp

    from jupyter_envs.server.job import Job

LINE = "Downloading wheel-of-some-package-1.2.3-py3-none-any.whl (12.3 MB)"
PAUSE = 0.02
LINES_AT_ONCE = 20
"""As a tool writes them: many, then a pause."""


class Chatter(RequestHandler):
    """`POST /chatter`: begins a job that talks for so many `seconds`."""

    def check_xsrf_cookie(self) -> None:
        """Nobody but the benchmark asks."""

    def post(self) -> None:
        seconds = json.loads(self.request.body)["seconds"]
        runner = self.settings["jupyter_envs"].jobs
        self.write(json.dumps({"id": runner.start("chatter", lambda job: _talk(job, seconds)).id}))


def _talk(job: Job, seconds: float) -> None:
    pause, steps = threading.Event(), int(seconds / PAUSE)
    for step in range(steps):
        for _ in range(LINES_AT_ONCE):
            job.line(LINE)
        job.fraction(step / steps)
        pause.wait(PAUSE)


def _load_jupyter_server_extension(app: ServerApp) -> None:
    """Called by jupyter_server when its web application stands; all of its jobs run at once."""
    jobs.RUNNING_AT_MOST = 100
    app.web_app.add_handlers(".*$", [(app.base_url + "chatter", Chatter)])  # type: ignore[no-untyped-call]  # tornado's
