"""Making, changing and removing environments as jobs: first all is decided, in a thread, then a job does it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from jupyter_envs import pins, unfinished
from jupyter_envs.errors import EnvsError, Occupied
from jupyter_envs.pins import Mark
from jupyter_envs.server.job import UnderWay
from jupyter_envs.server.threads import start

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from logging import Logger

    from jupyter_envs.catalogue import Known
    from jupyter_envs.creator import Creator, Work
    from jupyter_envs.environment import Environment
    from jupyter_envs.server.job import Job
    from jupyter_envs.server.jobs import JobRunner
    from jupyter_envs.server.threads import Threads

CREATE = "create"
RECOVERY_SECONDS = 60.0


class Maker:
    """Begins such jobs. Called in the event loop."""

    def __init__(self, catalogue: Known, creator: Callable[[], Creator], jobs: JobRunner, threads: Threads) -> None:
        self._catalogue = catalogue
        self._creator = creator
        self._jobs = jobs
        self._threads = threads
        self._recovers_from = 0.0

    async def make(
        self, decide: Callable[[Creator], Work], project_path: str | None = None, name: str | None = None
    ) -> Job:
        """A job that makes something, once it is clear that it can be made. Raises what `decide` raises.

        Where the place is taken by a job that makes the same, that one is named.
        """
        try:
            work = await self._decided(decide)
        except Occupied:
            making = self._jobs.under_way(lambda job: _makes(job, project_path, name))
            if making is not None:
                raise UnderWay(making) from None
            raise
        return self._jobs.start(work.kind, lambda job: self._do(work, job, None), project_path, prefix=work.prefix)

    async def change(self, decide: Callable[[Creator], Work], before: Environment) -> Job:
        """A job that changes or removes an environment, once it is clear that it can be done."""
        self._jobs.check_free(before.prefix)
        work = await self._decided(decide)
        done = before.project_path
        return self._jobs.start(work.kind, lambda job: self._do(work, job, before), done, prefix=before.prefix)

    def recover(self, log: Logger) -> None:
        """Sees to it, at most once a minute, that what was left is put right; in a thread of its own."""
        if (now := time.monotonic()) >= self._recovers_from:
            self._recovers_from = now + RECOVERY_SECONDS
            start(lambda: self._recover(log), "jupyter-envs recovering")

    def _recover(self, log: Logger) -> None:
        """One look at a folder where there is nothing to do; the creator is loaded where there is."""
        try:
            if unfinished.is_left(self._catalogue.host):
                for line in self._creator().recover():
                    log.warning("jupyter_envs: %s", line)
                self._catalogue.refresh()
        except Exception as error:  # noqa: BLE001 -- a thread has nobody above it to tell
            log.warning("jupyter_envs: what was left unfinished is not put right: %s", error)

    async def _decided(self, decide: Callable[[Creator], Work]) -> Work:
        return await self._threads.run(lambda: decide(self._creator()))

    def _do(self, work: Work, job: Job, before: Environment | None) -> str | None:
        """In the job's thread: the id of the environment that stands in the end, which is a kernel from then on."""
        environment = work.do(job)
        for step in self._afterwards(before, environment):
            try:
                step()
            except EnvsError as error:  # the environment is as it was asked for all the same
                job.warn(str(error))
        return None if environment is None else environment.id

    def _afterwards(self, before: Environment | None, after: Environment | None) -> Iterator[Callable[[], object]]:
        """What was said of the environment goes, or goes to the one in its place; the kernels are those that are."""
        if before is not None:
            yield lambda: self._move_kernel(before, after)
            for mark in Mark:
                if {Mark.PIN: before.pinned, Mark.HIDE: before.hidden}[mark]:
                    yield from self._moved(mark, before, after)
        if after is None:
            yield self._catalogue.refresh
        else:
            yield lambda: self._catalogue.add(after)

    def _moved(self, mark: Mark, before: Environment, after: Environment | None) -> Iterator[Callable[[], object]]:
        if after is not None and after.prefix == before.prefix:
            return
        host = self._catalogue.host
        yield lambda: pins.change(host, before.prefix, mark, on=False)
        if after is not None:
            yield lambda: pins.change(host, after.prefix, mark, on=True)

    def _move_kernel(self, before: Environment, after: Environment | None) -> None:
        """Takes a kernel spec of ours from the disk, or writes it anew for what stands in the place now."""
        from jupyter_envs.kernels.registering import Registry  # the server's start need not wait for it
        from jupyter_envs.kernels.spec_folder import take_away

        registry = Registry(self._catalogue.host, self._catalogue.settings)
        kernel = registry.of(before.prefix)
        if kernel is None:
            return
        if after is None or after.prefix != before.prefix:
            take_away(kernel)
        if after is not None:
            name = None if kernel.name == before.id else kernel.name
            registry.register(after, name, {one.id for one in self._catalogue.snapshot.environments})


def _makes(job: Job, project_path: str | None, name: str | None) -> bool:
    """Whether a job makes an environment for the same project and, as far as is known, of the same name."""
    if job.kind != CREATE or job.project_path != project_path or job.prefix is None:
        return False
    return name in {None, job.prefix.name}
