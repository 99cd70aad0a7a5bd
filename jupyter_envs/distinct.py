"""Ids and names of environments made distinct within one listing."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from jupyter_envs import naming

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jupyter_envs.environment import Environment


def told_apart(environments: list[Environment], home: Path) -> Iterator[Environment]:
    """Ids that collide get a longer hash; names that are equal get the folder that they lie in."""
    ids = Counter(environment.id for environment in environments)
    alike: dict[str, list[Environment]] = {}
    for environment in environments:
        alike.setdefault(environment.display_name, []).append(environment)
    for group in alike.values():
        places = naming.told_apart(_whereabouts(group), home) if len(group) > 1 else [""]
        for environment, place in zip(group, places, strict=True):
            one = _with_longer_id(environment, home) if ids[environment.id] > 1 else environment
            yield _at(one, place) if place else one


def _at(environment: Environment, place: str) -> Environment:
    """With the place that tells it from others in its name, and in the names of the other kernels that it holds."""
    kernels = (replace(kernel, display_name=f"{kernel.display_name} [{place}]") for kernel in environment.kernels)
    return replace(environment, display_name=f"{environment.display_name} [{place}]", kernels=tuple(kernels))


def _with_longer_id(environment: Environment, home: Path) -> Environment:
    """With 16 digits of the hash; the kernel's name follows, unless the kernel spec is somebody else's."""
    longer = naming.environment_id(environment.prefix, home, digits=16)
    own = environment.kernel_name == environment.id
    return replace(environment, id=longer, kernel_name=longer if own else environment.kernel_name)


def _whereabouts(alike: list[Environment]) -> list[Path]:
    """The folder that each one's project lies in, or its own folder where others share that one."""
    folders = [(one.project or one.prefix).parent for one in alike]
    shared = Counter(folders)
    return [one.prefix if shared[folder] > 1 else folder for one, folder in zip(alike, folders, strict=True)]
