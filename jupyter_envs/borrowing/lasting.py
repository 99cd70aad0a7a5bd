"""Getting an overlay onto the disk, so that it outlasts a power cut; one that may not have is not used afterwards.

What was copied for a kernel's start is written out beside it, as that can take long on a disk that others keep busy.
Until then a file in the overlay says since which start of the machine it has been there.
"""

from __future__ import annotations

import os
import threading
from contextlib import suppress

from jupyter_envs.creator.disk import sync
from jupyter_envs.overlay import store


def write_out(folder: str) -> None:
    """Comes back when all that was written is on the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        sync(descriptor)
    finally:
        os.close(descriptor)


def mark(folder: str) -> None:
    """Notes that an overlay is not on the disk yet, where the system tells one start from another."""
    if boot := store.boot():
        with open(os.path.join(folder, store.UNWRITTEN), "w", encoding="utf-8") as file:
            file.write(boot)


def write_out_later(overlay: str) -> threading.Thread:
    """The thread that writes out an overlay and takes the mark away; nobody need wait for it."""
    thread = threading.Thread(target=_write_out_and_unmark, args=(overlay,), daemon=True)
    thread.start()
    return thread


def _write_out_and_unmark(overlay: str) -> None:
    with suppress(OSError):  # it was removed meanwhile
        write_out(overlay)
        os.unlink(os.path.join(overlay, store.UNWRITTEN))
