"""Starting programs: the only module that does, and never through a shell.

A program runs in a session of its own with nothing on its standard input, and all that it started ends with it.
Its output is told line by line, cleaned of what only a terminal understands. `run` waits: call it in a thread.
"""

from __future__ import annotations

import os
import queue
import re
import selectors
import shutil
import signal
import subprocess
import sys
import sysconfig
import threading
import time
import unicodedata
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import IO, TYPE_CHECKING, Self, cast

from jupyter_envs.errors import Refused, ToolFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

SECONDS_AT_MOST = 15 * 60.0
GRACE_SECONDS = 3.0
"""How long a program has after SIGTERM, and how long output is read that a program's children left behind."""
OUTPUT_AT_MOST = 256 * 1024
"""How much output of a program is kept, in characters; the oldest lines go first."""
LINE_AT_MOST = 2000
TICK_SECONDS = 0.1
_CHUNK = 64 * 1024

_ALLOWED = frozenset({
    "PATH", "HOME", "USER", "LOGNAME", "LANG", "TMPDIR",
    "HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "ALL_PROXY", "NO_PROXY",
    "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE",
    "WORKON_HOME", "PROJECT_HOME", "PYENV_ROOT",
    # Windows starts little without these
    "SYSTEMROOT", "WINDIR", "COMSPEC", "PATHEXT", "TEMP", "TMP", "USERPROFILE", "APPDATA", "LOCALAPPDATA",
})  # fmt: skip
_ALLOWED_BEGINNINGS = (
    "LC_", "XDG_", "PIP_", "UV_", "POETRY_", "PDM_", "HATCH_", "PIPENV_", "VIRTUALENVWRAPPER_", "CONDA_", "MAMBA_",
)  # fmt: skip
_IN_SMALL_LETTERS_TOO = frozenset({"http_proxy", "https_proxy", "ftp_proxy", "all_proxy", "no_proxy"})

_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]*[0-~])")
_CREDENTIALS = re.compile(r"(?<=://)[^/\s@]+@")
_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


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
) -> Outcome:
    """Run one program to its end, and tell each line of its output as soon as it is whole.

    `variables` are all that it sees, and `inherit` are descriptors that it gets beside the standard ones. Setting
    `cancel` ends it and whatever it started, as does the time limit. Raises `ToolFailed` when it cannot be started.
    """
    if os.name == "nt":
        raise Refused("Programs are not started on Windows.", "Make the environment in a terminal.")
    program = _start(words, cwd, variables, inherit)
    lines = Lines(on_line)
    try:
        ending = _follow(program, lines, cancel or threading.Event(), time.monotonic() + seconds)
    finally:
        status = _end_group(program)
        if program.stdout is not None:
            program.stdout.close()
    lines.finish()
    return Outcome(ending, status, tuple(lines.kept))


def tool_variables(variables: Mapping[str, str]) -> dict[str, str]:
    """Of the server's variables, those that a tool may see: where things are, proxies, certificates, its own settings.

    A hub's token, and whatever else belongs to the server, is not among them.
    """
    return {name: value for name, value in variables.items() if _is_allowed(name)}


def tools(variables: Mapping[str, str]) -> dict[str, Path]:
    """The programs that make environments, by name: `uv` from the package that comes with us, or else from `PATH`.

    What lies in the folder that happens to be the working directory is not meant.
    """
    beside = [sysconfig.get_path("scripts"), str(Path(sys.executable).parent), _user_scripts()]
    places = filter(os.path.isabs, [*beside, *variables.get("PATH", "").split(os.pathsep)])
    found = shutil.which("uv", path=os.pathsep.join(places))
    return {"uv": Path(found).absolute()} if found else {}


