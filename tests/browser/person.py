"""A person's home: a Poetry project, a virtualenvwrapper environment and a `.venv`, all ready, and a broken one."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.real.make_poetry import environment_of, new_project
from tests.real.outside import interpreters
from tests.real.workshop import Workshop, install, uv_venv

if TYPE_CHECKING:
    from pathlib import Path

    from tests.real.toolbox import Toolbox

WRAPPED = """
mkdir -p code/survey
mkvirtualenv --quiet --no-pip -p {python} -a "$HOME/code/survey" survey
"""


@dataclass(frozen=True, slots=True)
class Person:
    """A home, and where its environments are."""

    home: Path
    poetry_project: Path
    poetry_prefix: Path
    wrapped_prefix: Path
    venv_project: Path
    venv_prefix: Path
    broken_project: Path


def furnish_home(home: Path, tools: Toolbox) -> Person:
    """Make everything with the tools that people use; each but the broken one gets its own ipykernel."""
    pythons = interpreters()
    workshop = Workshop(home, {"WORKON_HOME": str(home / ".virtualenvs")}, tools, pythons)
    shop = new_project(home / "code" / "shop", "shop")
    workshop.poetry(shop, "env", "use", pythons.default.executable)
    poetry_prefix = environment_of(workshop, shop)
    workshop.wrapper(WRAPPED.format(python=pythons.default.executable))
    report = workshop.project("code", "report")
    venv_prefix = uv_venv(report / ".venv", pythons.default.executable, "--seed")
    wrapped_prefix = home / ".virtualenvs" / "survey"
    for prefix in (poetry_prefix, wrapped_prefix, venv_prefix):
        install(prefix, "ipykernel")
    broken = _broken_project(workshop)
    return Person(home, shop, poetry_prefix, wrapped_prefix, report, venv_prefix, broken)


def project_notebook(folder: Path, name: str = "analysis.ipynb") -> Path:
    """A notebook that was saved with the portable kernel: one cell that tells where it runs."""
    cell: dict[str, object] = {
        "cell_type": "code", "id": "where", "execution_count": None, "metadata": {}, "outputs": [],
        "source": ["import sys\n", "sys.prefix"],
    }  # fmt: skip
    spec = {"display_name": "Project environment", "language": "python", "name": "project-env"}
    content = {"cells": [cell], "metadata": {"kernelspec": spec}, "nbformat": 4, "nbformat_minor": 5}
    path = folder / name
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    return path


def _broken_project(workshop: Workshop) -> Path:
    """A project whose environment lost its interpreter, as after an uninstalled Python."""
    project = workshop.project("code", "legacy")
    prefix = uv_venv(project / ".venv", workshop.pythons.default.executable)
    install(prefix, "ipykernel")
    (prefix / "bin" / "python").unlink()
    (prefix / "bin" / "python").symlink_to(workshop.home / "opt" / "python" / "bin" / "python3")
    return project
