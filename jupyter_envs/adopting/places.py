"""The notebooks that a person means: those that are named, and those below folders that are."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from jupyter_envs.managers.base import Scene

ENDING = ".ipynb"


def notebooks(named: Iterable[Path], scene: Scene, unread: Callable[[OSError], None]) -> Iterator[Path]:
    """Each notebook once, in the order in which they are named; `unread` is told of folders that could not be read.

    Below a folder, links, hidden folders and environments are passed over. What is named is taken, whatever it is.
    """
    seen: set[str] = set()
    for path in named:
        is_folder = not scene.is_away(path.absolute()) and os.path.isdir(path)
        for found in _below(path, scene, unread) if is_folder else [path]:
            real = os.fspath(scene.real(found.absolute()))
            if real not in seen:
                seen.add(real)
                yield found


def _below(folder: Path, scene: Scene, unread: Callable[[OSError], None]) -> Iterator[Path]:
    try:
        with os.scandir(folder) as listing:
            entries = sorted(listing, key=lambda entry: entry.name)
    except OSError as error:
        unread(error)
        return
    for entry in entries:
        path = folder / entry.name
        if entry.is_dir(follow_symlinks=False):
            if not entry.name.startswith(".") and not scene.is_away(path) and not scene.is_environment(path):
                yield from _below(path, scene, unread)
        elif entry.name.endswith(ENDING) and entry.is_file(follow_symlinks=False):
            yield path
