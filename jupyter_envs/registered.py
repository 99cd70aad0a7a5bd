"""Kernel specs that already lie on disk: somebody's `ipykernel install` for an environment is its kernel."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_envs import files

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jupyter_envs.managers.base import Scene

NATIVE = "python3"
"""The kernel of the Jupyter server's own environment."""

KEY = "jupyter_envs"
"""The key of ours in a kernel spec's metadata."""
_PYTHON = re.compile(r"python(?:\d(?:\.\d+)?)?(?:\.exe)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Mark:
    """What `register` writes into the metadata of a kernel spec: whose kernel it is, and that the file is ours."""

    id: str
    manager: str
    prefix: Path

    def as_json(self) -> dict[str, object]:
        """What stands in the metadata under our key."""
        return {"id": self.id, "manager": self.manager, "registered": True, "prefix": os.fspath(self.prefix)}

    @property
    def python(self) -> Path:
        """The interpreter of its environment, unresolved."""
        return self.prefix / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def mark_of(content: object) -> Mark | None:
    """The mark in what a `kernel.json` holds; None where it is not one that `register` wrote."""
    metadata = content.get("metadata") if isinstance(content, dict) else None
    told = metadata.get(KEY) if isinstance(metadata, dict) else None
    if not isinstance(told, dict) or told.get("registered") is not True:
        return None
    texts = [told.get(name) for name in ("id", "manager", "prefix")]
    identity, manager, prefix = (text if isinstance(text, str) else "" for text in texts)
    if not identity or not _is_path(prefix) or not os.path.isabs(prefix):
        return None
    return Mark(identity, manager, Path(prefix))


def _is_path(text: str) -> bool:
    try:
        os.fsencode(text)
    except UnicodeEncodeError:  # what no system call takes
        return False
    return "\0" not in text


def kernel_names(scene: Scene) -> dict[Path, str]:
    """Real prefix of each environment that a kernel spec on disk starts, with the spec's name.

    `python3` is this Python's own, unless somebody installed another environment's kernel under that name.
    """
    started = on_disk(scene)
    native = started.pop(NATIVE, None) or scene.real(scene.host.prefix)
    names = {native: NATIVE}
    for name, prefix in started.items():
        if prefix is not None:
            names.setdefault(prefix, name)
    return names


def on_disk(scene: Scene) -> dict[str, Path | None]:
    """Name of each kernel spec on disk, in lower case, with the real prefix whose ipykernel it starts, or None.

    A spec hides those of its name in weaker folders.
    """
    started: dict[str, Path | None] = {}
    for folder in scene.host.jupyter_data_folders():
        for name in scene.names(folder / "kernels"):
            path = folder / "kernels" / name / "kernel.json"
            if name.lower() not in started and scene.is_file(path):
                started[name.lower()] = _started(path, scene)
    return started


def _started(path: Path, scene: Scene) -> Path | None:
    """The prefix whose ipykernel a kernel spec starts, or None for anything else."""
    content = scene.json(path, files.SMALL)
    mark, words = mark_of(content), list(_words(content))
    if mark is None and (not words or not {"ipykernel_launcher", "ipykernel"} & set(words)):
        return None
    python = mark.python if mark else Path(words[0])
    if not python.is_absolute() or _PYTHON.fullmatch(python.name) is None:
        return None
    if scene.is_away(python) or not os.path.lexists(python):
        return None
    return Path(os.path.realpath(python.parent.parent))  # resolve() raises for links in a circle


def _words(content: object) -> Iterator[str]:
    argv = content.get("argv") if isinstance(content, dict) else None
    if isinstance(argv, list):
        yield from (word for word in argv if isinstance(word, str))
