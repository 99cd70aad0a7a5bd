"""One program, run to its end: `run` waits, so call it in a thread."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from jupyter_envs.errors import Refused, ToolFailed
from jupyter_envs.process.output import CHUNK, Lines

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

SECONDS_AT_MOST = 15 * 60.0
GRACE_SECONDS = 3.0
"""How long a program has after SIGTERM, and how long output is read that a program's children left behind."""
TICK_SECONDS = 0.1


class Ending(StrEnum):
    """Why a program is no longer running."""

    EXITED = "exited"
    CANCELLED = "cancelled"
    TIMED_OUT = "timed-out"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a program ended: its exit status (negative: the signal that ended it) and the last of its lines."""

    ending: Ending
    status: int
    lines: tuple[str, ...]

    @property
    def done(self) -> bool:
        """Whether it ended by itself and says that all went well."""
        return self.ending is Ending.EXITED and self.status == 0


def run(  # noqa: PLR0913 -- each has its own reason, and all but three a default
    words: Sequence[str],
    cwd: Path,
    variables: Mapping[str, str],
    *,
    on_line: Callable[[str], None] = lambda _line: None,
    cancel: threading.Event | None = None,
    seconds: float = SECONDS_AT_MOST,
    inherit: tuple[int, ...] = (),
    secrets: tuple[str, ...] = (),
) -> Outcome:
    """Run one program to its end, and tell each line of its output as soon as it is whole.

    `variables` are all that it sees, and `inherit` are descriptors that it gets beside the standard ones. `secrets` are
    masked in its lines. Setting `cancel` ends it and whatever it started, as does the time limit. Raises `ToolFailed`
    when it cannot be started.
    """
    if os.name == "nt":
        raise Refused("Programs are not started on Windows.", "Make the environment in a terminal.")
    program = _start(words, cwd, variables, inherit)
    lines = Lines(on_line, secrets)
    try:
        ending = _follow(program, lines, cancel or threading.Event(), time.monotonic() + seconds)
    finally:
        status = _end_group(program)
        if program.stdout is not None:
            program.stdout.close()
    lines.finish()
    return Outcome(ending, status, tuple(lines.kept))


def _start(
    words: Sequence[str], cwd: Path, variables: Mapping[str, str], inherit: tuple[int, ...]
) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            list(words),
            cwd=cwd,
            env=dict(variables),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=inherit,
        )
    except (OSError, ValueError) as error:
        raise ToolFailed(f"{words[0]} could not be started: {error}.", "Mend or reinstall it.") from error


def _follow(program: subprocess.Popen[bytes], lines: Lines, cancel: threading.Event, deadline: float) -> Ending:
    """Read until the program ends; then only what its children still write, for as long as its grace."""
    with selectors.DefaultSelector() as selector:
        output = program.stdout.fileno() if program.stdout is not None else -1
        selector.register(output, selectors.EVENT_READ)
        left_behind: float | None = None
        while left_behind is None or time.monotonic() < left_behind:
            if cancel.is_set():
                return Ending.CANCELLED
            if time.monotonic() > deadline:
                return Ending.TIMED_OUT
            if selector.select(TICK_SECONDS):
                data = os.read(output, CHUNK)
                if not data:
                    return _await_end(program, cancel, deadline)
                lines.feed(data)
            if left_behind is None and _has_ended(program):
                left_behind = time.monotonic() + GRACE_SECONDS
    return Ending.EXITED


def _await_end(program: subprocess.Popen[bytes], cancel: threading.Event, deadline: float) -> Ending:
    """Wait for a program that closed its output."""
    while not _has_ended(program):
        if cancel.wait(TICK_SECONDS / 10):
            return Ending.CANCELLED
        if time.monotonic() > deadline:
            return Ending.TIMED_OUT
    return Ending.EXITED


def _has_ended(program: subprocess.Popen[bytes]) -> bool:
    """Whether it ended. It is not reaped where that can be helped: its number stays its own until its group is gone."""
    if program.returncode is None and hasattr(os, "waitid"):
        return os.waitid(os.P_PID, program.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
    return program.poll() is not None


def _end_group(program: subprocess.Popen[bytes]) -> int:
    """End the program and all that it started in its session, asked first and then killed; its exit status."""
    signal_group(program, signal.SIGTERM)
    deadline = time.monotonic() + GRACE_SECONDS
    while time.monotonic() < deadline and not _has_ended(program):
        time.sleep(TICK_SECONDS / 10)
    signal_group(program, signal.SIGKILL)
    try:
        return program.wait(GRACE_SECONDS)
    except subprocess.TimeoutExpired:  # it waits for a disk that does not answer, where no signal reaches it
        return -signal.SIGKILL


def signal_group(program: subprocess.Popen[bytes], number: int) -> None:
    """Sends a signal to a program and to all that it started in its session."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(program.pid, number)
