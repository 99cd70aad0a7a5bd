"""Kernel specs on disk over REST, and those that a server writes by itself because a setting asks for it."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import shutil
import subprocess
import threading
import time
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from jupyter_envs.catalogue import Known
from jupyter_envs.host import Host
from jupyter_envs.kernels.registering import Registry
from jupyter_envs.server.registering import KERNEL_ACTIONS, Registrar
from jupyter_envs.settings import Settings
from jupyter_envs.snapshot import Snapshot
from tests.folders import make_kernel_environment, scanned, site_of, write

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from tests.server.conftest import Client

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the folders are written for Unix")


def names() -> list[str]:
    """What is registered. (pytest-jupyter puts a kernel of its own beside.)"""
    return [kernel.name for kernel in Registry(Host.current(), Settings()).all()]


async def until(is_so: Callable[[], bool]) -> None:
    """Returns when it is so; pytest's own limit ends a test in which it never is."""
    while not is_so():  # noqa: ASYNC110 -- a thread does it
        await asyncio.sleep(0.05)


async def test_an_environment_is_registered_and_taken_back(client: Client, made: Path) -> None:
    shop = await client.found(made)
    code, answer = await client.ask("POST", f"environments/{shop['id']}/register", {})
    assert code == 200
    assert (answer["kernel"]["name"], answer["kernel"]["outlives"]) == (shop["id"], True)
    assert (answer["environment"]["kernel_name"], answer["environment"]["project_path"]) == (shop["id"], "sub/proj")
    assert names() == [shop["id"]]
    code, answer = await client.ask("DELETE", f"environments/{shop['id']}/register")
    assert (code, answer["kept"], names()) == (200, [], [])
    code, answer = await client.ask("DELETE", f"environments/{shop['id']}/register")
    assert (code, answer["reason"]) == (404, "not-found")


async def test_under_a_name_it_keeps_that_one_only(client: Client, made: Path) -> None:
    shop = await client.found(made)
    code, answer = await client.ask("POST", f"environments/{shop['id']}/register", {"name": "Mine"})
    assert (code, answer["environment"]["kernel_name"]) == (200, "mine")
    note = write(Registry(Host.current(), Settings()).folder / "mine" / "note.txt")
    code, answer = await client.ask("DELETE", f"environments/{shop['id']}/register")
    assert (answer["kept"], answer["environment"]["kernel_name"]) == ([str(note)], shop["id"])


async def test_what_makes_no_sense_is_refused(client: Client, made: Path) -> None:
    shop = await client.found(made)
    path = f"environments/{shop['id']}/register"
    for body, code, reason in (
        ({"name": "../x"}, 400, "bad-request"),
        ({"name": 3}, 400, "bad-request"),
        ({"path": "/"}, 400, "bad-request"),
        ({"name": "python3"}, 403, "refused"),
    ):
        assert await answered(client, path, body) == (code, reason)
    assert await answered(client, "environments/nothing-00000000/register", {}) == (404, "not-found")
    assert names() == []


async def answered(client: Client, path: str, body: object) -> tuple[int, str]:
    code, answer = await client.ask("POST", path, body)
    return code, answer["reason"]


