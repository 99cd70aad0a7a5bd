"""The programs that run notebooks, started as people start them: each runs one line on one kernel."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

MARK = "runs in "
LINE = f"import sys; print('{MARK}' + repr(sys.prefix))"
SECONDS = 200
PROMPT = "In [1]: "
THINKING_SECONDS = 3.0
CONSOLE_WAITS = "--ZMQTerminalInteractiveShell.kernel_timeout=20"
NBCLIENT = """
import sys, nbformat, nbclient, pathlib
path = pathlib.Path(sys.argv[1])
notebook = nbformat.read(path, 4)
nbclient.NotebookClient(notebook, resources={"metadata": {"path": str(path.parent)}}).execute()
nbformat.write(notebook, path)
"""


@dataclass(frozen=True, slots=True)
class Ran:
    """How a program ended, all that it said on standard error, and where its kernel ran."""

    status: int
    said: str
    prefix: str | None


@dataclass(frozen=True, slots=True)
class Trial:
    """One line to be run on a kernel, in a folder of a person with these variables."""

    kernel: str
    folder: Path
    variables: Mapping[str, str]

    def notebook(self, name: str) -> Path:
        """A notebook with the line, saved with the kernel's name."""
        cell: dict[str, object] = {
            "cell_type": "code",
            "id": "a",
            "execution_count": None,
            "metadata": {},
            "outputs": [],
            "source": LINE,
        }
        spec = {"name": self.kernel, "display_name": self.kernel, "language": "python"}
        content = {"cells": [cell], "metadata": {"kernelspec": spec}, "nbformat": 4, "nbformat_minor": 5}
        path = self.folder / f"{name} of {self.kernel}.ipynb"
        path.write_text(json.dumps(content), "utf-8")
        return path

    def start(self, *words: str, typed: str = "", at: Path | None = None) -> subprocess.CompletedProcess[str]:
        """A Python program of this installation."""
        return subprocess.run(
            [sys.executable, *words], cwd=at or self.folder, env=dict(self.variables), input=typed,
            capture_output=True, text=True, timeout=SECONDS, check=False,
        )  # fmt: skip

    def open(self, *words: str) -> subprocess.Popen[str]:
        """The same, begun, to be typed to."""
        pipe = subprocess.PIPE
        return subprocess.Popen(
            [sys.executable, *words], cwd=self.folder, env=dict(self.variables), bufsize=1,
            stdin=pipe, stdout=pipe, stderr=pipe, text=True,
        )  # fmt: skip


def nbclient(trial: Trial) -> Ran:
    """The library, from another folder."""
    path = trial.notebook("nbclient")
    return _of_notebook(trial.start("-c", NBCLIENT, str(path), at=trial.folder.parent), path)


def execute(trial: Trial) -> Ran:
    """`jupyter execute`, from another folder."""
    path = trial.notebook("execute")
    done = trial.start("-m", "jupyter", "execute", "--inplace", str(path), at=trial.folder.parent)
    return _of_notebook(done, path)


def nbconvert(trial: Trial) -> Ran:
    """`jupyter nbconvert --execute`, from another folder."""
    path = trial.notebook("nbconvert")
    words = ("-m", "jupyter", "nbconvert", "--to", "notebook", "--execute", "--inplace", str(path))
    return _of_notebook(trial.start(*words, at=trial.folder.parent), path)


def papermill(trial: Trial) -> Ran:
    """It gives the kernel its own working folder."""
    path = trial.notebook("papermill")
    result = path.with_suffix(".out.ipynb")
    return _of_notebook(trial.start("-m", "papermill", "--no-progress-bar", str(path), str(result)), result)


def run(trial: Trial) -> Ran:
    """`jupyter run`, with the line typed in."""
    return _of_output(trial.start("-m", "jupyter", "run", f"--kernel={trial.kernel}", typed=LINE))


def console(trial: Trial) -> Ran:
    """`jupyter console`, with the line typed in as by a person: once the prompt stands, and not at that very moment.

    The console asks over one connection whether the kernel is ready, and waits for ever for what it missed on another
    that was not ready yet; nobody types that soon.
    """
    words = ("-m", "jupyter", "console", "--simple-prompt", f"--kernel={trial.kernel}", CONSOLE_WAITS)
    with trial.open(*words) as process:
        try:
            return _of_output(_typed(process))
        finally:
            process.kill()


def _typed(process: subprocess.Popen[str]) -> subprocess.CompletedProcess[str]:
    """What the console said to the line and to being left."""
    assert process.stdout is not None
    before = ""
    while not before.endswith(PROMPT):
        char = process.stdout.read(1)
        if not char:
            break
        before += char
    else:
        time.sleep(THINKING_SECONDS)
    said, complaints = process.communicate(f"{LINE}\nexit()\n", SECONDS)
    return subprocess.CompletedProcess(process.args, process.returncode, before + said, complaints)


PROGRAMS: tuple[Callable[[Trial], Ran], ...] = (nbclient, execute, nbconvert, papermill, run, console)


def _of_notebook(done: subprocess.CompletedProcess[str], path: Path) -> Ran:
    cells = json.loads(path.read_text("utf-8"))["cells"] if path.exists() else []
    outputs = [output for cell in cells for output in cell.get("outputs", ())]
    return Ran(done.returncode, done.stderr, _told("".join("".join(output.get("text", "")) for output in outputs)))


def _of_output(done: subprocess.CompletedProcess[str]) -> Ran:
    return Ran(done.returncode, done.stderr, _told(done.stdout))


def _told(text: str) -> str | None:
    """What follows the mark, without quotes."""
    told = text.partition(MARK)[2].partition("\n")[0]
    return told.strip("u'\"") or None
