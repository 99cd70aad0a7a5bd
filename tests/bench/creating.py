"""Making a `.venv` with an ipykernel, beside the two commands of uv's that a person would type; the cache is warm."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_envs import process
from jupyter_envs.creator import Creator, Wish
from jupyter_envs.finder import Finder
from jupyter_envs.host import Host
from jupyter_envs.settings import Settings
from tests.bench.rows import Row, table

if TYPE_CHECKING:
    from collections.abc import Callable

TIMES = 7
BOUND = 1.3


class _Nobody:
    """Who is told how it goes on, and does not listen."""

    def __init__(self) -> None:
        self.cancel = threading.Event()

    def phase(self, text: str) -> None:
        """Not heard."""

    def line(self, text: str) -> None:
        """Not heard."""

    def fraction(self, done: float | None) -> None:
        """Not heard."""

    def warn(self, text: str) -> None:
        """Not heard."""


def measure(folder: Path, _environments: int = 0, _folders: int = 0) -> list[Row]:
    """One row: the medians of several, which take turns with those of the control, after one that warms the cache."""
    _pair(folder)
    control, ours = zip(*(_pair(folder) for _ in range(TIMES)), strict=True)
    by_hand, by_us = statistics.median(control), statistics.median(ours)
    return [
        Row(
            "create .venv with ipykernel, warm cache",
            f"{BOUND} times",
            by_hand * 1e3,
            by_us * 1e3,
            "ms",
            within=by_us <= BOUND * by_hand,
        )
    ]


def _pair(folder: Path) -> tuple[float, float]:
    with tempfile.TemporaryDirectory(dir=folder) as name:
        place = Path(os.path.realpath(name))
        host = _host()
        finder = Finder(host, Settings())
        python = finder.interpreters()[0].path
        (place / "ours").mkdir()
        creator = Creator(finder, [place])
        wish = Wish(place / "ours", manager="venv", python=os.fspath(python), ipykernel=True)
        control = _seconds(lambda: _by_hand(place / "theirs", python, host))
        return control, _seconds(lambda: creator.prepare(wish).do(_Nobody()))


def _host() -> Host:
    """The machine as it is, without the extra places of pip's, which uv at the control would not look in."""
    current = Host.current()
    kept = {name: value for name, value in current.variables.items() if not name.startswith("PIP_")}
    return replace(current, variables={**kept, "PIP_CONFIG_FILE": os.devnull})


def _by_hand(prefix: Path, python: Path, host: Host) -> None:
    """As it is typed; ours has a pip besides."""
    uv = os.fspath(process.tools(host.variables)["uv"])
    subprocess.run([uv, "-q", "venv", "--python", python, prefix], check=True, env=dict(host.variables))
    words = [uv, "-q", "pip", "install", "--python", os.fspath(prefix / "bin" / "python"), "ipykernel"]
    subprocess.run(words, check=True, env=dict(host.variables))


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        print(table(measure(Path(sys.argv[1] if len(sys.argv) > 1 else temporary))))
