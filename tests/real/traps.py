"""A home in which everything that could be run by mistake leaves a mark when it is."""

from __future__ import annotations

import shlex
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.real.make_poetry import new_project
from tests.real.outside import variables
from tests.real.workshop import uv_venv

if TYPE_CHECKING:
    from pathlib import Path

    from tests.real.toolbox import Toolbox

TOOLS = (
    "poetry", "pyenv", "conda", "mamba", "uv", "pip", "pipenv", "hatch", "pdm", "virtualenv", "git",
    "python", "python3", "jupyter", "virtualenvwrapper.sh", "virtualenvwrapper_lazy.sh",
)  # fmt: skip
MODULES = ("json", "argparse", "tomllib", "platformdirs", "packaging", "jupyter_envs", "sitecustomize")


@dataclass(frozen=True, slots=True)
class Trap:
    """Something that leaves a mark of its name when it is run, and a command that runs it."""

    name: str
    bait: tuple[str, ...]
    cwd: Path


@dataclass(frozen=True, slots=True)
class Trapped:
    """The home, where its marks would be, and its traps."""

    home: Path
    marks: Path
    env: dict[str, str]
    traps: tuple[Trap, ...]

    @property
    def cwd(self) -> Path:
        """A folder with modules that have the names of those that we import."""
        return self.home / "code" / "modules"

    def marked(self) -> list[str]:
        """The traps that were run."""
        return sorted(each.name for each in self.marks.iterdir())

    def clear(self) -> None:
        """Forget all marks."""
        for each in self.marks.iterdir():
            each.unlink()


