"""What the packages in an environment say that they installed: in their RECORD, or as setuptools noted it before.

A file is a package's own only where its whole name is listed: a person's own may lie beside it in any folder.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jupyter_envs import files

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

LIST_AT_MOST = 64 * 1024 * 1024
"""How much of a list is read, in bytes; of the largest packages it has a few million."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """By names below the environment: files that are listed, and the folders above them."""

    files: frozenset[str] = frozenset()
    folders: frozenset[str] = frozenset()
    unlisted: frozenset[str] = frozenset()
    """Modules and folders of packages that list nothing; all in them counts as theirs."""


def of(prefix: str, sites: Iterable[str], known_as: str | None = None) -> Recorded:
    """What the packages in the site-packages folders `sites` list.

    `known_as` is where the environment lay when they were installed, if elsewhere.
    """
    found: set[str] = set()
    unlisted: set[str] = set()
    for site in sites:
        below = os.path.relpath(site, prefix)
        for folder in files.names(site):
            if folder.endswith((".dist-info", ".egg-info")):
                listed = [_named(path, below, known_as or prefix) for path in _listed(site, folder)]
                found.update(listed)
                if not listed:
                    unlisted.update(f"{below}/{name}" for name in _modules(os.path.join(site, folder), folder))
    return Recorded(frozenset(found), _above(found), frozenset(unlisted))


def _listed(site: str, folder: str) -> Iterator[str]:
    """What a package lists, as seen from its site-packages folder."""
    record = files.read_text(os.path.join(site, folder, "RECORD"), LIST_AT_MOST) or ""
    yield from (_unquoted(line.rsplit(",", 2)[0]) for line in record.splitlines() if line)
    noted = files.read_text(os.path.join(site, folder, "installed-files.txt"), LIST_AT_MOST) or ""
    yield from (os.path.join(folder, line) for line in noted.splitlines() if line)


def _unquoted(path: str) -> str:
    return path[1:-1].replace('""', '"') if path.startswith('"') and path.endswith('"') else path


def _named(path: str, below: str, known_as: str) -> str:
    if path.startswith("/"):
        return path.removeprefix(f"{known_as}/")
    return os.path.normpath(f"{below}/{path}")


def _above(names: Iterable[str]) -> frozenset[str]:
    """The folders that hold these, at any depth."""
    found: set[str] = set()
    for name in names:
        folder = os.path.dirname(name)
        while folder not in found and folder not in {"", "/"}:
            found.add(folder)
            folder = os.path.dirname(folder)
    return frozenset(found)


def _modules(place: str, folder: str) -> Iterator[str]:
    """The names that a package which lists nothing goes by: what setuptools told, or its own."""
    told = (files.read_text(os.path.join(place, "top_level.txt")) or "").split()
    for name in told or [folder.rpartition(".")[0].partition("-")[0]]:
        yield from (name, f"{name}.py", f"{name}.pth")
