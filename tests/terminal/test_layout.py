"""What a person is to paste stays whole, and what things are called gives the terminal no orders."""

from __future__ import annotations

import os
import pty
import sys
import termios
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jupyter_envs import naming, terminal
from jupyter_envs.environment import Interpreter
from jupyter_envs.errors import Problem, ProblemCode
from jupyter_envs.projects import Resolution
from jupyter_envs.terminal import layout
from tests.terminal import BARE, make, with_columns

if TYPE_CHECKING:
    from jupyter_envs.host import Host


@pytest.fixture
def narrow(host: Host) -> Host:
    return with_columns(host, 80)


def test_commands_in_a_problem_are_never_broken(narrow: Host) -> None:
    command = "/" + "x" * 120 + "/bin/python"
    problem = Problem(ProblemCode.NO_IPYKERNEL, "It has none.", f"Install it: {command} -m pip install ipykernel")
    assert any(command in line for line in terminal.table([make(narrow, problems=(problem,))], narrow))


CHOICE = "Borrow one: jupyter envs borrow build --python 3.8, or install it: /home/x/.venv/bin/python -m pip install it"


def test_each_command_stands_on_a_line_of_its_own(narrow: Host) -> None:
    assert list(terminal.told("It has no ipykernel of its own.", CHOICE, narrow)) == [
        "    ! It has no ipykernel of its own. Borrow one:",
        "        jupyter envs borrow build --python 3.8",
        "      or install it:",
        "        /home/x/.venv/bin/python -m pip install it",
    ]


@pytest.mark.parametrize(
    ("fix", "steps"),
    [
        ("", []),
        ("Ask its owner, or mend the permissions.", [("Ask its owner, or mend the permissions.", "")]),
        ("Run: cd /a && uv sync", [("Run:", "cd /a && uv sync")]),
        ("Mend it, or run: jupyter envs doctor", [("Mend it, or run:", "jupyter envs doctor")]),
        ("It is used. Install it: pip", [("It is used. Install it:", "pip")]),
        ("Add it to the 'dependencies' of x, then run: y", [("Add it to the 'dependencies' of x, then run:", "y")]),
        ("Borrow one: a b, or run: c, d", [("Borrow one:", "a b"), ("or run:", "c, d")]),
        ("Borrow one: a b, or remove it.", [("Borrow one:", "a b"), ("or remove it.", "")]),
        ("Run: cd '/a, or run: b' && c", [("Run:", "cd '/a, or run: b' && c")]),
        ("In 'a: b' run: c", [("In 'a: b' run:", "c")]),
        ("Look here: that is wrong.", [("Look here: that is wrong.", "")]),
        ("Somebody's name: x", [("Somebody's name: x", "")]),
    ],
)
def test_a_fix_is_taken_apart(fix: str, steps: list[tuple[str, str]]) -> None:
    assert list(layout.steps(fix)) == steps


@settings(max_examples=200)
@given(st.text("abor ,:.'\"\n", max_size=200))
def test_no_part_of_a_fix_is_lost(fix: str) -> None:
    """But for the comma between two."""
    kept = "".join(text for step in layout.steps(fix) for text in step)
    signs = [sign for sign in "aobr:.'\"" if kept.count(sign) != fix.count(sign)]
    assert signs == []


def test_where_nobody_looks_nothing_is_wrapped(host: Host) -> None:
    message = "It has " + "no " * 60 + "ipykernel."
    assert list(terminal.told(message, "", host)) == [f"    ! {message}"]


@pytest.mark.skipif(os.name == "nt", reason="needs the terminals of Unix")
def test_a_terminal_tells_its_width(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    controller, screen = pty.openpty()
    termios.tcsetwinsize(screen, (24, 50))
    with os.fdopen(screen, "w") as file:
        monkeypatch.setattr(sys, "stdout", file)
        assert terminal.width_of(host) == 50
        assert max(map(len, terminal.told("so " * 60, "", host))) <= 50
        monkeypatch.undo()
    os.close(controller)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(st.text(max_size=100), st.integers(1, 200))
def test_any_name_fits_any_width(host: Host, name: str, columns: int) -> None:
    wide = replace(host, variables={"COLUMNS": str(columns)})
    one = make(host, naming.shown(name), problems=(BARE,))
    list(terminal.table([one], wide))
    list(terminal.details(one, wide))
    assert layout.cells(layout.cut(naming.shown(name), columns)) <= columns
    assert layout.cells(layout.cut_left(naming.shown(name), columns)) <= columns


def test_even_no_width_at_all_ends() -> None:
    assert layout.cut("shop", 0) == "…"
    assert layout.cut("", 0) == ""
    assert layout.cut_left("shop", -1) == "…"


@pytest.mark.parametrize("columns", ["0", "²", "-1", "x", ""])
def test_without_a_width_it_is_80(host: Host, columns: str) -> None:
    assert terminal.width_of(replace(host, variables={"COLUMNS": columns})) == 80


def test_nothing_that_a_terminal_would_obey_is_shown(narrow: Host) -> None:
    evil = Path("/x\x1b[31m\nrm\u202e")
    problem = Problem(ProblemCode.MOVED, f"It was moved from {evil}.", "Fix\x07 it.")
    one = make(
        narrow, prefix=evil, python=evil, projects=(evil,), aliases=(evil,), problems=(problem,), found_by=f"{evil}"
    )
    resolution = Resolution(evil, evil, one, f"because {evil}")
    python = Interpreter(evil, "3.12.1", "cpython", "pyenv")
    for line in [
        *terminal.table([one], narrow, long=True),
        *terminal.details(one, narrow),
        *terminal.resolution(resolution, narrow),
        *terminal.interpreters([python], narrow),
    ]:
        assert not set(line) & set("\x1b\n\x07\u202e"), line
