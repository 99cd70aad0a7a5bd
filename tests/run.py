#!/usr/bin/env python3
"""The one test command: it does all the set-up, then runs every gate and every test.

    python3 tests/run.py                    everything
    python3 tests/run.py --only ruff mypy   some steps; --list names them

It needs Python 3.11 or later with pip, and a network for the first time. What it makes lies in `.test`, which git
ignores; deleting that folder is always safe. All steps run even when one fails, and the last line says which did.
"""

from __future__ import annotations

import argparse
import functools
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import time
import venv
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import IO

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".test"
VENV = FOLDER / "venv"
STAMP = FOLDER / "stamp"
SCRIPTS = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = SCRIPTS / ("python.exe" if os.name == "nt" else "python")
FRONT_END = ROOT / "labextension"

INSTALLED = ("pyproject.toml", "labextension", "jupyter_envs/etc", "jupyter_envs/kernels/project-env")
"""What an installation copies or builds from; other changes in the checkout are seen without a new one."""
BY_PRODUCTS = {"node_modules", "lib", "coverage", ".yarn", "__pycache__"}
BROWSERS = (
    "chromium",
    "chromium-browser",
    "google-chrome-stable",
    "google-chrome",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
)
TRACER = "strace"
"""What tells that a server leaves the disk alone; without it that test is skipped."""
KERNELS = (
    "tests/kernels",
    "tests/conformance",
    "tests/borrowing",
    "tests/overlay",
    "tests/upstream",
    "tests/creator",
    "tests/faults",
)
"""The tests that mostly wait for real kernels and tools; they run beside the others."""
MEASURED = (FOLDER / "coverage-kernels", FOLDER / "coverage-pytest")
BROWSER_PACKAGES = ("chromium", "fonts-dejavu-core")
NO_BROWSER = "the browser tests need chromium or Chrome on PATH. Install it, or leave them out with --no-browser."


class SetUpError(Exception):
    """The set-up cannot go on; the message says why and what to do."""


@dataclass(frozen=True)
class Step:
    """One named command, and the folder that it runs in."""

    name: str
    command: tuple[str, ...]
    folder: Path = ROOT
    beside: bool = False
    """Whether it runs beside the step that follows; what it prints comes behind that one's words."""


@dataclass(frozen=True)
class Outcome:
    """Whether a step passed, and in how many seconds."""

    passed: bool
    seconds: float

    def __str__(self) -> str:
        return f"{'passed' if self.passed else 'FAILED'} in {self.seconds:.1f} s"


def steps(*, browser: bool) -> list[Step]:
    """Every gate and test, the quick ones first."""
    measured = ("--cov", "--cov-config=pyproject.toml", "--cov-report=", "--cov-fail-under=0")
    pytest = (str(PYTHON), "-m", "pytest", *measured)
    others = (*(f"--ignore={folder}" for folder in KERNELS), *(() if browser else ("--ignore=tests/browser",)))
    return [
        Step("ruff", ("ruff", "check", ".")),
        Step("format", ("ruff", "format", "--check", ".")),
        Step("mypy", ("mypy",)),
        Step("imports", ("lint-imports",)),
        Step("jlpm", ("jlpm", "install", "--immutable"), FRONT_END),
        Step("eslint", ("jlpm", "lint:check"), FRONT_END),
        Step("tsc", ("jlpm", "typecheck"), FRONT_END),
        Step("vitest", ("jlpm", "test"), FRONT_END),
        Step("kernels", (*pytest, *KERNELS), beside=True),
        Step("pytest", (*pytest, *others)),
        Step("combine", ("coverage", "combine", "--keep", *map(str, MEASURED))),
        Step("coverage", ("coverage", "report")),
    ]


