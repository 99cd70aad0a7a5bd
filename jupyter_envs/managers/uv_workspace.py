"""Which workspace of uv's a project belongs to, by `[tool.uv.workspace]` of the folders above it."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from jupyter_envs.managers.base import Scene


def root_of(project: Path, scene: Scene) -> Path | None:
    """The root of the workspace that a project is a member of; None for a root itself and for what stands alone."""
    if not any(_is_locked(folder, scene) for folder in project.parents):  # spares reading most projects' files
        return None
    return unlocked_root_of(project, scene)


def unlocked_root_of(project: Path, scene: Scene) -> Path | None:
    """The same where nothing was locked yet; it reads every `pyproject.toml` on the way up."""
    if not scene.is_file(project / "pyproject.toml") or _workspace(project, scene) is not None:
        return None
    if table_of(project, scene).get("managed") is False:
        return None
    for root in project.parents:
        workspace = _workspace(root, scene) if scene.is_file(root / "pyproject.toml") else None
        if workspace is not None:
            return root if _has_member(workspace, project.relative_to(root).parts) else None
    return None


def _is_locked(folder: Path, scene: Scene) -> bool:
    return scene.once(("uv.locked", folder), lambda: scene.is_file(folder / "uv.lock"))


def _has_member(workspace: dict[str, object], parts: Sequence[str]) -> bool:
    members, excluded = (_patterns(workspace.get(key)) for key in ("members", "exclude"))
    return any(_matches(parts, each) for each in members) and not any(_matches(parts, each) for each in excluded)


def _patterns(value: object) -> list[list[str]]:
    texts = [each for each in value if isinstance(each, str)] if isinstance(value, list) else []
    return [[part for part in text.split("/") if part not in {"", "."}] for text in texts]


def _matches(parts: Sequence[str], pattern: Sequence[str]) -> bool:
    """Whether a path matches a pattern part by part; `**` stands for any number of folders."""
    if not pattern:
        return not parts
    if pattern[0] == "**":
        return any(_matches(parts[skipped:], pattern[1:]) for skipped in range(len(parts) + 1))
    return bool(parts) and fnmatchcase(parts[0], pattern[0]) and _matches(parts[1:], pattern[1:])


def _workspace(folder: Path, scene: Scene) -> dict[str, object] | None:
    table = table_of(folder, scene).get("workspace")
    return table if isinstance(table, dict) else None


def table_of(folder: Path, scene: Scene) -> dict[str, object]:
    """`[tool.uv]` of a folder's `pyproject.toml`; empty where there is none."""
    content = scene.toml(folder / "pyproject.toml")
    tool = content.get("tool") if isinstance(content, dict) else None
    table = tool.get("uv") if isinstance(tool, dict) else None
    return table if isinstance(table, dict) else {}
