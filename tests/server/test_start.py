"""What a server waits for before it answers anybody: the extension loads only what its start needs."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

LATER = (
    "borrowing", "creator", "doctor", "facts", "finder", "looker", "managers", "overlay.distributions", "process",
    "pyvenv", "trust", "walk", "walks",
)  # fmt: skip
"""What only a first question needs; a child process, or the thread that answers it, loads that."""
START = """
import logging, sys
from jupyter_server.serverapp import ServerApp
app = ServerApp()
app.initialize(["--no-browser", "--allow-root", "--port=0", "--ServerApp.root_dir=" + sys.argv[1],
                "--ServerApp.jpserver_extensions={'jupyter_envs': True}"])
assert "jupyter_envs" in app.web_app.settings
print(*sys.modules)
"""


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The modules that a server has loaded when it is ready to answer."""
    home: Path = tmp_path_factory.mktemp("home")
    own = {f"JUPYTER_{name}_DIR": f"{home}/{name}" for name in ("CONFIG", "DATA", "RUNTIME")}
    variables = {"PATH": os.defpath, "HOME": str(home), **own}
    command = [sys.executable, "-c", START, str(home)]
    done = subprocess.run(command, cwd=home, env=variables, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.splitlines()[-1].split())


def test_the_extension_is_loaded(loaded: set[str]) -> None:
    assert {"jupyter_envs.server.handlers", "jupyter_envs.kernels.manager", "jupyter_envs.beside"} <= loaded


@pytest.mark.parametrize("module", LATER)
def test_a_start_does_not_wait_for(loaded: set[str], module: str) -> None:
    name = f"jupyter_envs.{module}"
    assert not {each for each in loaded if each == name or each.startswith(f"{name}.")}
