"""Kernel specs that already lie on disk: somebody's `ipykernel install` for an environment is its kernel."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_envs import files

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jupyter_envs.managers.base import Scene

NATIVE = "python3"
"""The kernel of the Jupyter server's own environment."""

_PYTHON = re.compile(r"python(?:\d(?:\.\d+)?)?(?:\.exe)?", re.IGNORECASE)


def kernel_names(scene: Scene) -> dict[Path, str]:
    """Real prefix of each environment that a kernel spec on disk starts, with the spec's name.

    A spec hides those of its name in weaker folders. `python3` is this Python's own, unless somebody installed
    another environment's kernel under that name.
    """
    started: dict[str, Path | None] = {}
    for folder in scene.host.jupyter_data_folders():
        for name in scene.names(folder / "kernels"):
            path = folder / "kernels" / name / "kernel.json"
            if name.lower() not in started and scene.is_file(path):
                started[name.lower()] = _started(path, scene)
    native = started.pop(NATIVE, None) or scene.real(scene.host.prefix)
    names = {native: NATIVE}
    for name, prefix in started.items():
        if prefix is not None:
            names.setdefault(prefix, name)
    return names


def _started(path: Path, scene: Scene) -> Path | None:
    """The prefix whose ipykernel a kernel spec starts, or None for anything else."""
    words = list(_words(path, scene))
    if not words or not {"ipykernel_launcher", "ipykernel"} & set(words):
        return None
    python = Path(words[0])
    if not python.is_absolute() or _PYTHON.fullmatch(python.name) is None:
        return None
    if scene.is_away(python) or not os.path.lexists(python):
        return None
    return Path(os.path.realpath(python.parent.parent))  # resolve() raises for links in a circle


def _words(path: Path, scene: Scene) -> Iterator[str]:
    content = scene.json(path, files.SMALL)
    argv = content.get("argv") if isinstance(content, dict) else None
    if isinstance(argv, list):
        yield from (word for word in argv if isinstance(word, str))
