"""Whether killed work left something that the creator can put right: known by one look, before that is loaded."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from jupyter_envs import files

if TYPE_CHECKING:
    from jupyter_envs.host import Host

PARKED = "parked"
"""The folder, in the person's state folder, of notes on environments that were put aside (`creator/parking.py`)."""
CHANGING = "changing"
"""The one of notes on what a project's files held before (`creator/journal.py`)."""


def is_left(host: Host) -> bool:
    """Whether there is a note of any kind."""
    return any(files.names(os.fspath(host.own_state_folder() / name)) for name in (PARKED, CHANGING))
