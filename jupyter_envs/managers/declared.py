"""What a project declares, read for tools that have no rules of their own: its packages and its Python.

Files are read as data: a `setup.py` is named to the installer, and nothing of the project is run here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jupyter_envs.managers.scene import Scene

_PYPROJECT = "pyproject.toml"
_EDITABLE = ("-e", ".")
_REQUIREMENTS = re.compile(r"(?:.*[-_.])?requirements(?:[-_.].*)?\.txt", re.IGNORECASE)
_FOLDER = "requirements"
_VERSION = re.compile(r"\d+(?:\.\d+)*")
_CARET = re.compile(r"(?P<sign>[\^~])\s*(?P<version>\d+(?:\.\d+)*)")
_PARTS_AT_MOST = 3


@dataclass(frozen=True, slots=True)
class Declared:
    """What the project wants installed: its name for people, and how an installer is told, in the project's folder."""

    title: str
    options: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()


def of(project: Path, scene: Scene) -> Declared | None:
    """The strictest that there is: a lock, a file of requirements, the project itself; None where nothing is."""
    for name in ("pylock.toml", "requirements.txt"):
        if scene.is_file(project / name):
            return Declared(name, ("-r", name))
    table = _table(scene.toml(project / _PYPROJECT))
    if isinstance(table.get("project"), dict):
        return _project(table)
    editable = "build-system" in table or any(scene.is_file(project / name) for name in ("setup.py", "setup.cfg"))
    names = (_PYPROJECT, "setup.py", "setup.cfg")
    title = next((name for name in names if scene.is_file(project / name)), _PYPROJECT)
    return Declared(title, _EDITABLE) if editable else None


def requirements(project: Path, scene: Scene) -> tuple[Path, ...]:
    """The files of requirements in a project and in its folder `requirements`, the plainest first."""
    beside = [project / name for name in scene.names(project) if _REQUIREMENTS.fullmatch(name)]
    deeper = [project / _FOLDER / name for name in scene.names(project / _FOLDER) if name.endswith(".txt")]
    found = [path for path in (*beside, *deeper) if scene.is_file(path)]
    return tuple(sorted(found, key=lambda path: (path.parent != project, len(path.name), path.name)))


def python(project: Path, scene: Scene) -> str | None:
    """Which Pythons suit a project, as a specifier such as `>=3.9`; None where nothing says so."""
    return next((said for said in _pythons(project, scene) if said), None)


def _project(table: dict[str, object]) -> Declared:
    """A package is installed itself, so that it can be imported; what is none has its dependencies alone."""
    project = _table(table.get("project"))
    dynamic = project.get("dynamic")
    if "build-system" in table or (isinstance(dynamic, list) and "dependencies" in dynamic):
        return Declared(_PYPROJECT, _EDITABLE)
    needs = project.get("dependencies")
    return Declared(_PYPROJECT, (), tuple(map(str, needs)) if isinstance(needs, list) else ())


def _pythons(project: Path, scene: Scene) -> Iterator[str | None]:
    table = _table(scene.toml(project / _PYPROJECT))
    yield _text(_table(table.get("project")).get("requires-python"))
    poetry = _table(_table(table.get("tool")).get("poetry"))
    wanted = _table(poetry.get("dependencies")).get("python")
    yield _of_poetry(_text(wanted) or _text(_table(wanted).get("version")) or "")
    requires = _table(_table(scene.toml(project / "Pipfile")).get("requires"))
    yield _exactly(_text(requires.get("python_full_version")) or _text(requires.get("python_version")) or "")
    lines = (scene.text(project / ".python-version") or "").splitlines()
    words = [line.split()[0] for line in lines if line.split() and not line.lstrip().startswith("#")]
    yield _exactly(words[0]) if words else None


def _of_poetry(text: str) -> str | None:
    """Poetry's own signs in those that everybody knows; None for what has no such form."""
    if "||" in text or text.strip() in {"", "*"}:
        return None
    parts = (_CARET.fullmatch(part.strip()) or part.strip() for part in text.split(","))
    said = ",".join(part if isinstance(part, str) else _bounds(part) for part in parts)
    return f"=={said}" if said[:1].isdigit() else said


def _bounds(match: re.Match[str]) -> str:
    numbers = [int(number) for number in match["version"].split(".")]
    minor = match["sign"] == "~" and len(numbers) > 1
    above = f"{numbers[0]}.{numbers[1] + 1}" if minor else str(numbers[0] + 1)
    return f">={match['version']},<{above}"


def _exactly(version: str) -> str | None:
    """That version, with any patch level where it names none; None for what is no plain version."""
    if not _VERSION.fullmatch(version):
        return None
    return f"=={version}" if version.count(".") == _PARTS_AT_MOST - 1 else f"=={version}.*"


def _table(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
