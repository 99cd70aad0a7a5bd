"""What a person's shell start files export, read as text: they are programs, and are never run."""

from __future__ import annotations

import os
import re

from jupyter_envs import files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

RC_FILES = (
    ".bash_profile",
    ".bash_login",
    ".profile",
    ".bashrc",
    ".zshenv",
    ".zprofile",
    ".zshrc",
    ".config/fish/config.fish",
)
_EXPORT = re.compile(r"\s*export\s+(?P<name>\w+)=(?P<value>.*)")
_FISH_SCOPE = r"(?:(?:-[gU]|--global|--universal)\s+)*"
_FISH_EXPORT = re.compile(
    rf"\s*set\s+{_FISH_SCOPE}(?:-[gU]*x[gU]*|--export)\s+{_FISH_SCOPE}(?P<name>\w+)\s+(?P<value>.*)"
)
_PIECE = re.compile(
    r"""'(?P<literal>[^']*)'|"(?P<quoted>(?:[^"\\]|\\.)*)"|\\(?P<escaped>.)|(?P<plain>[^\s;&|<>()'"\\]+)"""
)
_ESCAPED_IN_QUOTES = re.compile(r'\\([$`"\\])')
_VARIABLE = re.compile(r"\$(?:(?P<plain>\w+)|\{(?P<braced>\w+)\})")


def exports(home: Path, known: Mapping[str, str]) -> dict[str, str]:
    """Each exported name with its value, the last one of all files; `known` are the variables that are set already."""
    found: dict[str, str] = {}
    for name in RC_FILES:
        for line in (files.read_text(os.fspath(home / name)) or "").splitlines():
            match = _EXPORT.match(line) or _FISH_EXPORT.match(line)
            value = _first_word(match["value"], {**known, **found}) if match else None
            if match and value:
                found[match["name"]] = value
    return found


def _first_word(text: str, known: Mapping[str, str]) -> str | None:
    """The first word of a shell's line as the shell would read it; None where it would have to compute something."""
    word, position = "", 0
    while match := _PIECE.match(text, position):
        piece = _without_quotes(match, known)
        if piece is None:
            return None
        word += piece
        position = match.end()
    in_full = text[position : position + 1] not in {"'", '"', "(", "\\"}  # not so: open quotes, an array, a next line
    return word if in_full else None


def _without_quotes(match: re.Match[str], known: Mapping[str, str]) -> str | None:
    if match["plain"] is not None:
        text = match["plain"]
        at_home = match.start() == 0 and (text == "~" or text.startswith("~/"))
        return _replaced("$HOME" + text[1:] if at_home else text, known)
    if match["quoted"] is None:
        return match["literal"] if match["escaped"] is None else match["escaped"]
    parts: list[str | None] = list(_ESCAPED_IN_QUOTES.split(match["quoted"]))
    parts[::2] = [_replaced(part or "", known) for part in parts[::2]]  # between them stand the escaped characters
    sure = [part for part in parts if part is not None]
    return "".join(sure) if len(sure) == len(parts) else None


def _replaced(text: str, known: Mapping[str, str]) -> str | None:
    """The text with its variables replaced; None where one is not known, or where the shell would compute."""
    names = [match["plain"] or match["braced"] for match in _VARIABLE.finditer(text)]
    if "`" in text or text.count("$") > len(names) or not known.keys() >= set(names):
        return None
    return _VARIABLE.sub(lambda match: known[match["plain"] or match["braced"]], text)
