"""Reading what a client sent: bounded, known fields of the right kinds, or a sentence on what is wrong.

What is wrong with a request, and with nothing else, has its error here.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from jupyter_envs.errors import BadRequest, EnvsError

if TYPE_CHECKING:
    from collections.abc import Mapping

BODY_AT_MOST = 128 * 1024


class TooLarge(EnvsError):
    """A request's body is longer than any sensible one."""

    reason = "too-large"


class Unconditional(EnvsError):
    """A request that must say which state of an environment it means does not."""

    reason = "precondition-required"


class Changed(EnvsError):
    """An environment is not as its client knew it when it asked."""

    reason = "precondition-failed"


def check_size(body: bytes) -> None:
    """Raises `TooLarge`; every handler asks this first."""
    if len(body) > BODY_AT_MOST:
        raise TooLarge("The request is too long.", f"Send at most {BODY_AT_MOST // 1024} KiB.")


def parse(body: bytes, kinds: Mapping[str, str]) -> dict[str, object]:
    """The JSON object of a body, whose fields are all in `kinds`: `text`, `text?` (or null), `yes-no`, `texts`.

    Raises `BadRequest`.
    """
    try:
        content = json.loads(body or b"{}")
    except (ValueError, RecursionError) as error:
        raise BadRequest("The request is not JSON.", "Send a JSON object.") from error
    if not isinstance(content, dict):
        raise BadRequest("The request is not a JSON object.", "Send a JSON object.")
    for name, value in content.items():
        if name not in kinds:
            raise BadRequest(f"There is no field {name[:40]!r}.", f"The fields are: {', '.join(kinds) or 'none'}.")
        if not _fits(value, kinds[name]):
            raise BadRequest(f"The field {name!r} has the wrong kind of value.", f"It must be {_KINDS[kinds[name]]}.")
    return content


_KINDS = {"text": "a text", "text?": "a text or null", "yes-no": "true or false", "texts": "a list of texts"}


def _fits(value: object, kind: str) -> bool:
    if kind == "yes-no":
        return isinstance(value, bool)
    if kind == "texts":
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    return isinstance(value, str) or (kind == "text?" and value is None)
