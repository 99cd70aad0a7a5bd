"""One job: its events, bounded and numbered, and what is told of it."""

from __future__ import annotations

import json
from pathlib import Path

from jupyter_envs.server.job import LINE_AT_MOST, Job, JobState, UnderWay


async def test_an_endless_line_is_cut() -> None:
    job = Job("x")
    job.line("a" * 1_000_000)
    (line,) = job.events_after(1)[1]
    assert json.loads(line)["text"] == "a" * LINE_AT_MOST


async def test_a_line_of_strange_characters_is_told() -> None:
    job = Job("x")
    job.line("\udcff \x1b[31m \u202e \0")
    (line,) = job.events_after(1)[1]
    assert json.loads(line)["text"] == "\udcff \x1b[31m \u202e \0"


async def test_it_tells_the_folder_that_it_makes() -> None:
    assert Job("create", "shop", Path("/shop/.venv")).as_json()["prefix"] == "/shop/.venv"
    assert Job("rescan").as_json()["prefix"] is None


async def test_a_fraction_never_goes_back_but_may_become_unknown() -> None:
    job, told = Job("x"), []
    for done in (0.1, 0.5, 0.3, None, 0.2):
        job.fraction(done)
        told.append(job.as_json()["fraction"])
    assert told == [0.1, 0.5, 0.5, None, 0.2]


async def test_who_listens_is_told_when_it_begins_and_when_it_has_ended() -> None:
    job, told = Job("x"), []
    job.on_state = lambda one: told.append(one.state)
    job.begin()
    job.phase("Working")
    job.end(JobState.DONE, "shop-1")
    assert told == [JobState.RUNNING, JobState.DONE]


async def test_it_has_started_when_it_begins_and_not_before() -> None:
    job = Job("x")
    assert (job.as_json()["started"], job.as_json()["ended"]) == (None, None)
    job.begin()
    assert isinstance(job.as_json()["started"], str)
    assert job.as_json()["ended"] is None
    never = Job("x")
    never.end(JobState.CANCELLED)
    assert never.as_json()["started"] is None
    assert isinstance(never.as_json()["ended"], str)


async def test_who_asks_for_the_same_is_told_which_job_is_in_the_way() -> None:
    job = Job("create", "shop", Path("/shop/.venv"))
    assert UnderWay(job).as_json() == {
        "message": "This environment is being made or changed by another job.",
        "reason": "occupied",
        "fix": "Wait until that has ended.",
        "job": job.id,
    }
