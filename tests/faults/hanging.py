"""Works whose tool hangs, floods, or cannot reach its index: they end in time, in words, with all that was started."""

from __future__ import annotations

import os
import socket
import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from jupyter_envs import process
from jupyter_envs.errors import EnvsError, ToolFailed
from tests.faults import processes
from tests.faults.checking import Order, begin_anew, check_listing, check_order, mend
from tests.faults.counts import Count
from tests.faults.stage import ADD_IPYKERNEL, CREATE, RECREATE, Stage
from tests.faults.trees import added
from tests.folders import write_program

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

LIMIT = 1.0
"""For how many seconds a tool may run here."""
AFTERWARDS = 3 * process.GRACE_SECONDS
"""How many seconds later it must be over, with all that it started."""
MOMENT = 1.0
"""How many seconds a process may take to end that was killed."""
SAID = "what it said last"
TOOLS = {
    "never ends": f"echo {SAID}; sleep 1000",
    "ignores being asked to end": f"trap '' TERM; echo {SAID}; while :; do sleep 1000; done",
    "leaves grandchildren": f"(trap '' TERM; while :; do sleep 1000; done) & echo {SAID}; sleep 1000 & wait",
    "fails and leaves a grandchild": f"(trap '' TERM; while :; do sleep 1000; done) & echo {SAID}; exit 3",
    "writes endless output": f"exec yes {SAID}",
    "writes an endless line": f"echo {SAID}; tr '\\0' x < /dev/zero",
    "closes its output": f"echo {SAID}; exec >&- 2>&-; sleep 1000",
}
"""What a tool is called that misbehaves, and its lines of shell."""
KINDS = (CREATE, RECREATE, ADD_IPYKERNEL)


@dataclass(frozen=True, slots=True)
class Trouble:
    """A stage in trouble: what its failure must tell, and for how many seconds a tool may run."""

    name: str
    stage: Stage
    said: str = ""
    limit: float = LIMIT


def measure(folder: Path, rounds: int) -> Iterator[Count]:
    """Each misbehaviour and each lost network once; more rounds would show nothing else."""
    stage = Stage(folder).furnish()
    order = Order.of(stage)
    for name in TOOLS:
        yield hung(stage, order, name)
    yield silent(stage, order)
    yield refused(stage, order)


def hung(stage: Stage, order: Order, name: str, kinds: Iterable[str] = KINDS) -> Count:
    """What came of these works with a uv that misbehaves so."""
    folder = stage.folder / name.replace(" ", "-")
    write_program(folder / "uv", f"#!/bin/sh\n{TOOLS[name]}\n")
    bad = replace(stage, tools=(os.fspath(folder),))
    return _tried(Trouble(f"a tool that {name}", bad, SAID), stage, order, kinds)


def silent(stage: Stage, order: Order, kinds: Iterable[str] = KINDS) -> Count:
    """What came of these works with an index that takes connections and never answers."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(100)
        bad = _on_index(stage, server.getsockname()[1])
        return _tried(Trouble("an index that never answers", bad), stage, order, kinds)


def refused(stage: Stage, order: Order, kinds: Iterable[str] = KINDS) -> Count:
    """What came of these works with an index where nobody is."""
    with socket.socket() as server:  # bound and not listening: nobody else gets this port meanwhile
        server.bind(("127.0.0.1", 0))
        bad = _on_index(stage, server.getsockname()[1], UV_HTTP_RETRIES="0")
        return _tried(Trouble("an index where nobody is", bad, "127.0.0.1", limit=60.0), stage, order, kinds)


def _on_index(stage: Stage, port: int, **more: str) -> Stage:
    without = dict.fromkeys(["UV_FIND_LINKS", "UV_OFFLINE", "PIP_FIND_LINKS"], "")
    address = {"PIP_INDEX_URL": f"http://127.0.0.1:{port}/simple", "UV_CACHE_DIR": os.fspath(stage.folder / "empty")}
    return replace(stage, more={**stage.more, **without, **address, **more})


def _tried(trouble: Trouble, stage: Stage, order: Order, kinds: Iterable[str]) -> Count:
    """What came of these works in trouble, and of the second try without."""
    count = Count(trouble.name)
    for kind in kinds:
        count.rounds += 1
        begin_anew(stage, order, kind)
        with _limited(trouble.limit):
            _round(trouble, kind, count)
        _check_at_once(stage, order, count)
        mend(stage, order, kind, count)
        check_order(stage, order, kind, count)
    return count


def _round(trouble: Trouble, kind: str, count: Count) -> None:
    began = time.monotonic()
    try:
        trouble.stage.do(kind)
    except ToolFailed as error:
        count.hits += 1
        if trouble.said not in error.message:
            count.tell("failed", f"{kind} did not tell the last lines: {error}")
    except EnvsError as error:
        count.tell("failed", f"{kind}: {error!r}")
    else:
        count.tell("failed", f"{kind} did not fail")
    if (took := time.monotonic() - began) > trouble.limit + AFTERWARDS:
        count.tell("failed", f"{kind} took {took:.1f} s")
    home = trouble.stage.home
    if left := processes.wait_for_all(home, MOMENT):
        count.tell("left", f"{len(left)} processes of {kind} go on")
        processes.kill_all(home)


def _check_at_once(stage: Stage, order: Order, count: Count) -> None:
    stands = check_listing(stage, order, count) is not None
    expected = order.around if stands else order.without
    for path in added(expected, stage.surroundings(order.prefix)):
        count.tell("left", f"{path} was left")


@contextmanager
def _limited(seconds: float) -> Iterator[None]:
    """Programs of this process have so many seconds from now on."""
    usual = process.SECONDS_AT_MOST
    process.SECONDS_AT_MOST = seconds
    try:
        yield
    finally:
        process.SECONDS_AT_MOST = usual
