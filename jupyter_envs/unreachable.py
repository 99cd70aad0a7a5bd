"""Environments behind a mount that does not answer: told as they were known before, and not offered."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from jupyter_envs.errors import Problem, ProblemCode
from jupyter_envs.naming import shown_path
from jupyter_envs.state import State

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from jupyter_envs.environment import Environment
    from jupyter_envs.managers.base import Scene


def kept(found: list[Environment], known: Iterable[Environment], scene: Scene) -> list[Environment]:
    """What was found, and what was known of those that could not be looked at; sorted by id."""
    seen = {environment.prefix for environment in found}
    away = (one for one in known if one.prefix not in seen and is_away(one.prefix, scene))
    return sorted([*found, *(_as_it_was(one, scene) for one in away)], key=lambda environment: environment.id)


def is_away(prefix: Path, scene: Scene) -> bool:
    """Whether an environment, or the Python that it leads to, lies where nothing answers."""
    return any(scene.is_away(prefix / name) for name in ("pyvenv.cfg", "bin/python", "Scripts/python.exe"))


def _as_it_was(environment: Environment, scene: Scene) -> Environment:
    where = " and ".join(shown_path(point) for point in sorted(scene.unreachable))
    problem = Problem(
        ProblemCode.UNREACHABLE,
        f"The disk at {where} does not answer, so this is what was known of it before.",
        "Wait until it does, or unmount it; no kernel starts from there meanwhile.",
    )
    others = tuple(one for one in environment.problems if one.code is not ProblemCode.UNREACHABLE)
    return replace(environment, state=State.BROKEN, kernel=False, problems=(problem, *others)).revised()
