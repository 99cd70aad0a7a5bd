"""Running the command line as a person does: a program of its own, with the home and the variables of the tree."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.real.outside import variables

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TIMEOUT = 60.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What one call said."""

    status: int
    output: str
    errors: str

    def json(self) -> Any:  # noqa: ANN401 -- the edge where JSON comes in
        """The data on standard output."""
        return json.loads(self.output)

    def environments(self) -> list[dict[str, Any]]:
        """The environments of `list --json`."""
        found: list[dict[str, Any]] = self.json()["environments"]
        return found


def command() -> list[str]:
    """The console script beside this interpreter."""
    return [os.fspath(Path(sys.executable).with_name("jupyter-envs"))]


def measured_variables(home: Path, moved: Mapping[str, str]) -> dict[str, str]:
    """A person's variables, with those that let the branches of the command be counted."""
    counting = {name: value for name, value in os.environ.items() if name.startswith("COVERAGE_")}
    return variables(home, **counting, **moved)


def jupyter_envs(
    home: Path,
    *arguments: str | Path,
    moved: Mapping[str, str] | None = None,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    before: Sequence[str] = (),
) -> Answer:
    """Run `jupyter-envs`; `before` is put in front of it (strace, setpriv), and `env` replaces the variables."""
    argv = [*before, *command(), *(os.fspath(each) for each in arguments)]
    given = dict(measured_variables(home, moved or {}) if env is None else env)
    done = subprocess.run(
        argv, env=given, cwd=cwd or home, capture_output=True, timeout=TIMEOUT, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    return Answer(done.returncode, done.stdout.decode(), done.stderr.decode(errors="backslashreplace"))
