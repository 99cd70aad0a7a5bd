"""A server in a process of its own: what it does to the disk when nobody is there, and what it leaves when it ends."""

from __future__ import annotations

import functools
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.bench.serving import Server, serving
from tests.bench.trees import make_tree
from tests.dead_mount import dead_mount
from tests.folders import make_kernel_environment

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")

OURS = {"jupyter_envs": True}
IMPATIENT = {**OURS, "tests.server.impatient": True}
FILES = "trace=%file,%desc"
STALL = 0.020
FOLDERS = 40_000


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path.resolve() / "home"
    folder.mkdir()
    return folder


def children(pid: int) -> list[int]:
    """The processes below one, all generations."""
    found = []
    with suppress(OSError):  # it has just ended
        for task in Path(f"/proc/{pid}/task").iterdir():
            own = [int(number) for number in (task / "children").read_text().split()]
            found += own + [below for child in own for below in children(child)]
    return found


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_until(is_so: Any) -> None:  # noqa: ANN401 -- any question
    """Returns when it is so; pytest's own limit ends a test in which it never is."""
    while not is_so():
        time.sleep(0.05)


@pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace")
def test_with_nobody_connected_there_is_not_one_file_system_call(home: Path, python: Path, tmp_path: Path) -> None:
    make_kernel_environment(home / "shop" / ".venv", python)
    with serving(home, tmp_path, IMPATIENT) as server:
        time.sleep(1)
        assert children(server.process.pid) == []
        assert calls_of(server, tmp_path, 2) == []
        server.walk()
        assert len(server.ask("jupyter-envs/environments")["environments"]) >= 1
        assert children(server.process.pid) != []
        wait_until(lambda: children(server.process.pid) == [])
        time.sleep(0.5)
        assert calls_of(server, tmp_path, 4) == []
        assert len(server.ask("jupyter-envs/environments")["environments"]) >= 1


def calls_of(server: Server, folder: Path, seconds: float) -> list[str]:
    """The file-system calls of a server and its children in a while; a server's own pipes and sockets are none."""
    output = folder / "strace"
    words = ["strace", "-f", "-y", "-e", FILES, "-o", str(output), "-p", str(server.process.pid)]
    with subprocess.Popen(words, stderr=subprocess.PIPE) as tracer:
        assert tracer.stderr is not None
        said = tracer.stderr.readline()
        if b"attached" not in said:
            tracer.kill()
            pytest.skip(f"strace may not look: {said!r}")
        time.sleep(seconds)
        tracer.send_signal(signal.SIGINT)
    lines = output.read_text(errors="replace").splitlines()
    passed = re.compile(r"<(?:pipe|socket|anon_inode|UDP|TCP|UNIX|NETLINK|eventpoll)|\+\+\+|---|resumed>|epoll_|exit")
    return [line for line in lines if not passed.search(line)]


def test_a_walk_ends_with_a_server_that_is_killed(tmp_path: Path) -> None:
    home = make_tree(tmp_path, 20, 20_000).home
    with serving(home, tmp_path, OURS) as server:
        server.ask("jupyter-envs/rescan", {})
        wait_until(lambda: len(children(server.process.pid)) == 2)
        below = children(server.process.pid)
        server.process.kill()
        server.process.wait()
        wait_until(lambda: not any(map(is_running, below)))


def test_all_ends_with_a_server_that_is_stopped(home: Path, python: Path, tmp_path: Path) -> None:
    make_kernel_environment(home / "shop" / ".venv", python)
    with serving(home, tmp_path, OURS) as server:
        server.ask("jupyter-envs/environments")
        below = children(server.process.pid)
        assert len(below) >= 1
    wait_until(lambda: not any(map(is_running, below)))


def test_what_is_known_is_told_at_once_by_the_next_server(home: Path, python: Path, tmp_path: Path) -> None:
    make_kernel_environment(home / "shop" / ".venv", python)
    (kept := tmp_path / "kept").mkdir()
    with serving(home, tmp_path, OURS, kept=kept) as server:
        server.walk()
    with serving(home, tmp_path, OURS, kept=kept) as server:
        answer = server.ask("jupyter-envs/environments")
        assert answer["complete"]
        assert [one["name"] for one in answer["environments"] if one["manager"] == "venv"] == ["shop"]
        names = server.ask("api/kernelspecs")["kernelspecs"]
        assert len([name for name in names if name.startswith("shop-")]) == 1


def test_the_loop_is_not_held_up_by_a_walk_of_40_000_folders(tmp_path: Path) -> None:
    home = make_tree(tmp_path, 200, FOLDERS).home
    excess = []
    for _ in range(3):
        with serving(home, tmp_path, {}) as control, serving(home, tmp_path, OURS) as server:
            server.ask("jupyter-envs/environments")
            for one in (control, server):
                one.ask("heartbeat")
            server.walk(along=functools.partial(control.ask, "api/kernelspecs"))
            excess.append(server.ask("heartbeat")["longest"] - control.ask("heartbeat")["longest"])
        if excess[-1] <= STALL:
            break
    assert min(excess) <= STALL, excess


@contextmanager
def with_entry_behind_a_mount(home: Path, python: Path, tmp_path: Path) -> Iterator[tuple[Path, Path]]:
    """A folder with an index in which an environment is known that lies where a dead file system is mounted then."""
    prefix = make_kernel_environment(home / "far" / "shop" / ".venv", python)
    (prefix.parent / "pyproject.toml").write_text("")
    (kept := tmp_path / "kept").mkdir()
    with dead_mount(home / "probe"):
        pass
    with serving(home, tmp_path, OURS, kept=kept) as server:
        server.walk()
    with dead_mount(home / "far"):
        yield prefix, kept


def test_a_dead_mount_costs_the_others_nothing(home: Path, python: Path, tmp_path: Path) -> None:
    make_kernel_environment(home / "near" / ".venv", python)
    with (
        with_entry_behind_a_mount(home, python, tmp_path) as (prefix, kept),
        serving(home, tmp_path, OURS, kept=kept) as server,
    ):
        began = time.monotonic()
        server.ask("api/kernelspecs")
        wait_until(lambda: unreachable_of(server, prefix) is not None)
        assert time.monotonic() - began < 12
        for path in ("jupyter-envs/environments", "api/kernelspecs", "jupyter-envs/jobs"):
            began = time.monotonic()
            server.ask(path)
            assert time.monotonic() - began < 1.5
        entry = unreachable_of(server, prefix)
        assert entry is not None
        assert "near" in {one["name"] for one in server.ask("jupyter-envs/environments")["environments"]}
        began = time.monotonic()
        session = {"name": "a", "path": "a.ipynb", "type": "notebook", "kernel": {"name": entry["id"]}}
        with pytest.raises(urllib.error.HTTPError) as refused:
            server.ask("api/sessions", session)
        assert time.monotonic() - began < 10
        assert "does not answer" in json.loads(refused.value.read())["message"]


def unreachable_of(server: Server, prefix: Path) -> dict[str, Any] | None:
    """The entry of an environment, when it says that it cannot be reached."""
    listed = server.ask("jupyter-envs/environments")["environments"]
    found = [one for one in listed if one["prefix"] == os.fspath(prefix)]
    assert len(found) == 1, listed
    return found[0] if [one["code"] for one in found[0]["problems"]] == ["unreachable"] else None
