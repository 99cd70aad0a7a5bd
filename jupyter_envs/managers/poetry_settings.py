"""Poetry's settings for a project: variables, then `poetry.toml`, then `config.toml`.

Rules and their sources: docs/reference/managers/poetry.md.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jupyter_envs.managers.base import Scene

_SETTING = re.compile(r"\{(.+?)\}")
_UNSAFE = re.compile(r'[ $`!*@"\\\r\n\t]')
_PLACES = ("HOME", "CONFIG_DIR", "CACHE_DIR", "DATA_DIR", "VIRTUALENVS_PATH", "VIRTUALENVS_IN_PROJECT")
_PROMPT = "{project_name}-py{python_version}"
_TRUE: Final = frozenset({"true", "1"})


def text_of(table: object, *keys: str) -> str | None:
    """A text deep in a table by its keys; None where there is none."""
    for key in keys:
        table = table.get(key) if isinstance(table, dict) else None
    return table if isinstance(table, str) else None


def canonical(name: str) -> str:
    """A package's name as every tool compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def project_hash(project: Path) -> str:
    """The eight characters that Poetry puts into the names of a project's environments."""
    path = os.path.normcase(os.path.realpath(project))
    return base64.urlsafe_b64encode(hashlib.sha256(os.fsencode(path)).digest()).decode()[:8]


def project_name(content: Mapping[str, object]) -> str:
    """The name of the project that a `pyproject.toml` describes, as Poetry spells it."""
    given = text_of(content, "project", "name") or text_of(content, "tool", "poetry", "name")
    return canonical(given or "non-package-mode")


def base_name(content: Mapping[str, object]) -> str:
    """What the names of its environments begin with, before the hash."""
    return _UNSAFE.sub("_", project_name(content))[:42]


def folders(scene: Scene, project: Path | None) -> list[Path]:
    """The folders in which Poetry keeps a project's environments; more than one where its cache has several places."""
    tail = ("Cache",) if scene.host.platform == "win32" else ()
    caches = [folder.joinpath("pypoetry", *tail) for folder in scene.host.cache_folders()]
    found = (_folder(scene, project, cache) for cache in caches)
    return list(dict.fromkeys(folder for folder in found if folder is not None))


def _folder(scene: Scene, project: Path | None, cache: Path) -> Path | None:
    """`virtualenvs.path`, where the cache is by default; a relative one lies where Poetry is run: in the project."""
    defaults = {"virtualenvs.path": "{cache-dir}/virtualenvs", "cache-dir": str(cache), "data-dir": _data_folder(scene)}
    text = _expanded(_with_settings("{virtualenvs.path}", scene, project, defaults), scene)
    if not os.path.isabs(text) and project is None:
        return None
    return Path(project or "/", text)


def prompt(scene: Scene, project: Path, name: str, minor: str) -> str:
    """What a shell shows in front of its line while an environment of a project is active."""
    text = _with_settings("{virtualenvs.prompt}", scene, project, {"virtualenvs.prompt": _PROMPT})
    return text.replace("{project_name}", name).replace("{python_version}", minor)


def places(scene: Scene) -> tuple[tuple[str, str], ...]:
    """The variables that move Poetry's folders, with what they are, also where only a shell's start file tells."""
    found = ((f"POETRY_{name}", scene.exported(f"POETRY_{name}")) for name in _PLACES)
    return tuple((name, value) for name, value in found if value is not None)


def chosen(scene: Scene, folder: Path, base: str) -> tuple[str | None, str | None]:
    """The minor version and the whole one that the `envs.toml` of a folder gives a project; None where it does not."""
    content = scene.toml(folder / "envs.toml")
    return text_of(content, base, "minor"), text_of(content, base, "patch")


def _data_folder(scene: Scene) -> str:
    given = scene.exported("POETRY_HOME")
    folders = scene.host.config_folders if scene.host.platform == "win32" else scene.host.data_folders  # it roams
    return _expanded(given, scene) if given else str(next(folders()) / "pypoetry")


def _with_settings(
    text: str, scene: Scene, project: Path | None, defaults: Mapping[str, str], within: frozenset[str] = frozenset()
) -> str:
    """A text whose `{setting}` are replaced, also in what replaces them; one that is unknown, or `within` it, stays."""

    def value(match: re.Match[str]) -> str:
        key = match[1]
        given = None if key in within else _given(scene, key, project) or defaults.get(key)
        return match[0] if given is None else _with_settings(given, scene, project, defaults, within | {key})

    return _SETTING.sub(value, text)


def _expanded(text: str, scene: Scene) -> str:
    """A path as Poetry reads it: `~` is the home, and a `$` is a `$`."""
    text = text.replace("\0", "")
    return f"{scene.host.home}{text[1:]}" if text[:1] == "~" and text[1:2] in {"", "/", os.sep} else text


def _given(scene: Scene, key: str, project: Path | None) -> str | None:
    """A setting that is a text, by its dotted name: variable, `poetry.toml`, `config.toml`; None when unset."""
    variable = scene.exported(_variable(key))
    contents = (scene.toml(path) for path in files_of(scene, project))
    return variable or next((found for content in contents if (found := text_of(content, *key.split(".")))), None)


def flag(scene: Scene, key: str, project: Path) -> bool | None:
    """A yes-or-no setting of `virtualenvs` for a project, from the same places; None when unset."""
    variable = scene.exported(_variable(f"virtualenvs.{key}"))
    if variable is not None:
        return variable.lower() in _TRUE
    for path in files_of(scene, project):
        value: object = scene.toml(path)
        for part in ("virtualenvs", *key.split(".")):
            value = value.get(part) if isinstance(value, dict) else None
        if isinstance(value, bool):
            return value
    return None


def _variable(key: str) -> str:
    return "POETRY_" + key.replace(".", "_").replace("-", "_").upper()


def files_of(scene: Scene, project: Path | None = None) -> list[Path]:
    """Poetry's settings files, the strongest first; a project's own comes before the person's."""
    given = scene.exported("POETRY_CONFIG_DIR")
    moved = [scene.host.home / _expanded(given, scene)] if given else []
    folders = moved or [folder / "pypoetry" for folder in scene.host.config_folders()]
    own = [project / "poetry.toml"] if project else []
    return [*own, *(folder / "config.toml" for folder in folders)]
