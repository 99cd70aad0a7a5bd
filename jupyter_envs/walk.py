"""Walking a tree for environments and project folders: pruned, bounded, and never through a link or into a mount."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jupyter_envs import naming, pyvenv

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PRUNED = frozenset(
    {
        "node_modules",
        "bower_components",
        "__pycache__",
        "__pypackages__",
        "site-packages",
        "dist-packages",
        "lost+found",
    }
)
"""Folders that are large and hold no projects of anybody's own."""

PROTECTED_ON_MACOS = frozenset(
    {
        "Library",
        "Desktop",
        "Documents",
        "Downloads",
        "Movies",
        "Music",
        "Pictures",
        "Public",
    }
)
"""Folders of a home that macOS asks the person about when a program enters them."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How far a walk goes: `max_depth` folders below the root, not into these names, these paths or these mounts."""

    max_depth: int
    telling: frozenset[str]
    exclude: frozenset[str] = frozenset()
    mounts: frozenset[str] = frozenset()
    protected: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Folder:
    """One folder that was met: the telling names in it, and the environments and links to some right in it."""

    path: str
    telling: frozenset[str]
    links: tuple[str, ...] = ()
    is_environment: bool = False


@dataclass(slots=True)
class Skipped:
    """What a walk passed over although projects may lie there; prunable and hidden folders are not counted."""

    unreadable: list[str] = field(default_factory=list)
    """Folders, and entries of unknown kind, that could not be looked into."""
    elsewhere: int = 0
    """Folders that were too deep, excluded, protected, or mounts."""

    def __bool__(self) -> bool:
        return bool(self.unreadable or self.elsewhere)


@dataclass(slots=True)
class _Listing:
    names: set[str] = field(default_factory=set)
    inside: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)


def walk(root: str, limits: Limits, stop: Callable[[], bool], skipped: Skipped | None = None) -> Iterator[Folder]:
    """Every folder below `root` that tells something, until `stop()`; what is passed over is counted in `skipped`.

    An environment is told and not entered. `root` must be a real path, so that all told paths are.
    """
    skipped = Skipped() if skipped is None else skipped
    pending = [(root, 0)]
    while pending and not stop():
        path, depth = pending.pop()
        listing = _list(path, limits, skipped)
        if listing is None:
            continue
        if _looks_like_environment(listing.names) and pyvenv.is_environment(path):
            yield Folder(path, frozenset(), is_environment=True)
            continue
        telling = limits.telling & listing.names
        if telling or listing.links:
            yield Folder(path, telling, tuple(listing.links))
        if depth < limits.max_depth:
            pending.extend((inside, depth + 1) for inside in listing.inside)
        else:
            skipped.elsewhere += len(listing.inside)


def _list(path: str, limits: Limits, skipped: Skipped) -> _Listing | None:
    """What is in a folder; None where it cannot be listed, which counts unless it went away meanwhile."""
    listing = _Listing()
    try:
        with os.scandir(path) as entries:
            for entry in entries:
                _take_or_skip(entry, listing, limits, skipped)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError:
        skipped.unreadable.append(path)
        return None
    return listing


def _take_or_skip(entry: os.DirEntry[str], listing: _Listing, limits: Limits, skipped: Skipped) -> None:
    """One entry; where the system must be asked for its kind and refuses, the others still count."""
    listing.names.add(entry.name)
    try:
        _take(entry, listing, limits, skipped)
    except OSError:
        skipped.unreadable.append(entry.path)


def _take(entry: os.DirEntry[str], listing: _Listing, limits: Limits, skipped: Skipped) -> None:
    name = entry.name
    if entry.is_symlink():
        if naming.is_environment_name(name) and os.path.isdir(entry.path):  # False, too, where links go in a circle
            listing.links.append(entry.path)
    elif entry.is_dir(follow_symlinks=False) and not _is_pruned(entry):
        if _may_enter(entry, limits):
            listing.inside.append(entry.path)
        else:
            skipped.elsewhere += 1


def _is_pruned(entry: os.DirEntry[str]) -> bool:
    """Whether nobody keeps projects there, by its name: a hidden folder counts only as an environment."""
    name = entry.name
    if name in PRUNED:
        return True
    hidden = name.startswith(".") and not naming.is_environment_name(name)
    return hidden and not os.path.lexists(entry.path + "/pyvenv.cfg")


def _may_enter(entry: os.DirEntry[str], limits: Limits) -> bool:
    kept_out = (limits.exclude, limits.mounts, limits.protected)
    return entry.name not in limits.exclude and not any(entry.path in paths for paths in kept_out)


def _looks_like_environment(names: set[str]) -> bool:
    return "pyvenv.cfg" in names or {"bin", "lib", "include"} <= names
