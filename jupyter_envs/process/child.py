"""A child of ours at work, heard line by line."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import threading
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Self, cast

from jupyter_envs.errors import ToolFailed
from jupyter_envs.process.output import CHUNK
from jupyter_envs.process.program import GRACE_SECONDS, signal_group

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_NAME = "jupyter-envs child"


class Child:
    """A child of ours at work: told one thing at its start, and heard line by line while it lasts.

    It sees the variables that it is given and no others, has a session of its own, and ends with all that it started
    when this is left. Raises `ToolFailed` when it cannot be started.
    """

    def __init__(self, words: Sequence[str], told: bytes, variables: Mapping[str, str] | None = None) -> None:
        self._program = _start_child(words, variables or {})
        self._heard: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._rest = b""
        self._is_free = False
        self._reader = threading.Thread(target=self._read, name=_NAME, daemon=True)
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
        if not self._is_free:
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

    def let_go(self) -> None:
        """Lets it end by itself, with its input closed and nothing more heard, whether or not this process lasts."""
        self._is_free = True
        threading.Thread(target=self._see_off, name=f"{_NAME} at its end", daemon=True).start()

    def status(self) -> int:
        """Ends it where it has not ended; its exit status."""
        if hasattr(os, "killpg"):
            signal_group(self._program, signal.SIGKILL)
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

    def _see_off(self) -> None:
        self._reader.join()
        self._program.wait()
        cast("IO[bytes]", self._program.stdout).close()

    def _read(self) -> None:
        output = cast("IO[bytes]", self._program.stdout).fileno()
        while data := os.read(output, CHUNK):
            self._heard.put(data)
        self._heard.put(b"")


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
