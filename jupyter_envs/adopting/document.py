"""The text of a notebook, and where in it the name of its kernel stands: the rest is never written anew.

Numbers are kept as they are written, so that two texts are only equal where a notebook's reader finds the same.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jupyter_envs.errors import BadRequest

if TYPE_CHECKING:
    from collections.abc import Mapping

AT_MOST = 512 * 1024 * 1024
"""How large a notebook may be, in bytes."""
_DECODER = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=str)
_SPACE = re.compile(r"[ \t\n\r]*")
_BYTE_ORDER_MARK = "\ufeff"


@dataclass(frozen=True, slots=True)
class Part:
    """One value of a JSON text, and where it stands there."""

    value: object
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Document:
    """A notebook as it lies on disk. `values` are its JSON; `kernel` are the parts of its kernel's description."""

    text: str
    digest: str
    status: os.stat_result
    values: Mapping[str, object]
    kernel: Mapping[str, Part]

    @property
    def format(self) -> int:
        """The major version of the notebook's format."""
        told = str(self.values["nbformat"])
        return int(told) if told.isdecimal() and len(told) < len("1000") else 0

    @property
    def language(self) -> str | None:
        """The language of its code; None where it does not say."""
        metadata = _table(self.values.get("metadata"))
        kernel, language = _table(metadata.get("kernelspec")), _table(metadata.get("language_info"))
        told = (kernel.get("language"), language.get("name"))
        return next((each for each in told if isinstance(each, str) and each), None)

    def kernel_text(self, name: str) -> str | None:
        """The kernel's `name` or `display_name`; None where there is none."""
        value = self.kernel[name].value if name in self.kernel else None
        return value if isinstance(value, str) else None

    def with_kernel(self, wanted: Mapping[str, str]) -> bytes:
        """The same notebook with these texts in the kernel's description; what is not there is not added.

        Raises `BadRequest` where anything else would be read from it than from this one.
        """
        changed = {name: wanted[name] for name in wanted if self.kernel_text(name) is not None}
        text = self.text
        for name in sorted(changed, key=lambda name: self.kernel[name].start, reverse=True):
            part = self.kernel[name]
            text = text[: part.start] + json.dumps(changed[name]) + text[part.end :]
        data = text.encode()
        if understood(data, self.status).values != self._with(changed):
            raise BadRequest("It would not be the same notebook afterwards.", "Choose its kernel in Jupyter.")
        return data

    def _with(self, changed: Mapping[str, str]) -> dict[str, object]:
        metadata = _table(self.values.get("metadata"))
        kernel = {**_table(metadata.get("kernelspec")), **changed}
        return {**self.values, "metadata": {**metadata, "kernelspec": kernel}}


def read(path: str) -> Document:
    """The notebook at a real path; raises `BadRequest`, in words that follow its name, where there is none."""
    try:
        data, status = _bytes_of(path)
    except (OSError, ValueError) as error:
        raise BadRequest(f"It could not be read: {getattr(error, 'strerror', None) or error}.") from error
    return understood(data, status)


def understood(data: bytes, status: os.stat_result) -> Document:
    """The notebook that these bytes are; raises `BadRequest` where they are none."""
    try:
        text = data.decode()
        parts = _document(text)
    except RecursionError as error:
        raise BadRequest("It is no notebook: it is nested too deeply.") from error
    except ValueError as error:
        raise BadRequest(f"It is no notebook: {_why(error)}.") from error
    if "nbformat" not in parts:
        raise BadRequest("It is no notebook: it does not say its format.")
    values = {name: part.value for name, part in parts.items()}
    return Document(text, hashlib.sha256(data).hexdigest(), status, values, _kernel(text, parts))


def _bytes_of(path: str) -> tuple[bytes, os.stat_result]:
    """What a regular file holds; nothing else is waited for."""
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
    descriptor = os.open(path, flags)
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise ValueError("it is no regular file")
        if status.st_size > AT_MOST:
            raise ValueError(f"it is larger than {AT_MOST // 1024 // 1024} MiB")
        return file.read(AT_MOST + 1), status


def _document(text: str) -> dict[str, Part]:
    start = _after_space(text, len(_BYTE_ORDER_MARK) if text.startswith(_BYTE_ORDER_MARK) else 0)
    parts, end = _members(text, start)
    if _after_space(text, end) != len(text):
        raise json.JSONDecodeError("Extra data", text, end)
    return parts


def _kernel(text: str, parts: Mapping[str, Part]) -> Mapping[str, Part]:
    """The parts of `metadata.kernelspec`; none where there is no such object."""
    for name in ("metadata", "kernelspec"):
        if name not in parts or not isinstance(parts[name].value, dict):
            return {}
        parts, _ = _members(text, parts[name].start)
    return parts


def _members(text: str, at: int) -> tuple[dict[str, Part], int]:
    """The members of the object that begins there, and where it ends.

    Of several with one name the last one counts, as it does for every reader. Raises `JSONDecodeError`.
    """
    parts: dict[str, Part] = {}
    at = _after(text, at, "{")
    while text[at : at + 1] != "}" or parts:
        if text[at : at + 1] != '"':
            raise json.JSONDecodeError("Expecting property name enclosed in double quotes", text, at)
        name, at = _DECODER.raw_decode(text, at)
        start = _after(text, _after_space(text, at), ":")
        value, end = _DECODER.raw_decode(text, start)
        parts[name] = Part(value, start, end)
        at = _after_space(text, end)
        if text[at : at + 1] == "}":
            break
        at = _after(text, at, ",")
    return parts, at + 1


def _after(text: str, at: int, sign: str) -> int:
    """Where what follows a sign and white space begins."""
    if text[at : at + 1] != sign:
        raise json.JSONDecodeError(f"Expecting '{sign}'", text, at)
    return _after_space(text, at + 1)


def _after_space(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at


def _why(error: ValueError) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"its JSON is damaged at line {error.lineno}, column {error.colno}"
    return "it is not text in UTF-8"


def _table(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}
