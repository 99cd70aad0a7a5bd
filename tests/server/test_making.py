"""Making environments over REST: a job each, one for each place, and a kernel as soon as it is done."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from jupyter_envs.creator import holding, parking
from jupyter_envs.host import Host
from jupyter_envs.pyvenv import MARKER
from jupyter_envs.unfinished import PARKED
from tests.server.conftest import make_venv, names_in

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from jupyter_server.serverapp import ServerApp
    from tornado.httpclient import HTTPResponse

    from tests.server.conftest import Client

pytestmark = pytest.mark.skipif(os.name == "nt", reason="environments are not made on Windows")

JOB_FIELDS = {
    "id", "kind", "state", "phase", "fraction", "started", "ended", "project_path", "prefix", "environment",
    "warnings", "error",
}  # fmt: skip
VENV = {"manager": "venv", "project_path": "sub/proj"}
SLOW = {**VENV, "packages": ["jupyterlab"], "ipykernel": True}


def imports(python: str, *modules: str) -> bool:
    """Whether an interpreter really can."""
    return subprocess.run([python, "-I", "-c", f"import {', '.join(modules)}"], check=False).returncode == 0


async def test_an_environment_is_made_and_is_a_kernel_at_once(
    client: Client,
    project: Path,
    jp_fetch: Callable[..., Awaitable[HTTPResponse]],
    kernels_at_the_end: dict[str, bool],
) -> None:
    body = {**VENV, "packages": ["six"], "ipykernel": True}
    code, answer = await client.ask("POST", "environments", body)
    assert code == 202
    assert answer["version"] == 1
    assert answer["job"].keys() == JOB_FIELDS
    assert answer["job"]["state"] in {"queued", "running"}
    job, events = await client.follow(answer["job"])
    specs = json.loads((await jp_fetch("api", "kernelspecs")).body)["kernelspecs"]
    assert kernels_at_the_end == {job["id"]: True}
    assert job["environment"] in specs
    assert (job["state"], job["error"], job["project_path"]) == ("done", None, "sub/proj")
    assert job["ended"] >= job["started"]
    assert [event["n"] for event in events] == list(range(1, len(events) + 1))
    assert {event["kind"] for event in events} == {"output", "state"}
    assert events[-1]["job"] == job
    code, told = await client.ask("GET", f"environments/{job['environment']}")
    assert code == 200
    environment = told["environment"]
    assert environment["prefix"] == str(project / ".venv")
    assert (environment["state"], environment["kernel"], environment["project_path"]) == ("ready", True, "sub/proj")
    assert imports(environment["python"], "six", "ipykernel")

    code, again = await client.ask("POST", "environments", body)
    assert (code, again["reason"]) == (409, "occupied")


async def test_a_job_that_is_cancelled_leaves_nothing(client: Client, project: Path) -> None:
    _, answer = await client.ask("POST", "environments", SLOW)
    seen = await _until_output(client, answer["job"])
    assert seen["job"]["state"] == "running"
    code, cancelled = await client.ask("DELETE", f"jobs/{answer['job']['id']}")
    assert (code, cancelled["job"]["id"]) == (202, answer["job"]["id"])
    job, _ = await client.follow(answer["job"])
    assert (job["state"], job["error"], job["environment"]) == ("cancelled", None, None)
    assert names_in(project) == ["requirements.txt"]
    await client.look()
    _, listing = await client.ask("GET", "environments")
    assert not [one for one in listing["environments"] if one["prefix"].startswith(str(project))]


async def _until_output(client: Client, job: dict[str, Any]) -> dict[str, Any]:
    """The job's newest state, once its tool has begun."""
    while True:
        _, answer = await client.ask("GET", f"jobs/{job['id']}")
        if answer["job"]["phase"] not in {"Waiting", "Starting"}:
            found: dict[str, Any] = answer
            return found


async def test_a_job_that_fails_tells_the_tools_own_last_lines(client: Client, project: Path) -> None:
    body = {**VENV, "packages": ["this-package-does-not-exist-anywhere-at-all"]}
    _, answer = await client.ask("POST", "environments", body)
    job, _ = await client.follow(answer["job"])
    assert job["state"] == "failed"
    assert job["error"].keys() == {"message", "reason", "fix"}
    assert job["error"]["reason"] == "tool-failed"
    assert "this-package-does-not-exist-anywhere-at-all" in job["error"]["message"]
    assert names_in(project) == ["requirements.txt"]


@pytest.mark.usefixtures("away")
@pytest.mark.parametrize(
    ("body", "code", "said"),
    [
        (b"", 400, "Neither 'project_path' nor 'name'"),
        (b"{", 400, "not JSON"),
        (b"\xff\xfe", 400, "not JSON"),
        (b"[" * 100_000, 400, "not JSON"),
        (b"1" * 10_000, 400, "not JSON"),
        (b"[]", 400, "not a JSON object"),
        (b"null", 400, "not a JSON object"),
        (b"x" * 200_000, 413, "too long"),
        ({}, 400, "Neither 'project_path' nor 'name'"),
        ({"project_path": None, "name": None}, 400, "Neither 'project_path' nor 'name'"),
        ({"project_path": 1}, 400, "wrong kind"),
        ({"project_path": "sub/proj", "surprise": 1}, 400, "no field 'surprise'"),
        ({"project_path": "sub/proj", "ipykernel": "yes"}, 400, "wrong kind"),
        ({"project_path": "sub/proj", "packages": "six"}, 400, "wrong kind"),
        ({"project_path": "sub/proj", "packages": ["six", 1]}, 400, "wrong kind"),
        ({"project_path": "sub/proj", "packages": ["--index-url=x"]}, 400, "not a package"),
        ({"project_path": "sub/proj", "name": "../.venv"}, 400, "cannot be the name"),
        ({"project_path": "sub/proj", "name": ["x"]}, 400, "wrong kind"),
        ({"project_path": "sub/proj", "manager": "magic"}, 400, "no manager 'magic'"),
        ({"project_path": "sub/proj", "manager": "conda"}, 400, "does not make environments"),
        ({"project_path": "sub/proj", "python": "9.9"}, 404, "no Python '9.9'"),
        ({"project_path": "sub/proj", "python": "/bin/sh"}, 404, "no Python '/bin/sh'"),
        ({"project_path": "absent"}, 404, "no folder"),
        ({"project_path": "../.."}, 400, "not a path"),
        ({"project_path": "away"}, 403, "outside of your folders"),
    ],
)
async def test_what_makes_no_sense_is_refused_in_words(
    client: Client, project: Path, body: object, code: int, said: str
) -> None:
    answered, answer = await client.ask("POST", "environments", body)
    assert answered == code
    assert answer.keys() - {"version"} == {"message", "reason", "fix"}
    assert ("version" in answer) == (answer["reason"] == "python-missing")
    assert said in answer["message"]
    assert answer["fix"]
    assert names_in(project) == ["requirements.txt"]


