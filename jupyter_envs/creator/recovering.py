"""Putting right what killed work left, whatever its kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jupyter_envs.creator import journal, parking

if TYPE_CHECKING:
    from jupyter_envs.host import Host


def recover(host: Host) -> tuple[str, ...]:
    """Gives environments that were put aside their places back, and projects' files what they held; what must be told.

    What somebody still works on, or what lies on a disk that is away, is left for another time.
    """
    return (*parking.recover(host), *journal.recover(host))
