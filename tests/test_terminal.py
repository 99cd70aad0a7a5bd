"""What the command line shows: it fits the terminal, whatever things are called."""

from __future__ import annotations

import io
import os
import signal
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jupyter_envs import naming, terminal
from jupyter_envs.environment import Environment, Interpreter, OwnKernel
from jupyter_envs.errors import Problem, ProblemCode
from jupyter_envs.overlay.solving import Shadow
from jupyter_envs.projects import Resolution
from jupyter_envs.snapshot import Progress
from jupyter_envs.state import State

if TYPE_CHECKING:
    from jupyter_envs.host import Host

BARE = Problem(ProblemCode.NO_IPYKERNEL, "It has no ipykernel, so no notebook can run on it.", "Install it: pip")


def make(host: Host, name: str = "shop", **changes: object) -> Environment:
    environment = Environment(
        id="shop-1a2b3c4d",
        name=name,
        display_name=f"{name} (virtualenvwrapper, Python 3.12)",
        manager="virtualenvwrapper",
        prefix=host.home / "shop" / ".venv",
        python=host.home / "shop" / ".venv" / "bin" / "python",
        version="3.12.1",
        implementation="cpython",
        state=State.READY,
        found_by="test",
        projects=(host.home / "code" / "shop",),
        kernel=True,
        kernel_name="shop-1a2b3c4d",
    )
    return replace(environment, **changes)  # type: ignore[arg-type]  # the tests name fields


@pytest.fixture
def narrow(host: Host) -> Host:
    return replace(host, variables={"COLUMNS": "80"})


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
    assert lines[2] == "    ! It has no ipykernel, so no notebook can run on it. Install it: pip"


def test_an_orphan_says_that_its_project_is_gone(narrow: Host) -> None:
    orphan = make(narrow, projects=(), lost_project=narrow.home / "lost", orphan=True)
    assert "~/lost (gone)" in next(line for line in terminal.table([orphan], narrow) if line.startswith("shop"))
    assert "Project:       ~/lost (gone)" in terminal.details(orphan, narrow)


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


def test_commands_in_a_problem_are_never_broken(narrow: Host) -> None:
    command = "/" + "x" * 120 + "/bin/python"
    problem = Problem(ProblemCode.NO_IPYKERNEL, "It has none.", f"Install it: {command} -m pip install ipykernel")
    assert any(command in line for line in terminal.table([make(narrow, problems=(problem,))], narrow))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(st.text(max_size=100), st.integers(1, 200))
def test_any_name_fits_any_width(host: Host, name: str, columns: int) -> None:
    wide = replace(host, variables={"COLUMNS": str(columns)})
    one = make(host, naming.shown(name), problems=(BARE,))
    list(terminal.table([one], wide))
    list(terminal.details(one, wide))
    assert terminal._cells(terminal._cut(naming.shown(name), columns)) <= columns
    assert terminal._cells(terminal._cut_left(naming.shown(name), columns)) <= columns


def test_even_no_width_at_all_ends() -> None:
    assert terminal._cut("shop", 0) == "…"
    assert terminal._cut("", 0) == ""
    assert terminal._cut_left("shop", -1) == "…"


def test_details_tell_everything_on_lines_of_their_own(narrow: Host) -> None:
    lines = list(terminal.details(make(narrow, aliases=(narrow.home / "alias",), owner="user", active=True), narrow))
    assert lines == [
        "Name:          shop (virtualenvwrapper, Python 3.12)",
        "Kernel:        shop-1a2b3c4d (offered)",
        "State:         ready",
        "Python:        3.12.1 (cpython)",
        "ipykernel:     none",
        f"Prefix:        {narrow.home}/shop/.venv",
        f"Interpreter:   {narrow.home}/shop/.venv/bin/python",
        "Project:       ~/code/shop",
        "In use there:  yes",
        "Owner:         user",
        "Found by:      test",
        "Also known as: ~/alias",
    ]


def test_details_name_other_kernels_and_what_a_person_said(narrow: Host) -> None:
    one = make(narrow, pinned=True, kernels=(OwnKernel("ir", "R (shop)", "R"),))
    lines = list(terminal.details(one, narrow))
    assert "Kernel:        shop-1a2b3c4d (pinned, offered)" in lines
    assert "Other kernels: shop-1a2b3c4d.ir" in lines
    hidden = make(narrow, hidden=True, kernel=False)
    assert "Kernel:        shop-1a2b3c4d (hidden, not offered)" in terminal.details(hidden, narrow)