class Child:
    """A child of ours at work: told one thing at its start, and heard line by line while it lasts.

    It sees the variables that it is given and no others, has a session of its own, and ends with all that it started
    when this is left. Raises `ToolFailed` when it cannot be started.
    """

    def __init__(self, words: Sequence[str], told: bytes, variables: Mapping[str, str] | None = None) -> None:
        self._program = _start_child(words, variables or {})
        self._heard: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._rest = b""
        self._reader = threading.Thread(target=self._read, name="jupyter-envs child", daemon=True)
        self._reader.start()
        self.tell(told)

    def tell(self, told: bytes) -> None:
        """Tells it something more, in one piece; where it has died, its output tells."""
        with suppress(OSError, ValueError):
            self._input.write(told)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close_input()
        self.status()

    def lines(self, seconds: float) -> list[bytes] | None:
        """What it wrote, as whole lines, waiting at most so long for some; None at its end."""
        try:
            data = self._heard.get(timeout=seconds)
        except queue.Empty:
            return []
        if not data:
            self._heard.put(b"")  # the end stays the end
            if not self._rest:
                return None
        *lines, self._rest = (self._rest + (data or b"\n")).split(b"\n")
        return lines

    def close_input(self) -> None:
        """Tells it that no more will be asked."""
        with suppress(OSError):
            self._input.close()

    def status(self) -> int:
        """Ends it where it has not ended; its exit status."""
        if hasattr(os, "killpg"):
            _signal_group(self._program, signal.SIGKILL)
        else:
            self._program.kill()
        try:
            status = self._program.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:  # it waits for a disk that does not answer, where no signal reaches it
            return -signal.SIGKILL
        self._reader.join(GRACE_SECONDS)
        if not self._reader.is_alive() and self._program.stdout is not None:
            self._program.stdout.close()
        return status

    @property
    def _input(self) -> IO[bytes]:
        return cast("IO[bytes]", self._program.stdin)

    def _read(self) -> None:
        output = cast("IO[bytes]", self._program.stdout).fileno()
        while data := os.read(output, _CHUNK):
            self._heard.put(data)
        self._heard.put(b"")


class Lines:
    """Output in pieces, made into lines: cleaned, cut at 2,000 characters, and the last 256 KiB of them kept."""

    def __init__(self, on_line: Callable[[str], None]) -> None:
        self.kept: deque[str] = deque()
        self._size = 0
        self._rest = b""
        self._on_line = on_line

    def feed(self, data: bytes) -> None:
        """Take up more output; a line without an end is held back until it is longer than a line may be."""
        *whole, self._rest = (self._rest + data).split(b"\n")
        for line in whole:
            self._tell(line)
        if len(self._rest) > _CHUNK:
            self._rest = self._rest.rpartition(b"\r")[2][-_CHUNK:]

    def finish(self) -> None:
        """Tell what came after the last line's end."""
        if self._rest:
            self._tell(self._rest)
            self._rest = b""

    def _tell(self, raw: bytes) -> None:
        line = clean(raw.decode("utf-8", "replace"))
        self.kept.append(line)
        self._size += len(line) + 1
        while self._size > OUTPUT_AT_MOST:
            self._size -= len(self.kept.popleft()) + 1
        self._on_line(line)


def clean(line: str) -> str:
    """One line as a terminal would show it in the end: plain text, without the credentials of an address."""
    text = _ESCAPES.sub("", line.rstrip("\r\n")).rpartition("\r")[2]
    text = "".join(char for char in text if char == "\t" or unicodedata.category(char) not in _HIDDEN_CATEGORIES)
    text = _CREDENTIALS.sub("***@", text)
    return text if len(text) <= LINE_AT_MOST else text[: LINE_AT_MOST - 1] + "…"


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


def _start_child(words: Sequence[str], variables: Mapping[str, str]) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            list(words),
            cwd=Path(words[0]).anchor or None,
            env=dict(variables),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            bufsize=0,
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
                data = os.read(output, _CHUNK)
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
    _signal_group(program, signal.SIGTERM)
    deadline = time.monotonic() + GRACE_SECONDS
    while time.monotonic() < deadline and not _has_ended(program):
        time.sleep(TICK_SECONDS / 10)
    _signal_group(program, signal.SIGKILL)
    try:
        return program.wait(GRACE_SECONDS)
    except subprocess.TimeoutExpired:  # it waits for a disk that does not answer, where no signal reaches it
        return -signal.SIGKILL


def _signal_group(program: subprocess.Popen[bytes], number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(program.pid, number)


def _user_scripts() -> str:
    """Where `pip install --user` puts programs."""
    return sysconfig.get_path("scripts", sysconfig.get_preferred_scheme("user"))


def _is_allowed(name: str) -> bool:
    return name in _ALLOWED or name in _IN_SMALL_LETTERS_TOO or name.startswith(_ALLOWED_BEGINNINGS)
