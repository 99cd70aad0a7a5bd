"""The REST interface of jobs: looking for environments again, following a job, cancelling it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jupyter_server.auth.decorator import authorized
from tornado import web
from tornado.iostream import StreamClosedError

from jupyter_envs.errors import BadRequest
from jupyter_envs.server.base import EnvsHandler, told
from jupyter_envs.server.bodies import parse
from jupyter_envs.server.rescanning import rescan

if TYPE_CHECKING:
    from jupyter_envs.server import job as jobs

_DIGITS_AT_MOST = 15


class Rescan(EnvsHandler):
    """Looking for environments again."""

    @web.authenticated
    @authorized
    @told
    async def post(self) -> None:
        """A walk of all roots as a job; the one under way, where there is one."""
        parse(self.request.body, {})
        job = rescan(self.services.jobs, self.services.catalogue)
        self.answer({"job": job.as_json()}, 202)


class Jobs(EnvsHandler):
    """All jobs that are remembered."""

    @web.authenticated
    @authorized
    @told
    async def get(self) -> None:
        """The newest first."""
        self.answer({"jobs": [job.as_json() for job in self.services.jobs.all()]})


class Job(EnvsHandler):
    """One job."""

    @web.authenticated
    @authorized
    @told
    async def get(self, identity: str) -> None:
        """How it stands."""
        self.answer({"job": self.services.jobs.get(identity).as_json()})

    @web.authenticated
    @authorized
    @told
    async def delete(self, identity: str) -> None:
        """Cancel it; it ends a moment later and leaves nothing behind."""
        parse(self.request.body, {})
        job = self.services.jobs.get(identity)
        self.services.jobs.cancel(job)
        self.answer({"job": job.as_json()}, 202)


class JobEvents(EnvsHandler):
    """What happens in a job, as it happens."""

    _job: jobs.Job | None = None
    _gone = False

    @web.authenticated
    @authorized
    @told
    async def get(self, identity: str) -> None:
        """A line of JSON for each event after the number `after`; the answer ends with the job."""
        after = self._after()
        self._job = job = self.services.jobs.get(identity)
        self.set_header("Content-Type", "application/x-ndjson")
        self.set_header("X-Accel-Buffering", "no")  # a proxy that collects the answer would show it too late
        try:
            with self.services.watcher.followed():
                await self._stream(job, after)
        except StreamClosedError:  # the client went away
            return
        _ = self.finish(set_content_type="application/x-ndjson")

    def on_connection_close(self) -> None:
        """The client went away: stop waiting for news."""
        self._gone = True
        if self._job is not None:
            self._job.wake()

    async def _stream(self, job: jobs.Job, after: int) -> None:
        while not self._gone:
            news, ended = job.news, job.has_ended
            newest, lines = job.events_after(after)
            if lines:
                after = newest
                self.write(b"".join(lines))
                await self.flush()
            elif ended:
                return
            else:
                await news.wait()

    def _after(self) -> int:
        text = self.get_query_argument("after", "0")
        if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS_AT_MOST):
            raise BadRequest("'after' is not a number.", "Send the number of the last event that you have.")
        return int(text)
