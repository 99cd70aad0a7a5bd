"""The one setting of conda's that matters here, `envs_dirs`, read from the YAML that people and `conda config` write.

It is not a YAML reader: a block list, a list in brackets, quotes and comments, and nothing that needs more.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_KEY = re.compile(r"(?:envs_dirs|envs_path|'envs_dirs'|\"envs_dirs\")\s*:(?P<value>(?:\s.*)?)")
_ITEM = re.compile(r"\s*-(?:\s+(?P<value>.*))?")
_TEXT = re.compile(
    r"""(?:"(?P<double>[^"\\]*)"|'(?P<single>(?:[^']|'')*)'|(?P<plain>[^\s'"\[\]{},&*!|>%@`#][^,\[\]{}]*))"""
)


def folders(text: str) -> list[str] | None:
    """The folders that `envs_dirs` lists; none where it is not there, None where it cannot be understood."""
    lines = [line.rstrip() for line in text.split("\n")]
    for number, line in enumerate(lines):
        match = _KEY.fullmatch(line)
        if match is None:
            continue
        value = _without_comment(match["value"]).strip()
        if value in {"", "[]", "~", "null"}:
            return _block(lines[number + 1 :]) if not value else []
        if value.startswith("["):
            return _in_brackets(value, lines[number + 1 :])
        return None
    return []


def _block(lines: list[str]) -> list[str] | None:
    """The items below the key, up to the next key."""
    found: list[str] = []
    for line in _told(lines):
        match = _ITEM.fullmatch(line)
        if match is None:
            return found if line[:1] not in {" ", "\t"} else None
        text = _text(match["value"] or "")
        if text is None:
            return None
        found.append(text)
    return found


def _in_brackets(first: str, lines: list[str]) -> list[str] | None:
    """A list between brackets, on one line or several."""
    whole = first
    for line in _told(lines):
        if whole.endswith("]"):
            break
        whole += " " + line.strip()
    if not whole.endswith("]"):
        return None
    items = [part for part in whole[1:-1].split(",") if part.strip()]
    texts = [_text(item) for item in items]
    return None if None in texts else [text for text in texts if text is not None]


def _told(lines: list[str]) -> Iterator[str]:
    """The lines that say something, without their comments."""
    for line in lines:
        told = _without_comment(line)
        if told.strip():
            yield told


def _without_comment(line: str) -> str:
    """A line up to a `#` that begins a comment: one at its start or after a space, outside of quotes."""
    quote = ""
    for position, character in enumerate(line):
        if quote:
            quote = "" if character == quote else quote
        elif character in {'"', "'"} and not line[:position].strip(" \t-[,"):
            quote = character
        elif character == "#" and not line[position - 1 : position].strip():
            return line[:position].rstrip()
    return line


def _text(written: str) -> str | None:
    """One item without its quotes; None for what is no plain text."""
    match = _TEXT.fullmatch(written.strip())
    if match is None:
        return None
    if match["single"] is not None:
        return match["single"].replace("''", "'")
    return match["plain"] if match["double"] is None else match["double"]
