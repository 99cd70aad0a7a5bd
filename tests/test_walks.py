"""Asking for a walk: what is told while it lasts, and that it always ends and says why."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jupyter_envs import walks
from jupyter_envs.errors import ProblemCode
from jupyter_envs.walk.order import MIB, Order, Root
from tests.folders import make_environment, write
from tests.test_process import is_alive, wait_until

if TYPE_CHECKING:
    from jupyter_envs.snapshot import Progress

CHILD = Path(walks.__file__).parent / "walk" / "child.py"


@pytest.fixture
def order(home: Path) -> Order:
    return Order((Root(str(home), 6),), frozenset({"pyproject.toml"}))


@pytest.fixture
def child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Another program in the place of the child."""
    path = tmp_path / "child.py"
    monkeypatch.setattr(walks, "_CHILD", path)
    return path


def many_folders(home: Path) -> None:
    for first in range(40):
        for second in range(40):
            (home / f"{first}" / f"{second}").mkdir(parents=True)


def test_progress_is_told(order: Order, home: Path, python: Path) -> None:
    for name in "abc":
        make_environment(home / name / ".venv", python)
    seen: list[Progress] = []
    found = walks.explore(order, progress=seen.append)
    assert (seen[-1].folders, seen[-1].environments) == (7, 3)
    assert Path(seen[-1].where).is_relative_to(home)
    assert len(found.folders) == 3


def test_a_walk_that_is_cancelled_ends_and_tells_what_it_saw(order: Order, home: Path, child: Path) -> None:
    write(child, 'import sys\nprint(\'{"met": [["/a", [], [], 1]]}\', flush=True)\nimport time; time.sleep(60)')
    began = time.monotonic()
    found = walks.explore(order, cancelled=lambda: time.monotonic() > began + 0.3)
    assert time.monotonic() - began < 0.3 + walks.GRACE_SECONDS + 1
    assert ([folder.path for folder in found.folders], found.complete, found.error) == (["/a"], False, None)
    assert found.problems()[0].message == "The walk ended before it had seen every folder."


def test_a_child_that_is_no_longer_wanted_tells_what_it_knows(order: Order, home: Path) -> None:
    many_folders(home)
    found = walks.explore(order, cancelled=lambda: True)
    assert not found.complete
    assert found.error is None


def test_a_walk_that_has_no_time_says_so(order: Order, home: Path) -> None:
    many_folders(home)
    found = walks.explore(replace(order, seconds=0))
    assert (found.complete, found.error) == (False, None)
    assert found.problems()[0].code is ProblemCode.WALK_INCOMPLETE


def test_what_was_told_before_a_child_died_counts(order: Order, child: Path) -> None:
    write(child, "print('{\"met\": [[\"/a\", [], [], 1]]}', flush=True)\nraise SystemError('out of order')")
    found = walks.explore(order)
    assert [folder.path for folder in found.folders] == ["/a"]
    assert not found.complete
    assert found.error is not None
    assert "its process ended with 1. Its last words: SystemError: out of order" in found.error.message
    assert found.problems() == [found.error]


def test_a_child_that_was_killed_is_told(order: Order, child: Path) -> None:
    write(child, f"import os\nos.kill(os.getpid(), {int(signal.SIGKILL)})")
    error = walks.explore(order).error
    assert error is not None
    assert "ended with -9" in error.message


def test_a_child_that_is_silent_for_too_long_is_ended(
    order: Order, child: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(walks, "SILENT_AT_MOST", 0.3)
    pid = tmp_path / "pid"
    write(child, f"import os, time\nopen({str(pid)!r}, 'w').write(str(os.getpid()))\ntime.sleep(60)")
    error = walks.explore(replace(order, patience=0.2)).error
    assert error is not None
    assert "not been heard of for too long" in error.message
    assert wait_until(lambda: not is_alive(int(pid.read_text())))


def test_a_python_that_cannot_be_started_is_told(order: Order, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nonexistent/python")
    found = walks.explore(order)
    assert found.folders == ()
    assert found.error is not None
    assert found.error.message.startswith("No walk was done: /nonexistent/python could not be started:")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux bounds what a process allocates")
def test_a_walk_that_needs_too_much_memory_says_so(order: Order, home: Path) -> None:
    write(home / "zoo" / "pyproject.toml")
    for number in range(150):
        (home / ("x" * 200) / (f"{number:03}" + "y" * 200)).mkdir(parents=True)
        for inner in range(20):
            (home / ("x" * 200) / (f"{number:03}" + "y" * 200) / (f"{inner:03}" + "z" * 200)).mkdir()
    for memory in (MIB, 8 * MIB):
        found = walks.explore(replace(order, memory=memory))
        assert not found.complete
        assert found.error is not None
        assert "than its memory holds" in found.error.message or "its process ended with" in found.error.message
    assert walks.explore(order).complete


def test_a_child_ends_when_its_parent_dies(order: Order, home: Path) -> None:
    many_folders(home)
    code = (
        "import os, subprocess, sys\n"
        f"child = subprocess.Popen([sys.executable, '-I', '-S', {str(CHILD)!r}], stdin=subprocess.PIPE,"
        " stdout=subprocess.DEVNULL, start_new_session=True)\n"
        "child.stdin.write(b'100000\\n'); child.stdin.flush()\n"
        "print(child.pid, flush=True)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert wait_until(lambda: not is_alive(int(done.stdout)))


def test_a_child_ends_when_nobody_reads(order: Order, home: Path) -> None:
    many_folders(home)
    encoded = order.encoded()
    words = [sys.executable, "-I", "-S", str(CHILD)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdout.close()
        child.stdin.write(b"%d\n%s" % (len(encoded), encoded))
        child.stdin.flush()
        assert child.wait(20) == 1


def test_unreadable_folders_are_told_together() -> None:
    message = walks.Explored(complete=True, unreadable=("/a", "/b", "/c")).problems()[0].message
    assert message == "/a and 2 more folders could not be read, so nothing in there is listed."
    assert "one more folder" in walks.Explored(complete=True, unreadable=("/a", "/b")).problems()[0].message
    assert os.sep not in walks.Explored(complete=False).problems()[0].message
