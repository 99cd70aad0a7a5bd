"""Real environments to change, and with what they are changed."""

from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from jupyter_envs import process
from jupyter_envs.creator.means import Means
from jupyter_envs.creator.places import Places
from jupyter_envs.creator.recreating import Recreation
from jupyter_envs.creator.removing import Removal
from jupyter_envs.finder import Finder
from jupyter_envs.settings import Settings
from tests.creator.scene import creator_of, variables
from tests.folders import write

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jupyter_envs.environment import Environment
    from jupyter_envs.host import Host

WAITS = "import time; print('here', flush=True); time.sleep(60)"


def uv(*words: str | Path) -> None:
    """What uv does when it is told so in a terminal."""
    program = process.tools(variables())["uv"]
    subprocess.run([program, "--no-python-downloads", "--quiet", *map(str, words)], check=True, env=variables())


def made_by_hand(prefix: Path, *packages: str, python: str | Path = sys.executable) -> Path:
    """A real environment with some packages; its prefix."""
    uv("venv", "--no-project", "--python", python, prefix)
    if packages:
        uv("pip", "install", "--python", prefix / "bin" / "python", *packages)
    return prefix


def environment_at(host: Host, prefix: Path) -> Environment:
    """The environment as it is found now."""
    found = Finder(host, Settings()).inspect(prefix)
    assert found is not None
    return found


def means_of(host: Host, settings: Settings | None = None) -> Means:
    """What a person in a terminal has."""
    finder = Finder(host, settings or Settings())
    return Means(finder, process.tools(host.variables), Places.of(finder, None))


def removal_of(host: Host, prefix: Path, settings: Settings | None = None) -> Removal:
    """The removal of an environment, decided on by the creator."""
    work = creator_of(host, settings).prepare_removal(environment_at(host, prefix))
    assert isinstance(work, Removal)
    return work


def recreation_of(
    host: Host, prefix: Path, python: str | None = None, tools: dict[str, Path] | None = None
) -> Recreation:
    """The recreation of an environment, decided on by the creator."""
    work = creator_of(host, tools=tools).prepare_recreation(environment_at(host, prefix), python)
    assert isinstance(work, Recreation)
    return work


@contextmanager
def running(words: list[str | Path], cwd: Path | None = None, **own: str) -> Iterator[int]:
    """The number of a program that has begun, and ends with this."""
    with subprocess.Popen(
        list(map(str, words)), cwd=cwd, env={**variables(), **own}, stdout=subprocess.PIPE, text=True
    ) as program:
        try:
            assert program.stdout is not None
            assert program.stdout.readline() == "here\n"
            yield program.pid
        finally:
            program.kill()


def version_of(prefix: Path, package: str) -> str:
    """The version of a package as the environment's own Python sees it."""
    code = f"import importlib.metadata as m; print(m.version({package!r}))"
    told = subprocess.run([prefix / "bin" / "python", "-I", "-c", code], capture_output=True, text=True, check=True)
    return told.stdout.strip()


def to_be_made_again(prefix: Path) -> Path:
    """An environment with a package in an old version, and with what is not carried into a new one; its prefix."""
    made_by_hand(prefix, "six==1.15.0")
    write(prefix / "__pycache__" / "old")
    return prefix


def is_old(prefix: Path) -> bool:
    """Whether it is still the one that was to be made again."""
    return (prefix / "__pycache__" / "old").exists() and version_of(prefix, "six") == "1.15.0"


def others(host: Host, prefix: Path) -> list[str]:
    """The minor versions, other than an environment's own, that are here, the newest first."""
    own = environment_at(host, prefix).minor
    versions = [".".join(one.version.split(".")[:2]) for one in Finder(host, Settings()).interpreters()]
    found = [each for each in dict.fromkeys(versions) if each.startswith("3.1") and each != own]
    return found or pytest.skip("there is one Python only")


def make_package(folder: Path, name: str) -> Path:
    """A project that can be installed without a network."""
    build = 'backend-path = ["."]\nbuild-backend = "build"\nrequires = []\n'
    write(folder / "pyproject.toml", f'[build-system]\n{build}\n[project]\nname = "{name}"\nversion = "1.0"\n')
    write(
        folder / "build.py",
        "import os, zipfile\n"
        "def build_editable(folder, settings=None, metadata=None):\n"
        f"    name = '{name}-1.0-py3-none-any.whl'\n"
        f"    info = '{name}-1.0.dist-info'\n"
        "    with zipfile.ZipFile(os.path.join(folder, name), 'w') as wheel:\n"
        f"        wheel.writestr('{name}.pth', os.getcwd())\n"
        f"        wheel.writestr(info + '/METADATA', 'Metadata-Version: 2.1\\nName: {name}\\nVersion: 1.0\\n')\n"
        "        wheel.writestr(info + '/WHEEL', 'Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n')\n"
        "        wheel.writestr(info + '/RECORD', '')\n"
        "    return name\n"
        "build_wheel = build_editable\n",
    )
    return folder


def all_below(folder: Path) -> list[Path]:
    """Everything in a folder, by names below it."""
    return sorted(path.relative_to(folder) for path in folder.rglob("*"))