class TestUsed:
    """What was started is registered."""

    @pytest.fixture
    def jp_argv(self) -> list[str]:
        return ["--JupyterEnvs.register=used"]

    async def test_when_its_kernel_has_started_and_not_when_it_was_looked_at(
        self,
        client: Client,
        made: Path,
        jp_serverapp: Any,  # noqa: ANN401
    ) -> None:
        shop = await client.found(made)
        assert names() == []
        told = {"action": "start", "status": "success", "kernel_id": "1", "kernel_name": shop["id"], "msg": ""}
        for other in ({"action": "restart"}, {"status": "error"}, {"kernel_name": "python3"}):
            jp_serverapp.event_logger.emit(schema_id=KERNEL_ACTIONS, data={**told, **other})
        await asyncio.sleep(0.5)
        assert names() == []
        jp_serverapp.event_logger.emit(schema_id=KERNEL_ACTIONS, data=told)
        await until(lambda: names() == [shop["id"]])

    async def test_jupyter_server_says_so_when_a_real_kernel_starts(
        self,
        client: Client,
        jp_fetch: Any,  # noqa: ANN401
        jp_root_dir: Path,
    ) -> None:
        prefix = real_environment(jp_root_dir / "real" / ".venv")
        real = await client.found(prefix)
        async with started(jp_fetch, name=real["id"]):
            await until(lambda: names() == [real["id"]])

    async def test_when_the_kernel_of_the_notebooks_folder_has_started_the_environment_that_it_chose_is(
        self,
        client: Client,
        jp_fetch: Any,  # noqa: ANN401
        jp_root_dir: Path,
    ) -> None:
        prefix = real_environment(jp_root_dir / "real" / ".venv")
        real = await client.found(prefix)
        write(jp_root_dir / "real" / "a.ipynb")
        async with started(jp_fetch, name="project-env", path="real/a.ipynb"):
            await until(lambda: names() == [real["id"]])

    async def test_not_one_that_borrows_its_ipykernel(
        self,
        client: Client,
        made: Path,
        jp_serverapp: Any,  # noqa: ANN401
    ) -> None:
        for left in site_of(made).glob("ipykernel*"):
            shutil.rmtree(left) if left.is_dir() else left.unlink()
        bare = await client.found(made)
        assert bare["kernel"] is True
        told = {"action": "start", "status": "success", "kernel_id": "1", "kernel_name": bare["id"], "msg": ""}
        jp_serverapp.event_logger.emit(schema_id=KERNEL_ACTIONS, data=told)
        await asyncio.sleep(0.5)
        assert names() == []


@asynccontextmanager
async def started(jp_fetch: Any, **body: str) -> AsyncIterator[None]:  # noqa: ANN401  # pytest-jupyter's own
    """A kernel that a person starts, and ends."""
    response = await jp_fetch("api", "kernels", method="POST", body=json.dumps(body))
    identity = json.loads(response.body)["id"]
    try:
        yield
    finally:
        await jp_fetch("api", "kernels", identity, method="DELETE")


def real_environment(prefix: Path) -> Path:
    from tests.real.outside import MissingError, interpreters, uv_run

    try:
        python = interpreters().default.executable
    except MissingError as missing:
        pytest.skip(str(missing))
    uv_run("venv", "--quiet", "--python", python, prefix)
    uv_run("pip", "install", "--quiet", "--python", prefix / "bin" / "python", "ipykernel")
    return prefix


class TestAll:
    """What is offered is registered."""

    @pytest.fixture
    def jp_argv(self) -> list[str]:
        return ["--JupyterEnvs.register=all"]

    async def test_after_it_was_found_and_gone_when_it_is_gone(self, client: Client, made: Path) -> None:
        shop = await client.found(made)
        await until(lambda: shop["id"] in names())
        shutil.rmtree(made)
        await client.look()
        await until(lambda: shop["id"] not in names())

    async def test_not_when_it_is_hidden(self, client: Client, made: Path) -> None:
        shop = await client.found(made)
        await until(lambda: shop["id"] in names())
        await client.ask("POST", f"environments/{shop['id']}/hide")
        await client.ask("DELETE", f"environments/{shop['id']}/register")
        await client.look()
        await asyncio.sleep(0.5)
        assert shop["id"] not in names()


class TestNever:
    async def test_by_default_nothing_is_written(self, client: Client, made: Path, jp_serverapp: Any) -> None:  # noqa: ANN401
        shop = await client.found(made)
        told = {"action": "start", "status": "success", "kernel_id": "1", "kernel_name": shop["id"], "msg": ""}
        jp_serverapp.event_logger.emit(schema_id=KERNEL_ACTIONS, data=told)
        await asyncio.sleep(0.5)
        assert names() == []


