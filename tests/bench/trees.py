"""A home of many folders and environments, made by hand: quickly, and the same each time."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.folders import make_base

if TYPE_CHECKING:
    from pathlib import Path

TEAMS = 40
AN_HOUR = 3600
SITE = "lib/python3.12/site-packages"
CONFIG = "home = {home}\ninclude-system-site-packages = false\nversion = 3.12.1\n"


@dataclass(frozen=True, slots=True)
class Tree:
    """A home, the interpreter that its environments were made with, and their prefixes."""

    home: Path
    python: Path
    environments: tuple[Path, ...]


def make_tree(folder: Path, environments: int = 1000, folders: int = 40_000) -> Tree:
    """A home with so many environments, each in a project's `.venv`, and about so many folders that a walk enters.

    Beside them lie folders that no walk enters: `.git`, `node_modules`, `.cache`. All folders are an hour old. Where
    the tree was made before, it is used again.
    """
    home, python = folder / "home", folder / "opt" / "python-3.12" / "bin" / "python3.12"
    projects = [home / f"team{number % TEAMS:02}" / f"project{number:05}" for number in range(environments)]
    if not (folder / "made").exists():
        make_base(folder / "opt" / "python-3.12", "3.12.1")
        home.mkdir(parents=True)
        for project in projects:
            _make_project(str(project), str(python))
        _fill(projects or [home], folders - 2 * environments - TEAMS - 1)
        _age(str(home))
        (folder / "made").touch()
    return Tree(home, python, tuple(project / ".venv" for project in projects))


def _make_project(project: str, python: str) -> None:
    prefix = f"{project}/.venv"
    for path in (f"{prefix}/bin", f"{prefix}/{SITE}/ipykernel", f"{prefix}/{SITE}/ipykernel-7.4.0.dist-info"):
        os.makedirs(path)  # noqa: PTH103 -- thousands of times
    os.symlink(python, f"{prefix}/bin/python")  # noqa: PTH211
    _write(f"{prefix}/pyvenv.cfg", CONFIG.format(home=python.rpartition("/")[0]))
    _write(f"{prefix}/bin/activate", f'VIRTUAL_ENV="{prefix}"\nexport VIRTUAL_ENV\n')
    _write(f"{prefix}/{SITE}/ipykernel_launcher.py")
    _write(f"{prefix}/{SITE}/ipykernel/__init__.py")
    _write(f"{prefix}/{SITE}/ipykernel-7.4.0.dist-info/METADATA", "Name: ipykernel\nVersion: 7.4.0\n")
    for path in (".git/objects", ".git/refs/heads", "node_modules/left/lib", "node_modules/right/lib"):
        os.makedirs(f"{project}/{path}")  # noqa: PTH103
    _write(f"{project}/pyproject.toml", '[project]\nname = "project"\nversion = "1"\n')
    _write(f"{project}/README.md", "# A project\n")


def _fill(projects: list[Path], folders: int) -> None:
    """Folders with four files each below the projects, three deep."""
    made = 0
    while made < folders:
        for project in projects:
            part = f"{project}/part{made // (10 * len(projects)):04}"
            for path in (part, *(f"{part}/{kind}" for kind in ("data", "src", "doc")), *_leaves(part)):
                if made < folders:
                    os.mkdir(path)  # noqa: PTH102
                    made += 1
                    for name in ("one.py", "two.txt", "notes.ipynb", "data.csv"):
                        _write(f"{path}/{name}")


def _leaves(part: str) -> list[str]:
    return [f"{part}/{kind}/{name}" for kind in ("data", "src", "doc") for name in ("raw", "more")]


def _write(path: str, text: str = "") -> None:
    with open(path, "w", encoding="utf-8") as file:  # noqa: PTH123
        file.write(text)


def _age(home: str) -> None:
    then = time.time() - AN_HOUR
    for path, _, _ in os.walk(home, topdown=False):
        os.utime(path, (then, then))