@pytest.mark.parametrize(
    ("changes", "state", "ipykernel"),
    [
        ({"borrowed": "7.4.0"}, "borrowed", "7.4.0 (borrowed)"),
        ({"borrowed": "7.4.0", "ipykernel": "4.10.1"}, "borrowed", "7.4.0 (borrowed; its own: 4.10.1)"),
        ({"ipykernel": "4.10.1"}, "unsound", "4.10.1"),
        ({"problems": (BARE,)}, "no ipykernel", "none"),
        ({"bare": True}, "no ipykernel", "none"),
        ({}, "borrows", "none"),
    ],
)
def test_one_that_needs_an_ipykernel_says_how_it_comes_to_one(
    narrow: Host, changes: dict[str, Any], state: str, ipykernel: str
) -> None:
    one = make(narrow, state=State.NEEDS_IPYKERNEL, **changes)
    assert f"  {state}  " in list(terminal.table([one], narrow))[1]
    lines = list(terminal.details(one, narrow))
    assert f"State:         {state}" in lines
    assert f"ipykernel:     {ipykernel}" in lines


def test_details_tell_what_a_borrowed_ipykernel_shadows(narrow: Host) -> None:
    shadows = (Shadow("pyzmq", None, "27.0"), Shadow("traitlets", "4.3.3\x1b", "5.16.1"))
    lines = list(terminal.details(make(narrow, borrowed="7.4.0"), narrow, shadows))
    told = "pyzmq of an unknown version (its kernel has 27.0), traitlets 4.3.3 (its kernel has 5.16.1)"
    assert f"Shadowed:      {told}" in lines


def test_details_of_what_is_unknown_say_so(narrow: Host) -> None:
    unknown = make(narrow, version=None, implementation=None, projects=(), kernel_name=None, problems=(BARE,))
    lines = list(terminal.details(unknown, narrow))
    assert "Kernel:        never" in lines
    assert "Python:        unknown (unknown)" in lines
    assert "Project:       none known" in lines
    assert "Owner:         unknown" in lines
    assert lines[-1].startswith("! It has no ipykernel")
    not_offered = make(narrow, kernel=False)
    assert "Kernel:        shop-1a2b3c4d (not offered)" in terminal.details(not_offered, narrow)


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


def test_a_resolution_says_which_and_why(narrow: Host) -> None:
    one = make(narrow, problems=(BARE,))
    found = Resolution(narrow.home, narrow.home / "code", one, "It lies there.")
    assert list(terminal.resolution(found, narrow)) == [
        "shop (virtualenvwrapper, Python 3.12)",
        f"  {narrow.home}/shop/.venv",
        "  because of ~/code: It lies there.",
        "    ! It has no ipykernel, so no notebook can run on it. Install it: pip",
    ]
    assert list(terminal.resolution(Resolution(narrow.home, None, None, "No."), narrow)) == []


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


def test_the_home_is_shown_as_a_tilde(host: Host) -> None:
    assert terminal.short(host.home, host) == "~"
    assert terminal.short(host.home / "a", host) == "~/a"
    assert terminal.short(Path(f"{host.home}2/a"), host) == f"{host.home}2/a"
    (host.home.parent / "alias").symlink_to(host.home)
    assert terminal.short(host.home / "a", replace(host, home=host.home.parent / "alias")) == "~/a"


@pytest.mark.parametrize("columns", ["0", "²", "-1", "x", ""])
def test_without_a_width_it_is_80(host: Host, columns: str) -> None:
    assert terminal.width_of(replace(host, variables={"COLUMNS": columns})) == 80


class Screen(io.StringIO):
    """A terminal."""

    def isatty(self) -> bool:
        return True


def test_progress_is_drawn_on_a_terminal_and_wiped(narrow: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Screen()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setattr(terminal, "REDRAW_AFTER", -1.0)
    with terminal.Bar(narrow) as bar:
        bar.show(Progress(1, 2, "/x\x1b" + "y" * 200))
    drawn = screen.getvalue().split("\r\x1b[K")
    assert drawn[1].startswith("Looking: 1 folder, 2 environments; /xyyy")
    assert len(drawn[1]) == 79
    assert drawn[-1] == ""


def test_progress_is_not_drawn_too_often_nor_for_short_walks(narrow: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Screen()
    monkeypatch.setattr(sys, "stderr", screen)
    with terminal.Bar(narrow) as bar:
        for number in range(100):
            bar.show(Progress(number, 0, "/"))
    assert "Looking" not in screen.getvalue()


def test_progress_is_silent_where_nobody_looks(narrow: Host, capsys: pytest.CaptureFixture[str]) -> None:
    with terminal.Bar(narrow) as bar:
        bar.show(Progress(1, 1, "/"))
    assert capsys.readouterr().err == ""


def test_ctrl_c_is_noted_while_the_bar_stands_and_raised_afterwards(narrow: Host) -> None:
    with terminal.Bar(narrow) as bar:
        assert not bar.was_interrupted()
        os.kill(os.getpid(), signal.SIGINT)
        assert bar.was_interrupted()
    with pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGINT)
