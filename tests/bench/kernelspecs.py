"""`GET /api/kernelspecs` of many clients at a time: ours beside the stock manager with the same specs on disk."""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_envs.kernels import specs
from tests.bench.rows import Row, table
from tests.bench.serving import TOKEN, serving
from tests.bench.trees import make_tree

if TYPE_CHECKING:
    from tests.bench.serving import Server

TIMES = 3
SECONDS = 5.0
KERNELS = 200
CLIENTS = 50
BOUND = 10.0
REQUEST = "GET /api/kernelspecs HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: token {token}\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Load:
    """What a server with so many kernels bore: answers a second, and the ms that 99 of 100 answers took at most."""

    kernels: int
    rate: float
    slowest: float


def measure(folder: Path, environments: int = KERNELS, folders: int = 2_000) -> list[Row]:
    """Requests a second, the best of several runs that take turns; `environments` beyond 200 are left out."""
    count = min(environments, KERNELS)
    home = make_tree(folder / "kernelspecs", count, min(folders, 10 * count)).home
    kept = [Path(tempfile.mkdtemp(dir=folder)) for _ in range(2)]
    with serving(home, folder, {"jupyter_envs": True}, kept[0]) as server:
        server.walk()
        models = server.ask("api/kernelspecs")["kernelspecs"]
    _write(models, kept[1] / "DATA" / "kernels", home)
    runs = [[_load(home, folder, place, ours=place is kept[0]) for place in kept] for _ in range(TIMES)]
    ours, stock = ([run[who] for run in runs] for who in (0, 1))
    assert all(load.kernels >= count for load in (*ours, *stock))
    rate, stock_rate = (max(load.rate for load in loads) for loads in (ours, stock))
    slowest, stock_slowest = (min(load.slowest for load in loads) for loads in (ours, stock))
    work = f"GET /api/kernelspecs, {count} kernels, {CLIENTS} clients"
    return [
        Row(f"{work} (a second)", "10 times", stock_rate, rate, "requests", within=rate >= BOUND * stock_rate),
        Row(f"{work} (99 of 100)", "none", stock_slowest, slowest, "ms", within=None),
    ]


def _write(models: dict[str, Any], folder: Path, home: Path) -> None:
    """The same kernel specs on disk, with the same logos."""
    for name, model in models.items():
        marks = model["spec"]["metadata"].get("jupyter_envs", {})
        if "id" in marks:
            shutil.copytree(specs.logos(marks["manager"]), folder / name)
            (folder / name / "kernel.json").write_text(json.dumps(model["spec"]), "utf-8")


def _load(home: Path, folder: Path, place: Path, *, ours: bool) -> Load:
    """What a server with that data folder bears, with our extension or without."""
    with serving(home, folder, {"jupyter_envs": ours}, place) as server:
        kernels = len(server.ask("api/kernelspecs")["kernelspecs"])
        return asyncio.run(_bombard(server, kernels))


async def _bombard(server: Server, kernels: int) -> Load:
    began = time.perf_counter()
    async with asyncio.timeout(SECONDS * 20), asyncio.TaskGroup() as group:
        clients = [group.create_task(_client(server, began + SECONDS)) for _ in range(CLIENTS)]
    lasted = time.perf_counter() - began
    times = sorted(each for client in clients for each in client.result())
    return Load(kernels, len(times) / lasted, times[int(len(times) * 0.99)] * 1e3)


async def _client(server: Server, end: float) -> list[float]:
    """Asks again and again over one connection, as a browser does; how long each answer took."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    request, times = REQUEST.format(port=server.port, token=TOKEN).encode(), []
    while (began := time.perf_counter()) < end:
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        assert head.startswith(b"http/1.1 200"), head
        await reader.readexactly(int(head.partition(b"content-length:")[2].split()[0]))
        times.append(time.perf_counter() - began)
    writer.close()
    return times


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        print(table(measure(Path(sys.argv[1] if len(sys.argv) > 1 else place))))
