"""Tables fit the terminal, whatever things are called."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jupyter_envs import terminal
from jupyter_envs.environment import Interpreter
from jupyter_envs.state import State
from tests.terminal import BARE, make, with_columns

if TYPE_CHECKING:
    from jupyter_envs.host import Host


@pytest.fixture
def narrow(host: Host) -> Host:
    return with_columns(host, 80)


def cells(line: str) -> int:
    """Columns on a terminal, by an independent table for the characters that the tests use."""
    wide = sum(
        1 for char in line if "\u1100" <= char <= "\u115f" or "\u2e80" <= char <= "\ud7a3" or char >= "\U0001f300"
    )
    combining = sum(1 for char in line if "\u0300" <= char <= "\u036f")
    return len(line) + wide - combining


def test_a_table_has_a_line_for_each_environment(narrow: Host) -> None:
    lines = list(terminal.table([make(narrow), make(narrow, "other", kernel=False)], narrow))
    assert lines == [
        "NAME   MANAGER            PYTHON  STATE  PROJECT",
        "other  virtualenvwrapper  3.12.1  ready  ~/code/shop",
        "shop   virtualenvwrapper  3.12.1  ready  ~/code/shop",
        "",
        "2 environments, 1 kernel in Jupyter.",
    ]


def test_bare_interpreters_come_last(narrow: Host) -> None:
    environments = [make(narrow, "3.12.1", manager="pyenv", bare=True), make(narrow, "shop"), make(narrow, "api")]
    assert [line.split(" ")[0] for line in terminal.table(environments, narrow)][1:4] == ["api", "shop", "3.12.1"]


def test_an_empty_table_is_nothing(narrow: Host) -> None:
    assert list(terminal.table([], narrow)) == []
    assert list(terminal.interpreters([], narrow)) == []


def test_what_is_wrong_stands_below_its_line(narrow: Host) -> None:
    broken = make(narrow, state=State.NEEDS_IPYKERNEL, version=None, projects=(), problems=(BARE,), kernel=False)
    lines = list(terminal.table([broken], narrow))
    assert lines[1].split() == ["shop", "virtualenvwrapper", "?", "no", "ipykernel"]
    assert lines[2:4] == ["    ! It has no ipykernel, so no notebook can run on it. Install it:", "        pip"]


@pytest.mark.parametrize("name", ["x" * 80, "日本語" * 20, "e\u0301" * 60, "🐍" * 40, "a", ""])
@pytest.mark.parametrize("folder", ["shop", "y" * 200, "日本語" * 60])
@pytest.mark.parametrize("state", list(State))
def test_rows_fit_80_columns(narrow: Host, name: str, folder: str, state: State) -> None:
    one = make(narrow, name, projects=(narrow.home / folder,), state=state, version="3.14.0rc10")
    other = make(narrow, problems=(BARE,))
    for line in terminal.table([one, other], narrow):
        assert cells(line) <= 80, line


def test_a_long_path_keeps_its_end(narrow: Host) -> None:
    one = make(narrow, projects=(narrow.home / ("a" * 100) / "shop",))
    assert list(terminal.table([one], narrow))[1].endswith("a/shop")


def test_long_rows_add_the_id_and_the_prefix(narrow: Host) -> None:
    lines = list(terminal.table([make(narrow)], narrow, long=True))
    assert lines[2:4] == ["    shop-1a2b3c4d", f"    {narrow.home}/shop/.venv"]


def test_interpreters_are_lines(narrow: Host) -> None:
    found = [
        Interpreter(narrow.home / "p" / "python", "3.12.1", "cpython", "pyenv"),
        Interpreter(Path("/usr/bin/pypy3.10"), "3.10.14", "pypy", "system"),
    ]
    assert list(terminal.interpreters(found, narrow)) == [
        "PYTHON        FROM    PATH",
        "3.12.1        pyenv   ~/p/python",
        "pypy 3.10.14  system  /usr/bin/pypy3.10",
    ]
