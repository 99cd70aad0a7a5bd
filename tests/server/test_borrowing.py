"""Borrowed ipykernels over REST: prepared as jobs, on request or for a kernel's start, and listed."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest

from jupyter_envs.borrowing import index_made
from jupyter_envs.errors import EnvsError, ToolFailed
from jupyter_envs.host import Host
from jupyter_envs.overlay import lending, store
from jupyter_envs.server import borrowing
from jupyter_envs.server.borrowing import Preparer
from jupyter_envs.server.jobs import QUEUED_AT_MOST, RUNNING_AT_MOST, JobRunner
from tests.borrowing.packages import make_index
from tests.real.outside import interpreters
from tests.server.conftest import make_venv
from tests.server.test_jobs import ended

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from tornado.httpclient import HTTPResponse

    from jupyter_envs.pyvenv import Reading
    from tests.real.outside import Interpreter
    from tests.server.conftest import Client

pytestmark = pytest.mark.skipif(os.name == "nt", reason="nothing is borrowed on Windows")

NEVER = (
    "The setting 'borrow_ipykernel' is 'never' in this server's configuration, so nothing is borrowed. "
    "Set JupyterEnvs.borrow_ipykernel to 'ask' or 'always' there."
)
OWN = f"{sys.version_info[0]}.{sys.version_info[1]}"


@pytest.fixture
def shop(jp_root_dir: Path) -> Path:
    """An environment without ipykernel on the server's own Python."""
    return make_venv(jp_root_dir / "shop" / ".venv")


@pytest.fixture
def other(jp_root_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A version of Python that is not the server's, pinned in a folder of small wheels that pip is set to."""
    minor = "{}.{}".format(*another().minor)
    make_index(tmp_path / "wheels", tmp_path / "locks", minor=minor)
    monkeypatch.setattr(index_made, "LOCKS", tmp_path / "locks")
    told = {"PIP_FIND_LINKS": tmp_path / "wheels", "PIP_NO_INDEX": "1", "UV_CACHE_DIR": tmp_path / "cache"}
    for name, value in told.items():  # before the server starts, which reads them then
        monkeypatch.setenv(name, str(value))
    return minor


def another() -> Interpreter:
    """A Python that is not the server's and can borrow."""
    found = [one for one in interpreters().found if one.minor >= store.OLDEST and one.minor != sys.version_info[:2]]
    if not found:
        pytest.skip("needs a second Python")
    return found[-1]


async def listed(client: Client) -> dict[str, Any]:
    await client.look()
    _, answer = await client.ask("GET", "environments")
    return next(one for one in answer["environments"] if one["name"] == "shop")


async def test_one_is_prepared_for_an_environment_and_then_told(client: Client, shop: Path) -> None:
    before = await listed(client)
    assert (before["state"], before["borrowed"]) == ("needs-ipykernel", None)
    code, answer = await client.ask("POST", "borrowed", {"environment": before["id"]})
    assert (code, answer["job"]["kind"]) == (202, "borrow")
    job, _ = await client.follow(answer["job"])
    assert (job["state"], job["error"], job["environment"]) == ("done", None, before["id"])
    _, answer = await client.ask("GET", "borrowed")
    assert [(one["python"], one["in_use"]) for one in answer["borrowed"]] == [(OWN, False)]
    _, answer = await client.ask("GET", f"environments/{before['id']}")
    assert answer["environment"]["borrowed"] is not None


async def test_one_is_prepared_for_a_version_and_its_phases_are_told(other: str, client: Client) -> None:
    code, answer = await client.ask("POST", "borrowed", {"python": other})
    assert code == 202
    job, events = await client.follow(answer["job"])
    assert job["state"] == "done", job["error"]
    phases = [event["job"]["phase"] for event in events if event["kind"] == "state"]
    assert f"Preparing an ipykernel for Python {other}" in phases
    assert any(event["kind"] == "output" for event in events)


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        ({}, 400, "either an environment or a Python"),
        ({"environment": "x", "python": "3.12"}, 400, "either an environment or a Python"),
        ({"python": 3}, 400, "wrong kind"),
        ({"python": "3.99"}, 404, "no Python 3.99"),
        ({"python": "3.99t"}, 404, "no Python 3.99t"),
        ({"python": "banana"}, 400, "'banana' is no version of Python. Send one such as 3.12, or 3.13t"),
        ({"environment": "x-00000000"}, 404, "no such environment"),
    ],
)
async def test_what_makes_no_sense_is_refused(client: Client, body: object, code: int, message: str) -> None:
    answered, answer = await client.ask("POST", "borrowed", body)
    assert (answered, message in f"{answer['message']} {answer['fix']}") == (code, True), answer


async def test_for_a_python_that_none_can_be_borrowed_for_that_is_said(client: Client) -> None:
    old = [one for one in interpreters().found if one.minor < store.OLDEST]
    if not old:
        pytest.skip("needs a Python before 3.8")
    code, answer = await client.ask("POST", "borrowed", {"python": "{}.{}".format(*old[0].minor)})
    assert (code, "No ipykernel can be borrowed" in answer["message"]) == (403, True)


class TestWithoutConsent:
    @pytest.fixture
    def jp_server_config(self, jp_server_config: dict[str, Any]) -> dict[str, Any]:
        return {**jp_server_config, "JupyterEnvs": {"borrow_ipykernel": "never"}}

    async def test_nothing_is_prepared_where_borrowing_is_switched_off(self, client: Client) -> None:
        code, answer = await client.ask("POST", "borrowed", {"python": OWN})
        assert (code, f"{answer['message']} {answer['fix']}") == (403, NEVER)


