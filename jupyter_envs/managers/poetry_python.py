"""Which Pythons a Poetry project allows: `requires-python`, and Poetry's own words for versions, such as `^3.9`.

Source: `poetry.core.constraints.version.parser`. What cannot be understood here forbids nothing: Poetry itself judges.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from jupyter_envs.managers.poetry_settings import text_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_AFTER_OPERATOR = re.compile(r"([<>=!~^])\s+")
_BETWEEN = re.compile(r"[,\s]+")
_EITHER = re.compile(r"\|\|?")
_CARET_OR_TILDE = re.compile(r"(\^|~(?!=))\s*v?(\d+(?:\.\d+)*)")
_EXACTLY = re.compile(r"=?\s*(\d+(?:\.\d+)*(?:\.\*)?)")


def excluding(content: Mapping[str, object], version: str) -> str | None:
    """What a `pyproject.toml` says of Pythons where that leaves a version out; None where it is allowed."""
    return next((text for text in _constraints(content) if not _allows(text, version)), None)


def _constraints(content: Mapping[str, object]) -> Iterator[str]:
    dependency = ("tool", "poetry", "dependencies", "python")
    for keys in (("project", "requires-python"), dependency, (*dependency, "version")):
        text = text_of(content, *keys)
        if text is not None:
            yield text


def _allows(constraint: str, version: str) -> bool:
    return any(_allows_all(each, version) for each in _EITHER.split(constraint))


def _allows_all(constraint: str, version: str) -> bool:
    from packaging.specifiers import InvalidSpecifier, SpecifierSet  # a listing need not wait for it

    parts = _BETWEEN.split(_AFTER_OPERATOR.sub(r"\1", constraint.strip()))
    try:
        return SpecifierSet(",".join(_standard(part) for part in parts)).contains(version, prereleases=True)
    except InvalidSpecifier:
        return True


def _standard(part: str) -> str:
    """One condition in the standard's words."""
    if part == "*":
        return ""
    if match := _CARET_OR_TILDE.fullmatch(part):
        numbers = match[2].split(".")
        kept = 1 if match[1] == "^" or len(numbers) == 1 else 2
        return f">={match[2]},<{_next(numbers[:kept])}"
    exactly = _EXACTLY.fullmatch(part)
    return f"=={exactly[1]}" if exactly else part


def _next(numbers: list[str]) -> str:
    return ".".join([*numbers[:-1], str(int(numbers[-1]) + 1)])
