"""No command line ends in a traceback: it is done, could not be, or is wrong, whatever its words are."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings

from tests import fuzzing
from tests.commands import MACHINES, surroundings

if TYPE_CHECKING:
    from pathlib import Path

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "100"))
"""`python -m tests.fuzz` tries more."""
OFFLINE = {**MACHINES, "UV_OFFLINE": "1", "PYENV_ROOT": "/nonexistent", "PATH": os.defpath}
"""What uv has in its cache is all that there is, and nothing is there that could build a Python."""

pytestmark = [
    pytest.mark.skipif(os.name == "nt", reason="needs the files of Unix"),
    pytest.mark.usefixtures("person"),
]


@pytest.fixture
def furnished(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, value in OFFLINE.items():
        monkeypatch.setenv(name, value)
    return home


@pytest.mark.timeout(0)
@settings(suppress_health_check=[*HealthCheck], max_examples=EXAMPLES, deadline=None)
@given(fuzzing.COMMAND_LINES, fuzzing.ANSWERS)
def test_no_command_line_ends_in_a_traceback(furnished: Path, words: list[str], answers: str | None) -> None:
    fuzzing.furnish(furnished)
    os.chdir(furnished)
    ended = fuzzing.run(words, answers)
    assert ended.status in {0, 1, 2}, ended.said
    assert "Traceback" not in ended.said
    assert "Something unexpected" not in ended.said
    assert "\x1b[31m" not in ended.said


@pytest.mark.parametrize(
    "words",
    [
        ["create", b"sh\xffp"],
        ["create", "--name", b"\xff", "shop"],
        ["create", "--requirements", "fifo", "--name", "other", "shop"],
        ["show", b"\x1b[31m\xff\n"],
        ["remove", "--yes", "x" * 100_000],
        ["create", "--prefix", "/dev/null/x", "--json"],
    ],
)
def test_nor_does_the_program_itself(furnished: Path, words: list[str | bytes]) -> None:
    fuzzing.furnish(furnished)
    done = subprocess.run(
        [sys.executable, "-m", "jupyter_envs", *words],
        env=surroundings(**OFFLINE),
        cwd=furnished,
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert done.returncode in {1, 2}
    assert b"Traceback" not in done.stderr
    assert b"Something unexpected" not in done.stderr
    assert done.returncode == 2 or done.stderr.count(b"\n") <= 2
