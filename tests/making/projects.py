"""A small project for each tool that makes environments: what it declares is one package, a local wheel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.folders import write

if TYPE_CHECKING:
    from pathlib import Path

METADATA = """\
[project]
name = "{name}"
version = "1.0"
requires-python = ">=3.9"
dependencies = ["tiny @ {wheel}"]
"""
POETRY = METADATA + "\n[tool.poetry]\npackage-mode = false\n"
UV = METADATA + "\n[tool.uv]\npackage = false\n"
PDM = METADATA + "\n[tool.pdm]\ndistribution = false\n"
HATCH = """\
[project]
name = "{name}"
version = "1.0"
requires-python = ">=3.9"

[tool.hatch.envs.default]
skip-install = true
dependencies = ["tiny @ {wheel}"]
"""
PIPFILE = '[packages]\ntiny = {{file = "{wheel}"}}\n'
REQUIREMENTS = "tiny @ {wheel}\n"


@dataclass(frozen=True, slots=True)
class Kind:
    """A tool's own kind of project: its files, whether it declares what it needs, and what the tool is told beside."""

    manager: str
    file: str
    text: str
    installs: bool = True
    """Whether what it declares is installed by the tool itself; otherwise a file of requirements is named."""
    named: bool = False
    """Whether its environments have names of their own."""

    def write(self, folder: Path, wheel: Path) -> Path:
        """Such a project; its folder."""
        write(folder / self.file, self.text.format(name=folder.name, wheel=wheel.as_uri()))
        return folder


KINDS = (
    Kind("venv", "requirements.txt", REQUIREMENTS, installs=False),
    Kind("uv", "pyproject.toml", UV),
    Kind("poetry", "pyproject.toml", POETRY),
    Kind("pipenv", "Pipfile", PIPFILE),
    Kind("hatch", "pyproject.toml", HATCH),
    Kind("pdm", "pyproject.toml", PDM),
    Kind("virtualenvwrapper", "requirements.txt", REQUIREMENTS, installs=False, named=True),
)