class TestAlways:
    @pytest.fixture
    def jp_server_config(self, jp_server_config: dict[str, Any]) -> dict[str, Any]:
        return {**jp_server_config, "JupyterEnvs": {"borrow_ipykernel": "always"}}

    async def test_a_start_that_must_download_is_refused_and_a_job_prepares_it(
        self, other: str, client: Client, jp_root_dir: Path, jp_fetch: Callable[..., Awaitable[HTTPResponse]]
    ) -> None:
        found = another()
        prefix = jp_root_dir / "shop" / ".venv"
        (prefix / "bin").mkdir(parents=True)
        (prefix / "bin" / "python").symlink_to(found.executable)
        (prefix / "lib" / f"python{other}" / "site-packages").mkdir(parents=True)
        home = found.executable.resolve().parent
        (prefix / "pyvenv.cfg").write_text(
            f"home = {home}\ninclude-system-site-packages = false\nversion = {other}.1\n"
        )
        name = (await listed(client))["id"]
        session = {"path": "a.ipynb", "name": "", "type": "notebook", "kernel": {"name": name}}
        response = await jp_fetch("api", "sessions", method="POST", body=json.dumps(session), raise_error=False)
        assert response.code == 500
        assert f"An ipykernel for Python {other} is being prepared" in response.body.decode()
        _, answer = await client.ask("GET", "jobs")
        job = next(one for one in answer["jobs"] if one["kind"] == "borrow")
        job, _ = await client.follow(job)
        assert job["state"] == "done", job["error"]
        assert (await listed(client))["borrowed"] == "7.4.0"


class Refreshed:
    """A catalogue as far as preparing needs one."""

    def __init__(self) -> None:
        self.host = Host.current()
        self.refreshes = 0

    def refresh(self) -> None:
        self.refreshes += 1


def reading() -> Reading:
    own = lending.own_reading(Host.current())
    assert own is not None
    return own


async def test_why_a_job_failed_is_told_once_and_then_it_is_tried_again(home: Path) -> None:
    jobs, known = JobRunner(), Refreshed()
    preparer = Preparer(jobs, known, asyncio.get_running_loop())  # type: ignore[arg-type]  # as much as it needs

    def fail(*_: object) -> str:
        raise ToolFailed("no network", "Mend it.")

    preparer._make = fail  # type: ignore[assignment, method-assign]  # a tool that fails
    assert await asyncio.to_thread(preparer.prepare, reading()) is None
    await ended(jobs.all()[0])
    failure = await asyncio.to_thread(preparer.prepare, reading())
    assert isinstance(failure, ToolFailed)
    assert await asyncio.to_thread(preparer.prepare, reading()) is None
    assert len(jobs.all()) == 2


async def test_the_event_loop_never_looks_at_the_disk_for_what_is_to_be_made(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder of an interpreter may lie on a disk that does not answer."""
    preparer = Preparer(JobRunner(), Refreshed(), asyncio.get_running_loop())  # type: ignore[arg-type]  # as above
    preparer._make = lambda *_: None  # type: ignore[method-assign]  # nothing is to be made
    looked: list[threading.Thread] = []
    tag = store.tag

    def noted(reading: Reading) -> str | None:
        looked.append(threading.current_thread())
        return tag(reading)

    monkeypatch.setattr(store, "tag", noted)
    wanted = await asyncio.to_thread(reading)
    assert await asyncio.to_thread(preparer.prepare, wanted) is None
    assert looked
    assert threading.main_thread() not in looked


async def test_an_event_loop_that_is_busy_is_not_waited_for_without_an_end(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(borrowing, "_SECONDS", 0.1)
    jobs = JobRunner()
    preparer = Preparer(jobs, Refreshed(), asyncio.get_running_loop())  # type: ignore[arg-type]  # as above
    preparer._make = lambda *_: None  # type: ignore[method-assign]  # nothing is to be made
    wanted, answers = reading(), list[object]()
    thread = threading.Thread(target=lambda: answers.append(preparer.prepare(wanted)))
    thread.start()
    thread.join(10)  # in the event loop, which is busy so
    assert answers == [None]
    await asyncio.sleep(0.1)
    assert len(jobs.all()) == 1


async def test_one_job_for_each_kind_of_interpreter_and_a_full_queue_is_told(home: Path) -> None:
    jobs, known, gate = JobRunner(), Refreshed(), asyncio.Event()
    loop = asyncio.get_running_loop()
    preparer = Preparer(jobs, known, loop)  # type: ignore[arg-type]  # as above

    def wait(*_: object) -> str | None:
        asyncio.run_coroutine_threadsafe(gate.wait(), loop).result(30)
        return None

    preparer._make = wait  # type: ignore[assignment, method-assign]  # one that takes long
    assert preparer.start(reading(), "a tag") is preparer.start(reading(), "a tag")
    for _ in range(RUNNING_AT_MOST + QUEUED_AT_MOST - 1):
        jobs.start("x", wait)
    other = reading()
    other.minor = "3.8"
    failure = await asyncio.to_thread(preparer.prepare, other)
    assert isinstance(failure, EnvsError)
    assert "Too many jobs" in failure.message
    gate.set()
    for job in jobs.all():
        await ended(job)
