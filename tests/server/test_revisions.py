"""A revision is what an environment is, not how it was found; `If-Match` names it as HTTP writes it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from tests.server.conftest import make_venv

if TYPE_CHECKING:
    from pathlib import Path

    from tests.server.conftest import Client

pytestmark = pytest.mark.skipif(os.name == "nt", reason="environments are not made on Windows")

BODY = {"manager": "venv", "project_path": "sub/proj", "ipykernel": True}


async def told(client: Client, identity: str) -> dict[str, Any]:
    """The environment as it is told to who asks for it."""
    _, answer = await client.ask("GET", f"environments/{identity}")
    environment: dict[str, Any] = answer["environment"]
    return environment


@pytest.mark.usefixtures("project")
async def test_what_was_just_made_is_removed_by_who_made_it_after_a_walk_found_it(client: Client) -> None:
    _, answer = await client.ask("POST", "environments", BODY)
    job, _ = await client.follow(answer["job"])
    path = f"environments/{job['environment']}"
    seen = await client.raw("GET", path)
    assert (await told(client, job["environment"]))["found_by"] == "made by jupyter-envs"
    await client.look()
    assert (await told(client, job["environment"]))["found_by"].startswith("walk: ")
    code, answer = await client.ask("DELETE", path, headers={"If-Match": seen.headers["ETag"]})
    assert (code, answer.get("reason")) == (202, None)
    job, _ = await client.follow(answer["job"])
    assert job["state"] == "done"


@pytest.mark.parametrize("named", ["0000", "", '"0000', '"0000",', "*, *", 'x"0000"', '"a" "b"'])
@pytest.mark.parametrize(("method", "path"), [("DELETE", ""), ("POST", "/recreate"), ("POST", "/ipykernel")])
async def test_a_tag_that_is_none_is_refused_in_words(
    client: Client, project: Path, named: str, method: str, path: str
) -> None:
    prefix = make_venv(project / ".venv")
    identity = (await client.found(prefix))["id"]
    code, answer = await client.ask(method, f"environments/{identity}{path}", headers={"If-Match": named})
    assert (code, answer["reason"]) == (400, "bad-request")
    assert "If-Match" in answer["message"]
    assert "quotes" in answer["fix"]
    assert (prefix / "pyvenv.cfg").is_file()