def find_browser() -> str | None:
    """The chromium or Chrome that the browser tests drive, or None."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def main() -> int:
    """Set up, run the steps, sum up; 0 when all passed."""
    if sys.version_info < (3, 11):  # noqa: UP036 -- the reader's Python may be older than the package's
        message = f"needs Python 3.11 or later, and this is {sys.version.split()[0]}. Run it with a newer one."
        return complain(message)
    names = [step.name for step in steps(browser=True)]
    options = parse(names)
    if options.list:
        print(*names, sep="\n")
        return 0
    try:
        started = time.monotonic()
        outcomes = everything(options.only or names, browser=options.browser)
        return sum_up(outcomes, time.monotonic() - started)
    except SetUpError as problem:
        return complain(str(problem))
    except KeyboardInterrupt:
        return complain("interrupted.")


def everything(wanted: list[str], *, browser: bool) -> dict[str, Outcome]:
    """Set up what the wanted steps need and run them, whether or not one fails."""
    outcomes = {"set-up": timed(set_up)}
    if "pytest" in wanted:
        install_tracer()
    if browser and "pytest" in wanted:
        outcomes["browser"] = timed(install_browser)
        browser = outcomes["browser"].passed
    with ThreadPoolExecutor() as pool:
        aside = None
        for step in steps(browser=browser):
            if step.name not in wanted:
                continue
            if step.beside:
                aside = step, pool.submit(timed, functools.partial(succeeds_aside, step))
                continue
            announce(step.name, " ".join(step.command))
            outcomes[step.name] = timed(functools.partial(succeeds, step))
            print(f"== {step.name}: {outcomes[step.name]}", flush=True)
            if aside is not None:
                outcomes[aside[0].name] = shown(*aside)
                aside = None
        if aside is not None:
            outcomes[aside[0].name] = shown(*aside)
    return outcomes


def shown(step: Step, outcome: Future[Outcome]) -> Outcome:
    """How a step beside others ended, when it has, with what it printed."""
    announce(step.name, " ".join(step.command))
    ended = outcome.result()
    sys.stdout.write(log_of(step).read_text("utf-8", "replace"))
    print(f"== {step.name}: {ended}", flush=True)
    return ended


def log_of(step: Step) -> Path:
    """Where a step beside others prints."""
    return FOLDER / f"{step.name}.log"


def timed(act: Callable[[], bool]) -> Outcome:
    """Whether it passed, and how long that took."""
    started = time.monotonic()
    passed = act()
    return Outcome(passed, time.monotonic() - started)


def parse(names: list[str]) -> argparse.Namespace:
    """The command line's options."""
    parser = argparse.ArgumentParser(description="Set up and run every gate and test of jupyter-envs.")
    parser.add_argument("--only", nargs="+", metavar="STEP", choices=names, help=f"run these steps: {', '.join(names)}")
    parser.add_argument("--no-browser", dest="browser", action="store_false", help="leave the browser tests out")
    parser.add_argument("--list", action="store_true", help="name the steps and stop")
    return parser.parse_args()


def set_up() -> bool:
    """Make a virtualenv with the package, its built front end and the test tools, anew only when those changed."""
    stamp = fingerprint()
    if PYTHON.exists() and STAMP.exists() and STAMP.read_text("utf-8") == stamp:
        return True
    announce("set-up", f"a virtualenv in {VENV.relative_to(ROOT)}, with the front end built")
    FOLDER.mkdir(exist_ok=True)
    STAMP.unlink(missing_ok=True)
    # Debian keeps ensurepip in a package of its own; the running Python's pip can install into the virtualenv instead.
    with_pip = importlib.util.find_spec("ensurepip") is not None
    venv.EnvBuilder(clear=True, symlinks=os.name != "nt", with_pip=with_pip).create(VENV)
    pip = [str(PYTHON), "-m", "pip"] if with_pip else [sys.executable, "-m", "pip", "--python", str(PYTHON)]
    # Editable, so that coverage measures the checkout and a changed module needs no new installation. What JupyterLab
    # reads (the built front end, the configuration, the kernel) is copied into the virtualenv as for everybody.
    install = [*pip, "install", "--quiet", "--disable-pip-version-check", "--editable", ".[test]"]
    if not succeeds(Step("install", tuple(install))):
        message = "pip could not install the package; its own words stand above. Mend that and run this again."
        raise SetUpError(message)
    STAMP.write_text(stamp, "utf-8")
    return True


