"""A new overlay is tried by the interpreter that it is for."""

from __future__ import annotations

import os
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from jupyter_envs.borrowing import trial
from jupyter_envs.borrowing.trial import Trial
from jupyter_envs.errors import Cancelled
from tests.folders import write, write_program

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(os.name == "nt", reason="nothing is borrowed on Windows")


def fault(site: Path, python: str = sys.executable, cancel: threading.Event | None = None) -> str | None:
    descriptor = os.open(site, os.O_RDONLY)
    try:
        return Trial(python, str(site), {"SECRET_OF_NOBODY": "1"}, descriptor).fault(cancel or threading.Event())
    finally:
        os.close(descriptor)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder with an ipykernel that can be imported."""
    for name in ("zmq/__init__.py", "ipykernel/__init__.py", "ipykernel/kernelapp.py"):
        write(tmp_path / "site" / name)
    return tmp_path / "site"


def test_what_can_be_imported_has_no_fault_and_is_compiled_then(site: Path) -> None:
    assert fault(site) is None
    assert list((site / "ipykernel" / "__pycache__").glob("kernelapp.*.pyc"))


def test_the_last_line_says_why_not(site: Path) -> None:
    write(site / "zmq" / "__init__.py", "import nothing_of_that_name\n")
    assert fault(site) == "ModuleNotFoundError: No module named 'nothing_of_that_name'"


def test_without_a_word_the_status_is_told(site: Path) -> None:
    write(site / "zmq" / "__init__.py", "import os; os._exit(3)\n")
    assert fault(site) == f"{sys.executable} ended with status 3."


def test_an_interpreter_that_cannot_be_started_is_said(site: Path) -> None:
    assert "could not be started" in (fault(site, "/gone/python") or "")


def test_one_that_does_not_end_is_said(site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "SECONDS", 0.2)
    python = write_program(tmp_path / "python", "#!/bin/sh\nsleep 30\n")
    assert "did not import it within" in (fault(site, str(python)) or "")


def test_it_can_be_cancelled(site: Path) -> None:
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(Cancelled):
        fault(site, cancel=cancel)
