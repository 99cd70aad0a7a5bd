"""The shipped document tells of every address, method and field that there is, and of no other.

That each answer of the other tests is as it says, their client sees to.
"""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # its types are a package of their own

from jupyter_envs.borrowing import Borrowed
from jupyter_envs.creator.proposing import Choice, Proposal
from jupyter_envs.environment import Environment, Interpreter, OwnKernel
from jupyter_envs.errors import Outside, Problem, ProblemCode, PythonMissing
from jupyter_envs.kernels.spec_folder import Registered
from jupyter_envs.registered import Mark
from jupyter_envs.server import handlers
from jupyter_envs.server.base import status_of
from jupyter_envs.server.document import FILE
from jupyter_envs.server.environments import WISH
from jupyter_envs.server.job import Job
from jupyter_envs.state import State
from tests.server.described import DOCUMENT, fits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jupyter_envs.errors import EnvsError
    from tests.server.conftest import Client

METHODS = ("get", "head", "post", "put", "patch", "delete")
SCHEMAS = DOCUMENT["components"]["schemas"]
PATH = Path("/home/user/shop")
REST = Path(__file__).parents[2] / "docs" / "reference" / "rest.md"


def routed() -> set[tuple[str, str]]:
    """Each address, written as the document writes it, with each method that its handler answers."""
    names = {"(pin|hide)": "{mark}", "([^/]+)": "{id}", "(.*)": "{elsewhere}", "\\": "", "/jupyter-envs/": "/"}
    found = set()
    for path, handler in handlers.routes("/"):
        template = path
        for pattern, name in names.items():
            template = template.replace(pattern, name)
        found |= {(template, method) for method in METHODS if method in vars(handler)}
    return found


def parts(told: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401 -- any JSON
    """Every object in it."""
    for inner in told.values() if isinstance(told, dict) else told if isinstance(told, list) else ():
        yield from parts(inner)
    if isinstance(told, dict):
        yield told


def test_every_address_is_described_with_every_method_and_no_other_is() -> None:
    described = {(path, method) for path, told in DOCUMENT["paths"].items() for method in METHODS if method in told}
    assert described == routed()


def test_every_reference_leads_somewhere() -> None:
    for part in parts(DOCUMENT):
        if "$ref" in part:
            found: Any = DOCUMENT
            for name in part["$ref"].removeprefix("#/").split("/"):
                found = found[name]


def test_every_schema_is_one() -> None:
    for part in parts(DOCUMENT):
        if isinstance(part.get("schema"), dict):
            Draft202012Validator.check_schema(part["schema"])
    for schema in SCHEMAS.values():
        Draft202012Validator.check_schema(schema)


def test_every_answer_can_be_a_refusal_by_jupyter_and_by_size() -> None:
    for path, told in DOCUMENT["paths"].items():
        for method in METHODS:
            if method in told:
                assert {"400", "401", "403", "404", "413"} <= told[method]["responses"].keys(), (method, path)
                assert "500" not in told[method]["responses"]


def test_every_operation_has_a_name_of_its_own_and_every_link_leads_to_one() -> None:
    operations = [told[method] for told in DOCUMENT["paths"].values() for method in METHODS if method in told]
    names = [operation["operationId"] for operation in operations]
    assert len(set(names)) == len(names)
    linked = {part["operationId"] for part in parts(DOCUMENT) if "operationId" in part and "responses" not in part}
    assert linked <= set(names)


def environment() -> Environment:
    python = PATH / ".venv" / "bin" / "python"
    return Environment("shop-1", "shop", "shop", "venv", python.parents[1], python, None, None, State.READY, "a walk")


@pytest.mark.parametrize(
    ("name", "told", "optional"),
    [
        ("Environment", environment().as_json(), {"shadows"}),
        ("OwnKernel", OwnKernel("ir", "R", "R").as_json(), set()),
        ("Problem", Problem(ProblemCode.MOVED, "It was moved.", "").as_json(), set()),
        ("Interpreter", Interpreter(PATH, "3.12.1", "cpython", "pyenv").as_json(), set()),
        ("KernelSpec", Registered(PATH, Mark("shop-1", "venv", PATH), borrows=False).as_json(), set()),
        ("Borrowed", dict.fromkeys(Borrowed.__slots__), set()),
        ("Choice", dict.fromkeys(field.name for field in dataclasses.fields(Choice)), set()),
        ("Proposal", dict.fromkeys(field.name for field in dataclasses.fields(Proposal)), {"requirements_paths"}),
        ("Wish", dict.fromkeys(WISH), set()),
    ],
)
def test_every_field_is_described_and_no_other_is(name: str, told: dict[str, object], optional: set[str]) -> None:
    assert SCHEMAS[name]["properties"].keys() == told.keys() | optional


@pytest.mark.parametrize(
    ("error", "status", "described"),
    [
        (PythonMissing("3.99", "There is no Python 3.99.", "Install it."), 404, "NotFound"),
        (Outside("/etc is outside of your folders.", "Choose another."), 403, "Forbidden"),
    ],
)
def test_what_programs_tell_apart_has_its_status_and_reason_in_the_document(
    error: EnvsError, status: int, described: str
) -> None:
    fits({"$ref": "#/components/schemas/Error"}, error.as_json())
    assert status_of(error) == status
    assert f"`{error.reason}`" in DOCUMENT["components"]["responses"][described]["description"]
    assert f"`{error.reason}`" in REST.read_text("utf-8")


def test_a_missing_python_tells_the_version_that_could_be_installed() -> None:
    assert PythonMissing("3.99", "There is no Python 3.99.").as_json()["version"] == "3.99"


async def test_a_job_is_as_it_is_described_whatever_became_of_it() -> None:
    fits({"$ref": "#/components/schemas/Job"}, Job("create", "shop", PATH).as_json())
    for line in Job("rescan").events_after(0)[1]:
        fits({"$ref": "#/components/schemas/Event"}, json.loads(line))


async def test_the_server_answers_with_the_document_and_its_own_address(client: Client, jp_base_url: str) -> None:
    code, answer = await client.ask("GET", "openapi.json")
    assert code == 200
    assert answer["servers"] == [{"url": f"{jp_base_url}jupyter-envs"}]
    assert {**answer, "servers": None} == {**json.loads(FILE.read_bytes()), "servers": None}
