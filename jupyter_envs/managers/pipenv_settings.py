"""Pipenv's settings: where its central folder is, how it names an environment, whether one lies in the project.

Rules and their sources: docs/reference/managers/pipenv.md.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from jupyter_envs import files

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jupyter_envs.errors import Problem
    from jupyter_envs.managers.base import Scene

PIPFILE = "Pipfile"
_UNSAFE = re.compile(r'[ &$`!*@"()\[\]\\\r\n\t]')
_NAME_AT_MOST = 42
_YES_OR_NO: Final = {
    **dict.fromkeys(("true", "yes", "1", "on"), True),
    **dict.fromkeys(("false", "no", "0", "off"), False),
}
_SETTING = "venv_in_project"
_IN_PROJECT = ("PIPENV_VENV_IN_PROJECT", "PIPENV_NO_VENV_IN_PROJECT")


def central_folder(scene: Scene) -> Path:
    """The folder of environments: `WORKON_HOME`, or pipenv's own."""
    given = scene.exported("WORKON_HOME")
    if given:
        return scene.host.expand(given)
    if scene.host.platform == "win32":
        return scene.host.home / ".virtualenvs"
    return scene.host.expand(scene.exported("XDG_DATA_HOME") or "~/.local/share") / "virtualenvs"


def is_shared(scene: Scene) -> bool:
    """Whether virtualenvwrapper may keep its environments in the same folder."""
    folder = scene.real(central_folder(scene))
    wrappers = (scene.host.home / ".virtualenvs", scene.host.home / "Envs")
    return bool(scene.exported("WORKON_HOME")) or folder in {scene.real(path) for path in wrappers}


def pipfile(project: Path, scene: Scene) -> Path:
    """The Pipfile of a project, whether or not it is there: the one that `PIPENV_PIPFILE` names, if it lies there."""
    given = scene.exported("PIPENV_PIPFILE")
    named = scene.host.expand(given) if given else None
    return named if named is not None and named.parent == project else project / PIPFILE


def is_project(folder: Path, scene: Scene) -> bool:
    """Whether a folder has a Pipfile."""
    return PIPFILE in scene.telling_names(folder) or scene.is_file(pipfile(folder, scene))


def base_name(project: Path, scene: Scene) -> str:
    """What the names of a project's environments begin with: the folder's name and a hash of the Pipfile's path."""
    path = pipfile(project, scene)
    digest = hashlib.sha256(os.fsencode(path)).digest()[:6]
    return f"{plain_name(project)}-{base64.urlsafe_b64encode(digest).decode()}"


def plain_name(project: Path) -> str:
    """The folder's name as pipenv uses it."""
    return _UNSAFE.sub("_", project.name)[:_NAME_AT_MOST]


def name(project: Path, scene: Scene) -> str:
    """The whole name that pipenv gives to a project's environment, with the variables that there are."""
    custom = scene.exported("PIPENV_CUSTOM_VENV_NAME")
    if custom:
        return custom
    python = scene.exported("PIPENV_PYTHON")
    suffix = f"-{Path(python).name if Path(python).is_absolute() else python}" if python else ""
    return base_name(project, scene) + suffix


def places(scene: Scene) -> dict[str, str]:
    """The variables that move pipenv's environments, with what they are, also where only a start file tells."""
    names = ("XDG_DATA_HOME", *_IN_PROJECT)
    found = {name: value for name in names if (value := scene.exported(name)) is not None}
    return {**found, "WORKON_HOME": os.fspath(central_folder(scene))} if scene.exported("WORKON_HOME") else found


def required_python(content: Mapping[str, object]) -> str | None:
    """The Python that a Pipfile requires: a version, the beginning of one, or conditions."""
    table = content.get("requires")
    required = table if isinstance(table, dict) else {}
    given = required.get("python_full_version") or required.get("python_version")
    return given if isinstance(given, str) and given != "*" else None


def shares_site_packages(scene: Scene) -> bool:
    """Whether new environments shall see the packages of their base Python."""
    return _YES_OR_NO.get((scene.exported("PIPENV_SITE_PACKAGES") or "").lower(), False)


def in_project(project: Path, scene: Scene) -> bool | None:
    """Whether the variables or the Pipfile ask for `.venv` in the project; None where they say nothing."""
    for variable, meaning in zip(_IN_PROJECT, (True, False), strict=True):
        said = _YES_OR_NO.get((scene.exported(variable) or "").lower())
        if said is not None:
            return said is meaning
    content = content_of(project, scene)
    table = content.get("pipenv") if isinstance(content, dict) else None
    value = table.get(_SETTING) if isinstance(table, dict) else None
    return None if value is None else bool(value)


def content_of(project: Path, scene: Scene) -> dict[str, object] | Problem | None:
    """What a Pipfile with settings for us holds; one without them is not parsed."""
    path = pipfile(project, scene)
    text = scene.text(path, files.LARGE)
    return scene.toml(path) if text and _SETTING in text else None


def named_by_file(project: Path, scene: Scene) -> Path | None:
    """The environment that the project's *file* `.venv` names, by name or by path; None where there is no such file."""
    path = project / ".venv"
    text = (scene.text(path) or "").strip() if scene.is_file(path) else ""
    if not text or "\0" in text or "\n" in text:
        return None
    if os.sep in text:
        return project / text
    return central_folder(scene) / text
