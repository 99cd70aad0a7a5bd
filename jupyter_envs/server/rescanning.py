"""Looking for environments as a job: first in the tools' own folders, which is quick, then below the roots."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from jupyter_envs.errors import Cancelled

if TYPE_CHECKING:
    from jupyter_envs.catalogue import Known
    from jupyter_envs.server.job import Job
    from jupyter_envs.server.jobs import JobRunner
    from jupyter_envs.snapshot import Progress

KIND = "rescan"
SECONDS_BETWEEN_REPORTS = 0.5


def rescan(jobs: JobRunner, catalogue: Known) -> Job:
    """A walk of all roots, or the one that is under way. No time limit ends it: folders may be many."""
    walking = jobs.under_way(lambda job: job.kind == KIND)
    return walking or jobs.start(KIND, lambda job: _walk(job, catalogue), seconds=None)


def _walk(job: Job, catalogue: Known) -> None:
    reported = 0.0

    def progress(so_far: Progress) -> None:
        nonlocal reported
        if time.monotonic() - reported > SECONDS_BETWEEN_REPORTS:
            reported = time.monotonic()
            job.phase(f"Looking in your folders ({so_far.folders} so far, {so_far.environments} environments)")

    job.phase("Looking in the tools' own folders")
    catalogue.refresh()
    job.phase("Looking in your folders")
    catalogue.rescan(progress, job.cancel.is_set)
    if job.cancel.is_set():
        raise Cancelled("Looking for environments was cancelled; what was found until then is listed.")
