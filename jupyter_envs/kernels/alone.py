"""The catalogue of a manager that no server extension feeds: that of a kernel gateway, of nbconvert, of a console."""

from __future__ import annotations

import logging
import math
import threading
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from jupyter_envs.catalogue import Catalogue
from jupyter_envs.host import Host

if TYPE_CHECKING:
    from jupyter_envs.snapshot import Snapshot

_log = logging.getLogger(__name__)

WALK_AFTER = 600.0
"""How old a walk may be when somebody asks, in seconds."""


def make_catalogue() -> Catalogue:
    """A catalogue of this person's environments that walks beside when somebody asks in an event loop."""
    from jupyter_envs.finder import Finder  # in a server another process finds

    host = Host.current()
    finder = Finder(host, host.settings()[0])
    catalogue = Catalogue(finder, finder.index)
    catalogue.on_asked = Walker(catalogue).asked
    return catalogue


class Walker:
    """Walks for who asks, one walk at a time, and only as long as somebody does."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._asked = -math.inf

    def asked(self) -> None:
        """Somebody wants what is fresh: look in a thread whether a walk is due, and do it."""
        if time.monotonic() - self._asked > WALK_AFTER:
            self._asked = time.monotonic()
            threading.Thread(target=self._walk, name="jupyter-envs walk", daemon=True).start()

    def _walk(self) -> None:
        try:
            if _is_due(self._catalogue.refresh()):
                self._catalogue.rescan()
        except Exception as error:  # noqa: BLE001  # nobody waits for it
            _log.warning("jupyter_envs: looking for environments failed: %s: %s", type(error).__name__, error)


def _is_due(snapshot: Snapshot) -> bool:
    if not snapshot.complete or snapshot.scanned is None:
        return True
    return abs((datetime.now(UTC) - snapshot.scanned).total_seconds()) > WALK_AFTER
