"""Walks whose children have ended, so that what they remember can be looked at."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_envs import walks
from jupyter_envs.walk import times

if TYPE_CHECKING:
    from jupyter_envs.walk.order import Order

AN_HOUR = 3600
JUST_NOW = 0.1
"""For how long what changed is not trusted, whatever time it was given."""
SECONDS = 60.0


def explore(order: Order) -> walks.Explored:
    """What a walk meets, once it is remembered too."""
    found = walks.explore(order)
    await_children()
    return found


def await_children() -> None:
    """Waits for children that were let go, which remember what they saw."""
    end = time.monotonic() + SECONDS
    while any(thread.name == "jupyter-envs child at its end" for thread in threading.enumerate()):
        assert time.monotonic() < end
        time.sleep(0.002)


def age(root: Path, seconds: float = AN_HOUR) -> None:
    """All folders changed long ago, or in times to come."""
    then = time.time() - seconds
    for path, _, _ in os.walk(root, topdown=False):
        os.utime(path, (then, then))


def met(order: Order) -> dict[str, tuple[bool, frozenset[str], tuple[str, ...]]]:
    """What a walk tells, by the path below its root; it tells nothing twice."""
    found = explore(order)
    assert found.error is None
    paths = [folder.path for folder in found.folders]
    assert len(paths) == len(set(paths))
    root = order.roots[0].path
    return {
        os.path.relpath(one.path, root): (one.is_environment, one.telling, tuple(map(os.path.basename, one.links)))
        for one in found.folders
    }


def known(order: Order) -> times.Known:
    """What the file holds."""
    assert order.times is not None
    data = Path(order.times).read_bytes()
    found = times.read(os.fsencode(order.times), data.split()[5], 1 << 30)
    assert found is not None
    return found


def check(order: Order) -> None:
    """A walk that remembers tells what one tells that does not."""
    fresh = explore(replace(order, times=None))
    again = explore(order)
    assert sorted(again.folders, key=lambda one: one.path) == sorted(fresh.folders, key=lambda one: one.path)
    assert (again.complete, again.elsewhere, again.known) == (True, fresh.elsewhere, fresh.known)
    assert sorted(again.unreadable) == sorted(fresh.unreadable)
