"""An overlay for any Python, of the very files that a lock file of this package names by their hashes.

uv fetches them from the index that pip is set to, for the interpreter that will import them, which then compiles them.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_envs import files, process
from jupyter_envs.borrowing.pip_settings import indexes
from jupyter_envs.creator import LAST_LINES
from jupyter_envs.errors import Cancelled, Refused, ToolFailed
from jupyter_envs.overlay.distributions import normalised
from jupyter_envs.overlay.solving import IPYKERNEL, Target

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jupyter_envs.creator import Report
    from jupyter_envs.host import Host
    from jupyter_envs.pyvenv import Reading

LOCKS = Path(__file__).parent / "locks"
_PIN = re.compile(r"^(?P<name>[\w.-]+)==(?P<version>[^\s;\\]+)(?:\s*;\s*(?P<marker>[^\\]+))?", re.MULTILINE)
_FIXES = (
    (
        re.compile(r"no space left|os error 28\)|errno 28\b|quota", re.IGNORECASE),
        "Make room on the disk, then try again.",
    ),
    (
        re.compile(r"error sending request|failed to fetch|dns error|offline", re.IGNORECASE),
        "Mend the network, or the index that pip is set to, then try again.",
    ),
)
_BENT = (
    "UV_CONSTRAINT",
    "UV_OVERRIDE",
    "UV_EXCLUDE",
    "UV_NO_BINARY",
    "UV_SYSTEM_PYTHON",
    "UV_PYTHON",
    "UV_NO_VERIFY_HASHES",
)
"""What a person may have set for uv that would change what is installed, or for which Python."""


@dataclass(frozen=True, slots=True)
class IndexMade:
    """Makes overlays for one interpreter with the tools that are here."""

    reading: Reading
    host: Host
    tools: Mapping[str, Path]

    @property
    def lock_file(self) -> Path:
        """The lock file for this interpreter's version."""
        return LOCKS / f"py{self.reading.minor}.txt"

    def versions(self) -> dict[str, str]:
        """What would be installed: the version of each distribution by its normalised name."""
        from packaging.markers import Marker

        text = files.read_text(os.fspath(self.lock_file), files.LARGE) or ""
        variables = Target.of(self.reading).variables()
        return {
            normalised(pin["name"]): pin["version"]
            for pin in _PIN.finditer(text)
            if not pin["marker"] or Marker(pin["marker"].strip()).evaluate({**variables})
        }

    def make(self, site: str, report: Report, lock: int, *, shared: bool) -> None:
        """Fills an empty folder. Raises Cancelled, Refused and ToolFailed. `shared`: others will use it."""
        uv = self.tools.get("uv")
        if uv is None:
            raise Refused("uv, which fetches it, is not installed.", "Install it: pip install uv")
        python = runnable(self.reading)
        found = indexes(self.host)
        words = [
            os.fspath(uv), "pip", "install", "--target", site, "--python", python, "--require-hashes",
            "--no-deps", "--only-binary", ":all:", "--no-progress",
            *(["--no-index"] if found.no_index else []), *(["--link-mode", "copy"] if shared else []),
            "-r", os.fspath(self.lock_file),
        ]  # fmt: skip
        report.phase(f"Downloading ipykernel {self.versions()[IPYKERNEL]} and what it requires")
        self._run(words, site, report, lock, found.variables)
        report.phase("Compiling it")
        compiling = [python, "-I", "-S", "-m", "compileall", "-q", "-q", site]
        self._run(compiling, site, report, lock, {}, may_fail=True)  # some files are for other versions of Python

    def _run(  # noqa: PLR0913 -- one program with all that it needs
        self,
        words: Sequence[str],
        site: str,
        report: Report,
        lock: int,
        more: Mapping[str, str],
        *,
        may_fail: bool = False,
    ) -> None:
        own = process.tool_variables(self.host.variables)
        kept = {name: value for name, value in own.items() if name not in _BENT}
        variables = {"HOME": os.fspath(self.host.home), **kept, **more, "UV_PYTHON_DOWNLOADS": "never"}
        outcome = process.run(
            words, Path(site).parent, variables, on_line=report.line, cancel=report.cancel, inherit=(lock,)
        )
        if outcome.ending is process.Ending.CANCELLED:
            raise Cancelled("It was cancelled, and nothing is left of it.")
        if not outcome.done and not (may_fail and outcome.ending is process.Ending.EXITED):
            raise _failure(words[0], outcome)


def runnable(reading: Reading) -> str:
    """The base interpreter itself, which runs nothing of an environment: what its `bin/python` leads to.

    A copy inside the environment would take the environment for its own, so there it is the one that was copied.
    """
    target, home = reading.target or reading.python, reading.config.get("home")
    if home and target.startswith(reading.prefix + os.sep):
        return os.path.join(home, f"python{reading.minor}{reading.threads}")
    return target


def _failure(tool: str, outcome: process.Outcome) -> ToolFailed:
    """What a tool said at its end, as one sentence or two: the report has had its lines."""
    how = f"ended with status {outcome.status}"
    if outcome.ending is process.Ending.TIMED_OUT:
        how = f"was not done after {process.SECONDS_AT_MOST / 60:.0f} minutes"
    last = [line.strip() for line in outcome.lines if line.strip()][-LAST_LINES:]
    begin = next((number for number, line in enumerate(last) if line.startswith("error")), 0)
    said = " ".join(last[begin:])
    fix = next((fix for pattern, fix in _FIXES if pattern.search(said)), "Mend that, then try again.")
    return ToolFailed(f"{os.path.basename(tool)} {how}. {said}".rstrip(".") + ".", fix)
