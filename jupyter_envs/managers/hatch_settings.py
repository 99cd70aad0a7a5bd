"""Hatch's settings: where its data is, and which paths a project gives to its environments.

Rules and their sources: docs/reference/managers/hatch.md.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from jupyter_envs import files
from jupyter_envs.errors import Problem, ProblemCode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jupyter_envs.managers.base import Scene

DEFAULT = "default"
_PATH: Final = re.compile(r"^\s*(?:[\w.\"'-]+\.)?[\"']?path[\"']?\s*=|\bpath\s*=", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Places:
    """Where hatch keeps environments: folders of all projects, hatch's internal ones, and one that lies in each."""

    central: tuple[Path, ...]
    """Where the settings put environments of all projects; empty where each project has a folder of its own."""
    default: tuple[Path, ...]
    """Where they would be without settings, and where hatch still builds packages and keeps those of scripts."""
    internal: tuple[Path, ...]
    in_project: Path | None = None
    """A path relative to the project's folder."""


def places(scene: Scene) -> Places:
    """Hatch's folders by the variables and its settings file."""
    return scene.once("hatch.places", lambda: _places(scene))


def real_places(scene: Scene) -> Places:
    """The same with the real paths of the folders."""
    found = places(scene)
    central, default, internal = (
        tuple(scene.real(folder) for folder in folders) for folders in (found.central, found.default, found.internal)
    )
    return Places(central, default, internal, found.in_project)


def files_of(scene: Scene) -> list[Path]:
    """Hatch's settings file, in each place where it may be."""
    given = scene.exported("HATCH_CONFIG")
    if given:
        return [scene.host.expand(given)]
    windows = scene.host.platform == "win32"  # where settings do not roam, they lie beside the data
    folders = scene.host.data_folders() if windows else scene.host.config_folders()
    return [folder / "hatch" / "config.toml" for folder in folders]


def problems(scene: Scene) -> Iterator[Problem]:
    """What is wrong with hatch's settings file and with the variable that moves its data."""
    for path in files_of(scene):
        content = scene.toml(path)
        if isinstance(content, Problem):
            yield content
    given = scene.exported("HATCH_DATA_DIR")
    if given and not scene.is_folder(scene.host.expand(given)):
        yield Problem(
            ProblemCode.MISSING_FOLDER,
            f"HATCH_DATA_DIR names {scene.host.expand(given)}, which is not a folder.",
            "Make the folder, or mend the variable; until then no hatch environments are listed.",
        )


def project_id(project: Path, platform: str) -> str:
    """The eight characters by which hatch knows a project's folder."""
    path = os.fsencode(project)
    if platform in {"darwin", "win32"}:
        path = os.fsencode(os.fspath(project).casefold())
    return base64.urlsafe_b64encode(hashlib.sha256(path).digest()).decode()[:8]


def project_name(project: Path, scene: Scene) -> str | None:
    """The name that `default` environments of a project have; None where it cannot be read."""
    content = scene.toml(project / "pyproject.toml")
    table = content.get("project") if isinstance(content, dict) else None
    name = project.name if table is None else table.get("name") if isinstance(table, dict) else None
    return normalized(name) if isinstance(name, str) else None


def normalized(name: str) -> str:
    """A project's name as tools write it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def chosen_environment(scene: Scene) -> str:
    """The environment that hatch uses where it is not told otherwise."""
    return scene.exported("HATCH_ENV") or DEFAULT


def paths(project: Path, scene: Scene) -> dict[str, Path]:
    """The real paths of environments to which the variable or the project's files give a place, by their names."""
    given = scene.exported("HATCH_ENV_TYPE_VIRTUAL_PATH")
    if given and _mentions_hatch(project, scene):
        return {chosen_environment(scene): _at(project, given, scene)}
    found: dict[str, Path] = {}
    for name, table in _environments(project, scene):
        path = table.get("path") if isinstance(table, dict) else None
        if isinstance(path, str) and path:
            found[name] = _at(project, path, scene)
    return found


