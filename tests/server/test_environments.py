"""Removing, recreating and filling environments over REST: jobs, of environments as their client knows them."""

from __future__ import annotations

import json
import os
import threading
from typing import TYPE_CHECKING, Any

import pytest

from jupyter_envs import pins
from jupyter_envs.host import Host
from jupyter_envs.kernels.registering import Registry
from jupyter_envs.managers.base import Scene
from jupyter_envs.settings import Settings
from tests.folders import add_ipykernel, site_of, write
from tests.server.conftest import make_venv, names_in

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from tornado.httpclient import HTTPResponse

    from jupyter_envs.server.job import Job
    from tests.server.conftest import Client

pytestmark = pytest.mark.skipif(os.name == "nt", reason="environments are not changed on Windows")


@pytest.fixture
def prefix(project: Path) -> Path:
    """An environment that can be a kernel."""
    made = make_venv(project / ".venv")
    add_ipykernel(site_of(made))
    return made


async def removal(client: Client, environment: dict[str, Any], **headers: str) -> tuple[int, Any]:
    named = headers or {"If-Match": f'"{environment["revision"]}"'}
    return await client.ask("DELETE", f"environments/{environment['id']}", headers=named)


async def kernels(fetch: Callable[..., Awaitable[HTTPResponse]]) -> set[str]:
    return set(json.loads((await fetch("api", "kernelspecs")).body)["kernelspecs"])


async def test_an_environment_is_removed_with_its_kernel_and_what_was_said_of_it(
    client: Client, prefix: Path, project: Path, jp_fetch: Callable[..., Awaitable[HTTPResponse]]
) -> None:
    await client.look()
    identity = (await client.known(prefix))["id"]
    await client.ask("POST", f"environments/{identity}/register")
    await client.ask("POST", f"environments/{identity}/pin")
    environment = await client.known(prefix)
    assert identity in await kernels(jp_fetch)
    code, answer = await removal(client, environment)
    assert (code, answer["job"]["kind"], answer["job"]["prefix"]) == (202, "remove", str(prefix))
    job, _ = await client.follow(answer["job"])
    assert (job["state"], job["environment"], job["project_path"]) == ("done", None, "sub/proj")
    assert names_in(project) == ["requirements.txt"]
    assert identity not in await kernels(jp_fetch)
    code, _ = await client.ask("GET", f"environments/{identity}")
    assert code == 404
    host = Host.current()
    assert Registry(host, Settings()).of(prefix) is None
    assert pins.read(Scene(host)).pinned == frozenset()


@pytest.mark.parametrize(
    ("named", "code"),
    [({"X": "y"}, 428), ({"If-Match": "*"}, 428), ({"If-Match": '"0000"'}, 412)],
)
async def test_only_what_its_client_knows_is_removed(
    client: Client, prefix: Path, named: dict[str, str], code: int
) -> None:
    await client.look()
    environment = await client.known(prefix)
    answered, answer = await removal(client, environment, **named)
    reasons = {428: "precondition-required", 412: "precondition-failed"}
    assert (answered, answer["reason"]) == (code, reasons[code])
    assert answer["fix"]
    assert (prefix / "pyvenv.cfg").is_file()


async def test_an_environment_that_changed_since_it_was_seen_is_not_removed(client: Client, prefix: Path) -> None:
    await client.look()
    environment = await client.known(prefix)
    await client.ask("POST", f"environments/{environment['id']}/pin")
    code, answer = await removal(client, environment)
    assert (code, answer["reason"]) == (412, "precondition-failed")


async def test_a_tag_that_a_proxy_made_weak_is_understood(client: Client, prefix: Path) -> None:
    await client.look()
    environment = await client.known(prefix)
    tags = f'"0000", W/"{environment["revision"]}"'
    code, answer = await removal(client, environment, **{"If-Match": tags})
    assert code == 202
    await client.follow(answer["job"])


async def test_what_a_job_changes_already_is_left_to_it(client: Client, prefix: Path, jp_serverapp: Any) -> None:  # noqa: ANN401
    await client.look()
    environment, gate = await client.known(prefix), threading.Event()
    under_way = jp_serverapp.web_app.settings["jupyter_envs"].jobs.start("recreate", waits(gate), prefix=prefix)
    for method, path in (("POST", "/recreate"), ("POST", "/ipykernel"), ("DELETE", "")):
        headers = {"If-Match": f'"{environment["revision"]}"'}
        code, answer = await client.ask(method, f"environments/{environment['id']}{path}", headers=headers)
        assert (code, answer["reason"], answer["job"]) == (409, "occupied", under_way.id)
    gate.set()


def waits(gate: threading.Event) -> Callable[[Job], None]:
    def work(job: Job) -> None:
        gate.wait(10)

    return work


