"""The line that says how far a piece of work has come."""

from __future__ import annotations

import io
import os
import sys
from typing import TYPE_CHECKING

import pytest

from jupyter_envs.terminal import Doing, erase, redraw
from tests.terminal import with_columns

if TYPE_CHECKING:
    from jupyter_envs.host import Host


@pytest.mark.parametrize(
    ("doing", "seconds", "line"),
    [
        (Doing(), 0.4, "Starting  0 s"),
        (Doing("Installing packages", 0.5, "Downloading numpy"), 12.9,
         "Installing packages  [##########          ] 50%  12 s  Downloading numpy"),
        (Doing("Installing", 0.0), 1, "Installing  [                    ]  0%  1 s"),
        (Doing("Installing", 1.0), 1, "Installing  [####################] 100%  1 s"),
        (Doing("Installing", 7.0), 1, "Installing  [####################] 100%  1 s"),
        (Doing("Building Python", None, "cc -c\tlist.c\x1b\r"), 75, "Building Python  1 min 15 s  cc -c list.c"),
        (Doing("Building Python"), 3600, "Building Python  60 min 00 s"),
    ],
)  # fmt: skip
def test_it_says_what_is_done_how_much_for_how_long_and_what_was_said(doing: Doing, seconds: float, line: str) -> None:
    assert doing.line(seconds, 200) == line


def test_it_never_takes_more_than_a_line() -> None:
    assert doing_many().line(1, 40) == "Installing  1 s  xxxxxxxxxxxxxxxxxxxxxx…"
    assert len(doing_many().line(1, 79)) == 79


def doing_many() -> Doing:
    return Doing("Installing", None, "x" * 500)


def test_it_is_drawn_in_its_place_and_taken_away(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    screen = io.StringIO()
    monkeypatch.setattr(sys, "stderr", screen)
    redraw(Doing("Making it"), 1, with_columns(host, 80))
    redraw(Doing("Making \udcff it"), 2, with_columns(host, 20))
    erase()
    assert screen.getvalue() == "\r\x1b[KMaking it  1 s\r\x1b[KMaking ? it  2 s\r\x1b[K"


@pytest.mark.skipif(os.name == "nt", reason="needs the terminals of Unix")
def test_it_fits_the_terminal_that_it_is_drawn_on(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    import fcntl
    import pty
    import struct
    import termios

    terminal, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 20, 30, 0, 0))
    with os.fdopen(slave, "w") as screen:
        monkeypatch.setattr(sys, "stderr", screen)
        redraw(doing_many(), 1, with_columns(host, 80))
        drawn = os.read(terminal, 1000).decode().removeprefix("\r\x1b[K")
        assert len(drawn) == 29
    os.close(terminal)


def test_a_terminal_that_is_gone_is_no_defect(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    with open(os.devnull) as unwritable:  # noqa: PTH123 -- no Path
        monkeypatch.setattr(sys, "stderr", unwritable)
        redraw(Doing(), 1, host)
        erase()
