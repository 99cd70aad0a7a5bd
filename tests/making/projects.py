"""A small project for each tool that makes environments: what it declares is one package."""

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
requires-python = "=={minor}.*"
dependencies = ["tiny"]
"""
POETRY = (
    METADATA
    + """
[tool.poetry]
package-mode = false

[[tool.poetry.source]]
name = "here"
url = "{index}"
priority = "primary"
"""
)
UV = (
    METADATA
    + """
[tool.uv]
package = false
"""
)
PDM = (
    METADATA
    + """
[tool.pdm]
distribution = false

[[tool.pdm.source]]
name = "pypi"
url = "{index}"
"""
)
HATCH = """\
[project]
name = "{name}"
version = "1.0"
requires-python = "=={minor}.*"

[tool.hatch.envs.default]
skip-install = true
dependencies = ["tiny"]
"""
PIPFILE = """\
[[source]]
name = "here"
url = "{index}"
verify_ssl = false

[packages]
tiny = "*"
"""
REQUIREMENTS = "tiny\n"


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

    def write(self, folder: Path, python: str, index: str) -> Path:
        """Such a project for a version of Python, which has its packages from an index; its folder."""
        minor = ".".join(python.split(".")[:2])
        write(folder / self.file, self.text.format(name=folder.name, minor=minor, index=index))
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
