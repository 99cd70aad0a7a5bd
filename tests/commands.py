"""The command line as a person uses it: in this process, or started as the program itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from jupyter_envs import cli
from tests.folders import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def run(*words: str | Path) -> int:
    """The exit status of a command, run in this process."""
    return cli.main([str(word) for word in words])


def answer(capsys: pytest.CaptureFixture[str], *words: str | Path) -> Any:  # noqa: ANN401  # whatever the JSON holds
    """The JSON on standard output of a command that ends with 0."""
    assert run(*words, "--json") == 0
    return json.loads(capsys.readouterr().out)


def surroundings(**more: str) -> dict[str, str]:
    """The variables of a person's terminal, and what measures how much of the program is tested."""
    measured = {name: value for name, value in os.environ.items() if name.startswith("COVERAGE")}
    return {"HOME": os.environ["HOME"], "PATH": os.defpath, "PYTHONPATH": str(ROOT), **measured, **more}


def start(*words: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """The program itself."""
    environment = surroundings(**variables)
    command = [sys.executable, "-m", "jupyter_envs", *map(str, words)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)
