"""The words in variables and settings that nobody else may read, to be masked in what a tool says."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

AT_LEAST = 4
"""How long a word must be: a shorter one would be masked in the middle of others."""
_NAMES = re.compile(r"password|passwd|secret|token", re.IGNORECASE)


def secrets_in(settings: Mapping[str, str]) -> tuple[str, ...]:
    """Passwords and tokens, the longest first: those that a name tells, and those in addresses, also unquoted."""
    found = {word for name, value in settings.items() for word in _of(name, value)}
    found |= {unquote(word) for word in found}
    return tuple(sorted((word for word in found if len(word) >= AT_LEAST), key=lambda word: (-len(word), word)))


def _of(name: str, value: str) -> Iterator[str]:
    if _NAMES.search(name):
        yield value.strip()
    for word in {*value.split(), *re.split(r"[\s,]+", value)}:
        user, colon, password = word.partition("://")[2].rpartition("@")[0].partition(":")
        if colon:
            yield password
        elif "/" not in user:  # a token alone; else an address such as https://host/project@tag
            yield user
