"""Borrowed ipykernels in a server: made as jobs, on request or for a kernel's start, and listed."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

from jupyter_server.auth.decorator import authorized
from tornado import web

from jupyter_envs.errors import BadRequest, EnvsError, NotFound, Refused
from jupyter_envs.overlay import store
from jupyter_envs.server.base import EnvsHandler, told
from jupyter_envs.server.bodies import parse
from jupyter_envs.server.job import JobState
from jupyter_envs.settings import NEVER

if TYPE_CHECKING:
    from pathlib import Path

    from jupyter_envs.catalogue import Known
    from jupyter_envs.pyvenv import Reading
    from jupyter_envs.server.job import Job
    from jupyter_envs.server.jobs import JobRunner

KIND = "borrow"
_SECONDS = 10.0


class Preparer:
    """Makes ipykernels as jobs, one at a time for each kind of interpreter."""

    def __init__(self, jobs: JobRunner, catalogue: Known, loop: asyncio.AbstractEventLoop) -> None:
        self._jobs = jobs
        self._catalogue = catalogue
        self._loop = loop
        self._newest: dict[str, Job] = {}

    def start(self, reading: Reading, tag: str, environment: str | None = None) -> Job:
        """A job that makes one, or the one under way; called in the event loop. Raises Busy.

        `tag` is the reading's: telling it looks at the disk, which the event loop must not wait for.
        """
        job = self._newest.get(tag)
        if job is None or job.has_ended:
            job = self._newest[tag] = self._jobs.start(KIND, lambda job: self._make(reading, job, environment))
        return job

    def prepare(self, reading: Reading) -> EnvsError | None:
        """Sees to it that one is made for a kernel's start; in a thread. Why the last attempt failed, once, or None."""
        tag = str(store.tag(reading))
        try:
            return asyncio.run_coroutine_threadsafe(self._prepared(reading, tag), self._loop).result(_SECONDS)
        except EnvsError as error:  # too many jobs wait
            return error
        except TimeoutError:  # the event loop is busy, and will come to it
            return None

    async def _prepared(self, reading: Reading, tag: str) -> EnvsError | None:
        job = self._newest.get(tag)
        if job is not None and job.state is JobState.FAILED:
            del self._newest[tag]
            return job.error
        self.start(reading, tag)
        return None

    def _make(self, reading: Reading, job: Job, environment: str | None) -> str | None:
        """In the job's thread: the id of the environment that it was asked for, whose kernel can start from then on."""
        from jupyter_envs.borrowing import Borrower

        job.phase(f"Preparing an ipykernel for Python {reading.minor}")
        Borrower(self._catalogue.host).build(reading, job)
        self._catalogue.refresh()
        return environment


class BorrowedOnes(EnvsHandler):
    """All borrowed ipykernels; making one."""

    @web.authenticated
    @authorized
    @told
    async def get(self) -> None:
        """Those that are there."""
        found = await self.services.threads.run(self._overlays)
        self.answer({"borrowed": found})

    @web.authenticated
    @authorized
    @told
    async def post(self) -> None:
        """Make one for an environment, or for a version of Python: a job; the one under way, where there is one."""
        body = parse(self.request.body, {"environment": "text", "python": "text"})
        environment, python = body.get("environment"), body.get("python")
        if (environment is None) is (python is None):
            raise BadRequest("Send either an environment or a Python.", "Send its id, or a version such as 3.12.")
        if self.services.settings.borrow_ipykernel == NEVER:
            raise await self.services.threads.run(self._refusal)
        identity = None if environment is None else str(environment)
        prefix = await self._prefix(identity)
        reading, tag = await self.services.threads.run(lambda: self._chosen(prefix, str(python)))
        job = self.services.preparer.start(reading, tag, identity)
        self.answer({"job": job.as_json()}, 202)

    def _refusal(self) -> Refused:
        from jupyter_envs.borrowing import consent

        return consent.refusal(self.services.catalogue.host)

    async def _prefix(self, identity: str | None) -> Path | None:
        if identity is None:
            return None
        found = (await self.services.catalogue.fresh()).get(identity)
        if found is None:
            raise NotFound("There is no such environment.", "Look for environments again, or choose another.")
        return found.prefix

    def _chosen(self, prefix: Path | None, python: str) -> tuple[Reading, str]:
        """The interpreter that one is wanted for, and its tag."""
        from jupyter_envs.borrowing import choosing

        finder = self.services.catalogue.finder
        reading = choosing.of_version(python, finder) if prefix is None else choosing.of_path(prefix, finder)
        tag = store.tag(reading)
        if tag is None:
            what = os.fspath(prefix) if prefix else f"Python {python}"
            raise Refused(f"No ipykernel can be borrowed for {what}.", "Install one into the environment.")
        return reading, tag

    def _overlays(self) -> list[dict[str, object]]:
        from jupyter_envs.borrowing import Borrower

        return [each.as_json() for each in Borrower(self.services.catalogue.host).overlays()]
