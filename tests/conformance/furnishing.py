"""A home with an environment for each Python of this machine, with an ipykernel of its own and without one."""

from __future__ import annotations

import functools
import os
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_envs import naming
from tests.folders import ROOT
from tests.real.outside import (
    Interpreter,
    MissingError,
    as_invoking_user,
    interpreters,
    pyenv_root,
    run,
    uv_run,
    variables,
)
from tests.real.workshop import install, uv_venv

if TYPE_CHECKING:
    from collections.abc import Callable

OLDEST_UV, OLDEST_BORROWED, NEWEST_BORROWED = (3, 7), (3, 8), (3, 14)
LAST_IPYKERNEL = {(2, 7): "ipykernel<5"}


def minor_of(python: Interpreter) -> str:
    """Its version as people write it: 3.12."""
    return "{}.{}".format(*python.minor)


def minors(oldest: tuple[int, int] = (2, 7), newest: tuple[int, int] = NEWEST_BORROWED) -> list[str]:
    """The minor versions of this machine's Pythons, oldest first, each once."""
    return list(dict.fromkeys(minor_of(each) for each in interpreters().found if oldest <= each.minor <= newest))


@dataclass(frozen=True, slots=True)
class House:
    """A person's home that is furnished when something in it is asked for, each thing once."""

    home: Path
    tools: Path
    _made: dict[Path, threading.Lock] = field(default_factory=dict)
    _door: threading.Lock = field(default_factory=threading.Lock)

    def own(self, minor: str) -> Path:
        """The prefix of an environment with the last ipykernel that supports this Python."""
        return self._once(self.home / f"own {minor}" / ".venv", functools.partial(self._make_own, minor))

    def bare(self, minor: str) -> Path:
        """The prefix of an environment with no packages at all."""
        python = interpreters().at(minor).executable
        return self._once(self.home / f"bare {minor}" / ".venv", lambda prefix: uv_venv(prefix, python))

    def lend(self, minor: str) -> Path:
        """The prefix of an environment that borrows: its ipykernel was made beforehand, as an administrator does it."""
        prefix = self.bare(minor)
        self._once(self.tools / f"lent {minor}", functools.partial(self._lend, minor))
        return prefix

    def name_of(self, prefix: Path) -> str:
        """The name of an environment's kernel, which is known from then on."""
        self._once(self.tools / f"known {prefix.parent.name}", self._look)
        return naming.environment_id(prefix, self.home)

    def command(self, *words: str) -> str:
        """What `jupyter-envs` prints."""
        return run([sys.executable, "-m", "jupyter_envs", *words], self.variables, self.home)

    @property
    def variables(self) -> dict[str, str]:
        """Those of its person's terminal, with the machine's Pythons and package cache."""
        measured = {name: value for name, value in os.environ.items() if name.startswith("COVERAGE")}
        kept = {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "UV_"))}
        cache = uv_run("cache", "dir").strip()
        more = {"PYTHONPATH": str(ROOT), "PYENV_ROOT": str(pyenv_root()), "UV_CACHE_DIR": cache, "COLUMNS": "200"}
        return variables(self.home, Path(sys.executable).parent, **measured, **kept, **more)

    def _make_own(self, minor: str, prefix: Path) -> None:
        python = interpreters().at(minor)
        if python.minor >= OLDEST_UV:
            uv_venv(prefix, python.executable)
        else:
            run([self._old_virtualenv(), "--quiet", "--python", python.executable, prefix], self._tool_variables)
        if python.minor >= (3, 0):
            install(prefix, "ipykernel")
        else:
            as_invoking_user(prefix / "bin" / "pip", "install", "--quiet", LAST_IPYKERNEL[python.minor])

    def _lend(self, minor: str, mark: Path) -> None:
        self.command("borrow", "build", "--python", str(interpreters().at(minor).executable), "--yes")
        mark.touch()

    def _look(self, mark: Path) -> None:
        self.command("list", "--rescan")
        mark.touch()

    def _old_virtualenv(self) -> Path:
        """The last virtualenv that makes environments for Python 2.7 and 3.6; it runs on 3.7 to 3.11."""
        bases = [each for each in interpreters().found if (3, 7) <= each.minor <= (3, 11)]
        if not bases:
            message = "needs virtualenv 20.21, which runs on Python 3.7 to 3.11"
            raise MissingError(message)
        made = self._once(self.tools / "virtualenv", lambda prefix: self._install_tool(prefix, bases[-1].executable))
        return made / "bin" / "virtualenv"

    def _install_tool(self, prefix: Path, python: Path) -> None:
        uv_venv(prefix, python)
        install(prefix, "virtualenv<20.22")

    @property
    def _tool_variables(self) -> dict[str, str]:
        return variables(self.home, VIRTUALENV_OVERRIDE_APP_DATA=str(self.tools / "virtualenv-cache"))

    def _once(self, place: Path, make: Callable[[Path], object]) -> Path:
        with self._door:
            lock = self._made.setdefault(place, threading.Lock())
        with lock:
            if not place.exists():
                make(place)
        return place
