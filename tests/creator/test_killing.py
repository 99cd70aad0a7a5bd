"""Whatever is killed and when, nothing half-made is listed, and the next try succeeds."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from jupyter_envs.creator import Creator, Occupied
from jupyter_envs.pyvenv import MARKER
from tests.creator.scene import listed, made, names_in, plain
from tests.folders import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jupyter_envs.environment import Environment
    from jupyter_envs.host import Host


pytestmark = pytest.mark.skipif(os.name == "nt", reason="environments are not made on Windows")


MAKER = """
import sys
from pathlib import Path
from jupyter_envs.host import Host
from tests.creator.scene import Told, creator_of, making_of, plain, variables
home, project = map(Path, sys.argv[1:])
host = Host(home=home, variables={**variables(), "HOME": str(home)}, uid=Host.current().uid)
creator = creator_of(host)
making = making_of(creator, plain(project, packages=("six",), ipykernel=True))
print("ready", flush=True)
sys.stdin.readline()
making.do(Told())
"""


@pytest.fixture
def maker(host: Host, project: Path) -> Iterator[subprocess.Popen[str]]:
    """A process of its own that is about to make an environment."""
    words = [sys.executable, "-c", MAKER, str(host.home), str(project)]
    process = subprocess.Popen(words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdin is not None
    assert process.stdout.readline() == "ready\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()
    process.stdin.close()


@pytest.mark.parametrize("milliseconds", [0, 1, 5, 20, 60, 120, 200, 300, 450, 700])
def test_after_a_kill_nothing_half_made_is_listed_and_a_second_try_succeeds(
    host: Host, project: Path, creator: Creator, maker: subprocess.Popen[str], milliseconds: int
) -> None:
    assert maker.stdin is not None
    maker.stdin.write("\n")
    maker.stdin.flush()
    time.sleep(milliseconds / 1000)
    maker.send_signal(signal.SIGKILL)
    maker.wait()
    whole = (
        []
        if (project / ".venv" / MARKER).exists() or not (project / ".venv" / "pyvenv.cfg").exists()
        else [project / ".venv"]
    )
    assert listed(host) == whole
    if not whole:
        environment = second_try(creator, project)
        assert environment.state == "ready"
        assert names_in(project) == [".venv", "requirements.txt"]
        assert listed(host) == [project / ".venv"]


def second_try(creator: Creator, project: Path) -> Environment:
    """The tool that a killed server had started still holds the lock, until it is done."""
    for _ in range(600):
        try:
            return made(creator, plain(project, ipykernel=True))
        except Occupied:
            time.sleep(0.1)
    raise AssertionError("The lock was never free.")
