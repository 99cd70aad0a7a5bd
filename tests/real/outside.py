"""The machine that the tests run on: its interpreters, its uv, and the variables that reach a network."""

from __future__ import annotations

import functools
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import uv

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PASSED_ON = re.compile(r"^(LANG|LC_.*|TMPDIR|USER|LOGNAME|SSL_.*|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE|(?i:.*_proxy))$")
SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin"
TOOL_TIMEOUT = 300.0
POETRY_SUPPORTS = (3, 9)
NEWEST_IPYKERNEL = (3, 14)
UV = uv.find_uv_bin()  # here, because sysconfig, which it asks, is not safe in threads before Python 3.12


class MissingError(Exception):
    """This machine lacks what one row of the tree needs; the message is the reason to skip it."""


class ToolError(AssertionError):
    """A real tool failed while the tree was made: nothing can be said about the listing."""


@dataclass(frozen=True, slots=True, order=True)
class Interpreter:
    """One base Python of this machine."""

    minor: tuple[int, int]
    version: str
    executable: Path
    prefix: Path

    @property
    def stands_alone(self) -> bool:
        """Whether it is one folder that still runs when it is copied elsewhere (not the system's)."""
        return self.prefix not in {Path("/usr"), Path("/usr/local"), Path("/")} and (self.prefix / "lib").is_dir()


@dataclass(frozen=True, slots=True)
class Interpreters:
    """The base Pythons, oldest first; never empty."""

    found: tuple[Interpreter, ...]

    @property
    def default(self) -> Interpreter:
        """The one that rows use when any will do: every tool supports it."""
        modern = [each for each in self.found if POETRY_SUPPORTS <= each.minor <= NEWEST_IPYKERNEL]
        if not modern:
            message = "needs a Python from 3.9 on"
            raise MissingError(message)
        return modern[len(modern) // 2]

    def at(self, minor: str) -> Interpreter:
        """The interpreter of this minor version; MissingError where there is none."""
        for each in self.found:
            if "{}.{}".format(*each.minor) == minor:
                return each
        message = f"needs Python {minor}"
        raise MissingError(message)

    def two(self) -> tuple[Interpreter, Interpreter]:
        """Two minor versions that every tool supports; MissingError where there is only one."""
        modern = [each for each in self.found if POETRY_SUPPORTS <= each.minor <= NEWEST_IPYKERNEL]
        if len({each.minor for each in modern}) < 2:
            message = "needs two Pythons from 3.9 on"
            raise MissingError(message)
        return modern[0], modern[-1]

    def alone(self) -> Interpreter:
        """One that can be copied to another folder; MissingError where all are the system's."""
        for each in reversed(self.found):
            if each.stands_alone and POETRY_SUPPORTS <= each.minor <= NEWEST_IPYKERNEL:
                return each
        message = "needs an interpreter in a folder of its own"
        raise MissingError(message)


def run(argv: Sequence[str | Path], env: Mapping[str, str], cwd: Path | None = None) -> str:
    """What a tool printed on standard output; ToolError with both of its outputs when it failed."""
    done = subprocess.run(
        [os.fspath(each) for each in argv],
        env=dict(env), cwd=cwd, timeout=TOOL_TIMEOUT, capture_output=True, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    if done.returncode:
        output = (done.stdout + done.stderr).decode(errors="replace")[-3000:]
        message = f"{' '.join(map(str, argv))} in {cwd} ended with {done.returncode}:\n{output}"
        raise ToolError(message)
    return done.stdout.decode(errors="surrogateescape")


def variables(home: Path, *bins: Path, **more: str) -> dict[str, str]:
    """The variables of a person whose home is `home`: nothing of the invoking user's but the way to a network."""
    kept = {name: value for name, value in os.environ.items() if PASSED_ON.match(name)}
    path = os.pathsep.join([*map(str, bins), SYSTEM_PATH])
    return {"LANG": "C.UTF-8", **kept, "HOME": str(home), "PATH": path, **more}


def as_invoking_user(*argv: str | Path) -> str:
    """Run a package manager with this machine's own cache and index settings."""
    dropped = {"VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME", "UV_PROJECT_ENVIRONMENT"}
    return run(argv, {name: value for name, value in os.environ.items() if name not in dropped})


def uv_run(*arguments: str | Path) -> str:
    """Run uv."""
    return as_invoking_user(UV, *arguments)


def pyenv_root() -> Path:
    """Where the invoking user's pyenv is, or would be."""
    return Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")


def pyenv_versions(root: Path) -> list[Path]:
    """The folders of a pyenv's interpreters, without its aliases."""
    folders = root.glob("versions/*")
    return sorted(each for each in folders if not each.is_symlink() and (each / "bin" / "python").exists())


@functools.cache
def interpreters() -> Interpreters:
    """Every base Python that there is: pyenv's, and the one that runs the tests."""
    candidates = [each / "bin" / "python" for each in pyenv_versions(pyenv_root())]
    candidates.append(Path(getattr(sys, "_base_executable", sys.executable)))
    found = {each.resolve(): _read(each) for each in reversed(candidates)}
    return Interpreters(tuple(sorted(each for each in found.values() if each is not None)))


def _read(executable: Path) -> Interpreter | None:
    """Ask one interpreter what it is; None for one that does not run."""
    question = "import sys; sys.stdout.write('%d %d %d\\n' % sys.version_info[:3] + sys.prefix)"
    try:
        numbers, prefix = run([executable, "-c", question], variables(Path("/"))).split("\n", 1)
    except (ToolError, OSError):
        return None
    major, minor, patch = map(int, numbers.split())
    return Interpreter((major, minor), f"{major}.{minor}.{patch}", executable, Path(prefix))
