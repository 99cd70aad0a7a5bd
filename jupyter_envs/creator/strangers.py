"""What lies in an environment's folder and was put there by no tool: its person's own things."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jupyter_envs import files
from jupyter_envs.creator import packages, recorded
from jupyter_envs.pyvenv import MARKER

if TYPE_CHECKING:
    from jupyter_envs.pyvenv import Reading

_OF_TOOLS = frozenset({
    "bin", "lib", "lib32", "lib64", "include", "share", "etc", "man", "src", "local", "pyvenv.cfg", "pip.conf",
    "pip-selfcheck.json", ".gitignore", "CACHEDIR.TAG", ".lock", ".project", "rye-venv.json", "conda-meta",
    "__pycache__", ".DS_Store", MARKER,
})  # fmt: skip
"""What venv, virtualenv, uv, their managers and systems write at the top of an environment."""


def names(reading: Reading) -> list[str]:
    """The names at the top of an environment's folder that neither a tool nor an installed package put there."""
    found = [name for name in files.names(reading.prefix) if name not in _OF_TOOLS]
    if not found:
        return []
    installed = {name.partition("/")[0] for name in recorded.names(reading.prefix, packages.folders(reading))}
    return [name for name in found if name not in installed]
