"""Output of programs, as lines of plain text."""

from __future__ import annotations

import re
import unicodedata
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

OUTPUT_AT_MOST = 256 * 1024
"""How much output of a program is kept, in characters; the oldest lines go first."""
LINE_AT_MOST = 2000
CHUNK = 64 * 1024

_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]*[0-~])")
_CREDENTIALS = re.compile(r"(?<=://)(?:(?=[^/\s\"']*[:@])[^\s\"']*@|[^/\s@]+@)")
"""A password may have any sign in it, also an unquoted @ or /; `https://host/project@tag` has none."""
_PARAMETERS = re.compile(
    r"([?&;#][^=&\s\"']*(?:token|key|passw|pwd|secret|auth|sig|cred)[^=&\s\"']*=)[^&;#\s\"']+", re.IGNORECASE
)
_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


class Lines:
    """Output in pieces, made into lines: cleaned, cut at 2,000 characters, and the last 256 KiB of them kept."""

    def __init__(self, on_line: Callable[[str], None], secrets: Iterable[str] = ()) -> None:
        self.kept: deque[str] = deque()
        self._size = 0
        self._rest = b""
        self._on_line = on_line
        self._secrets = tuple(secrets)

    def feed(self, data: bytes) -> None:
        """Take up more output; a line without an end is held back until it is longer than a line may be."""
        *whole, self._rest = (self._rest + data).split(b"\n")
        for line in whole:
            self._tell(line)
        if len(self._rest) > CHUNK:
            self._rest = self._rest.rpartition(b"\r")[2][-CHUNK:]

    def finish(self) -> None:
        """Tell what came after the last line's end."""
        if self._rest:
            self._tell(self._rest)
            self._rest = b""

    def _tell(self, raw: bytes) -> None:
        line = clean(raw.decode("utf-8", "replace"), self._secrets)
        self.kept.append(line)
        self._size += len(line) + 1
        while self._size > OUTPUT_AT_MOST:
            self._size -= len(self.kept.popleft()) + 1
        self._on_line(line)


def clean(line: str, secrets: Iterable[str] = ()) -> str:
    """One line as a terminal would show it in the end: plain text, without `secrets` and what addresses tell."""
    text = _ESCAPES.sub("", line.rstrip("\r\n")).rpartition("\r")[2]
    text = "".join(char for char in text if char == "\t" or unicodedata.category(char) not in _HIDDEN_CATEGORIES)
    for secret in secrets:
        text = text.replace(secret, "***")
    text = _PARAMETERS.sub(r"\1***", _CREDENTIALS.sub("***@", text))
    return text if len(text) <= LINE_AT_MOST else text[: LINE_AT_MOST - 1] + "…"
