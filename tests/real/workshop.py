"""What the builders of the tree work with and what they hand over."""

from __future__ import annotations

import shutil
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tests.real.outside import Interpreters, run, uv_run, variables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from tests.real.toolbox import Toolbox

    Builder = Callable[["Workshop"], Iterable["Made"]]
    Answer = Callable[["Workshop", Path], Path]


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """One environment that a tool made, and for what it was made."""

    label: str
    prefix: Path
    project: Path | None = None
    manager: str = "venv"
    also: tuple[Path, ...] = ()
    aliases: tuple[Path, ...] = ()
    lost: bool = False
    answer: Answer | None = None
    """Asks its tool which environment a project gets; Poetry is asked for all of its own."""
    unchecked: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Skipped:
    """A row that this machine cannot make, and why."""

    label: str
    reason: str


@dataclass(frozen=True, slots=True)
class Home:
    """One person's home with everything that was made in it."""

    name: str
    folder: Path
    moved: Mapping[str, str]
    made: tuple[Made, ...]
    skipped: tuple[Skipped, ...]


@dataclass(frozen=True, slots=True)
class Tree:
    """All the homes, and the tools that made them."""

    homes: tuple[Home, ...]
    tools: Toolbox
    seconds: float

    def home(self, name: str) -> Home:
        """The home of this name."""
        return next(each for each in self.homes if each.name == name)


@dataclass(frozen=True, slots=True)
class Workshop:
    """One home while it is being furnished."""

    home: Path
    moved: Mapping[str, str]
    tools: Toolbox
    pythons: Interpreters
    poetry_lock: threading.Lock = field(default_factory=threading.Lock)

    def folder(self, *parts: str) -> Path:
        """A folder below the home, made."""
        path = self.home.joinpath(*parts)
        path.mkdir(parents=True, exist_ok=True)
        return path

    def project(self, *parts: str) -> Path:
        """A project of the kind that any tool takes: a folder with a pyproject.toml."""
        path = self.folder(*parts)
        text = '[project]\nname = "plain"\nversion = "1.0"\n'
        (path / "pyproject.toml").write_text(text, encoding="utf-8")
        return path

    def poetry(self, project: Path, *arguments: str | Path, **more: str) -> str:
        """Run Poetry in a project; `env use` one at a time, because it rewrites envs.toml without a lock."""
        env = variables(self.home, self.pythons.default.executable.parent, **{**self.moved, **more})
        argv = [self.tools.poetry, "--no-interaction", "--no-ansi", *arguments]
        if arguments[:2] == ("env", "use"):
            with self.poetry_lock:
                return run(argv, env, project)
        return run(argv, env, project)

    def pipenv(self, project: Path, *arguments: str | Path, **more: str) -> str:
        """Run pipenv in a project, from a shell that has read its start files."""
        env = variables(self.home, **{**self.moved, "PIPENV_IGNORE_VIRTUALENVS": "1", **more})
        lines = 'test -e ~/.bashrc && . ~/.bashrc\nexec "$@"'
        return run(["bash", "--norc", "-c", lines, "bash", self.tools.pipenv, *arguments], env, project)

    def hatch(self, project: Path, *arguments: str | Path, **more: str) -> str:
        """Run hatch in a project; it chooses among the Pythons that it is shown."""
        bins = [each.executable.parent for each in (self.pythons.default, *self.pythons.two())]
        env = variables(self.home, *bins, **{**self.moved, **more})
        return run([self.tools.hatch, "--no-interactive", "--no-color", *arguments], env, project)

    def pdm(self, project: Path, *arguments: str | Path, **more: str) -> str:
        """Run PDM in a project."""
        env = variables(self.home, **{**self.moved, "PDM_CHECK_UPDATE": "0", **more})
        return run([self.tools.pdm, *arguments], env, project)

    def wrapper(self, script: str) -> str:
        """Run lines of bash in a shell that has sourced virtualenvwrapper."""
        env = variables(
            self.home, VIRTUALENVWRAPPER_PYTHON=str(self.tools.wrapper_python),
            VIRTUALENVWRAPPER_VIRTUALENV=str(self.tools.virtualenv), **self.moved,
        )  # fmt: skip
        lines = f"test -e ~/.bashrc && . ~/.bashrc\nsource {self.tools.wrapper_script}\n{script}\n"
        return run(["bash", "--norc", "-c", lines], env, self.home)

    def python(self, prefix: Path, *arguments: str | Path) -> str:
        """Run an interpreter as this home's person would."""
        return run([prefix / "bin" / "python", *arguments], variables(self.home), self.home)


def install(prefix: Path, *requirements: str | Path) -> None:
    """Install into an environment with uv: from its cache, by hard links."""
    uv_run("pip", "install", "--quiet", "--python", prefix / "bin" / "python", *requirements)


def uv_venv(prefix: Path, python: Path, *options: str) -> Path:
    """Make an environment with `uv venv`."""
    prefix.parent.mkdir(parents=True, exist_ok=True)
    uv_run("venv", "--quiet", "--no-project", "--python", python, *options, prefix)
    return prefix


def relocate(base: Path, target: Path) -> Path:
    """A real interpreter in another folder: hard links where the file system allows, without its test-suite."""

    def link(source: str, destination: str) -> None:
        try:
            Path(destination).hardlink_to(source)
        except OSError:
            shutil.copy2(source, destination)

    skipped = shutil.ignore_patterns("test", "__pycache__", "idlelib", "lib2to3", "*.a", "envs")
    shutil.copytree(base, target, symlinks=True, copy_function=link, ignore=skipped)
    return target
