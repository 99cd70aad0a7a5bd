"""Pinning and hiding over REST."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from jupyter_envs import pins
from jupyter_envs.host import Host
from tests.folders import write

if TYPE_CHECKING:
    from pathlib import Path

    from tests.server.conftest import Client

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the folders are written for Unix")


async def test_what_is_hidden_is_no_kernel_until_that_is_taken_back(client: Client, made: Path) -> None:
    shop = await client.found(made)
    assert shop["kernel"] is True
    code, answer = await client.ask("POST", f"environments/{shop['id']}/hide")
    assert code == 200
    told = answer["environment"]
    assert (told["hidden"], told["kernel"], told["project_path"]) == (True, False, "sub/proj")
    assert told["revision"] != shop["revision"]
    _, answer = await client.ask("GET", f"environments/{shop['id']}")
    assert answer["environment"] == {**told, "shadows": []}
    code, answer = await client.ask("DELETE", f"environments/{shop['id']}/hide")
    assert (code, answer["environment"]["kernel"]) == (200, True)


async def test_a_pin_takes_hiding_back(client: Client, made: Path) -> None:
    shop = await client.found(made)
    await client.ask("POST", f"environments/{shop['id']}/hide", {})
    code, answer = await client.ask("POST", f"environments/{shop['id']}/pin", {})
    told = answer["environment"]
    assert (code, told["pinned"], told["hidden"], told["kernel"]) == (200, True, False, True)


async def test_one_that_nobody_knows_is_not_found(client: Client) -> None:
    for method in ("POST", "DELETE"):
        code, answer = await client.ask(method, "environments/nothing-00000000/pin")
        assert (code, answer["reason"]) == (404, "not-found")


async def test_other_words_are_no_marks(client: Client, made: Path) -> None:
    shop = await client.found(made)
    code, _ = await client.ask("POST", f"environments/{shop['id']}/burn")
    assert code == 405
    code, answer = await client.ask("POST", f"environments/{shop['id']}/pin", {"why": "so"})
    assert (code, answer["reason"]) == (400, "bad-request")


async def test_a_damaged_file_is_a_refusal_with_its_path(client: Client, made: Path) -> None:
    shop = await client.found(made)
    path = write(pins.file_of(Host.current()), "{")
    code, answer = await client.ask("POST", f"environments/{shop['id']}/pin")
    assert (code, answer["reason"]) == (403, "refused")
    assert str(path) in answer["message"]