async def test_an_environment_is_made_again_and_keeps_its_name_its_kernel_and_its_packages(
    client: Client,
    project: Path,
    jp_fetch: Callable[..., Awaitable[HTTPResponse]],
    kernels_at_the_end: dict[str, bool],
) -> None:
    body = {"manager": "venv", "project_path": "sub/proj", "packages": ["six"], "ipykernel": True}
    _, answer = await client.ask("POST", "environments", body)
    made, _ = await client.follow(answer["job"])
    before = await client.known(project / ".venv")
    await client.ask("POST", f"environments/{before['id']}/register")
    number = (project / ".venv").stat().st_ino
    before = await client.known(project / ".venv")
    headers = {"If-Match": f'"{before["revision"]}"'}
    code, answer = await client.ask("POST", f"environments/{before['id']}/recreate", {}, headers=headers)
    assert (code, answer["job"]["kind"]) == (202, "recreate")
    job, _ = await client.follow(answer["job"])
    assert (job["state"], job["environment"]) == ("done", made["environment"])
    assert kernels_at_the_end == {made["id"]: True, job["id"]: True}
    assert (project / ".venv").stat().st_ino != number
    after = await client.known(project / ".venv")
    assert (after["ipykernel"], after["version"]) == (before["ipykernel"], before["version"])
    assert (site_of(project / ".venv") / "six.py").is_file()
    assert after["kernel_name"] in await kernels(jp_fetch)
    registered = Registry(Host.current(), Settings()).of(project / ".venv")
    assert registered is not None


async def test_what_a_person_must_be_told_although_it_was_done_is_a_warning_of_the_job(
    client: Client, project: Path
) -> None:
    body = {"manager": "venv", "project_path": "sub/proj", "ipykernel": True}
    _, answer = await client.ask("POST", "environments", body)
    made, _ = await client.follow(answer["job"])
    assert made["warnings"] == []
    path = f"environments/{made['environment']}"
    await client.ask("POST", f"{path}/register", {"name": "mine"})
    write(Registry(Host.current(), Settings()).folder / "Mine" / "kernel.json", '{"argv": ["theirs"]}')
    headers = {"If-Match": f'"{(await client.known(project / ".venv"))["revision"]}"'}
    _, answer = await client.ask("POST", f"{path}/recreate", {}, headers=headers)
    job, events = await client.follow(answer["job"])
    assert (job["state"], job["error"]) == ("done", None)
    (warning,) = job["warnings"]
    assert "There is a kernel 'mine' already" in warning
    assert events[-1]["job"]["warnings"] == [warning]
    _, listed = await client.ask("GET", "jobs")
    assert [warning] in [one["warnings"] for one in listed["jobs"]]


async def test_an_ipykernel_is_installed_and_the_environment_is_a_kernel_at_once(
    client: Client,
    project: Path,
    jp_fetch: Callable[..., Awaitable[HTTPResponse]],
    kernels_at_the_end: dict[str, bool],
) -> None:
    prefix = make_venv(project / ".venv")
    await client.look()
    before = await client.known(prefix)
    assert before["ipykernel"] is None
    headers = {"If-Match": f'"{before["revision"]}"'}
    code, answer = await client.ask("POST", f"environments/{before['id']}/ipykernel", headers=headers)
    assert (code, answer["job"]["kind"]) == (202, "add-ipykernel")
    job, _ = await client.follow(answer["job"])
    assert before["id"] in await kernels(jp_fetch)
    assert kernels_at_the_end == {job["id"]: True}
    assert (job["state"], job["environment"]) == ("done", before["id"])
    assert (await client.known(prefix))["ipykernel"] is not None


@pytest.mark.parametrize("path", ["recreate", "ipykernel"])
async def test_what_changed_meanwhile_is_not_changed_where_a_client_says_so(
    client: Client, prefix: Path, path: str
) -> None:
    await client.look()
    identity = (await client.known(prefix))["id"]
    code, _ = await client.ask("POST", f"environments/{identity}/{path}", headers={"If-Match": '"0000"'})
    assert code == 412


@pytest.mark.parametrize("headers", [{}, {"If-Match": "*"}])
async def test_nothing_is_recreated_for_a_client_that_does_not_say_what_it_saw(
    client: Client, prefix: Path, headers: dict[str, str]
) -> None:
    await client.look()
    identity = (await client.known(prefix))["id"]
    code, _ = await client.ask("POST", f"environments/{identity}/recreate", {}, headers=headers)
    assert code == 428
    assert (prefix / "pyvenv.cfg").is_file()


@pytest.mark.parametrize("python", ["--help", "../python", "9.9", "a\0b"])
async def test_a_python_that_makes_no_sense_recreates_nothing(client: Client, prefix: Path, python: str) -> None:
    await client.look()
    environment = await client.known(prefix)
    path, headers = f"environments/{environment['id']}/recreate", {"If-Match": f'"{environment["revision"]}"'}
    code, _ = await client.ask("POST", path, {"python": python}, headers=headers)
    assert code in {400, 404}
    assert (prefix / "pyvenv.cfg").is_file()


async def test_the_servers_own_python_is_not_removed(client: Client) -> None:
    await client.look()
    _, listing = await client.ask("GET", "environments")
    bare = [one for one in listing["environments"] if one["bare"]]
    for environment in bare[:1]:
        code, answer = await removal(client, environment)
        assert (code, answer["reason"]) == (403, "refused")


async def test_who_only_looks_puts_nothing_right(
    client: Client,
    jp_serverapp: Any,  # noqa: ANN401
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[object] = []
    monkeypatch.setattr(jp_serverapp.web_app.settings["jupyter_envs"].maker, "recover", asked.append)
    await client.ask("GET", "environments")
    assert not asked
    await client.ask("POST", "environments", {})
    assert len(asked) == 1