class _Trapper:
    """Lays the traps one after another."""

    def __init__(self, folder: Path, tools: Toolbox, python: Path) -> None:
        self.home, self.marks, self.tools, self.python = folder / "home", folder / "marks", tools, python
        self.traps: list[Trap] = []
        self.marks.mkdir(parents=True)
        self.home.mkdir()

    def trap(self, name: str, *bait: str | Path, cwd: Path | None = None) -> None:
        self.traps.append(Trap(name, tuple(map(str, bait)), cwd or self.home))

    def shell(self, path: Path, name: str) -> Path:
        """A program that leaves a mark."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        path.write_text(f"#!/bin/sh\n: > {shlex.quote(str(self.marks / name))}\n", encoding="utf-8")
        path.chmod(0o755)
        return path

    def module(self, path: Path, name: str) -> Path:
        """A module that leaves a mark."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"open({str(self.marks / name)!r}, 'w').close()\n", encoding="utf-8")
        return path

    def false_environment(self, prefix: Path, name: str) -> None:
        """An environment whose interpreter, and the base's interpreter, are programs of ours."""
        program = self.shell(prefix / "bin" / "python", name)
        base = self.shell(self.home / "opt" / name / "bin" / "python3.11", f"{name}, base")
        text = f"home = {base.parent}\nimplementation = CPython\nversion = 3.11.7\nexecutable = {base}\n"
        (prefix / "pyvenv.cfg").write_text(text, encoding="utf-8")
        (prefix / "lib" / "python3.11" / "site-packages").mkdir(parents=True)
        self.trap(name, program)
        self.trap(f"{name}, base", base)

    def interpreters(self) -> None:
        self.false_environment(self.home / "code" / "false" / ".venv", "venv's interpreter")
        project = new_project(self.home / "code" / "shop", "shop")
        self.module(project / "build.py", "build script")
        self.trap("build script", sys.executable, project / "build.py")
        central = self.home / ".cache" / "pypoetry" / "virtualenvs"
        self.false_environment(central / "shop-abcdEFGH-py3.11", "Poetry's interpreter")
        self.false_environment(self.home / "Envs" / "false", "virtualenvwrapper's interpreter")
        (self.home / "Envs" / "false" / "bin" / "activate").touch()
        version = self.home / ".pyenv" / "versions" / "3.99.0"
        for program in ("python", "python3", "python3.99"):
            self.shell(version / "bin" / program, "pyenv's interpreter")
        self.trap("pyenv's interpreter", version / "bin" / "python")
        for program in ("bin/pyenv", "shims/python", "shims/python3"):
            name = f"pyenv's {program.replace('/', ' ')}"
            self.trap(name, self.shell(self.home / ".pyenv" / program, name))

    def code_in_an_environment(self) -> None:
        """A real environment, so that the real interpreter shows that the traps bite."""
        prefix = uv_venv(self.home / "code" / "real" / ".venv", self.python)
        packages = next(prefix.glob("lib/python*/site-packages"))
        line = f"import sys; open({str(self.marks / 'pth line')!r}, 'w').close()\n"
        (packages / "trap.pth").write_text(f"{line}{packages.parent}\n", encoding="utf-8")
        self.trap("pth line", prefix / "bin" / "python", "-c", "")
        # Some distributions have a sitecustomize of their own that comes first, so this one is run by its path.
        custom = self.module(packages / "sitecustomize.py", "sitecustomize")
        self.trap("sitecustomize", prefix / "bin" / "python", custom)
        for name in ("ipykernel_launcher", "ipykernel"):
            self.module(packages / f"{name}.py", name)
            self.trap(name, prefix / "bin" / "python", "-c", f"import {name}")
        (packages / "ipykernel-7.0.0.dist-info").mkdir()
        with (prefix / "bin" / "activate").open("a", encoding="utf-8") as script:
            script.write(f"\n: > '{self.marks / 'activate'}'\n")
        self.trap("activate", "bash", "-c", f". '{prefix}/bin/activate'")

    def hooks(self) -> None:
        """virtualenvwrapper runs these itself when it is sourced, and when an environment is worked on."""
        folder = uv_venv(self.home / "Envs" / "wrapped", self.python).parent
        source = f"export WORKON_HOME='{folder}'; . '{self.tools.wrapper_script}'"
        env = f"VIRTUALENVWRAPPER_PYTHON='{self.tools.wrapper_python}'"
        for hook in ("initialize", "get_env_details", "preactivate", "postactivate"):
            self.shell(folder / hook, f"global {hook}")
            self.shell(folder / "wrapped" / "bin" / hook, hook)
        self.trap("global initialize", "bash", "-c", f"{env}; {source}")
        for hook in ("preactivate", "postactivate"):
            self.trap(f"global {hook}", "bash", "-c", f"{env}; {source}; workon wrapped")
            self.trap(hook, "bash", "-c", f"{env}; {source}; workon wrapped")
        for hook in ("global get_env_details", "get_env_details"):
            self.trap(hook, "bash", "-c", f"{env}; {source}; showvirtualenv wrapped")

    def start_files(self) -> None:
        """These are read for their export lines, as text."""
        for file in (".bashrc", ".profile", ".zshrc"):
            mark = self.marks / file
            lines = f": > '{mark}'\nexport WORKON_HOME=$(: > '{mark}'; echo ~/Envs)\nexport PYENV_ROOT=`: > '{mark}'`\n"
            (self.home / file).write_text(lines, encoding="utf-8")
            self.trap(file, "sh", "-c", f". '{self.home / file}'")

    def programs_on_the_path(self) -> None:
        for tool in TOOLS:
            self.trap(f"{tool} on PATH", self.shell(self.home / "bin" / tool, f"{tool} on PATH"))

    def modules_in_the_folder(self) -> None:
        folder = self.home / "code" / "modules"
        for name in MODULES:
            self.module(folder / f"{name}.py", f"module {name}")
            self.trap(f"module {name}", sys.executable, folder / f"{name}.py", cwd=folder)


def lay(folder: Path, tools: Toolbox, python: Path) -> Trapped:
    """Make the home below a folder."""
    trapper = _Trapper(folder, tools, python)
    trapper.interpreters()
    trapper.code_in_an_environment()
    trapper.hooks()
    trapper.start_files()
    trapper.programs_on_the_path()
    trapper.modules_in_the_folder()
    env = variables(trapper.home, trapper.home / "bin", trapper.home / ".pyenv" / "shims")
    trapped = Trapped(trapper.home, trapper.marks, env, tuple(trapper.traps))
    trapped.clear()
    return trapped
