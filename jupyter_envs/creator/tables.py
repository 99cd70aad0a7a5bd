"""One table of a TOML file, replaced as text, so that all others and their comments stay byte for byte as they are.

What a change would give is read again before it is believed: a text that means anything else for the rest of the file,
such as a header inside a long string, is left alone.
"""

from __future__ import annotations

import re
import tomllib

_HEADER = re.compile(r"[ \t]*\[[^\n]*")
_SAYS_NOTHING = re.compile(r"[ \t]*(?:#[^\n]*)?\r?\n?")


def section(text: str, name: str) -> str | None:
    """The lines of the table of that name, from its header to its last key; None where there is none to be sure of."""
    bounds = _bounds(text, name)
    return None if bounds is None else text[bounds[0] : bounds[1]]


def replaced(text: str, name: str, wanted: str | None) -> str | None:
    """The text with that table as it is `wanted`, at its end where it had none; None for `wanted` takes it out.

    None where the text is no TOML, or where the rest of it would not mean the same any more.
    """
    bounds = _bounds(text, name)
    if bounds is not None:
        fresh = text[: bounds[0]] + (wanted or "") + text[bounds[1] :]
    elif wanted is None:
        fresh = text
    else:
        fresh = _ended(text) + wanted
    return fresh if _rest(text, name) == _rest(fresh, name) is not None and _fits(fresh, name, wanted) else None


def _bounds(text: str, name: str) -> tuple[int, int] | None:
    """Where the table begins and ends; blank lines and comments before the next header belong to that one."""
    lines = text.splitlines(keepends=True)
    first = next((number for number, line in enumerate(lines) if _names(line) == [name]), None)
    if first is None:
        return None
    after = range(first + 1, len(lines))
    last = next((number for number in after if _HEADER.match(lines[number]) and _names(lines[number]) != [name]), None)
    end = len(lines) if last is None else last
    while _SAYS_NOTHING.fullmatch(lines[end - 1]):
        end -= 1
    start = sum(map(len, lines[:first]))
    return start, start + sum(map(len, lines[first:end]))


def _names(line: str) -> list[str]:
    """The names at the top that a header's line speaks of: one where it is a header."""
    if not _HEADER.match(line):
        return []
    return list(_parsed(line) or ())


def _rest(text: str, name: str) -> dict[str, object] | None:
    content = _parsed(text)
    return None if content is None else {key: value for key, value in content.items() if key != name}


def _fits(text: str, name: str, wanted: str | None) -> bool:
    return (_parsed(text) or {}).get(name) == (_parsed(wanted or "") or {}).get(name)


def _parsed(text: str) -> dict[str, object] | None:
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError):  # ValueError, too, for an integer of thousands of digits
        return None


def _ended(text: str) -> str:
    return text if not text or text.endswith("\n") else f"{text}\n"
