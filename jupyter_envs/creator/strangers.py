"""What lies in an environment's folder and was put there by no tool: its person's own things."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from jupyter_envs import files
from jupyter_envs.pyvenv import MARKER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jupyter_envs.pyvenv import Reading

_OF_TOOLS = frozenset({
    "bin", "lib", "lib32", "lib64", "include", "share", "etc", "man", "src", "local", "pyvenv.cfg", "pip.conf",
    "pip-selfcheck.json", ".gitignore", "CACHEDIR.TAG", ".lock", ".project", "rye-venv.json", "conda-meta",
    "__pycache__", ".DS_Store", MARKER,
})  # fmt: skip
"""What venv, virtualenv, uv, their managers and systems write at the top of an environment."""
_UP = "../../../"
"""How a RECORD in `lib/python3.12/site-packages` begins the name of a file at the top."""


def names(reading: Reading) -> list[str]:
    """The names at the top of an environment's folder that neither a tool nor an installed package put there."""
    found = [name for name in files.names(reading.prefix) if name not in _OF_TOOLS]
    if not found:
        return []
    installed = set(_installed(reading))
    return [name for name in found if name not in installed]


def _installed(reading: Reading) -> Iterator[str]:
    """The names at the top that packages installed."""
    for site in reading.sites():
        for name in files.names(site):
            record = os.path.join(site, name, "RECORD")
            if name.endswith(".dist-info"):
                lines = (files.read_text(record, files.LARGE) or "").splitlines()
                yield from (line[len(_UP) :].split("/")[0].split(",")[0] for line in lines if line.startswith(_UP))
