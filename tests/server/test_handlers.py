"""The REST interface, asked over HTTP."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from jupyter_envs.host import Host
from jupyter_envs.overlay.distributions import Distribution
from tests.folders import make_overlay, site_of, write
from tests.server.conftest import make_venv

if TYPE_CHECKING:
    from pathlib import Path

    from tests.server.conftest import Client

pytestmark = pytest.mark.skipif(os.name == "nt", reason="environments are not made on Windows")

FIELDS = {
    "id", "name", "display_name", "manager", "prefix", "python", "version", "implementation", "project", "projects",
    "project_path", "active", "ipykernel", "borrowed", "state", "orphan", "kernel", "kernel_name", "pinned", "owner",
    "revision", "found_by", "aliases", "problems",
}  # fmt: skip
JOB_FIELDS = {
    "id", "kind", "state", "phase", "fraction", "started", "ended", "project_path", "prefix", "environment",
    "warnings", "error",
}  # fmt: skip


@pytest.fixture
def made(project: Path) -> Path:
    """An environment that somebody made beforehand."""
    return make_venv(project / ".venv")


async def test_environments_are_listed_with_their_place_in_the_file_browser(client: Client, made: Path) -> None:
    await client.look()
    code, answer = await client.ask("GET", "environments")
    assert code == 200
    assert answer["version"] == 1
    assert answer["complete"] is True
    assert answer["scanned"] is not None
    found = next(one for one in answer["environments"] if one["prefix"] == str(made))
    assert found.keys() >= FIELDS
    assert found["project"] == str(made.parent)
    assert found["project_path"] == "sub/proj"
    assert found["manager"] == "venv"


async def test_the_top_of_the_file_browser_has_an_empty_path(client: Client, jp_root_dir: Path) -> None:
    make_venv(jp_root_dir / ".venv")
    await client.look()
    _, answer = await client.ask("GET", "environments")
    assert [one["project_path"] for one in answer["environments"] if one["manager"] == "venv"] == [""]


async def test_what_lies_outside_of_the_file_browser_has_no_path(client: Client, jp_home_dir: Path) -> None:
    home = make_venv(jp_home_dir / ".virtualenvs" / "central")
    await client.look()
    _, answer = await client.ask("GET", "environments")
    assert [one["project_path"] for one in answer["environments"] if one["prefix"] == str(home)] == [None]


async def test_one_environment_has_its_revision_as_etag(client: Client, made: Path) -> None:
    await client.look()
    _, listing = await client.ask("GET", "environments")
    known = next(one for one in listing["environments"] if one["prefix"] == str(made))
    response = await client.raw("GET", f"environments/{known['id']}")
    told = json.loads(response.body)
    assert response.headers["Etag"] == f'"{known["revision"]}"'
    assert told == {"version": 1, "environment": {**known, "shadows": []}}
    again = await client.raw("GET", f"environments/{known['id']}", headers={"If-None-Match": response.headers["Etag"]})
    assert again.code == 304


async def test_one_environment_tells_what_a_borrowed_ipykernel_shadows(client: Client, made: Path) -> None:
    lent = Distribution("traitlets", "5.16.1", (), ("traitlets",))
    make_overlay(Host.current(), made, "7.4.0", lent.as_json())
    write(site_of(made) / "traitlets" / "__init__.py")
    await client.look()
    _, listing = await client.ask("GET", "environments")
    known = next(one for one in listing["environments"] if one["prefix"] == str(made))
    assert (known["borrowed"], known["kernel"]) == ("7.4.0", True)
    _, answer = await client.ask("GET", f"environments/{known['id']}")
    assert answer["environment"]["shadows"] == [{"name": "traitlets", "own": None, "borrowed": "5.16.1"}]


async def test_an_unknown_environment_is_a_404_that_says_what_to_do(client: Client) -> None:
    code, answer = await client.ask("GET", "environments/nothing-12345678")
    assert code == 404
    assert answer == {
        "message": "There is no such environment.",
        "reason": "not-found",
        "fix": "Look for environments again, or choose another.",
    }


async def test_managers_say_whether_they_make_environments(client: Client) -> None:
    _, answer = await client.ask("GET", "managers")
    assert answer["version"] == 1
    creates = {one["name"]: one["creates"] for one in answer["managers"]}
    assert creates["venv"]
    assert not creates["pyenv"]
    assert creates.keys() >= {"poetry", "virtualenvwrapper", "pyenv", "conda", "uv"}
    assert all(one["title"] for one in answer["managers"])


async def test_interpreters_are_listed_the_newest_first(client: Client) -> None:
    _, answer = await client.ask("GET", "pythons")
    assert answer["version"] == 1
    for one in answer["pythons"]:
        assert one.keys() == {"path", "version", "implementation", "manager", "label"}
    cpythons = [one["version"] for one in answer["pythons"] if one["implementation"] == "cpython"]
    numbers = [[int(part) for part in version.rstrip("t").split(".")] for version in cpythons]
    assert numbers == sorted(numbers, reverse=True)


async def test_a_notebook_resolves_to_the_environment_of_its_folder(client: Client, made: Path) -> None:
    for path in ("sub/proj/not yet saved.ipynb", "sub/proj", "/sub/proj/"):
        code, answer = await client.ask("GET", "resolve", params={"path": path})
        assert code == 200
        assert (answer["version"], answer["path"], answer["project"]) == (1, path, str(made.parent))
        assert answer["environment"]["prefix"] == str(made)
        assert answer["environment"]["project_path"] == "sub/proj"
        assert answer["reason"]


async def test_a_notebook_without_a_project_resolves_to_nothing_with_a_reason(client: Client) -> None:
    code, answer = await client.ask("GET", "resolve", params={"path": "a.ipynb"})
    assert code == 200
    assert (answer["project"], answer["environment"]) == (None, None)
    assert "has an environment" in answer["reason"]


@pytest.mark.parametrize("path", ["../secret", "sub/../..", "a/./b", "./a"])
async def test_a_path_that_leaves_the_file_browser_is_refused(client: Client, path: str) -> None:
    code, answer = await client.ask("GET", "resolve", params={"path": path})
    assert (code, answer["reason"]) == (400, "bad-request")


async def test_a_reloaded_page_takes_up_where_it_was(client: Client, project: Path) -> None:
    _, answer = await client.ask("POST", "environments", {"project_path": "sub/proj"})
    _, events = await client.follow(answer["job"])
    _, later = await client.follow(answer["job"], after=2)
    assert later == events[2:]
    _, none = await client.follow(answer["job"], after=len(events))
    assert none == []


async def test_cancelling_what_is_over_changes_nothing(client: Client) -> None:
    _, answer = await client.ask("POST", "rescan")
    job, _ = await client.follow(answer["job"])
    code, after = await client.ask("DELETE", f"jobs/{job['id']}")
    assert (code, after["job"]) == (202, job)


async def test_looking_twice_at_a_time_is_one_job(client: Client, jp_serverapp: Any) -> None:  # noqa: ANN401
    jobs = jp_serverapp.web_app.settings["jupyter_envs"].jobs
    first = [(await client.ask("POST", "rescan", {}))[1]["job"]["id"] for _ in range(3)]
    assert len(jobs.all()) <= 1 + len(set(first))
    _, answer = await client.ask("GET", "jobs")
    assert [one["id"] for one in answer["jobs"]] == [one.id for one in jobs.all()]
    assert all(one.keys() == JOB_FIELDS for one in answer["jobs"])


@pytest.mark.parametrize("path", ["jobs/none", "jobs/none/events"])
async def test_an_unknown_job_is_a_404(client: Client, path: str) -> None:
    code, answer = await client.ask("GET", path)
    assert (code, answer["reason"]) == (404, "not-found")


@pytest.mark.parametrize("after", ["-1", "x", "1.5", "9" * 30, "²"])
async def test_a_strange_event_number_is_refused(client: Client, after: str) -> None:
    code, answer = await client.ask("GET", "jobs/none/events", params={"after": after})
    assert (code, answer["reason"]) == (400, "bad-request")


async def test_an_unknown_address_answers_in_json(client: Client) -> None:
    code, answer = await client.ask("GET", "nonsense/more")
    assert (code, answer["reason"]) == (404, "not-found")


async def test_a_method_that_there_is_not_answers_in_json(client: Client) -> None:
    code, answer = await client.ask("PUT", "environments", {})
    assert (code, answer["reason"]) == (405, "method-not-allowed")
