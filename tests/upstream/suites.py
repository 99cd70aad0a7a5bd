"""Suites of others, and what becomes of their tests with one kernel spec manager or another."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from tests.folders import ROOT
from tests.real.outside import variables

if TYPE_CHECKING:
    from collections.abc import Sequence

STOCK = "stock"
INSIDE = Path(__file__).parent / "inside"
CONFTEST = """
from wrapping import *
from wrapping import arguments_for

jp_argv = arguments_for("{manager}")
"""
SECONDS = 900.0
Outcomes: TypeAlias = "dict[str, str]"


@dataclass(frozen=True, slots=True)
class Suite:
    """Some tests of a distribution: paths in its sources, a few of them for a short run."""

    distribution: str
    paths: tuple[str, ...]
    short: tuple[str, ...]
    managers: tuple[str, ...]
    fixtures: str | None = None
    """The folder whose tests get a server's arguments from a `conftest.py` of ours; None where there is no server."""


SUITES = (
    Suite(
        "jupyter_server",
        paths=("tests/services/kernelspecs", "tests/services/kernels", "tests/services/sessions"),
        short=("tests/services/kernelspecs",),
        managers=("extension", "class"),
        fixtures="tests/services",
    ),
    Suite(
        "jupyter_client",
        paths=("tests/test_kernelspec.py", "tests/test_kernelspecapp.py", "tests/test_provisioning.py"),
        short=("tests/test_kernelspec.py",),
        managers=("class",),
    ),
)


@dataclass(frozen=True, slots=True)
class Runner:
    """Runs tests of one suite in copies of its sources, so that runs do not meet."""

    suite: Suite
    sources: Path
    workers: int = 0

    def run(self, manager: str, tests: Sequence[str]) -> Outcomes:
        """What became of each test with a manager; those that do not pass are described on standard error."""
        with tempfile.TemporaryDirectory() as name:
            copy = shutil.copytree(self.sources, Path(name, "sources"))
            if self.suite.fixtures and manager != STOCK:
                fixtures = CONFTEST.format(manager=manager)
                (copy / self.suite.fixtures / "conftest.py").write_text(fixtures, "utf-8")
            return self._run(manager, tests, copy)

    def _run(self, manager: str, tests: Sequence[str], copy: Path) -> Outcomes:
        outcomes, home = copy.parent / "outcomes", copy.parent / "home"
        home.mkdir()
        # their own options would show all that was logged
        words = [sys.executable, "-m", "pytest", "-q", "-W", "ignore", "-o", "addopts=", "-p", "no:cacheprovider"]
        words += ["--tb=short", "--show-capture=no"]
        words += ["-p", "recording", f"--outcomes={outcomes}", f"--basetemp={copy.parent / 'temporary'}"]
        words += ["-p", "instead"] if manager != STOCK and self.suite.fixtures is None else []
        words += ["-n", str(self.workers)] if self.workers else []
        places = os.pathsep.join(map(str, (INSIDE, ROOT)))
        environment = variables(home, Path(sys.executable).parent, PYTHONPATH=places)
        done = subprocess.run(
            [*words, *tests], cwd=copy, env=environment, timeout=SECONDS, capture_output=True, text=True, check=False
        )
        if done.returncode:
            sys.stderr.write(f"\n{self.suite.distribution}, {manager}:\n{done.stdout[-6000:]}{done.stderr[-2000:]}\n")
        told: Outcomes = json.loads(outcomes.read_text("utf-8")) if outcomes.exists() else {}
        return told
