"""A child of ours: told one thing, heard line by line, and ended or let go."""

from __future__ import annotations

import os
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from jupyter_envs import process
from jupyter_envs.errors import ToolFailed
from tests.test_process import FAMILY, is_alive, python, wait_until

if TYPE_CHECKING:
    from pathlib import Path

PATIENT = """
import os, sys, time
print('told', flush=True)
sys.stdin.read()
while not os.path.exists({go!r}):
    time.sleep(0.01)
open({done!r}, 'w').close()
"""
"""A child that goes on after its input has ended, and is done some time after it may."""


def child(code: str, told: bytes = b"") -> process.Child:
    """A child of ours that runs a few lines."""
    return process.Child([sys.executable, "-I", "-S", "-c", code], told)


def all_lines(child: process.Child) -> list[bytes]:
    """All that a child says until its end."""
    lines: list[bytes] = []
    while (more := child.lines(10)) is not None:
        lines += more
    return lines


def test_a_child_is_told_something_and_heard_line_by_line() -> None:
    with child("print(input()[::-1]); print('x' * 200000); print('no end', end='')", b"abc\n") as one:
        assert all_lines(one) == [b"cba", b"x" * 200000, b"no end"]
        assert one.lines(0) is None
        assert one.status() == 0


def test_a_child_sees_no_variables_and_has_a_session_of_its_own() -> None:
    code = "import os; print(sorted(set(os.environ) - {'LC_CTYPE'}), os.getsid(0) == os.getpid(), os.getcwd())"
    with child(code) as one:
        assert all_lines(one) == [b"[] True /"]


def test_a_child_that_says_nothing_is_not_waited_for() -> None:
    with child("import sys; sys.stdin.read(); print('told that it ends', flush=True)") as one:
        assert one.lines(0.05) == []
        one.close_input()
        assert all_lines(one) == [b"told that it ends"]


def test_a_child_ends_with_all_that_it_started_when_it_is_left() -> None:
    with child(FAMILY) as one:
        told = one.lines(10)
        assert told
        pids = [int(pid) for pid in told[0].split()]
    assert wait_until(lambda: not any(map(is_alive, pids)))


def test_a_child_that_does_not_listen_is_no_error() -> None:
    with child("import os; os.close(0); print('deaf')", b"x" * 1_000_000) as one:
        assert all_lines(one) == [b"deaf"]


def test_a_child_that_cannot_be_started_says_so() -> None:
    with pytest.raises(ToolFailed, match="could not be started"):
        process.Child(["/nonexistent/python"], b"")


@pytest.fixture
def go(tmp_path: Path) -> Path:
    """What the patient child waits for."""
    return tmp_path / "go"


@pytest.fixture
def done(tmp_path: Path) -> Path:
    """What the patient child leaves."""
    return tmp_path / "done"


def test_a_child_that_is_let_go_ends_by_itself_and_is_seen_off(go: Path, done: Path) -> None:
    before = set(threading.enumerate())
    with child(PATIENT.format(go=str(go), done=str(done))) as one:
        while not one.lines(10):
            pass
        one.let_go()
    assert not done.exists()
    go.touch()
    assert wait_until(done.exists)
    assert wait_until(lambda: before.issuperset(threading.enumerate()))
    with pytest.raises(ChildProcessError):
        os.waitpid(one._program.pid, os.WNOHANG)


def test_a_child_that_was_let_go_outlives_who_started_it(go: Path, done: Path) -> None:
    ours = (
        "import sys\nfrom jupyter_envs import process\n"
        f"code = {PATIENT.format(go=str(go), done=str(done))!r}\n"
        "with process.Child([sys.executable, '-I', '-S', '-c', code], b'') as one:\n"
        "    while not one.lines(10): pass\n"
        "    one.let_go()\n"
    )
    outcome = python(ours)
    assert (outcome.done, outcome.lines) == (True, ())
    assert not done.exists()
    go.touch()
    assert wait_until(done.exists)
