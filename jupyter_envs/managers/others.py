"""Managers that other packages bring: entry points of the group `jupyter_envs.managers`, each a subclass of ours.

They are looked up in this Python's own site-packages, once. One that cannot be loaded, or that takes a name which is
taken, is left out with a line in the log; one that fails at its work is passed over there (`Guarded`). So it never
keeps the environments of the others from being found.
"""

from __future__ import annotations

import functools
import logging
import re
import sys
from typing import TYPE_CHECKING

from jupyter_envs.managers.base import EnvironmentManager
from jupyter_envs.managers.guarded import Guarded

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "jupyter_envs.managers"
_NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")
_log = logging.getLogger(__name__)


def places() -> list[str]:
    """The folders of this Python in which packages, and managers with them, come and go."""
    return [folder for folder in sys.path if folder.endswith(("site-packages", "dist-packages"))]


@functools.cache
def installed(taken: frozenset[str]) -> tuple[EnvironmentManager, ...]:
    """The managers of other packages, by name; of several with the same name the first, and none that is `taken`."""
    from importlib.metadata import entry_points  # slow to load, and needed once

    found: dict[str, EnvironmentManager] = {}
    for point in sorted(entry_points(group=GROUP), key=lambda point: (point.name, point.value)):
        manager = _load(point)
        if manager is None:
            continue
        if manager.name in taken or manager.name in found:
            _log.warning("jupyter_envs: the manager %s is left out: %s is taken.", point.value, manager.name)
            continue
        found[manager.name] = manager
    return tuple(found.values())


def _load(point: EntryPoint) -> EnvironmentManager | None:
    try:
        manager = point.load()()
    except (Exception, SystemExit) as error:  # noqa: BLE001 -- somebody else's program may raise anything
        _log.warning(
            "jupyter_envs: the manager %s could not be loaded: %s: %s", point.value, type(error).__name__, error
        )
        return None
    if not isinstance(manager, EnvironmentManager) or not _is_name(getattr(manager, "name", None)):
        _log.warning("jupyter_envs: %s is no EnvironmentManager with a name of small letters.", point.value)
        return None
    return Guarded(manager)


def _is_name(name: object) -> bool:
    return isinstance(name, str) and _NAME.fullmatch(name) is not None
