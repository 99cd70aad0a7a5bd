"""A real Jupyter server for each test, with the machine's own interpreters, tools and caches."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from jupyter_server.auth import Authorizer
from pytest_jupyter.jupyter_server import *  # noqa: F403 -- its fixtures and hooks, for these tests only

from jupyter_envs import server
from jupyter_envs.host import Host
from tests.folders import add_ipykernel, make_base, make_environment, site_of
from tests.server import described

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from pathlib import Path

    from tornado.httpclient import HTTPResponse

    from jupyter_envs.server.job import Job

REAL = Host.current()


class Permissions(Authorizer):
    """Lets people do what a test says, and remembers what they asked for."""

    actions: ClassVar[set[str]] = set()
    asked: ClassVar[list[tuple[str, str]]] = []

    def is_authorized(self, handler: Any, user: Any, action: str, resource: str) -> bool:  # noqa: ANN401 -- jupyter_server's
        self.asked.append((action, resource))
        return action in self.actions


class Client:
    """Asks the server and reads its JSON; an error is an answer like any other."""

    def __init__(self, fetch: Callable[..., Awaitable[HTTPResponse]]) -> None:
        self._fetch = fetch

    async def ask(self, method: str, path: str, body: object = None, **more: Any) -> tuple[int, Any]:  # noqa: ANN401
        response = await self.raw(method, path, body, **more)
        return response.code, json.loads(response.body) if response.body else None

    async def raw(self, method: str, path: str, body: object = None, **more: Any) -> HTTPResponse:  # noqa: ANN401
        """The answer; it is as the shipped document describes it, or the test fails."""
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body)
        is_defect = more.pop("is_defect", False)
        how = {"raise_error": False, "allow_nonstandard_methods": True, **more}
        response = await self._fetch("jupyter-envs", path, method=method, body=body, **how)
        if not (is_defect or more.get("streaming_callback")):
            described.check(method, path, response)
        return response

    async def follow(self, job: dict[str, Any], after: int = 0) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """A job when it has ended, and its events."""
        path = f"jobs/{job['id']}/events"
        response = await self.raw("GET", path, params={"after": str(after)}, request_timeout=120)
        events = [json.loads(line) for line in response.body.splitlines()]
        _, answer = await self.ask("GET", f"jobs/{job['id']}")
        return answer["job"], events

    async def look(self) -> None:
        """Wait until the server has looked everywhere."""
        _, answer = await self.ask("POST", "rescan")
        await self.follow(answer["job"])

    async def known(self, prefix: Path) -> dict[str, Any]:
        """An environment as the server knows it."""
        _, answer = await self.ask("GET", "environments")
        found: dict[str, Any] = next(one for one in answer["environments"] if one["prefix"] == str(prefix))
        return found

    async def found(self, prefix: Path) -> dict[str, Any]:
        """The same, after the server has looked everywhere."""
        await self.look()
        return await self.known(prefix)


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The home of a test and what is there for everybody are empty; interpreters and caches are still the machine's."""
    current = Host.current
    monkeypatch.setattr(Host, "current", lambda: replace(current(), system=tmp_path / "everybodys"))
    monkeypatch.setenv("PYENV_ROOT", str(REAL.expand(REAL.variable("PYENV_ROOT") or "~/.pyenv")))
    monkeypatch.setenv("UV_CACHE_DIR", str(REAL.expand(REAL.variable("UV_CACHE_DIR") or "~/.cache/uv")))


@pytest.fixture(autouse=True)
def nobody_left() -> Iterator[None]:
    """What looks for a test's servers ends with the test."""
    yield
    for linked in list(server._linked.values()):
        linked.catalogue.rest()


@pytest.fixture
def permissions() -> type[Permissions]:
    """Everything is allowed, until a test says otherwise."""
    Permissions.actions = {"read", "write", "execute"}
    Permissions.asked = []
    return Permissions


@pytest.fixture  # type: ignore[no-redef]  # it replaces pytest-jupyter's
def jp_server_config(permissions: type[Permissions]) -> dict[str, Any]:
    return {"ServerApp": {"jpserver_extensions": {"jupyter_envs": True}, "authorizer_class": permissions}}


@pytest.fixture
def project(jp_root_dir: Path) -> Path:
    """A project in the file browser."""
    folder = jp_root_dir / "sub" / "proj"
    folder.mkdir(parents=True)
    (folder / "requirements.txt").write_text("")
    return folder


@pytest.fixture
def made(project: Path, tmp_path: Path) -> Path:
    """A ready environment."""
    prefix = make_environment(project / ".venv", make_base(tmp_path.resolve() / "opt" / "python-3.12"))
    add_ipykernel(site_of(prefix))
    return prefix


@pytest.fixture
def away(jp_root_dir: Path, tmp_path: Path) -> Path:
    """A link in the file browser that leads out of it."""
    link = jp_root_dir / "away"
    link.symlink_to(tmp_path)
    return link


def make_venv(prefix: Path) -> Path:
    """An environment that somebody made beforehand."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(prefix)], check=True)
    return prefix


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def kernels_at_the_end(jp_serverapp: Any) -> dict[str, bool]:  # noqa: ANN401 -- jupyter_server's
    """By the id of each job that is done: whether its environment was known as a kernel in that very moment."""
    services, found = jp_serverapp.web_app.settings["jupyter_envs"], {}
    announce = services.jobs.on_state

    def ended(job: Job) -> None:
        if job.has_ended and job.environment is not None:
            known = services.catalogue.snapshot.get(job.environment)
            found[job.id] = known is not None and known.kernel
        announce(job)

    services.jobs.on_state = ended
    return found


@pytest.fixture
def client(jp_fetch: Callable[..., Awaitable[HTTPResponse]]) -> Client:
    return Client(jp_fetch)
