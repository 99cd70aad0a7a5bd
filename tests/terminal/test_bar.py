"""The line of progress stands where somebody looks, and is gone afterwards."""

from __future__ import annotations

import io
import os
import signal
import sys
from typing import TYPE_CHECKING

import pytest

from jupyter_envs import terminal
from jupyter_envs.snapshot import Progress
from jupyter_envs.terminal import bar as drawing
from tests.terminal import with_columns

if TYPE_CHECKING:
    from jupyter_envs.host import Host


@pytest.fixture
def narrow(host: Host) -> Host:
    return with_columns(host, 80)


class Screen(io.StringIO):
    """A terminal."""

    def isatty(self) -> bool:
        return True


def test_progress_is_drawn_on_a_terminal_and_wiped(narrow: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Screen()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setattr(drawing, "REDRAW_AFTER", -1.0)
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
