"""Ten jobs that tell much, each read by a client as it happens: the longest stall of the server's loop."""

from __future__ import annotations

import threading
import time
import urllib.request
from typing import TYPE_CHECKING

from tests.bench.rows import Row
from tests.bench.serving import STALL_MS, TOKEN, Server, serving

if TYPE_CHECKING:
    from pathlib import Path

TIMES = 3
SECONDS = 5.0
JOBS = 10
LINES_AT_LEAST = 100
"""How many lines a second each client gets, on the slowest machine."""
PATH = "api/status"


def measure(folder: Path, environments: int = 1000, folders: int = 40_000) -> list[Row]:
    """One row, the best of several runs; the control is a server that answers as many clients about its status."""
    home = folder / "empty"
    home.mkdir(exist_ok=True)
    pairs = [(_control(home, folder), _followed(home, folder)) for _ in range(TIMES)]
    control, ours = (min(pair[who] for pair in pairs) for who in (0, 1))
    within = ours <= control + STALL_MS
    return [Row(f"following {JOBS} jobs", f"{STALL_MS:.0f} ms more", control, ours, "ms", within=within)]


def _control(home: Path, folder: Path) -> float:
    """Milliseconds."""
    with serving(home, folder, {}) as server:
        done = threading.Event()
        return _stall(server, [threading.Thread(target=_ask, args=(server, done)) for _ in range(JOBS)], done)


def _followed(home: Path, folder: Path) -> float:
    with serving(home, folder, {"jupyter_envs": True, "tests.bench.chatter": True}) as server:
        ids = [server.ask("chatter", {"seconds": SECONDS + 1})["id"] for _ in range(JOBS)]
        read: list[int] = []
        clients = [threading.Thread(target=_follow, args=(server, identity, read)) for identity in ids]
        stall = _stall(server, clients, threading.Event())
    assert len(read) == JOBS
    assert min(read) > LINES_AT_LEAST * SECONDS, read
    return stall


def _stall(server: Server, clients: list[threading.Thread], done: threading.Event) -> float:
    for client in clients:
        client.start()
    time.sleep(0.5)
    server.ask("heartbeat")
    time.sleep(SECONDS)
    longest: float = server.ask("heartbeat")["longest"]
    done.set()
    for client in clients:
        client.join()
    return longest * 1e3


def _ask(server: Server, done: threading.Event) -> None:
    while not done.wait(0.02):
        server.ask(PATH)


def _follow(server: Server, identity: str, read: list[int]) -> None:
    """Reads a job's events to its end, and tells how many lines those were."""
    address = f"http://127.0.0.1:{server.port}/jupyter-envs/jobs/{identity}/events"
    request = urllib.request.Request(address, headers={"Authorization": f"token {TOKEN}"})
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 -- loopback
        read.append(sum(1 for _ in answer))
