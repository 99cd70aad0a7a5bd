"""How the command line does what takes its time: drawn or told, stopped by signals, failing in a line."""

from __future__ import annotations

import io
import os
import signal
import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest

from jupyter_envs.cli import asking, saying, working
from jupyter_envs.cli.saying import Warnings
from jupyter_envs.errors import Cancelled, NotFound, Outside, Refused, ToolFailed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jupyter_envs.cli.working import Working
    from jupyter_envs.host import Host

pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs the signals of Unix")


class Screen(io.StringIO):
    """A terminal."""

    def isatty(self) -> bool:
        return True


def install(report: Working) -> str:
    report.phase("Installing packages")
    report.fraction(0.5)
    report.line("Downloading numpy")
    time.sleep(0.3)
    return "done"


@pytest.fixture
def handlers() -> Iterator[None]:
    """The signals' handlers are as they were afterwards."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.getsignal(number) for number in numbers}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def wait_to_be_stopped(report: Working) -> None:
    report.phase("Installing packages")
    if report.cancel.wait(20):
        raise Cancelled("It was cancelled, and nothing is left of it.")


def test_without_a_terminal_each_phase_is_a_line(host: Host, capsys: pytest.CaptureFixture[str]) -> None:
    assert working.do(install, host) == "done"
    assert capsys.readouterr() == ("", "Installing packages ...\n")


def test_for_programs_nothing_is_said(host: Host, capsys: pytest.CaptureFixture[str]) -> None:
    assert working.do(install, host, quiet=True) == "done"
    assert capsys.readouterr() == ("", "")


def test_what_it_warns_of_is_kept_for_programs_unless_it_fails(host: Host, capsys: pytest.CaptureFixture[str]) -> None:
    def leave_something(report: working.Working) -> str:
        report.warn("Something is left.")
        return "done"

    def fail(report: working.Working) -> str:
        leave_something(report)
        raise Refused("It did not work.")

    kept = Warnings(as_json=True)
    assert working.do(leave_something, host, quiet=True, warnings=kept) == "done"
    assert (kept.kept, capsys.readouterr().err) == (["Something is left."], "")
    with pytest.raises(Refused):
        working.do(fail, host, quiet=True, warnings=kept)
    assert (kept.kept, capsys.readouterr().err) == (["Something is left."], "jupyter-envs: Something is left.\n")
    working.do(leave_something, host, warnings=Warnings(as_json=False))
    assert capsys.readouterr().err == "jupyter-envs: Something is left.\n"


@pytest.mark.parametrize("quiet", [False, True])
def test_on_a_terminal_one_line_is_drawn_and_taken_away(
    host: Host, monkeypatch: pytest.MonkeyPatch, *, quiet: bool
) -> None:
    screen = Screen()
    monkeypatch.setattr(sys, "stderr", screen)
    assert working.do(install, host, quiet=quiet) == "done"
    drawn = screen.getvalue().split("\r\x1b[K")
    assert "Installing packages  [##########          ] 50%  0 s  Downloading numpy" in drawn
    assert drawn[-1] == ""
    assert "\n" not in screen.getvalue()


@pytest.mark.usefixtures("handlers")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_cancels_however_often_it_comes(
    host: Host, number: signal.Signals, capsys: pytest.CaptureFixture[str]
) -> None:
    timer = threading.Timer(0.2, os.kill, (os.getpid(), number))
    timer.start()
    with pytest.raises(Cancelled):
        working.do(wait_to_be_stopped, host)
    timer.join()
    os.kill(os.getpid(), number)
    assert capsys.readouterr().err == "Installing packages ...\nStopping ...\n"


def test_without_a_signal_their_handlers_are_as_they_were(host: Host) -> None:
    before = [signal.getsignal(number) for number in working.STOPS]
    working.do(install, host)
    assert [signal.getsignal(number) for number in working.STOPS] == before


def test_a_failure_is_told_after_the_tools_own_last_lines(capsys: pytest.CaptureFixture[str]) -> None:
    error = ToolFailed("Installing failed: uv ended with status 2.\nresolving\n  no such package\x1b", "Mend that.")
    assert saying.failed(error, as_json=False) == 1
    assert capsys.readouterr().err.splitlines() == [
        "  resolving",
        "    no such package",
        "jupyter-envs: Installing failed: uv ended with status 2. Mend that.",
    ]
    assert saying.failed(error, as_json=True) == 1
    assert capsys.readouterr().err.splitlines() == [
        "jupyter-envs: Installing failed: uv ended with status 2. It said: 'resolving | no such package'. Mend that.",
    ]


def test_what_is_refused_is_one_line_whatever_names_it_holds(capsys: pytest.CaptureFixture[str]) -> None:
    assert saying.failed(NotFound("There is no a\nb.", "Look."), as_json=False) == 1
    assert capsys.readouterr().err == "jupyter-envs: There is no ab. Look.\n"


def test_a_path_outside_of_the_allowed_folders_ends_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert saying.failed(Outside("/a is outside of your folders.", "Choose one inside."), as_json=False) == 2
    assert capsys.readouterr().err == "jupyter-envs: /a is outside of your folders. Choose one inside.\n"


def test_a_closed_standard_error_takes_no_message(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stderr", None)
    assert saying.could_not("It is gone.") == 1
    assert capsys.readouterr().out == ""


class Typed(io.StringIO):
    """What a person types in a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("typed", "consent"), [("y\n", True), ("YES\n", True), ("\n", False), ("n\n", False), ("", False)]
)
def test_only_a_yes_is_consent(typed: str, monkeypatch: pytest.MonkeyPatch, *, consent: bool) -> None:
    monkeypatch.setattr(sys, "stdin", Typed(typed))
    assert asking.has_consent("Remove it?") is consent


def test_where_nobody_can_be_asked_there_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    for stdin in (None, io.StringIO("y\n")):
        monkeypatch.setattr(sys, "stdin", stdin)
        assert asking.has_consent("Remove it?") is None
        assert asking.has_consent("Remove it?", yes=True) is True
    assert asking.how(consent=None) == "Nobody can be asked here: give --yes"
    assert asking.how(consent=False) == "Answer y, or give --yes,"
