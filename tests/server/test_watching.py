"""Looking while a client is connected, and never else."""

from __future__ import annotations

import asyncio
import json
import os
import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from jupyter_envs.catalogue import FRESH_FOR, Catalogue
from jupyter_envs.finder import Finder
from jupyter_envs.host import Host
from jupyter_envs.server.job import JobState
from jupyter_envs.server.jobs import JobRunner
from jupyter_envs.server.watching import Pace, Watcher
from jupyter_envs.settings import Settings
from jupyter_envs.snapshot import Snapshot
from tests.server.conftest import make_venv

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from jupyter_envs.server.job import Job
    from jupyter_envs.snapshot import Progress
    from tests.server.conftest import Client

QUICK = Pace(gone=0.3, look=0.02, far_look=0.2, rest=1.0, walk=1000.0, quiet_walk=2000.0)


class Counting(Catalogue):
    """A catalogue that counts how often is looked, and whose walks last until they are cancelled or let go."""

    looks = walks = rests = 0
    fails = False
    slow = False

    def refresh(self) -> Snapshot:
        self.looks += 1
        if self.fails:
            raise OSError("a defect of the disk")
        return super().refresh()

    def rescan(
        self, progress: Callable[[Progress], None] | None = None, cancelled: Callable[[], bool] = lambda: False
    ) -> Snapshot:
        self.walks += 1
        while self.slow and not cancelled():
            time.sleep(0.005)
        return super().rescan(progress, cancelled)

    def rest(self) -> None:
        self.rests += 1


@dataclass
class Watched:
    """A watcher with all that it is given."""

    catalogue: Counting
    jobs: JobRunner = field(default_factory=JobRunner)
    listens: bool = False
    pace: Pace = QUICK

    def __post_init__(self) -> None:
        self.watcher = Watcher(self.catalogue, self.jobs, lambda: self.listens, self.pace)

    async def until(self, is_so: Callable[[], bool], seconds: float = 10) -> None:
        async with asyncio.timeout(seconds):
            while not is_so():  # noqa: ASYNC110 -- nothing tells of it
                await asyncio.sleep(0.01)


def until_cancelled(job: Job) -> None:
    """Work without an end of its own."""
    job.cancel.wait(30)


@pytest.fixture
def catalogue(tmp_path: Path) -> Counting:
    return Counting(Finder(Host(home=tmp_path), Settings()))


async def test_it_looks_at_once_and_again_until_the_client_has_gone(catalogue: Counting) -> None:
    watched = Watched(catalogue)
    assert not watched.watcher.is_connected
    watched.watcher.asked()
    watched.watcher.asked()
    await watched.until(lambda: catalogue.rests == 1)
    assert 2 < catalogue.looks < 20
    looks = catalogue.looks
    await asyncio.sleep(0.2)
    assert catalogue.looks == looks
    watched.watcher.asked()
    await watched.until(lambda: catalogue.looks > looks)


async def test_a_followed_job_keeps_it_looking(catalogue: Counting) -> None:
    watched = Watched(catalogue)
    with watched.watcher.followed():
        await asyncio.sleep(0.5)
        assert watched.watcher.is_connected
        assert catalogue.rests == 0
    await watched.until(lambda: catalogue.rests == 1)


async def test_a_listener_keeps_it_looking(catalogue: Counting) -> None:
    watched = Watched(catalogue, listens=True)
    watched.watcher.asked()
    await asyncio.sleep(0.5)
    assert catalogue.rests == 0
    watched.listens = False
    await watched.until(lambda: catalogue.rests == 1)


async def test_behind_a_network_it_looks_less_often(catalogue: Counting) -> None:
    catalogue.is_far = True
    catalogue._still_holds = lambda: True  # type: ignore[method-assign]  # nothing else says what is far
    watched = Watched(catalogue, pace=replace(QUICK, gone=0.5))
    watched.watcher.asked()
    await watched.until(lambda: catalogue.rests == 1)
    assert 2 <= catalogue.looks <= 4


async def test_it_rests_longer_than_it_looks(catalogue: Counting) -> None:
    watched = Watched(catalogue, pace=replace(QUICK, rest=1e6, gone=0.2))
    watched.watcher._walked = time.monotonic()
    watched.watcher.asked()
    await asyncio.sleep(0.2)
    assert catalogue.looks == 1


async def test_a_look_that_fails_is_not_the_last(catalogue: Counting) -> None:
    catalogue.fails = True
    watched = Watched(catalogue)
    watched.watcher.asked()
    await watched.until(lambda: catalogue.looks > 2)
    assert catalogue.walks == 0
    catalogue.fails = False
    await watched.until(lambda: catalogue.walks == 1)


