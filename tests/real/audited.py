"""Runs the command line with an audit hook that writes down all that is started or executed.

    python audited.py REPORT FOLDER WORD...

The report is JSON: programs that were started, and code below FOLDER that was compiled, executed or imported. The
status is that of the command. With the word `control` first it starts and imports what the next words name instead.
"""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from pathlib import Path

STARTS = {
    "subprocess.Popen", "os.exec", "os.posix_spawn", "os.spawn", "os.system", "os.fork", "os.forkpty", "os.startfile",
    "pty.spawn",
}  # fmt: skip
CODE = {"exec", "compile", "import", "ctypes.dlopen"}


class Report:
    """What the hook has seen."""

    def __init__(self, below: str) -> None:
        self.below = below
        self.started: list[str] = []
        self.executed: list[str] = []

    def hook(self, event: str, arguments: tuple[object, ...]) -> None:
        """Called by the interpreter for every audit event there is."""
        if event in STARTS:
            self.started.append(f"{event} {arguments!r}")
        elif event in CODE:
            texts = [getattr(each, "co_filename", each) for each in arguments]
            self.executed += [
                f"{event} {each}" for each in texts if isinstance(each, str) and each.startswith(self.below)
            ]

    def write(self, path: Path) -> None:
        """Leave the answer for the test, with the modules that came from below the folder by any other way."""
        files = [getattr(module, "__file__", None) or "" for module in list(sys.modules.values())]
        self.executed += [f"module {file}" for file in files if file.startswith(self.below)]
        path.write_text(json.dumps({"started": self.started, "executed": self.executed}), encoding="utf-8")


def command(words: list[str]) -> int:
    """The command line, or what the control is to do."""
    if words[0] == "control":
        subprocess.run([words[1]], check=False)
        sys.path.insert(0, words[2])
        importlib.import_module(words[3])
        return 0
    sys.path.insert(0, str(Path(__file__).parents[2]))
    from jupyter_envs.cli import main

    return main(words)


if __name__ == "__main__":
    target, folder, *rest = sys.argv[1:]
    seen = Report(folder)
    sys.addaudithook(seen.hook)
    try:
        status = command(rest)
    finally:
        seen.write(Path(target))
    sys.exit(status)
