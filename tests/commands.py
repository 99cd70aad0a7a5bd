"""The command line as a person uses it: in this process, or started as the program itself."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from jupyter_envs import cli
from jupyter_envs.host import Host
from tests.folders import ROOT
from tests.real.outside import PASSED_ON

if TYPE_CHECKING:
    from pathlib import Path


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


def machines() -> dict[str, str]:
    """The variables that lead to this machine's interpreters, to packages that uv has already, and to a network."""
    host = Host.current()
    told = {
        "PYENV_ROOT": os.fspath(host.expand(host.variable("PYENV_ROOT") or "~/.pyenv")),
        "UV_CACHE_DIR": os.fspath(host.expand(host.variable("UV_CACHE_DIR") or "~/.cache/uv")),
    }
    return {**{name: value for name, value in host.variables.items() if PASSED_ON.match(name)}, **told}


MACHINES = machines()
"""Asked for before any test has a home of its own."""


def start(*words: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """The program itself."""
    environment = surroundings(**variables)
    command = [sys.executable, "-m", "jupyter_envs", *map(str, words)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)


def complete(line: str, **variables: str) -> list[str]:
    """What a shell offers after a line, by argcomplete's protocol."""
    pytest.importorskip("argcomplete")
    read, write_end = os.pipe()
    environment = surroundings(
        **variables,
        _ARGCOMPLETE="1",
        _ARGCOMPLETE_IFS="\n",
        _ARGCOMPLETE_SUPPRESS_SPACE="1",
        COMP_LINE=line,
        COMP_POINT=str(len(line)),
        COMP_TYPE="9",
    )
    command = f'exec "$0" -m jupyter_envs 8>&{write_end} 9>/dev/null'
    done = subprocess.run(
        ["bash", "-c", command, sys.executable], env=environment, pass_fds=[write_end], capture_output=True, check=False
    )
    os.close(write_end)
    with os.fdopen(read) as answers:
        assert b"Traceback" not in done.stderr
        return [word.strip() for word in answers.read().split("\n") if word.strip()]


def _hear_ctrl_c() -> None:
    """Whoever started the tests may have told them to ignore it, as shells do in the background."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Session:
    """The program in a terminal of its own."""

    def __init__(self, *words: str | Path, **variables: str) -> None:
        import pty  # absent on Windows

        self.terminal, slave = pty.openpty()
        command = [sys.executable, "-m", "jupyter_envs", *map(str, words)]
        self.process = subprocess.Popen(
            command,
            env=surroundings(**{"COLUMNS": "200", **variables}),
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            preexec_fn=_hear_ctrl_c,  # noqa: PLW1509 -- no thread of the tests holds a lock that this needs
        )
        os.close(slave)
        self.said = ""

    def wait_for(self, text: str, seconds: float = 30) -> str:
        """What was said up to that text since the last call; fails when it does not come."""
        end = time.monotonic() + seconds
        while text not in self.said:
            ready, _, _ = select.select([self.terminal], [], [], max(0, end - time.monotonic()))
            more = self._read() if ready else ""
            assert more, self.said
            self.said += more
        before, _, self.said = self.said.partition(text)
        return before

    def answer(self, text: str) -> None:
        os.write(self.terminal, text.encode())

    def interrupt(self) -> None:
        """Ctrl-C, again after a while: Python can miss one that comes just before it begins to wait for a line."""

        def press() -> None:
            while self.process.poll() is None:
                self.process.send_signal(signal.SIGINT)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self.process.wait(5)

        threading.Thread(target=press, daemon=True).start()

    def end(self) -> tuple[int, str]:
        """The exit status, and what was said last."""
        while more := self._read():
            self.said += more
        return self.process.wait(30), self.said

    def _read(self) -> str:
        try:
            return os.read(self.terminal, 65536).decode()
        except OSError:  # Linux says so when the other side is closed
            return ""

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self.terminal)


def answer_all(session: Session, *answers: tuple[str, str]) -> tuple[int, str]:
    """Answers each question by what it holds, and all others with a no; the exit status, and all that was said."""
    said = ""
    with contextlib.suppress(AssertionError):  # no question any more
        while True:
            said += session.wait_for("[y/N] ")
            session.answer(next((text for holds, text in answers if holds in said.splitlines()[-1]), "n\n"))
    status, last = session.end()
    return status, said + last