@pytest.fixture
def registrar(host: Host) -> Registrar:
    return Registrar(Known(host, Settings()), logging.getLogger("tests.registrar"))


def settle(registrar: Registrar) -> None:
    while registrar._is_working:
        time.sleep(0.01)


def test_a_failure_is_one_line_said_once(
    host: Host, home: Path, python: Path, registrar: Registrar, caplog: pytest.LogCaptureFixture
) -> None:
    make_kernel_environment(home / "shop" / ".venv", python)
    make_kernel_environment(home / "work" / ".venv", python)
    environments = tuple(scanned(host).values())
    shop = next(one for one in environments if one.name == "shop")
    write(Registry(host, Settings()).folder / shop.id / "kernel.json", "{")
    for _ in range(2):
        registrar.changed(Snapshot(tuple(replace(one, revision=f"{time.time()}") for one in environments)))
        settle(registrar)
    said = [record.getMessage() for record in caplog.records]
    assert len(said) == 1
    assert said[0].startswith("jupyter_envs: not all is registered as it should be: The kernel spec in ")
    assert any(one.mark.prefix.parent.name == "work" for one in Registry(host, Settings()).all())


@pytest.mark.skipif(os.name == "nt" or os.getuid() != 0, reason="only root can make a file that root cannot remove")
def test_a_stale_one_that_cannot_be_removed_keeps_no_other_back(
    host: Host, home: Path, python: Path, registrar: Registrar, caplog: pytest.LogCaptureFixture
) -> None:
    make_kernel_environment(home / "shop" / ".venv", python)
    gone = make_kernel_environment(home / "gone" / ".venv", python)
    found, registry = scanned(host), Registry(host, Settings())
    folder = registry.register(found[gone]).folder
    shutil.rmtree(gone)
    if subprocess.run(["chattr", "+i", folder / "kernel.json"], check=False, capture_output=True).returncode:
        pytest.skip("this file system knows no file that cannot be removed")
    try:
        registrar.changed(Snapshot(tuple(one for one in found.values() if one.prefix != gone)))
        settle(registrar)
    finally:
        subprocess.run(["chattr", "-i", folder / "kernel.json"], check=True)
    (said,) = (record.getMessage() for record in caplog.records)
    assert "could not be removed: Operation not permitted" in said
    assert sum(1 for _ in registry.all()) == 2


def test_a_persons_own_name_and_what_lies_on_a_disk_that_is_away_are_kept(
    host: Host, home: Path, python: Path, registrar: Registrar
) -> None:
    named, away = (make_kernel_environment(home / name / "envs" / "x", python) for name in ("named", "disk"))
    found, registry = scanned(host), Registry(host, Settings())
    registry.register(found[named], "mine")
    registry.register(found[away])
    shutil.rmtree(named)
    shutil.rmtree(away.parent)
    registrar.changed(Snapshot())
    make_kernel_environment(home / "shop" / ".venv", python)
    registrar.changed(Snapshot(tuple(scanned(host).values())))
    settle(registrar)
    assert {kernel.name for kernel in registry.all()} >= {"mine", found[away].id}


def test_a_defect_does_not_end_it(registrar: Registrar, caplog: pytest.LogCaptureFixture) -> None:
    done = threading.Event()

    def fail(_: Registry) -> None:
        raise RuntimeError("a defect")

    registrar._is_working = True
    registrar._add("first", fail)
    registrar._add("second", lambda _: done.set())
    registrar._go_on()
    assert done.is_set()
    assert not registrar._is_working
    (said,) = (record.getMessage() for record in caplog.records)
    assert said == "jupyter_envs: not all is registered as it should be: RuntimeError: a defect"


def test_where_nothing_changed_nothing_is_done(registrar: Registrar, monkeypatch: pytest.MonkeyPatch) -> None:
    added: list[str] = []
    monkeypatch.setattr(registrar, "_add", lambda key, _: added.append(key))
    for _ in range(3):
        registrar.changed(Snapshot())
    assert added == [""]
