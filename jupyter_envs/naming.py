"""How an environment is called: its id (the kernel name), its plain name, and texts made fit for showing.

The id is made from the prefix alone, so that it never changes while the environment stays where it is.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

SHOWN_AT_MOST = 80
SLUG_AT_MOST = 40
_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_ENVIRONMENT_NAME = re.compile(r"\.?(?:venv|env|virtualenv)(?:[-_.\d].*)?", re.IGNORECASE | re.DOTALL)
_HASH = r"-[A-Za-z0-9_-]{8}"
_PIPENV_NAMES = (
    re.compile(rf"(?P<name>.+){_HASH}(?P<rest>-(?:python|pypy)?\d+(?:\.\d+)*t?)", re.DOTALL),
    re.compile(rf"(?P<name>.+){_HASH}(?P<rest>)", re.DOTALL),
)
_PDM_NAMES = (
    re.compile(rf"(?P<name>.+){_HASH}-\d+\.\d+t?(?P<rest>)", re.DOTALL),
    re.compile(rf"(?P<name>.+){_HASH}(?P<rest>-[^-].*)", re.DOTALL),
)
_NAMES_BY_PLACE = ((("share", "virtualenvs"), _PIPENV_NAMES), (("pdm", "venvs"), _PDM_NAMES))
_POETRY_NAME = re.compile(r"(?P<name>.+)-[A-Za-z0-9_-]{8}(?P<rest>-py\d+(?:\.\d+)?t?)", re.DOTALL)


def is_environment_name(name: str) -> bool:
    """Whether a folder's name says only that it is an environment: `.venv`, `venv`, `env`, `.venv39`, ..."""
    return _ENVIRONMENT_NAME.fullmatch(name) is not None


def environment_id(prefix: Path, home: Path, digits: int = 8) -> str:
    """The id and kernel name of the environment at `prefix`: a readable slug and `digits` hex digits of a hash.

    The home folder counts as `~`, so that colleagues with the same layout get the same id. What the slug is made of is
    frozen: notebooks remember it, so it may not follow when another manager is understood.
    """
    return f"{_slug(prefix)}-{_digest(prefix, home)[:digits]}"


def plain_name(prefix: Path) -> str:
    """What people call it: the folder's name without a tool's hash, or the project's where it is only `.venv`."""
    name = prefix.name
    if not is_environment_name(name) or not prefix.parent.name:
        return shown(_without_hash(prefix))
    return shown(prefix.parent.name if name == ".venv" else f"{prefix.parent.name}/{name}")


def shown(text: str) -> str:
    """A name fit for showing: no control or invisible characters or lone surrogates, at most 80 characters."""
    kept = shown_path(text)
    return kept if len(kept) <= SHOWN_AT_MOST else kept[: SHOWN_AT_MOST - 1] + "…"


def shown_path(path: str) -> str:
    """A path fit for showing: as `shown`, but whole, because a cut path is of no use."""
    return "".join(char for char in path if unicodedata.category(char) not in _HIDDEN_CATEGORIES)


def told_apart(places: Sequence[Path], home: Path) -> list[str]:
    """A text for each place, in their order: the shortest end of its path that no other has, or else the whole path."""
    paths = [Path("~", place.relative_to(home)) if place.is_relative_to(home) else place for place in places]
    texts: dict[int, str] = {}
    for length in range(1, max((len(path.parts) for path in paths), default=0) + 1):
        ends = {index: shown(os.fspath(Path(*path.parts[-length:]))) for index, path in enumerate(paths)}
        seen = Counter(ends.values())
        for index, end in ends.items():
            if seen[end] == 1:
                texts.setdefault(index, end)
        if len(texts) == len(paths):
            break
    return [texts.get(index, shown_path(os.fspath(path))) for index, path in enumerate(paths)]


def _slug(prefix: Path) -> str:
    name = prefix.name
    text = _without_hash(prefix)
    if is_environment_name(name):
        own = "" if name == ".venv" else "-" + name.lstrip(".")
        text = prefix.parent.name + own
    folded = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9._-]+", "-", folded).strip("-.")[:SLUG_AT_MOST].rstrip("-.")
    return slug or "env"


def _without_hash(prefix: Path) -> str:
    """The folder's name without the hash in a name of Poetry's form, or in pipenv's or PDM's own folder.

    In other places it could be a word or a date of a person's own.
    """
    around = prefix.parts[-3:-1]
    patterns: tuple[re.Pattern[str], ...] = next((each for place, each in _NAMES_BY_PLACE if around == place), ())
    for pattern in (_POETRY_NAME, *patterns):
        match = pattern.fullmatch(prefix.name)
        if match:
            return match["name"] + match["rest"]
    return prefix.name


def _digest(prefix: Path, home: Path) -> str:
    text = os.fsencode(prefix)
    start = os.fsencode(home)
    if text == start or text.startswith(start.rstrip(b"/") + os.fsencode(os.sep)):
        text = b"~" + text[len(start.rstrip(b"/")) :]
    import hashlib  # slow to load, and not needed for a listing that is remembered

    return hashlib.sha256(text).hexdigest()
