"""Managers that other packages bring: entry points of the group `jupyter_envs.managers`, each a subclass of ours.

They are looked up in this Python's own site-packages, once. One that cannot be loaded, or that takes a name which is
taken, is left out with a line in the log; it never keeps the others from being found.
"""

from __future__ import annotations

import functools
import logging
import re
from typing import TYPE_CHECKING

from jupyter_envs.managers.base import EnvironmentManager

if TYPE_CHECKING:
    from collections.abc import Collection
    from importlib.metadata import EntryPoint

GROUP = "jupyter_envs.managers"
_NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")
_log = logging.getLogger(__name__)


def installed(taken: Collection[str]) -> tuple[EnvironmentManager, ...]:
    """The managers of other packages, by name; those whose name is `taken` are left out."""
    return tuple(manager for manager in _loaded() if manager.name not in taken)


@functools.cache
def _loaded() -> tuple[EnvironmentManager, ...]:
    from importlib.metadata import entry_points  # slow to load, and needed once

    found: dict[str, EnvironmentManager] = {}
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        manager = _load(point)
        if manager is not None:
            found.setdefault(manager.name, manager)
    return tuple(found.values())


def _load(point: EntryPoint) -> EnvironmentManager | None:
    try:
        manager = point.load()()
    except Exception as error:  # noqa: BLE001 -- it is somebody else's program, and may raise anything
        _log.warning(
            "jupyter_envs: the manager %s could not be loaded: %s: %s", point.value, type(error).__name__, error
        )
        return None
    if not isinstance(manager, EnvironmentManager) or not _NAME.fullmatch(getattr(manager, "name", "")):
        _log.warning("jupyter_envs: %s is no EnvironmentManager with a name of small letters.", point.value)
        return None
    return manager
