"""What a file of requirements may say where a client names it: packages with versions and hashes, and nothing else.

An option could choose another index, another file or any address, which is not for a client to choose. The command
line trusts its person, and hands the file on as it is.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from jupyter_envs import files, naming
from jupyter_envs.creator import wish
from jupyter_envs.creator.places import REQUIREMENTS_AT_MOST
from jupyter_envs.errors import BadRequest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_COMMENT = re.compile(r"(^|\s)#.*$")
_HASHES = re.compile(r"(\s+--hash[= ]\w+:\w+)+\s*$")


def check(file: Path) -> None:
    """Raises `BadRequest` with the first line that says more than a package, its version and its hashes."""
    for number, line in _lines(files.read_text(str(file), REQUIREMENTS_AT_MOST) or ""):
        try:
            wish.checked_packages([_HASHES.sub("", line)])
        except BadRequest as error:
            raise BadRequest(
                f"Line {number} of {naming.shown(file.name)} is more than a package: {naming.shown(line)[:80]!r}.",
                "Leave names, versions and hashes in it, or make the environment in a terminal: jupyter envs create",
            ) from error


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """The numbered lines, without comments, and with those joined that a backslash ends."""
    whole, began = "", 0
    for number, line in enumerate(text.splitlines(), 1):
        began = began if whole else number
        whole += line
        if whole.endswith("\\"):
            whole = whole[:-1] + " "
            continue
        bare = _COMMENT.sub("", whole).strip()
        if bare:
            yield began, bare
        whole = ""
    if whole.strip():
        yield began, whole.strip()