async def test_a_walk_is_done_once_and_again_when_it_is_old(catalogue: Counting) -> None:
    watched = Watched(catalogue, listens=True)
    watched.watcher.asked()
    await watched.until(lambda: catalogue.snapshot.complete)
    await asyncio.sleep(0.2)
    assert catalogue.walks == 1
    assert [job.kind for job in watched.jobs.all()] == ["rescan"]
    long_ago = datetime.now(UTC) - timedelta(seconds=1500)
    catalogue._snapshot = replace(catalogue.snapshot, scanned=long_ago)
    watched.watcher._walked = 0.0
    await asyncio.sleep(0.2)
    assert catalogue.walks == 1  # the one before brought nothing new
    catalogue._snapshot = replace(
        catalogue.snapshot, scanned=long_ago, environments=(*catalogue.snapshot.environments,)
    )
    watched.watcher._known_at_walk = None
    await watched.until(lambda: catalogue.walks == 2)
    watched.listens = False
    await watched.until(lambda: catalogue.rests == 1)


async def test_a_clock_that_jumped_back_makes_a_walk_old(catalogue: Counting) -> None:
    watched = Watched(catalogue)
    tomorrow = Snapshot(complete=True, scanned=datetime.now(UTC) + timedelta(days=1))
    assert watched.watcher._is_walk_due(tomorrow)
    assert not watched.watcher._is_walk_due(replace(tomorrow, scanned=datetime.now(UTC)))
    watched.watcher._walked = time.monotonic()
    assert not watched.watcher._is_walk_due(tomorrow)


async def test_a_walk_that_nobody_asked_for_ends_when_nobody_is_there(catalogue: Counting) -> None:
    catalogue.slow = True
    watched = Watched(catalogue)
    watched.watcher.asked()
    await watched.until(lambda: catalogue.rests == 1)
    assert [job.state for job in watched.jobs.all()] == [JobState.CANCELLED]
    catalogue.slow = False
    watched.watcher.asked()
    await watched.until(lambda: catalogue.snapshot.complete)
    await watched.until(lambda: catalogue.rests == 2)


async def test_a_job_that_somebody_asked_for_is_waited_for(catalogue: Counting) -> None:
    watched = Watched(catalogue)
    watched.jobs.start("create", until_cancelled)
    watched.watcher.asked()
    await asyncio.sleep(0.6)
    assert catalogue.rests == 0
    for job in watched.jobs.all():
        job.cancel.set()
    await watched.until(lambda: catalogue.rests == 1)


async def test_too_many_jobs_put_a_walk_off(catalogue: Counting) -> None:
    watched = Watched(catalogue)
    for _ in range(10):
        watched.jobs.start("x", until_cancelled)
    watched.watcher.asked()
    await watched.until(lambda: catalogue.looks > 2)
    for job in watched.jobs.all():
        job.cancel.set()
    assert catalogue.walks == 0
    await watched.until(lambda: catalogue.walks == 1)
    await watched.until(lambda: catalogue.rests == 1)


async def test_a_new_environment_in_a_known_project_is_there_with_the_next_look_of_which_there_is_one_a_second(
    client: Client,
    project: Path,
    jp_fetch: Callable[..., Awaitable[Any]],
    jp_serverapp: Any,  # noqa: ANN401 -- jupyter_server's
) -> None:
    await client.look()
    catalogue = jp_serverapp.web_app.settings["jupyter_envs"].catalogue
    prefix = make_venv(project / ".venv")
    assert FRESH_FOR <= 1
    for _ in range(2):  # one may have begun before
        await catalogue.look()
    _, answer = await client.ask("GET", "environments")
    found = [one for one in answer["environments"] if one["prefix"] == str(prefix)]
    specs = json.loads((await jp_fetch("api", "kernelspecs")).body)["kernelspecs"]
    assert specs.keys() >= {"python3", "project-env"}
    assert (found[0]["id"] in specs) == (found[0]["kernel"] and found[0]["kernel_name"] == found[0]["id"])


async def test_nothing_is_looked_at_before_somebody_asks(
    jp_serverapp: Any,  # noqa: ANN401
    jp_fetch: Callable[..., Awaitable[Any]],
) -> None:
    services = jp_serverapp.web_app.settings["jupyter_envs"]
    await jp_fetch("api", "status")
    await asyncio.sleep(0.3)
    assert services.catalogue._link is None
    assert services.jobs.all() == []
    await jp_fetch("api", "kernelspecs")
    assert services.catalogue.is_filled
    assert services.watcher.is_connected
    if os.name == "posix":
        assert services.catalogue._link is not None
