"""What is installed in an environment, read from its files alone: names, versions, and where each was taken from.

A package that was not taken from an index says so in its `direct_url.json` (PEP 610): an editable folder, a version
control system, an archive. What setuptools linked long ago has an `.egg-link` instead.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urlsplit

from jupyter_envs import files
from jupyter_envs.overlay.distributions import Installed, normalised
from jupyter_envs.unconfigured import versioned

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from jupyter_envs.pyvenv import Reading

SEEDS = frozenset({"pip"})
"""What an environment has by itself, so that it is nothing that somebody chose."""
_FILE = "file"
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")
"""A normalised name; an installation that pip broke off leaves names such as `~andas`."""
_VERSION = re.compile(r"[A-Za-z0-9.!+_-]+")


@dataclass(frozen=True, slots=True)
class Package:
    """One installed package: its normalised name, its version (None: unknown), and where it came from if no index.

    `source` is an address as an installer understands it; `folder` is the one on this disk that it names.
    """

    name: str
    version: str | None
    source: str | None = None
    editable: bool = False
    folder: Path | None = None
    requires: tuple[str, ...] = ()

    @property
    def pin(self) -> str | None:
        """The package in exactly this version, for a package of an index whose version is known."""
        known = self.version is not None and _VERSION.fullmatch(self.version)
        return f"{self.name}=={self.version}" if known and self.source is None else None

    @property
    def wanted(self) -> str:
        """The package as a line of a requirements file: from where it came, or by its name in any version."""
        if self.source is None:
            return self.name
        return f"-e {self.source}" if self.editable else f"{self.name} @ {self.source}"

    @property
    def is_lost(self) -> bool:
        """Whether it came from a place on this disk that is gone."""
        return self.folder is not None and not os.path.exists(self.folder)


def installed(reading: Reading) -> tuple[Package, ...]:
    """The packages of an environment's own, by name; not its pip, and not those that it shares with its base.

    Also those of a Python that it no longer has.
    """
    places = folders(reading)
    linked = dict(_egg_links(places))
    found = Installed([*places, *map(os.fspath, linked.values())])
    packages = [_package(name, found, linked) for name in found if _NAME.fullmatch(name) and name not in SEEDS]
    lone = [
        Package(name, None, _address(folder), editable=True, folder=folder)
        for name, folder in linked.items()
        if name not in found
    ]
    return tuple(sorted([*packages, *lone], key=lambda each: each.name))


def missing(before: Iterable[Package], now: Iterable[Package]) -> tuple[Package, ...]:
    """The packages of an old environment that a new one has not."""
    names = {package.name for package in now}
    return tuple(package for package in before if package.name not in names)


def absent(requirements: Iterable[str], reading: Reading) -> tuple[str, ...]:
    """The names of requirements that an environment has not; those that only some Pythons need are not looked at."""
    from packaging.requirements import Requirement

    asked = [each for each in map(Requirement, requirements) if each.marker is None]
    there = {*SEEDS, *(package.name for package in installed(reading))} if asked else set()
    return tuple(name for each in asked if (name := normalised(each.name)) not in there)


def folders(reading: Reading) -> list[str]:
    """The site-packages of its own library first, then of other versions, which a changed base leaves behind."""
    library = os.path.join(reading.prefix, "lib")
    places = [reading.own_library, reading.prefix]
    places += [os.path.join(library, name) for name in files.names(library) if versioned(name)]
    sites = (os.path.join(place, "site-packages") for place in places)
    return [site for site in dict.fromkeys(sites) if os.path.isdir(site)]


def _egg_links(sites: Iterable[str]) -> Iterator[tuple[str, Path]]:
    for folder in sites:
        for name in files.names(folder):
            if name.endswith(".egg-link"):
                first = (files.read_text(os.path.join(folder, name)) or "").partition("\n")[0].strip()
                if os.path.isabs(first):
                    yield normalised(name.removesuffix(".egg-link")), Path(first)


def _package(name: str, found: Installed, linked: dict[str, Path]) -> Package:
    known = found[name]
    if name in linked:
        return Package(
            name, known.version, _address(linked[name]), editable=True, folder=linked[name], requires=known.requires
        )
    told = _told(os.path.join(found.place(name), "direct_url.json"))
    source, editable = _source(told), _part(told, "dir_info").get("editable") is True
    if source is None:
        return Package(name, known.version, requires=known.requires)
    return Package(name, known.version, source, editable, _on_disk(told), known.requires)


def _told(path: str) -> dict[str, object]:
    try:
        told = json.loads(files.read_text(path) or "null")
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def _source(told: dict[str, object]) -> str | None:
    """The address to install from again: that of the commit that was taken, and a part of it where one was named."""
    url, vcs = told.get("url"), _part(told, "vcs_info")
    if not isinstance(url, str) or not urlsplit(url).scheme or any(char.isspace() for char in url):
        return None
    kind, commit = vcs.get("vcs"), vcs.get("commit_id")
    if isinstance(kind, str) and isinstance(commit, str):
        url = f"{kind}+{url}@{commit}"
    part = told.get("subdirectory")
    return f"{url}#subdirectory={quote(part)}" if isinstance(part, str) and part else url


def _part(told: dict[str, object], name: str) -> dict[str, object]:
    part = told.get(name)
    return part if isinstance(part, dict) else {}


def _on_disk(told: dict[str, object]) -> Path | None:
    """The folder or file that an address names, where it names one on this machine."""
    parts = urlsplit(str(told.get("url")))
    if parts.scheme != _FILE:
        return None
    path = Path(os.fsdecode(os.fsencode(unquote(parts.path, errors="surrogateescape"))))
    part = told.get("subdirectory")
    return path / part if isinstance(part, str) else path


def _address(folder: Path) -> str:
    return f"{_FILE}://{quote(os.fsencode(folder))}"
