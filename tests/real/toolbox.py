"""The real tools, each in an environment of its own outside every home of the tree."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.real.outside import Interpreter, MissingError, uv_run
from tests.real.workshop import install, uv_venv

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Toolbox:
    """Where the tools are. uv is not here: it comes with the package."""

    folder: Path

    @property
    def poetry(self) -> Path:
        """Poetry 2."""
        return self.folder / "poetry" / "bin" / "poetry"

    @property
    def poetry_python(self) -> Path:
        """The interpreter that can import Poetry, to ask its own functions."""
        return self.folder / "poetry" / "bin" / "python"

    @property
    def virtualenv(self) -> Path:
        """The newest virtualenv, the one that virtualenvwrapper uses."""
        return self.folder / "virtualenvwrapper" / "bin" / "virtualenv"

    @property
    def wrapper_python(self) -> Path:
        """The interpreter that virtualenvwrapper's shell functions call."""
        return self.folder / "virtualenvwrapper" / "bin" / "python"

    @property
    def wrapper_script(self) -> Path:
        """The file that defines virtualenvwrapper's shell functions."""
        return self.folder / "virtualenvwrapper" / "bin" / "virtualenvwrapper.sh"

    @property
    def pipenv(self) -> Path:
        """The newest pipenv."""
        return self.folder / "pipenv" / "bin" / "pipenv"

    @property
    def hatch(self) -> Path:
        """The newest hatch."""
        return self.folder / "hatch" / "bin" / "hatch"

    @property
    def pdm(self) -> Path:
        """The newest PDM."""
        return self.folder / "pdm" / "bin" / "pdm"

    @property
    def old_virtualenv(self) -> Path:
        """The last virtualenv that makes environments for Python 2.7 and 3.6 (it runs on 3.7 to 3.11)."""
        path = self.folder / "virtualenv-20.21" / "bin" / "virtualenv"
        if not path.exists():
            message = "needs virtualenv 20.21, which runs on Python 3.7 to 3.11"
            raise MissingError(message)
        return path

    @property
    def ancient_virtualenv(self) -> Path:
        """A folder for PYTHONPATH with the last virtualenv that writes no pyvenv.cfg."""
        return self.folder / "virtualenv-16"


_REQUIREMENTS = {
    "poetry": ("poetry>=2,<3",),
    "virtualenvwrapper": ("virtualenvwrapper", "virtualenv"),
    "pipenv": ("pipenv",),
    "hatch": ("hatch",),
    "pdm": ("pdm[locked]",),  # it does not work with the newest of all that it needs
}


def furnish(folder: Path, python: Interpreter, old: Interpreter | None) -> Toolbox:
    """Install every tool; the package manager's own cache makes the second time fast."""
    with ThreadPoolExecutor() as pool:
        work: list[Future[object]] = [
            pool.submit(
                uv_run, "pip", "install", "--quiet", "--target", folder / "virtualenv-16", "virtualenv==16.7.12"
            ),
        ]
        work += [pool.submit(furnish_one, folder, name, python) for name in _REQUIREMENTS]
        if old is not None:
            work.append(pool.submit(_install, folder / "virtualenv-20.21", old, "virtualenv<20.22"))
    for each in work:
        each.result()
    return Toolbox(folder)


def furnish_one(folder: Path, name: str, python: Interpreter) -> Path:
    """Install one tool; its programs' folder."""
    _install(folder / name, python, *_REQUIREMENTS[name])
    return folder / name / "bin"


def _install(prefix: Path, python: Interpreter, *requirements: str) -> None:
    """One tool in an environment of its own."""
    uv_venv(prefix, python.executable)
    install(prefix, *requirements)
