"""What is installed in folders, as its metadata say; an environment's packages and those of an overlay alike.

Metadata may be twenty years old and damaged. What cannot be read is left out, and nothing here raises.
"""

from __future__ import annotations

import functools
import json
import os
import re
from collections import ChainMap
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jupyter_envs import files, sites
from jupyter_envs.overlay import store

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from jupyter_envs.pyvenv import Reading

_DISTINCT = re.compile(r"[-_.]+")
_KINDS = (".dist-info", ".egg-info")
_TOLD = re.compile(r"^(Version|Requires-Dist):(.*(?:\n[ \t].*)*)", re.MULTILINE)
"""What counts of the headers, with the lines that go on with them."""
_MOST_HEADS = 12 * 1024
"""How long almost all headers are at most, in bytes; what follows them is a description of any length."""
_SOURCES = (".py", ".pyc", ".so", ".pyd")


@dataclass(frozen=True, slots=True)
class Metadata:
    """One installed distribution: its normalised name, its version (None: unknown), its `Requires-Dist`."""

    name: str
    version: str | None
    requires: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Distribution(Metadata):
    """The same with its top-level modules, which take longer to find out."""

    modules: tuple[str, ...] = ()

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Distribution:
        """The distribution that `as_json` told."""
        return cls(told["name"], told["version"], tuple(told["requires"]), tuple(told["modules"]))

    def as_json(self) -> dict[str, object]:
        """The distribution as an `overlay.json` holds it."""
        lists = {"requires": list(self.requires), "modules": list(self.modules)}
        return {"name": self.name, "version": self.version, **lists}


