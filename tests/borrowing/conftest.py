"""A person on a machine of their own, a server with small packages, and an index that is a folder."""

from __future__ import annotations

import os
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from jupyter_envs import pyvenv
from jupyter_envs.borrowing import Borrower, index_made
from tests.borrowing.packages import make_index, make_runnable, make_server, running_python

if TYPE_CHECKING:
    from pathlib import Path

    from jupyter_envs.host import Host
    from jupyter_envs.pyvenv import Reading


class Told:
    """Who is told how the making goes on; stops it at a phase."""

    def __init__(self, stop_at: str = "-") -> None:
        self.cancel = threading.Event()
        self.phases: list[str] = []
        self.lines: list[str] = []
        self._stop_at = stop_at

    def phase(self, text: str) -> None:
        self.phases.append(text)
        if text.startswith(self._stop_at):
            self.cancel.set()

    def fraction(self, done: float | None) -> None:
        """Nobody looks at it here."""

    def line(self, text: str) -> None:
        self.lines.append(text)

    def warn(self, text: str) -> None:
        self.lines.append(text)


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def python(python: Path) -> Path:
    """The interpreter of that base Python 3.12, which tries what is made for it."""
    return make_runnable(python)


@pytest.fixture
def server(host: Host, python: Path) -> Path:
    """The site-packages of the server's own environment, on the base Python 3.12 of the tests' folders."""
    return make_server(host.prefix, python)


@pytest.fixture
def shop(host: Host, python: Path, server: Path) -> Reading:
    """An environment of the server's own kind, without ipykernel."""
    return reading_of(make_server(host.home / "shop" / ".venv", python).parents[2], host)


@pytest.fixture
def indexed(host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Host:
    """A person whose pip is set to a folder of wheels, which the lock file pins, with the machine's tools."""
    make_index(tmp_path / "wheels", tmp_path / "locks")
    monkeypatch.setattr(index_made, "LOCKS", tmp_path / "locks")
    variables = {
        "PATH": os.environ["PATH"],
        "HOME": os.fspath(host.home),
        "PIP_FIND_LINKS": os.fspath(tmp_path / "wheels"),
        "PIP_NO_INDEX": "1",
        "UV_CACHE_DIR": os.fspath(tmp_path / "cache"),
    }
    return replace(host, variables=variables)


@pytest.fixture
def real(indexed: Host) -> Reading:
    """An environment on the interpreter that runs the tests."""
    return reading_of(running_python(indexed), indexed)


@pytest.fixture
def borrower(host: Host) -> Borrower:
    return Borrower(host)


def reading_of(prefix: Path, host: Host) -> Reading:
    found = pyvenv.read(os.fspath(prefix), os.fspath(host.home))
    assert found is not None
    return found


def left_in(place: Path) -> list[str]:
    """What is there beside the locks."""
    return sorted(each.name for each in place.iterdir() if not each.name.endswith(".lock")) if place.is_dir() else []


def own_place(host: Host) -> Path:
    return host.home / ".local" / "share" / "jupyter-envs" / "ipykernel"
