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
from jupyter_envs.creator import LAST_LINES
from jupyter_envs.errors import Cancelled, Refused, ToolFailed
from jupyter_envs.overlay.distributions import normalised
from jupyter_envs.overlay.solving import IPYKERNEL, Target
from jupyter_envs.pip_settings import indexes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jupyter_envs.borrowing.trial import Trial
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
        re.compile(
            r"error sending request|failed to (?:fetch|download)|dns error|offline|network (?:connectivity|was)",
            re.IGNORECASE,
        ),
        "Mend the network, or the index that pip is set to, then try again.",
    ),
    (
        re.compile(r"no solution found|there is no version of", re.IGNORECASE),
        "Let pip's index, or its folder, hold the pinned files, then try again.",
    ),
)
_CAUSE = re.compile(r"cause:|caused by:", re.IGNORECASE)
_OFFLINE = "uv is told to stay offline (UV_OFFLINE). Unset that where there is a network, then try again."
_NO = frozenset({"", "0", "f", "false", "n", "no", "off"})
"""What uv takes for a no."""
_UV = "UV_"
_KEPT = (
    "UV_DEFAULT_INDEX", "UV_INDEX", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS", "UV_KEYRING_PROVIDER", "UV_INSECURE_HOST",
    "UV_OFFLINE", "UV_CACHE_DIR", "UV_NO_CACHE", "UV_HTTP_", "UV_REQUEST_TIMEOUT", "UV_NATIVE_TLS", "UV_SYSTEM_CERTS",
    "UV_CONCURRENT_", "UV_LOCK_TIMEOUT", "UV_CREDENTIALS_DIR", "UV_S3_", "UV_GCS_", "UV_AZURE_",
)  # fmt: skip
"""How the variables begin that say from where uv fetches, and how. The rest would change what, or for which Python."""


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

    def make(self, trial: Trial, report: Report, *, shared: bool) -> None:
        """Fills the empty folder of a trial. Raises Cancelled, Refused and ToolFailed. `shared`: others will use it."""
        uv = self.tools.get("uv")
        if uv is None:
            raise Refused("uv, which fetches it, is not installed.", "Install it: pip install uv")
        found = indexes(self.host)
        words = [
            os.fspath(uv), "pip", "install", "--no-config", "--target", trial.site, "--python", trial.python,
            "--require-hashes", "--no-deps", "--only-binary", ":all:", "--no-progress",
            "--link-mode", "copy" if shared else "hardlink",
            *(["--no-index"] if found.no_index else []),
            "-r", os.fspath(self.lock_file),
        ]  # fmt: skip
        report.phase(f"Downloading ipykernel {self.versions()[IPYKERNEL]} and what it requires")
        self._run(words, trial, report, {**found.variables, "UV_PYTHON_DOWNLOADS": "never"})
        report.phase("Compiling it")
        compiling = [trial.python, "-I", "-S", "-m", "compileall", "-q", "-q", trial.site]
        self._run(compiling, trial, report, {}, may_fail=True)  # some files are for other versions of Python
        if fault := trial.fault(report.cancel):
            raise ToolFailed(f"What was installed does not run: {fault}", "Try again.")

    def _run(
        self,
        words: Sequence[str],
        trial: Trial,
        report: Report,
        more: Mapping[str, str],
        *,
        may_fail: bool = False,
    ) -> None:
        own = trial.variables
        kept = {name: value for name, value in own.items() if name.startswith(_KEPT) or not name.startswith(_UV)}
        variables = {**kept, **more}
        outcome = process.run(
            words,
            Path(trial.site).parent,
            variables,
            on_line=report.line,
            cancel=report.cancel,
            inherit=(trial.lock,),
        )
        if outcome.ending is process.Ending.CANCELLED:
            raise Cancelled("It was cancelled, and nothing is left of it.")
        if not outcome.done and not (may_fail and outcome.ending is process.Ending.EXITED):
            raise _failure(words[0], outcome, offline=variables.get("UV_OFFLINE", "").lower() not in _NO)


def runnable(reading: Reading) -> str:
    """The base interpreter itself, which runs nothing of an environment: what its `bin/python` leads to.

    A copy inside the environment would take the environment for its own, so there it is the one that was copied.
    """
    target, home = reading.target or reading.python, reading.config.get("home")
    if home and target.startswith(reading.prefix + os.sep):
        return os.path.join(home, f"python{reading.minor}{reading.threads}")
    return target


def _failure(tool: str, outcome: process.Outcome, *, offline: bool = False) -> ToolFailed:
    """What a tool said at its end, as one sentence or two: the report has had its lines."""
    how = f"ended with status {outcome.status}"
    if outcome.ending is process.Ending.TIMED_OUT:
        how = f"was not done after {process.SECONDS_AT_MOST / 60:.0f} minutes"
    last = [line.strip() for line in outcome.lines if line.strip()][-LAST_LINES:]
    begin = next((number for number, line in enumerate(last) if line.startswith("error")), 0)
    said = " ".join(last[begin:])
    fix = next((fix for pattern, fix in _FIXES if pattern.search(said)), "Mend that, then try again.")
    if offline and fix != _FIXES[0][1]:
        fix = _OFFLINE
    told = " ".join(_without_middle(last[begin:]))
    return ToolFailed(f"{os.path.basename(tool)} {how}. {told}".rstrip(".") + ".", fix)


def _without_middle(lines: Sequence[str]) -> list[str]:
    """What failed and why at last: of a chain of causes only the end tells a person something."""
    causes = [number for number, line in enumerate(lines) if _CAUSE.match(line)]
    return [*lines[: causes[0]], *lines[causes[-1] :]] if causes else list(lines)
