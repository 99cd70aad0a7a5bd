"""A server with the extension beside the same server without: the longest stall of its loop, its memory, its start."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.bench.rows import Row, table
from tests.bench.trees import make_tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

TIMES = 3
STARTS = 3
"""How many servers are started for their start alone, for each that is measured in full."""
MEBI = 1024 * 1024
STALL_MS = 20.0
MEMORY_MIB = 10.0
START_MS = 100.0
TOKEN = "bench"  # noqa: S105 -- of a server on loopback that lives for one run
REPOSITORY = Path(__file__).resolve().parents[2]
STOCK = ("api/kernelspecs", "api/status")
OURS = (*STOCK, "jupyter-envs/environments", "jupyter-envs/resolve?path=")


@dataclass(frozen=True, slots=True)
class Server:
    """A running Jupyter server that measures itself."""

    port: int
    process: subprocess.Popen[bytes]

    def ask(self, path: str, body: object = None) -> Any:  # noqa: ANN401 -- the server's JSON
        """What an address answers."""
        data = None if body is None else json.dumps(body).encode()
        address = f"http://127.0.0.1:{self.port}/{path}"
        request = urllib.request.Request(address, data, {"Authorization": f"token {TOKEN}"})
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 -- loopback
            return json.load(answer)

    def walk(self, along: Callable[[], object] = lambda: None) -> None:
        """Let it look everywhere, and wait until it has."""
        job = self.ask("jupyter-envs/rescan", {})["job"]
        while job["state"] in {"queued", "running"}:
            time.sleep(0.05)
            along()
            job = self.ask(f"jupyter-envs/jobs/{job['id']}")["job"]
        assert job["state"] == "done", job


def measure(folder: Path, environments: int = 1000, folders: int = 40_000) -> list[Row]:
    """The three rows of a server; each is the best of several runs, which take turns with those of its control."""
    home = make_tree(folder, environments, folders).home
    pairs = [(_measured(home, folder, ours=False), _measured(home, folder, ours=True)) for _ in range(TIMES)]
    (stall, stall_ours), (memory, memory_ours) = (
        tuple(min(pair[who][number] for pair in pairs) for who in (0, 1)) for number in (0, 1)
    )
    starts = [(_start(home, folder, ours=False), _start(home, folder, ours=True)) for _ in range(TIMES * STARTS)]
    start, start_ours = (min(pair[who] for pair in starts) for who in (0, 1))
    return [
        Row("longest stall of the server's loop", f"{STALL_MS:.0f} ms more", stall, stall_ours, "ms",
            within=stall_ours <= stall + STALL_MS),
        Row("memory of the server", f"{MEMORY_MIB:.0f} MiB more", memory, memory_ours, "MiB",
            within=memory_ours <= memory + MEMORY_MIB),
        Row("the server's start", f"{START_MS:.0f} ms more", start, start_ours, "ms",
            within=start_ours <= start + START_MS),
    ]  # fmt: skip


def _start(home: Path, folder: Path, *, ours: bool) -> float:
    """Milliseconds until a server answers."""
    began = time.perf_counter()
    with serving(home, folder, {"jupyter_envs": ours}):
        return (time.perf_counter() - began) * 1e3


def _measured(home: Path, folder: Path, *, ours: bool) -> tuple[float, float]:
    """The longest stall in milliseconds, and memory in MiB."""
    with serving(home, folder, {"jupyter_envs": ours}) as server:
        stall = _stall(server, ours=ours)
        rss = server.ask("heartbeat")["rss"]
    return stall * 1e3, rss / MEBI


def _stall(server: Server, *, ours: bool) -> float:
    """The longest gap while clients ask for everything, a walk is under way, and more is found."""
    if ours:
        server.ask("jupyter-envs/environments")
    for path in OURS if ours else STOCK:
        server.ask(path)
    server.ask("heartbeat")
    done = threading.Event()
    clients = [threading.Thread(target=_client, args=(server, path, done)) for path in (OURS if ours else STOCK)]
    for client in clients:
        client.start()
    if ours:
        server.walk()
    time.sleep(3)
    done.set()
    for client in clients:
        client.join()
    longest: float = server.ask("heartbeat")["longest"]
    return longest


def _client(server: Server, path: str, done: threading.Event) -> None:
    """Somebody who asks twice a second."""
    while not done.wait(0.5):
        server.ask(path)


@contextmanager
def serving(
    home: Path,
    folder: Path,
    extensions: Mapping[str, bool],
    kept: Path | None = None,
    variables: Mapping[str, str] | None = None,
) -> Iterator[Server]:
    """A server for that home with these extensions, from its first answer on; what is remembered may be kept."""
    places = os.fspath(kept or tempfile.mkdtemp(dir=folder))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    loaded = {"jupyter_envs": False, "tests.bench.heartbeat": True, **extensions}
    words = [
        sys.executable, "-m", "jupyter_server", "--no-browser", "--allow-root", f"--port={port}",
        "--ServerApp.ip=127.0.0.1", "--ServerApp.port_retries=0", f"--IdentityProvider.token={TOKEN}",
        f"--ServerApp.root_dir={home}", f"--ServerApp.jpserver_extensions={loaded}",
    ]  # fmt: skip
    own = {f"JUPYTER_{name}_DIR": f"{places}/{name}" for name in ("CONFIG", "DATA", "RUNTIME")}
    plain = {"PATH": os.defpath, "HOME": os.fspath(home), "XDG_CACHE_HOME": f"{places}/cache"}
    environ = {**plain, **own, **(variables or {})}
    with Path(places, "log").open("wb") as log:
        process = subprocess.Popen(words, cwd=REPOSITORY, env=environ, stdout=log, stderr=log)
    server = Server(port, process)
    try:
        _wait_for(server, Path(places, "log"))
        yield server
    finally:
        process.terminate()
        try:
            process.wait(30)
        finally:
            process.kill()
            process.wait()


def _wait_for(server: Server, log: Path) -> None:
    while True:
        try:
            server.ask("api/status")
        except (urllib.error.URLError, ConnectionError):
            assert server.process.poll() is None, log.read_text()
            time.sleep(0.01)
        else:
            return


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:3]] or [1000, 40_000]
    with tempfile.TemporaryDirectory() as place:
        print(table(measure(Path(sys.argv[3] if len(sys.argv) > 3 else place), *numbers)))
