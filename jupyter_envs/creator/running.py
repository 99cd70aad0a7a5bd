"""Running the commands of a plan, one after the other: told line by line, ended in time, and failing in words."""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_envs import pip_settings, process
from jupyter_envs.creator.progress import Progress
from jupyter_envs.errors import Cancelled, ToolFailed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from jupyter_envs.creator.work import Report
    from jupyter_envs.host import Host
    from jupyter_envs.managers.plans import Command

LAST_LINES = 20
"""How many of a tool's lines its failure tells."""
REASON_AT_MOST = 300
"""How much of why another way was tried before is told, in characters."""
_DOWNLOADS = "UV_PYTHON_DOWNLOADS"
_FIXES = (
    (
        re.compile(r"no space left|os error 28\)|errno 28\b|quota exceeded|errno 122\b", re.IGNORECASE),
        "Make room on the disk, then try again.",
    ),
    (
        re.compile(
            r"error sending request|could not resolve|failed to download|dns error|name resolution"
            r"|all attempts to connect|connection (?:refused|reset)"
            r"|failed to establish a new connection|network is unreachable|timed? out|network connectivity",
            re.IGNORECASE,
        ),
        "Mend the network, or the index that packages come from, then try again.",
    ),
)
_ERROR = re.compile(r"\s*(?:error\b|\xd7)", re.IGNORECASE)
"""How the line of a tool begins that says what is wrong; what follows says why."""
_HALF_WRITTEN = re.compile(rf"{_FIXES[0][0].pattern}|^error: failed to install: ", re.IGNORECASE | re.MULTILINE)
"""What is said when packages were there and could not be written out."""


class Runner:
    """Runs what a piece of work consists of, and tells its report.

    `commands` are all that will be run, by whose weights the fraction is told; `inherit` are descriptors that each of
    them gets, such as a lock, which lasts as long as any of them.
    """

    def __init__(
        self, host: Host, report: Report, commands: Iterable[Command] = (), *, inherit: tuple[int, ...] = ()
    ) -> None:
        self._host = host
        self._report = report
        self._inherit = inherit
        self._progress = Progress(commands)
        self._seconds = process.SECONDS_AT_MOST
        self._variables = process.tool_variables(host.variables)
        self._settings = pip_settings.settings_of(host)

    def run(self, command: Command) -> None:
        """Run one to its end, and `otherwise` where it fails.

        Raises `Cancelled`, or `ToolFailed` with the last lines of what failed last. All that it started has ended then.
        """
        self._report.phase(command.phase)
        self._progress.begin(command)
        try:
            self._attempt(command)
        except _FailedForGood:
            raise
        except ToolFailed as error:
            if command.otherwise is None:
                raise
            self._report.line(error.message.partition("\n")[0])
            self._otherwise(command.otherwise, _reason(error))
        self._progress.end()
        self._report.fraction(self._progress.fraction)

    def _otherwise(self, command: Command, reason: str) -> None:
        self._report.phase(command.phase)
        try:
            self._attempt(command)
        except ToolFailed as error:
            what, *last = error.message.split("\n")
            raise type(error)("\n".join([what, f"Before that, {reason}", *last]), error.fix) from error

    def _attempt(self, command: Command) -> None:
        secrets = self._secrets(command)
        self._report.line(process.clean("$ " + shlex.join(command.words), secrets))
        outcome = process.run(
            command.words,
            command.cwd,
            self.variables(command),
            on_line=self._heard,
            cancel=self._report.cancel,
            inherit=self._inherit,
            seconds=self._seconds,
            secrets=secrets,
        )
        if outcome.ending is process.Ending.CANCELLED:
            raise Cancelled("It was cancelled, and nothing is left of it.")
        if outcome.ending is process.Ending.TIMED_OUT:
            how = f"was not done after {self._seconds / 60:.0f} minutes"
            raise _FailedForGood(*_failure(command, how, outcome.lines))
        if not outcome.done:
            told = _failure(command, f"ended with status {outcome.status}", outcome.lines)
            raise (_FailedForGood if _HALF_WRITTEN.search(told[0]) else ToolFailed)(*told)

    def variables(self, command: Command) -> Mapping[str, str]:
        """All that a command sees: what tools may see, and the command's own."""
        told = {"HOME": os.fspath(self._host.home), **self._variables, **dict(command.variables)}
        # uv, also where another tool uses it, downloads a Python only where it is told to install one
        strict = told.get(_DOWNLOADS, "").strip().lower() == "never"
        return {**told, _DOWNLOADS: "never" if strict else "manual"}

    def _secrets(self, command: Command) -> tuple[str, ...]:
        """What no line may tell: of variables, and of pip's settings, which pip reads by itself."""
        own = {f"pip {name}": value for name, value in self._settings.items()}
        return process.secrets_in({**self.variables(command), **own})

    def _heard(self, line: str) -> None:
        self._report.line(line)
        before = self._progress.fraction
        self._progress.line(line)
        if self._progress.fraction != before:
            self._report.fraction(self._progress.fraction)


class _FailedForGood(ToolFailed):
    """Another way would take as long again, or take for whole what this one left: pip asks for no more than a name."""


def _reason(error: ToolFailed) -> str:
    """Why a command failed, in one line: how its program ended, and what it said from its error on."""
    what, *last = error.message.split("\n")
    begins = next((at for at, line in enumerate(last) if _ERROR.match(line)), len(last) - 1)
    said = " ".join(" ".join(last[max(begins, 0) :]).split())
    said = said if len(said) <= REASON_AT_MOST else f"{said[: REASON_AT_MOST - 1]}…"
    return f"{what.partition(' failed: ')[2] or what} {said}".strip()


def _failure(command: Command, how: str, lines: Sequence[str]) -> tuple[str, str]:
    """What happened, with the tool's own last lines, and what to do."""
    last = [line for line in lines if line.strip()][-LAST_LINES:]
    message = "\n".join([f"{command.phase} failed: {Path(command.words[0]).name} {how}.", *last])
    said = " ".join(last)
    fix = next((fix for pattern, fix in _FIXES if pattern.search(said)), None)
    return message, fix or "Mend what the last lines say, then try again."
