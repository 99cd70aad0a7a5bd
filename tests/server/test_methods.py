"""Every address says in words and in `Allow` which methods it answers, to whoever uses another."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from tests.server.described import DOCUMENT

if TYPE_CHECKING:
    from tests.server.conftest import Client

METHODS = ("GET", "POST", "DELETE", "PUT", "PATCH", "HEAD")


@pytest.mark.parametrize("template", DOCUMENT["paths"])
async def test_a_method_that_an_address_does_not_answer_is_told_with_those_that_it_does(
    client: Client, template: str
) -> None:
    path = re.sub(r"\{\w+\}", "x", template.replace("{mark}", "pin")).lstrip("/")
    described = {method for method in METHODS if method.lower() in DOCUMENT["paths"][template]}
    others = [method for method in METHODS if method not in described]
    assert {"PUT", "PATCH", "HEAD"} <= set(others)
    for method in others:
        response = await client.raw(method, path)
        assert (response.code, response.headers["Content-Type"]) == (405, "application/json"), method
        assert set(response.headers["Allow"].split(", ")) == described | {"OPTIONS"}, method
        if method != "HEAD":
            told = json.loads(response.body)
            assert (told["message"], told["reason"]) == (
                f"This address does not answer {method}.",
                "method-not-allowed",
            )
            assert told["fix"] == f"It answers {response.headers['Allow']}."
