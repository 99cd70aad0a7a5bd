"""Jobs: two at a time, eight waiting, fifty remembered, and each followed line by line."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from jupyter_envs.catalogue import Catalogue
from jupyter_envs.errors import Cancelled, NotFound, Refused, ToolFailed
from jupyter_envs.finder import Finder
from jupyter_envs.host import Host
from jupyter_envs.server import rescanning
from jupyter_envs.server.job import EVENTS_AT_MOST, Job, JobState, UnderWay
from jupyter_envs.server.jobs import KEPT_AT_MOST, Busy, JobRunner
from jupyter_envs.server.threads import call_in
from jupyter_envs.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.server.conftest import Client


async def ended(job: Job, seconds: float = 10) -> Job:
    """The job, when it is over."""
    async with asyncio.timeout(seconds):
        while True:
            news = job.news
            if job.has_ended:
                return job
            await news.wait()


def until(gate: threading.Event) -> Callable[[Job], None]:
    """Work that lasts until a gate opens or it is cancelled."""

    def work(job: Job) -> None:
        while not gate.wait(0.005):
            if job.cancel.is_set():
                raise Cancelled("stopped")

    return work


def states(jobs: list[Job]) -> list[str]:
    return [job.state.value for job in jobs]


async def test_two_run_eight_wait_and_one_more_is_refused() -> None:
    runner, gate = JobRunner(), threading.Event()
    started = [runner.start("x", until(gate)) for _ in range(10)]
    assert states(started) == ["running"] * 2 + ["queued"] * 8
    with pytest.raises(Busy, match="Too many jobs"):
        runner.start("x", until(gate))
    gate.set()
    for job in started:
        await ended(job)
    assert states(started) == ["done"] * 10
    assert runner.all() == started[::-1]


async def test_a_waiting_job_is_cancelled_at_once_and_a_running_one_soon() -> None:
    runner, gate = JobRunner(), threading.Event()
    running, other, waiting = (runner.start("x", until(gate)) for _ in range(3))
    runner.cancel(waiting)
    assert waiting.state is JobState.CANCELLED
    runner.cancel(running)
    await ended(running)
    assert running.state is JobState.CANCELLED
    assert running.as_json()["error"] is None
    gate.set()
    await ended(other)
    assert other.state is JobState.DONE


async def test_what_goes_wrong_is_told() -> None:
    runner = JobRunner()

    def refused(job: Job) -> None:
        raise Refused("It may not be.", "Ask.")

    def broken(job: Job) -> None:
        raise ZeroDivisionError

    first, second = await ended(runner.start("x", refused)), await ended(runner.start("x", broken))
    assert first.as_json()["error"] == {"message": "It may not be.", "reason": "refused", "fix": "Ask."}
    error = second.as_json()["error"]
    assert isinstance(error, dict)
    assert error["message"] == "Something unexpected went wrong."
    assert states([first, second]) == ["failed", "failed"]


async def test_only_the_last_fifty_are_remembered() -> None:
    runner = JobRunner()
    made = [await ended(runner.start("x", lambda job: None)) for _ in range(KEPT_AT_MOST + 5)]
    assert len(runner.all()) == KEPT_AT_MOST
    assert runner.get(made[-1].id) is made[-1]
    with pytest.raises(NotFound, match="no such job"):
        runner.get(made[0].id)


async def test_there_is_one_job_per_environment_and_several_at_once_for_several() -> None:
    runner, gate = JobRunner(), threading.Event()
    first, second = (runner.start("x", until(gate), prefix=Path(name)) for name in ("/a", "/b"))
    waiting = runner.start("x", until(gate), prefix=Path("/c"))
    for job in (first, waiting):
        with pytest.raises(UnderWay) as raised:
            runner.start("y", until(gate), prefix=job.prefix)
        assert raised.value.job is job
    assert states([first, second, waiting]) == ["running", "running", "queued"]
    gate.set()
    for job in (first, second, waiting):
        await ended(job)
    assert (await ended(runner.start("y", until(gate), prefix=Path("/a")))).state is JobState.DONE


async def test_a_job_that_takes_too_long_is_ended_and_has_failed() -> None:
    runner, never = JobRunner(), threading.Event()
    job = await ended(runner.start("x", until(never), seconds=0.05))
    assert job.state is JobState.FAILED
    assert isinstance(job.error, ToolFailed)
    assert "was not done after 15 minutes" in job.error.message


async def test_a_job_that_is_done_in_time_is_not_ended_later() -> None:
    job = await ended(JobRunner().start("x", lambda job: None, seconds=0.05))
    await asyncio.sleep(0.1)
    assert (job.state, job.cancel.is_set()) == (JobState.DONE, False)


async def test_events_are_numbered_and_the_oldest_go_first() -> None:
    runner = JobRunner()

    def chatty(job: Job) -> str:
        for number in range(5000):
            job.line(f"{number} " + "x" * 100)
        return "made-12345678"

    job = await ended(runner.start("x", chatty))
    newest, lines = job.events_after(0)
    events = [json.loads(line) for line in lines]
    assert sum(map(len, lines)) <= EVENTS_AT_MOST
    assert [event["n"] for event in events] == list(range(newest - len(lines) + 1, newest + 1))
    assert events[-1]["job"]["environment"] == "made-12345678"
    assert job.events_after(newest)[1] == []


async def test_many_lines_wake_the_event_loop_only_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    woken = 0

    def counted(loop: Any, function: Any) -> None:  # noqa: ANN401
        nonlocal woken
        woken += 1
        call_in(loop, function)

    monkeypatch.setattr("jupyter_envs.server.job.call_in", counted)
    job = Job("x")
    await asyncio.sleep(0)
    for number in range(1000):
        job.line(str(number))
    assert woken <= 3


async def test_closing_ends_what_runs_and_waits_for_it() -> None:
    runner, cleared_up = JobRunner(), threading.Event()

    def work(job: Job) -> None:
        job.cancel.wait()
        time.sleep(0.1)
        cleared_up.set()

    runner.start("x", work)
    runner.close()
    assert cleared_up.is_set()


async def test_no_job_begins_once_it_is_closed() -> None:
    runner, began = JobRunner(), threading.Event()

    def work(job: Job) -> None:
        job.cancel.wait()

    for _ in range(2):
        runner.start("x", work)
    waiting = runner.start("x", lambda _: began.set())
    await asyncio.to_thread(runner.close)
    await asyncio.sleep(0.1)
    assert (waiting.state, began.is_set()) == (JobState.CANCELLED, False)
    with pytest.raises(Refused, match="ending"):
        runner.start("x", lambda job: None)


async def test_a_job_that_fails_after_it_was_cancelled_says_why() -> None:
    runner = JobRunner()

    def work(job: Job) -> None:
        job.cancel.wait()
        raise Refused("Something new lies there.", "Move it.")

    job, late = runner.start("x", work), runner.start("x", work, seconds=0.05)
    runner.cancel(job)
    for one in (await ended(job), await ended(late)):
        assert (one.state, str(one.error and one.error.message)) == (JobState.FAILED, "Something new lies there.")


async def test_a_job_outlives_a_loop_that_ended() -> None:
    gate = threading.Event()
    runners: list[tuple[JobRunner, Job]] = []

    async def other() -> None:
        runner = JobRunner()
        runners.append((runner, runner.start("x", until(gate))))

    await asyncio.to_thread(lambda: asyncio.run(other()))
    runner, job = runners[0]
    gate.set()
    for thread in list(runner._running.values()):
        thread.join(10)
    assert job.state is JobState.DONE


async def test_a_client_that_follows_sees_events_as_they_come(client: Client, jp_serverapp: Any) -> None:  # noqa: ANN401
    runner: JobRunner = jp_serverapp.web_app.settings["jupyter_envs"].jobs
    gates = [threading.Event() for _ in range(3)]

    def work(job: Job) -> None:
        for number, gate in enumerate(gates):
            gate.wait(10)
            job.line(f"line {number}")

    job = runner.start("x", work)
    chunks: asyncio.Queue[bytes] = asyncio.Queue()
    following = asyncio.ensure_future(client.raw("GET", f"jobs/{job.id}/events", streaming_callback=chunks.put_nowait))
    seen = b""
    for number, gate in enumerate(gates):
        gate.set()
        async with asyncio.timeout(10):
            while f"line {number}" not in seen.decode():
                seen += await chunks.get()
        assert f"line {number + 1}" not in seen.decode()
    response = await following
    assert response.headers["Content-Type"] == "application/x-ndjson"
    while not chunks.empty():
        seen += chunks.get_nowait()
    assert json.loads(seen.splitlines()[-1])["job"]["state"] == "done"


async def test_a_client_that_goes_away_is_forgotten_and_the_job_goes_on(
    client: Client,
    jp_serverapp: Any,  # noqa: ANN401
    jp_base_url: str,
    jp_auth_header: dict[str, str],
    http_server_client: Any,  # noqa: ANN401
) -> None:
    runner: JobRunner = jp_serverapp.web_app.settings["jupyter_envs"].jobs
    gate = threading.Event()
    job = runner.start("x", until(gate))
    reader, writer = await asyncio.open_connection("127.0.0.1", http_server_client.get_http_port())
    token = jp_auth_header["Authorization"]
    address = f"{jp_base_url}jupyter-envs/jobs/{job.id}/events"
    writer.write(f"GET {address} HTTP/1.1\r\nHost: localhost\r\nAuthorization: {token}\r\n\r\n".encode())
    assert b'"state": "running"' in await reader.readuntil(b'"running"')
    before = {task for task in asyncio.all_tasks() if "JobEvents" in repr(task)}
    writer.close()
    await writer.wait_closed()
    await asyncio.sleep(0.1)
    assert not before or all(task.done() for task in before)
    gate.set()
    assert (await ended(job)).state is JobState.DONE
    code, _ = await client.ask("GET", "jobs")
    assert code == 200


async def test_too_many_jobs_are_a_429(client: Client, jp_serverapp: Any) -> None:  # noqa: ANN401
    await client.look()
    runner: JobRunner = jp_serverapp.web_app.settings["jupyter_envs"].jobs
    gate = threading.Event()
    started = [runner.start("x", until(gate)) for _ in range(10)]
    code, answer = await client.ask("POST", "rescan")
    assert (code, answer["reason"]) == (429, "busy")
    gate.set()
    for job in started:
        await ended(job)


async def test_looking_around_can_be_cancelled(tmp_path: Path) -> None:
    catalogue = Catalogue(Finder(Host(home=tmp_path), Settings(roots=(str(tmp_path),))))
    job = Job("rescan")
    job.cancel.set()
    with pytest.raises(Cancelled, match="what was found until then is listed"):
        rescanning._walk(job, catalogue)
    assert not catalogue.snapshot.complete
    again = await ended(rescanning.rescan(JobRunner(), catalogue))
    assert (again.state, catalogue.snapshot.complete) == (JobState.DONE, True)
