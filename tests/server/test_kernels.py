"""Starting and restarting kernels over jupyter_server's own addresses."""

from __future__ import annotations

import asyncio
import json
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest

from jupyter_envs import naming
from jupyter_envs.errors import LaunchRefused
from jupyter_envs.kernels import EnvironmentKernelSpecManager
from tests.folders import make_base, make_kernel_environment

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from jupyter_server.serverapp import ServerApp
    from tornado.httpclient import HTTPResponse

    from jupyter_envs.snapshot import Snapshot
    from tests.server.conftest import Client

    Fetch = Callable[..., Awaitable[HTTPResponse]]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs links")


async def post(fetch: Fetch, *path: str, **body: str) -> tuple[int, Any]:
    response = await fetch("api", "kernels", *path, method="POST", body=json.dumps(body), raise_error=False)
    return response.code, json.loads(response.body)


async def start_session(fetch: Fetch, name: str) -> tuple[int, Any]:
    body = {"path": "a.ipynb", "type": "notebook", "name": "", "kernel": {"name": name}}
    response = await fetch("api", "sessions", method="POST", body=json.dumps(body), raise_error=False)
    return response.code, json.loads(response.body)


@pytest.fixture
def broken(jp_root_dir: Path, tmp_path: Path) -> Path:
    """An environment whose interpreter is gone."""
    python = make_base(tmp_path / "opt" / "100% python", "3.12.1")
    prefix = make_kernel_environment(jp_root_dir / "shop" / ".venv", python)
    python.unlink()
    return prefix


@pytest.fixture
def central(jp_home_dir: Path, tmp_path: Path) -> str:
    """The name of such an environment in a tool's own folder, which no walk is needed for."""
    home, python = jp_home_dir.resolve(), make_base(tmp_path / "opt" / "python", "3.12.1")
    prefix = make_kernel_environment(home / ".virtualenvs" / "shop", python)
    python.unlink()
    return naming.environment_id(prefix, home)


async def name_of(prefix: Path, client: Client) -> str:
    """What the server calls the kernel of an environment, once it has looked."""
    await client.look()
    _, answer = await client.ask("GET", "environments")
    name: str = next(one["id"] for one in answer["environments"] if one["prefix"] == str(prefix))
    return name


async def test_a_kernel_that_must_not_start_says_why(
    broken: Path, client: Client, jp_fetch: Fetch, caplog: pytest.LogCaptureFixture
) -> None:
    code, answer = await post(jp_fetch, name=await name_of(broken, client))
    assert code == 500
    assert answer["message"].startswith("shop (venv, Python 3.12) cannot start. Its interpreter")
    assert "/100% python/" in answer["message"]
    assert "Make it again: python3 -m venv --clear" in answer["message"]
    assert "Uncaught exception" not in caplog.text


async def test_a_restart_that_an_error_of_ours_ends_says_why(
    jp_fetch: Fetch, jp_serverapp: ServerApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(_: str) -> None:
        raise LaunchRefused("It is 100% gone.", "Make it again.")

    monkeypatch.setattr(jp_serverapp.kernel_manager, "restart_kernel", refuse)
    code, answer = await post(jp_fetch, "a-b-c-d-e", "restart")
    assert (code, answer["message"]) == (500, "It is 100% gone. Make it again.")


async def test_what_is_no_error_of_ours_is_answered_as_ever(jp_fetch: Fetch) -> None:
    code, answer = await post(jp_fetch, name="nothing-1a2b3c4d")
    assert (code, answer["message"]) == (500, "Unhandled error")


async def test_a_kernel_starts_before_anybody_listed_kernels_and_holds_nobody_up(
    central: str, jp_fetch: Fetch, jp_serverapp: ServerApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That it must not start tells that it was found."""
    manager = jp_serverapp.kernel_spec_manager
    assert isinstance(manager, EnvironmentKernelSpecManager)
    refresh = manager.catalogue.refresh

    looking, others_went_on = threading.Event(), threading.Event()

    def slow() -> Snapshot:
        looking.set()
        others_went_on.wait()
        return refresh()

    monkeypatch.setattr(manager.catalogue, "refresh", slow)
    beating = asyncio.ensure_future(go_on(looking, others_went_on))
    answers = [await post(jp_fetch, name=central), await start_session(jp_fetch, central)]
    await beating
    assert all("cannot start" in answer["message"] for _, answer in answers), answers


async def go_on(looking: threading.Event, others_went_on: threading.Event) -> None:
    """What others do in the event loop meanwhile; the look ends after it only."""
    while not looking.is_set():  # noqa: ASYNC110 -- a thread tells it
        await asyncio.sleep(0.01)
    others_went_on.set()