def fingerprint() -> str:
    """A hash of the Python that runs and of everything that an installation copies or builds from."""
    digest = hashlib.sha256(f"{sys.version} {sys.executable} {ROOT}".encode())
    for top in INSTALLED:
        for path in sorted(files_below(ROOT / top)):
            digest.update(str(path.relative_to(ROOT)).encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def files_below(path: Path) -> list[Path]:
    """The file itself, or a folder's files without what the tools put there."""
    if path.is_file():
        return [path]
    if path.name in BY_PRODUCTS or not path.is_dir():
        return []
    return [found for child in path.iterdir() for found in files_below(child)]


def install_browser() -> bool:
    """Whether there is a browser, after installing chromium from the system's packages where that is allowed."""
    if find_browser():
        return True
    install_packages("browser", *BROWSER_PACKAGES)
    if find_browser():
        return True
    complain(NO_BROWSER)
    return False


def install_tracer() -> None:
    """Install strace where that is allowed and there is none."""
    if sys.platform == "linux" and not shutil.which(TRACER):
        install_packages("tracer", TRACER)


def install_packages(what: str, *packages: str) -> None:
    """Install packages of the system's where it is Debian-like and this is root; elsewhere nothing."""
    if not (shutil.which("apt-get") and hasattr(os, "geteuid") and os.geteuid() == 0):
        return
    announce(what, f"apt-get install {' '.join(packages)}")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "-y", "-q", "--no-install-recommends", *packages]
    for command in (["apt-get", "update", "-q"], install):
        subprocess.run(command, env=environment, check=False)


def succeeds(step: Step, output: IO[bytes] | None = None) -> bool:
    """Whether a step's command, found in the virtualenv first, ends with 0."""
    environment = variables(step.name)
    program = shutil.which(step.command[0], path=environment["PATH"])
    if program is None:
        complain(f"{step.command[0]} is not installed. Delete {FOLDER.name} and run this again.")
        return False
    command = [program, *step.command[1:]]
    done = subprocess.run(command, cwd=step.folder, env=environment, stdout=output, stderr=output, check=False)
    return done.returncode == 0


def succeeds_aside(step: Step) -> bool:
    """The same, with what it prints kept for later."""
    with log_of(step).open("wb") as output:
        return succeeds(step, output)


def variables(name: str) -> dict[str, str]:
    """The environment of a step: the virtualenv first on PATH, and with it its node, the same on every machine.

    What is measured in a step lies in a file of its own, because two run at the same time.
    """
    unwanted = {"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "__PYVENV_LAUNCHER__"}
    kept = {name: value for name, value in os.environ.items() if name not in unwanted}
    path = os.pathsep.join([str(SCRIPTS), kept.get("PATH", os.defpath)])
    coverage = {
        "COVERAGE_FILE": str(FOLDER / f"coverage-{name}" if name in {"kernels", "pytest"} else FOLDER / "coverage"),
        "COVERAGE_EXEC": "subprocess" if os.name == "nt" else "execv",
    }
    return {**kept, "PATH": path, "TESTS_RUN": "1", **coverage}


def sum_up(outcomes: dict[str, Outcome], seconds: float) -> int:
    """Print a line for each step and a last one for all; 0 when all passed."""
    print("\n== summary")
    for name, outcome in outcomes.items():
        print(f"   {name:<8} {outcome}")
    failed = [name for name, outcome in outcomes.items() if not outcome.passed]
    minutes, rest = divmod(round(seconds), 60)
    if "browser" in failed:
        complain(NO_BROWSER)  # once more where it is seen
    if failed:
        print(f"== {len(failed)} of {len(outcomes)} steps FAILED in {minutes} min {rest} s: {', '.join(failed)}")
        return 1
    print(f"== all {len(outcomes)} steps passed in {minutes} min {rest} s")
    return 0


def announce(name: str, what: str) -> None:
    """Say which step begins."""
    print(f"\n== {name}: {what}", flush=True)


def complain(message: str) -> int:
    """Say on standard error why this fails; 1."""
    print(f"tests/run.py: {message}", file=sys.stderr, flush=True)
    return 1


if __name__ == "__main__":
    sys.exit(main())