class Installed(Mapping[str, Metadata]):
    """The distributions in folders by their normalised names, each read when it is asked for.

    The first folder that has one wins, and in a folder that has two of a name the newer one.
    """

    def __init__(self, folders: Iterable[str]) -> None:
        self._places: dict[str, list[str]] = {}
        self._names: list[tuple[str, frozenset[str], frozenset[str]]] = []
        self._read: dict[str, tuple[str, Metadata] | None] = {}
        for folder in dict.fromkeys(folders):
            found = files.names(folder)
            stems = frozenset(name.partition(".")[0] for name in found if name.endswith(_SOURCES))
            self._names.append((folder, frozenset(found), stems))
            for _, name, place in sorted(_places(folder, found), key=lambda each: each[0], reverse=True):
                self._places.setdefault(name, []).append(place)

    def __getitem__(self, name: str) -> Metadata:
        return self._known(name)[1]

    def __iter__(self) -> Iterator[str]:
        return (name for name in self._places if name in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def has_module(self, name: str) -> bool:
        """Whether one of the folders holds a top-level module; a folder without `__init__` hides none further on."""
        return any(
            name in stems or (name in names and _is_package(os.path.join(folder, name)))
            for folder, names, stems in self._names
        )

    def with_modules(self, name: str) -> Distribution:
        """One of them with its top-level modules. Raises KeyError."""
        known = self[name]
        return Distribution(known.name, known.version, known.requires, _modules(name, self.place(name)))

    def place(self, name: str) -> str:
        """The `.dist-info` or `.egg-info` that one of them was read from. Raises KeyError."""
        return self._known(name)[0]

    def _known(self, name: str) -> tuple[str, Metadata]:
        """Where one was read from, and what was read; once, for its files may be gone a moment later."""
        if name not in self._read:
            found = ((place, _metadata(name, place)) for place in self._places.get(name, ()))
            self._read[name] = next(((place, known) for place, known in found if known), None)
        read = self._read[name]
        if read is None:
            raise KeyError(name)
        return read


def installed(folders: Iterable[str]) -> dict[str, Distribution]:
    """Every distribution in folders by its normalised name, wholly read."""
    found = Installed(folders)
    return {name: found.with_modules(name) for name in found}


def of_overlay(folder: str) -> dict[str, Distribution]:
    """The distributions of an overlay by their names; empty where its description is gone or damaged."""
    try:
        told = json.loads(files.read_text(os.path.join(folder, store.DESCRIPTION), files.LARGE) or "")
        return {each["name"]: Distribution.from_json(each) for each in told["distributions"]}
    except (KeyError, RecursionError, TypeError, ValueError):
        return {}


def visible(folders: Iterable[str], overlay: Mapping[str, Distribution]) -> Mapping[str, Metadata]:
    """What folders hold, also what lies there without metadata where the overlay has one: its version is unknown."""
    found = Installed(folders)
    unknown = {
        name: Metadata(name, None)
        for name, each in overlay.items()
        if any(map(found.has_module, each.modules)) and name not in found
    }
    return ChainMap(unknown, found) if unknown else found  # type: ignore[arg-type]  # nothing is set


def folders_of(reading: Reading) -> list[str]:
    """The folders that an environment's packages are in: its site-packages, and what `.pth` files there add."""
    return [folder for site in reading.sites() for folder in (site, *sites.linked_folders(site))]


def normalised(name: str) -> str:
    """The name by which distributions are compared."""
    return _DISTINCT.sub("-", name).lower()


def _places(folder: str, names: Iterable[str]) -> Iterator[tuple[list[int], str, str]]:
    """Where metadata lie in a folder: the numbers of the version in the name, the normalised name, the path."""
    for name in names:
        kind = next((kind for kind in _KINDS if name.endswith(kind)), None)
        egg = name == "EGG-INFO" and folder.endswith(".egg")
        if kind or egg:
            stem = os.path.basename(folder)[: -len(".egg")] if egg else name[: -len(str(kind))]
            project, _, version = stem.partition("-")
            yield _numbers(version), normalised(project), os.path.join(folder, name)


def _numbers(version: str) -> list[int]:
    return [int(part) if part.isdecimal() else -1 for part in version.partition("-")[0].split(".")]


def _metadata(name: str, place: str) -> Metadata | None:
    """What a `.dist-info` or `.egg-info` (a folder, or a file as distutils wrote it) says; None where nothing is."""
    for path in (os.path.join(place, "METADATA"), os.path.join(place, "PKG-INFO"), place):
        head = _head(path)
        if head is not None:
            version, requires = _told(head)
            return Metadata(name, version, requires or tuple(_requires_txt(place)))
    return None


@functools.lru_cache(maxsize=512)
def _told(head: str) -> tuple[str | None, tuple[str, ...]]:
    """The version and the requirements in headers, which are the same in many environments."""
    told = [(key, " ".join(value.split())) for key, value in _TOLD.findall(head)]
    version = next((value for key, value in told if key == "Version"), None)
    return version, tuple(value for key, value in told if key == "Requires-Dist")


def _head(path: str) -> str | None:
    """The headers of a metadata file. A line of white space only goes on with the one before and is no end."""
    head: str | None = None
    for limit in (_MOST_HEADS, files.LARGE):
        text = files.read_text(path, limit)
        if text is None:
            return None
        head, end, _ = (text.replace("\r\n", "\n") if "\r" in text else text).partition("\n\n")
        if end:
            break
    return head


def _requires_txt(place: str) -> Iterator[str]:
    """The requirements that setuptools wrote beside a `PKG-INFO`: sections are extras, markers, or both."""
    marker = ""
    for line in (files.read_text(os.path.join(place, "requires.txt")) or "").splitlines():
        text = line.strip()
        if text.startswith("["):
            extra, _, condition = text.strip("[]").partition(":")
            parts = [f"({condition})" if condition else "", f'extra == "{extra}"' if extra else ""]
            marker = " and ".join(filter(None, parts))
        elif text and not text.startswith("#"):
            yield f"{text} ; {marker}" if marker else text


def _modules(name: str, place: str) -> tuple[str, ...]:
    """The top-level modules: as told, else of the files that were installed, else called like the distribution."""
    told = (files.read_text(os.path.join(place, "top_level.txt")) or "").split()
    if told:
        return tuple(told)
    record = (files.read_text(os.path.join(place, "RECORD"), files.LARGE) or "").splitlines()
    found = dict.fromkeys(filter(None, (_module_of(line.rsplit(",", 2)[0].strip('"')) for line in record)))
    return tuple(found) or (name.replace("-", "_"),)


def _module_of(path: str) -> str | None:
    """The top-level module that an installed file belongs to, if any."""
    first, slash, rest = path.partition("/")
    if slash and (first in {"..", "__pycache__"} or first.endswith((*_KINDS, ".data")) or not rest):
        return None
    stem = first if slash else first.partition(".")[0]
    return stem if path.endswith(_SOURCES) and stem.isidentifier() else None


def _is_package(folder: str) -> bool:
    return any(name.startswith("__init__.") for name in files.names(folder))