async def test_what_a_killed_server_left_behind_is_made_anew(client: Client, project: Path) -> None:
    half = project / ".venv"
    half.mkdir()
    (half / MARKER).write_bytes(b"%x" % half.stat().st_ino)
    (half / "pyvenv.cfg").write_text("home = /usr/bin\n")
    await client.look()
    _, listing = await client.ask("GET", "environments")
    assert not [one for one in listing["environments"] if one["prefix"] == str(half)]
    _, answer = await client.ask("POST", "environments", VENV)
    job, _ = await client.follow(answer["job"])
    assert job["state"] == "done"


async def test_who_asks_for_the_same_meanwhile_is_told_which_job_makes_it(client: Client, project: Path) -> None:
    _, first = await client.ask("POST", "environments", SLOW)
    for body in (SLOW, VENV):
        code, answer = await client.ask("POST", "environments", body)
        assert (code, answer["reason"], answer["job"]) == (409, "occupied", first["job"]["id"])
    _, other = await client.ask("POST", "environments", {**VENV, "name": ".venv39"})
    await client.ask("DELETE", f"jobs/{first['job']['id']}")
    job, _ = await client.follow(first["job"])
    assert job["state"] == "cancelled"
    job, _ = await client.follow(other["job"])
    assert (job["state"], job["prefix"]) == ("done", str(project / ".venv39"))


async def test_what_is_there_already_is_no_job(client: Client, project: Path) -> None:
    make_venv(project / ".venv")
    code, answer = await client.ask("POST", "environments", VENV)
    assert (code, answer["reason"]) == (409, "occupied")
    assert "job" not in answer


async def test_a_file_of_requirements_is_named_by_its_path_in_the_file_browser(client: Client, project: Path) -> None:
    (project / "more.txt").write_text("six\n")
    _, answer = await client.ask("POST", "environments", {**VENV, "requirements_path": "sub/proj/more.txt"})
    job, _ = await client.follow(answer["job"])
    assert job["state"] == "done"
    assert imports(f"{job['prefix']}/bin/python", "six")


async def test_a_name_without_a_project_makes_one_in_the_central_folder(client: Client, jp_home_dir: Path) -> None:
    (jp_home_dir / ".virtualenvs").mkdir()
    code, answer = await client.ask("POST", "environments", {"name": "free"})
    assert code == 202
    job, _ = await client.follow(answer["job"])
    assert (job["state"], job["project_path"]) == ("done", None)
    assert job["prefix"] == str(jp_home_dir / ".virtualenvs" / "free")


async def test_a_project_is_proposed_what_its_files_speak_for(client: Client, project: Path) -> None:
    (project / "nb.ipynb").write_text("{}")
    for path in ("sub/proj", "sub/proj/nb.ipynb"):
        code, answer = await client.ask("GET", "proposal", params={"path": path})
        assert (code, answer["path"]) == (200, path)
        assert answer["proposal"]["project"] == str(project)
        assert answer["proposal"]["manager"] == "venv"
        assert answer["proposal"]["requirements_paths"] == ["sub/proj/requirements.txt"]
    code, answer = await client.ask("GET", "proposal", params={"path": "nowhere"})
    assert (code, answer["reason"]) == (404, "not-found")


@pytest.mark.parametrize(
    ("body", "code"),
    [({}, 400), ({"version": "--help"}, 400), ({"version": 3}, 400), ({"version": "3.12", "program": "rm"}, 400)],
)
async def test_an_interpreter_that_makes_no_sense_is_not_installed(client: Client, body: object, code: int) -> None:
    answered, answer = await client.ask("POST", "pythons", body)
    assert (answered, answer["reason"]) == (code, "bad-request")
    _, listed = await client.ask("GET", "jobs")
    assert "install-python" not in {job["kind"] for job in listed["jobs"]}


async def test_what_a_killed_recreation_left_is_put_right_when_a_client_first_changes_something(
    client: Client, project: Path, jp_serverapp: ServerApp
) -> None:
    prefix = make_venv(project / ".venv")
    jp_serverapp.web_app.settings["jupyter_envs"].maker._recovers_from = 0.0  # a minute later than its start
    with holding.hold(prefix, Host.current()) as held:
        parking.park(held, Host.current())
    assert not prefix.exists()
    assert names_in(Host.current().own_state_folder() / PARKED) != []
    await client.ask("POST", "rescan")
    while not (prefix / "bin" / "python").exists():
        await client.ask("GET", "jobs")
    assert sorted(names_in(project)) == [".venv", "requirements.txt"]
