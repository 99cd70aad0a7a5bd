"""What the packages in an environment say that they installed: in their RECORD, or as setuptools noted it before."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from jupyter_envs import files

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def names(prefix: str, sites: Iterable[str], known_as: str | None = None) -> frozenset[str]:
    """Their files by names below the environment; of what lies in a site-packages folder the first name there only.

    `sites` are those folders. `known_as` is where the environment lay when they were installed, if elsewhere.
    """
    return frozenset(name for site in sites for name in _of_site(prefix, site, known_as or prefix))


def _of_site(prefix: str, site: str, known_as: str) -> Iterator[str]:
    below = os.path.relpath(site, prefix)
    for folder in files.names(site):
        if not folder.endswith((".dist-info", ".egg-info")):
            continue
        listed = list(_listed(site, folder))
        yield from (_named(path, below, known_as) for path in listed)
        if not listed:
            yield from (f"{below}/{name}" for name in _modules(os.path.join(site, folder), folder))


def _listed(site: str, folder: str) -> Iterator[str]:
    """What a package lists, as seen from its site-packages folder."""
    record = files.read_text(os.path.join(site, folder, "RECORD"), files.LARGE) or ""
    yield from (line.rsplit(",", 2)[0].strip('"') for line in record.splitlines() if line)
    noted = files.read_text(os.path.join(site, folder, "installed-files.txt"), files.LARGE) or ""
    yield from (os.path.normpath(os.path.join(folder, line)) for line in noted.splitlines() if line)


def _named(path: str, below: str, known_as: str) -> str:
    if path.startswith("/"):
        return path.removeprefix(f"{known_as}/")
    if path.startswith("../"):
        return os.path.normpath(os.path.join(below, path))
    return f"{below}/{path.partition('/')[0]}"


def _modules(place: str, folder: str) -> Iterator[str]:
    """The names that a package which lists nothing goes by: what setuptools told, or its own."""
    told = (files.read_text(os.path.join(place, "top_level.txt")) or "").split()
    for name in told or [folder.rpartition(".")[0].partition("-")[0]]:
        yield from (name, f"{name}.py", f"{name}.pth")
