"""Making an overlay of the server's own packages, beside the bare copying of the same files."""

from __future__ import annotations

import shutil
import statistics
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_envs.borrowing import Borrower, Quiet
from jupyter_envs.host import Host
from jupyter_envs.overlay import lending, store
from tests.bench.rows import Row, table

if TYPE_CHECKING:
    from collections.abc import Callable

TIMES = 3
BOUND_SECONDS = 2.0


def measure(folder: Path, _environments: int = 0, _folders: int = 0) -> list[Row]:
    """One row: the medians of several, which take turns with those of the control."""
    control, ours = zip(*(_pair(folder) for _ in range(TIMES)), strict=True)
    median = statistics.median(ours)
    work = "borrow an ipykernel of the server's own version, once"
    return [
        Row(
            work,
            f"{BOUND_SECONDS:.0f} s",
            statistics.median(control) * 1e3,
            median * 1e3,
            "ms",
            within=median <= BOUND_SECONDS,
        )
    ]


def _pair(folder: Path) -> tuple[float, float]:
    with tempfile.TemporaryDirectory(dir=folder) as name:
        host = replace(Host.current(), home=Path(name), variables={**Host.current().variables, "XDG_DATA_HOME": name})
        host = replace(host, system=Path(name, "machine"))
        own = lending.own_reading(host)
        assert own is not None
        made: list[str] = []
        ours = _seconds(lambda: made.append(Borrower(host).build(own, Quiet(), download=False)))
        copy = Path(name, "copy")
        return _seconds(lambda: shutil.copytree(Path(made[0], store.SITE), copy)), ours


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        print(table(measure(Path(sys.argv[1] if len(sys.argv) > 1 else place))))
