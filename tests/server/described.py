"""Whether an answer is as the shipped document describes it: its status, its kind, and every field."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # its types are a package of their own

from jupyter_envs.server import document

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tornado.httpclient import HTTPResponse

DOCUMENT = document.read()
EVERYWHERE = {403: "Forbidden", 405: "MethodNotAllowed"}
"""What any address may answer to a method that is not described."""


def check(method: str, path: str, response: HTTPResponse) -> None:
    """Fails where the document knows no such answer to a `path` below `/jupyter-envs/`."""
    if method in {"HEAD", "OPTIONS"}:
        return
    described = _answer(method, path, response.code)
    kinds: Mapping[str, Any] = described.get("content", {})
    if not kinds:
        assert response.body == b"", response.body
        return
    (kind,) = kinds
    assert response.headers["Content-Type"] == kind, (method, path, response.headers["Content-Type"])
    assert all(name in response.headers for name, told in described.get("headers", {}).items() if told.get("required"))
    if kind == "application/json":
        fits(kinds[kind]["schema"], json.loads(response.body))
    else:
        for line in response.body.splitlines():
            fits({"$ref": "#/components/schemas/Event"}, json.loads(line))


def fits(schema: Mapping[str, Any], content: object) -> None:
    """Fails where the content is not as a schema says, or has a field that the document does not tell of."""
    whole = {**_strict(schema), "components": _strict(DOCUMENT["components"])}
    Draft202012Validator(whole).validate(content)


def template_of(path: str) -> str:
    """The address in the document that a path is one of."""
    for template in DOCUMENT["paths"]:
        pattern = re.escape(template).replace(r"\{mark\}", "(?:pin|hide)")
        if re.fullmatch(re.sub(r"\\\{\w+\\\}", "[^/]+", pattern), f"/{path}"):
            return str(template)
    return "/{elsewhere}"


def _answer(method: str, path: str, status: int) -> Mapping[str, Any]:
    operation = DOCUMENT["paths"][template_of(path)].get(method.lower())
    answers = operation["responses"] if operation else {}
    if str(status) not in answers:
        assert status in EVERYWHERE, f"{method} {path} answers {status}, which is not described"
        return _resolved({"$ref": f"#/components/responses/{EVERYWHERE[status]}"})
    return _resolved(answers[str(status)])


def _resolved(told: Mapping[str, Any]) -> Mapping[str, Any]:
    if "$ref" not in told:
        return told
    found: Any = DOCUMENT
    for name in told["$ref"].removeprefix("#/").split("/"):
        found = found[name]
    return _resolved(found)


def _strict(schema: Any) -> Any:  # noqa: ANN401 -- any part of the document
    """The same, with no field allowed that is not named."""
    if isinstance(schema, list):
        return [_strict(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {name: _strict(part) for name, part in schema.items()}
    is_closed = isinstance(schema.get("properties"), dict) and schema.get("type") == "object"
    return {"additionalProperties": False, **inner} if is_closed else inner
