"""A package that takes a minute to install, or cannot be: uv itself runs its build, which says who it is and waits."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from tests.folders import write

if TYPE_CHECKING:
    from pathlib import Path

_PROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]

[project]
name = "slow"
version = "1"
"""
_WAIT = """
import os, pathlib, signal, time

def build_wheel(*_):
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    told = pathlib.Path({told!r})
    told.with_suffix(".new").write_text(str(os.getpid()))
    told.with_suffix(".new").rename(told)
    time.sleep(60)
"""
_FAIL = """
def build_wheel(*_):
    raise SystemExit("it does not\\x1b[31m build")
"""


def make_slow(folder: Path) -> tuple[Path, Path]:
    """The requirements that take a minute, and the file that will hold the number of the process that waits."""
    told = folder / "pid"
    return _make(folder, _WAIT.format(told=os.fspath(told))), told


def make_failing(folder: Path) -> Path:
    """Requirements that cannot be built."""
    return _make(folder, _FAIL)


def number_in(told: Path, seconds: float = 60) -> int:
    """The number of the process that waits, as soon as it does."""
    end = time.monotonic() + seconds
    while not told.exists():
        assert time.monotonic() < end, "it did not begin"
        time.sleep(0.02)
    return int(told.read_text())


def is_running(number: int) -> bool:
    """Whether a process lasts."""
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    with open(f"/proc/{number}/stat") as status:  # noqa: PTH123 -- one that ended and was not waited for is no more
        return status.read().rpartition(")")[2].split()[0] != "Z"


def _make(folder: Path, backend: str) -> Path:
    write(folder / "slow" / "pyproject.toml", _PROJECT)
    write(folder / "slow" / "backend.py", backend)
    return write(folder / "requirements.txt", f"slow @ {(folder / 'slow').as_uri()}\n")