def environments(project: Path, scene: Scene) -> dict[str, dict[str, object]]:
    """The tables of a project's environments by their names; those of hatch.toml replace those of pyproject.toml."""
    for name, keys in (("hatch.toml", ("envs",)), ("pyproject.toml", ("tool", "hatch", "envs"))):
        found = table_of(project / name, keys, scene)
        if found is not None:
            return {key: table for key, table in found.items() if isinstance(table, dict)}
    return {}


def locks_all(project: Path, scene: Scene) -> bool:
    """Whether the project asks for lock files of all of its environments; hatch.toml replaces each key."""
    for name, keys in (("hatch.toml", ()), ("pyproject.toml", ("tool", "hatch"))):
        table = table_of(project / name, keys, scene) or {}
        if "lock-envs" in table:
            return table["lock-envs"] is True
    return False


def table_of(path: Path, keys: tuple[str, ...], scene: Scene) -> dict[str, object] | None:
    """A table of a TOML file; None where there is none."""
    table: object = scene.toml(path)
    for key in keys:
        table = table.get(key) if isinstance(table, dict) else None
    return table if isinstance(table, dict) else None


def _at(project: Path, path: str, scene: Scene) -> Path:
    return scene.real(project / path.replace("\0", ""))


def _environments(project: Path, scene: Scene) -> Iterator[tuple[str, object]]:
    """The tables of a project's environments; those of hatch.toml come last, and so win."""
    for name, keys in (("pyproject.toml", ("tool", "hatch", "envs")), ("hatch.toml", ("envs",))):
        table: object = _with_paths(project / name, scene)
        for key in keys:
            table = table.get(key) if isinstance(table, dict) else None
        if isinstance(table, dict):
            yield from table.items()


def _mentions_hatch(project: Path, scene: Scene) -> bool:
    text = scene.text(project / "pyproject.toml", files.LARGE) or ""
    return "hatch" in text or scene.is_file(project / "hatch.toml")


def _with_paths(path: Path, scene: Scene) -> dict[str, object] | Problem | None:
    """A settings file that gives a path to something; one that does not is not parsed."""
    text = scene.text(path, files.LARGE) or ""
    about_us = "hatch" in text or path.name == "hatch.toml"
    return scene.toml(path) if about_us and _PATH.search(text) else None


def _places(scene: Scene) -> Places:
    dirs = _dirs(scene)
    data = _data_folders(dirs.get("data"), scene)
    default = tuple(folder / "env" / "virtual" for folder in data)
    internal = tuple(folder / "env" / ".internal" for folder in data)
    env = dirs.get("env")
    virtual = env.get("virtual") if isinstance(env, dict) else None
    if not isinstance(virtual, str) or not virtual:
        return Places(default, default, internal)
    expanded = _expanded(virtual, scene)
    if os.path.isabs(expanded):
        return Places((Path(expanded),), default, internal)
    return Places((), default, internal, Path(os.path.normpath(expanded)))


def _data_folders(given: object, scene: Scene) -> list[Path]:
    variable = scene.exported("HATCH_DATA_DIR")
    text = variable or (given if isinstance(given, str) else "")
    if text:
        return [scene.host.home / _expanded(text, scene)]
    return [folder / "hatch" for folder in scene.host.data_folders()]


def _expanded(text: str, scene: Scene) -> str:
    """A path with `~` and `$VARIABLES` replaced; a relative one stays relative."""
    if os.path.isabs(text) or text[:1] in {"~", "$"}:
        return os.fspath(scene.host.expand(text))
    return text.replace("\0", "")


def _dirs(scene: Scene) -> dict[str, object]:
    for path in files_of(scene):
        content = scene.toml(path)
        dirs = content.get("dirs") if isinstance(content, dict) else None
        if isinstance(dirs, dict):
            return dirs
    return {}
