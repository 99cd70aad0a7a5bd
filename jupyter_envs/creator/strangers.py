"""What lies in an environment's folder and was put there by no tool: its person's own things."""

from __future__ import annotations

import os
from itertools import islice
from typing import TYPE_CHECKING

from jupyter_envs import files
from jupyter_envs.creator import packages, recorded
from jupyter_envs.pyvenv import MARKER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jupyter_envs.creator.recorded import Recorded
    from jupyter_envs.pyvenv import Reading

ENTRIES_AT_MOST = 100_000
"""How much of one folder is looked through that a package put something into; one with more counts as a person's."""
OF_TOOLS = frozenset({
    "bin", "lib", "lib32", "lib64", "include", "share", "etc", "man", "src", "local", "pyvenv.cfg", "pip.conf",
    "pip-selfcheck.json", ".gitignore", "CACHEDIR.TAG", ".lock", ".project", "rye-venv.json", "conda-meta",
    "__pycache__", ".DS_Store", MARKER, f"{MARKER}.draft",
})  # fmt: skip
"""What venv, virtualenv, uv, their managers and systems write at the top of an environment."""
NOBODYS = frozenset({"__pycache__", ".DS_Store"})


def names(reading: Reading) -> list[str]:
    """The names at the top of an environment's folder that neither a tool nor an installed package put there.

    Where packages put something into a folder there: the names of what else lies in it.
    """
    found = [name for name in files.names(reading.prefix) if name not in OF_TOOLS]
    if not found:
        return []
    known = recorded.of(reading.prefix, packages.folders(reading))
    return [stranger for name in found for stranger in _strangers(reading.prefix, name, known)]


def _strangers(prefix: str, name: str, known: Recorded) -> list[str]:
    if name in known.files:
        return []
    if name not in known.folders or os.path.islink(os.path.join(prefix, name)):
        return [name]
    entries = list(islice(_below(prefix, name), ENTRIES_AT_MOST + 1))
    if len(entries) > ENTRIES_AT_MOST:
        return [name]
    return [entry for entry in sorted(entries) if entry not in known.files and entry not in known.folders]


def _below(prefix: str, name: str) -> Iterator[str]:
    """Everything in a folder that is no folder, by its name below the prefix, and each folder that is empty or shut."""
    waiting = [name]
    while waiting:
        folder = waiting.pop()
        try:
            with os.scandir(os.path.join(prefix, folder)) as listing:
                entries = [entry for entry in islice(listing, ENTRIES_AT_MOST + 1) if entry.name not in NOBODYS]
        except OSError:
            yield f"{folder}/"
            continue
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                waiting.append(f"{folder}/{entry.name}")
            else:
                yield f"{folder}/{entry.name}"
