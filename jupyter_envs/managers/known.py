"""The projects that a scene knows, by what a manager works out for each: its hash, or the path in a file of its."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from jupyter_envs.managers.base import Scene

K = TypeVar("K")


def projects_by(scene: Scene, question: str, name: str, answer: Callable[[Path], K | None]) -> dict[K, list[Path]]:
    """The projects that have a file `name`, by the answer for each; None leaves one out.

    Each project is asked about once for a scene and `question` (which begins with the manager's name), also when more
    of them become known later.
    """
    found: dict[K, list[Path]] = scene.once(("projects", question), dict)
    asked: list[int] = scene.once(("projects asked", question), lambda: [0])
    if asked[0] == len(scene.projects):
        return found
    new = list(islice(scene.projects.items(), asked[0], None))  # they are only ever added, at the end
    asked[0] += len(new)
    for project, names in new:
        value = answer(project) if name in names else None
        if value is not None:
            found.setdefault(value, []).append(project)
    return found
