"""Another process that does one work on a stage, once it is told to.

python -m tests.faults.acting KIND FOLDER MANAGER TOOLS-AND-VARIABLES STOP

It says `ready` when all is decided, waits for a line, and says in the end in one word how it went. When it was told the
STOPth thing about its work (0: never), it says `stopped` and goes on no more.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, cast

from jupyter_envs.errors import EnvsError
from tests.faults.stage import Quiet, Stage
from tests.folders import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import IO

READY, DONE, STOPPED = "ready", "done", "stopped"


class Actor:
    """Such a process, from the moment when it only waits to be told."""

    def __init__(self, stage: Stage, kind: str, stop: int = 0) -> None:
        more = json.dumps([stage.tools, dict(stage.more)])
        words = [sys.executable, "-m", __name__, kind, os.fspath(stage.folder), stage.manager, more, str(stop)]
        variables = {**os.environ, "HOME": os.fspath(stage.home)}  # by which all that it starts is found again
        self.process = subprocess.Popen(
            words, cwd=ROOT, env=variables, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def wait_until_ready(self) -> None:
        """Waits until it only waits to be told."""
        said = self._output.readline().strip()
        assert said == READY, f"it could not begin: {said}"

    def go(self) -> None:
        """Tells it to begin."""
        self._input.write("\n")
        self._input.flush()

    def wait_until_stopped(self) -> None:
        """Waits until it goes on no more, in the middle of its work."""
        said = self._output.readline().strip()
        assert said == STOPPED, f"it was not stopped: {said}"

    def ending(self) -> str:
        """Waits for its end: `done`, or the reason and the message of what it was told; empty when it was killed."""
        said = self._output.read().strip()
        self.process.wait()
        return said

    def close(self) -> None:
        """Ends it where it has not ended."""
        self.process.kill()
        self.process.wait()
        for stream in (self._input, self._output):
            stream.close()

    @property
    def _input(self) -> IO[str]:
        return cast("IO[str]", self.process.stdin)

    @property
    def _output(self) -> IO[str]:
        return cast("IO[str]", self.process.stdout)


@contextmanager
def acting(stage: Stage, kind: str, stop: int = 0) -> Iterator[Actor]:
    """A process that is about to do that work; it has ended when this is left."""
    actor = Actor(stage, kind, stop)
    try:
        actor.wait_until_ready()
        yield actor
    finally:
        actor.close()


class _Stopping(Quiet):
    """Goes on no more once it was told so many things."""

    def __init__(self, stop: int) -> None:
        super().__init__()
        self._stop = stop

    def phase(self, text: str) -> None:
        super().phase(text)
        self._wait()

    def line(self, text: str) -> None:
        super().line(text)
        self._wait()

    def _wait(self) -> None:
        if len(self.phases) + len(self.lines) == self._stop:
            print(STOPPED, flush=True)
            threading.Event().wait()


def main() -> None:
    """Do it."""
    kind, folder, manager, more, stop = sys.argv[1:]
    tools, variables = json.loads(more)
    work = Stage(Path(folder), manager, tuple(tools), variables).prepare(kind)
    print(READY, flush=True)
    sys.stdin.readline()
    try:
        work.do(_Stopping(int(stop)))
    except EnvsError as error:
        print(f"{error.reason}: {error}", flush=True)
    else:
        print(DONE, flush=True)


if __name__ == "__main__":
    main()
