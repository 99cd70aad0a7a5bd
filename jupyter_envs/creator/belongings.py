"""What a person put into an environment among what tools put there: their own scripts, settings, kernels and modules.

A package's own files stand in its RECORD by their whole names, and what a tool writes is known by its name and kind.
All else is its person's. What they changed in a tool's or a package's file is not seen.
"""

from __future__ import annotations

import os
import re
import zipfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jupyter_envs import files
from jupyter_envs.creator import packages, recorded
from jupyter_envs.creator.carrying import some
from jupyter_envs.creator.strangers import NOBODYS
from jupyter_envs.errors import Refused
from jupyter_envs.unconfigured import versioned

if TYPE_CHECKING:
    from collections.abc import Collection

    from jupyter_envs.creator.recorded import Recorded
    from jupyter_envs.pyvenv import Reading

ENTRIES_AT_MOST = 20_000
"""How much may be its person's own below each name at the top."""
LOOKED_AT_MOST = 1_000_000
"""How much is looked at below each, packages' files too."""
DEPTH_AT_MOST = 20
_BY_TOOLS = frozenset({
    *(f"share/jupyter/lab/{name}" for name in ("schemas", "staging", "static", "themes")),
    "share/python-wheels", "src/pip-delete-this-directory.txt", "conda-meta",
})  # fmt: skip
"""What Debian, pip, `jupyter lab build` and conda write."""
_SCRIPT_OF_TOOLS = re.compile(
    r"(?:de)?activate(?:\.\w+|_this\.py)?|pydoc\.bat|pythonw|\U0001d70bthon|"
    r"(?:python|pypy|libpypy|graalpy|pip|easy_install|wheel)[\d.ct-]*(?:-config|\.so|\.dylib)?",
    re.IGNORECASE,
)
"""What venv, virtualenv and uv put into `bin`."""
_GENERATED = ("-script.pyw", "EASY-INSTALL-", "__requires__ =")
"""What installers write into the scripts that start a package's function."""
_FILE_IN_SITE = re.compile(
    r"easy-install\.pth|_virtualenv\.(?:py|pth)|distutils-precedence\.pth|README(?:\.txt)?|"
    r"__editable__.*|.*-nspkg\.pth|.*\.(?:egg-info|egg-link|virtualenv)"
)
_FOLDER_IN_SITE = re.compile(r"~.*|.*\.(?:dist-info|egg-info)|.*-\d[^-]*\.data")
"""What virtualenv and setuptools put into site-packages without a RECORD, and what a broken installation leaves."""
_OLD_LIBRARY = "orig-prefix.txt"
"""virtualenv before 20 put this and the standard library into `lib/python3.x`; for Python 2 always the latter."""


@dataclass(frozen=True, slots=True)
class Belongings:
    """Files and links by their names below the environment, and what is too much, too deep or none of these."""

    names: tuple[str, ...] = ()
    left: tuple[str, ...] = ()


def of(reading: Reading, skipped: Collection[str] = (), known_as: str | None = None) -> Belongings:
    """What is its person's own; nothing that is or lies in one of `skipped`.

    `known_as` is where the environment lay before it was put aside.
    """
    sites = packages.folders(reading)
    walk = _Walk(reading.prefix, set(skipped), recorded.of(reading.prefix, sites, known_as))
    for name in (*(os.path.relpath(site, reading.prefix) for site in sites), *files.names(reading.prefix)):
        walk.begin(name)
    return Belongings(tuple(sorted(walk.found)), tuple(dict.fromkeys(walk.left)))


def refuse_left(shown: str, found: Belongings) -> None:
    """Raises `Refused` where something would be lost, as it is out of reach."""
    if found.left:
        named, some_left = some(found.left, 3), len(found.left) > 1
        fix = f"Move {'them' if some_left else 'it'} elsewhere first."
        raise Refused(f"{shown} holds what cannot be carried over into the new one: {named}.", fix)


def is_of_tools(name: str, path: str) -> bool:
    """Whether a file by this name below an environment, which lies at `path`, is one that tools write."""
    folder, _, last = name.rpartition("/")
    if last in NOBODYS or name in _BY_TOOLS:
        return True
    if os.path.basename(folder) == "site-packages":
        return _is_of_tools_in_site(last, path)
    if folder == "local" and os.path.islink(path):  # Debian's old virtualenv linked its folders there
        return True
    if folder in {"lib", "lib32", "lib64", "include"}:
        return _is_of_tools_in_library(last, path)
    return folder == "bin" and (_SCRIPT_OF_TOOLS.fullmatch(last) is not None or _is_generated(path))


def _is_of_tools_in_site(last: str, path: str) -> bool:
    if os.path.isdir(path):
        is_egg = last.endswith(".egg") and os.path.isdir(os.path.join(path, "EGG-INFO"))
        return is_egg or _FOLDER_IN_SITE.fullmatch(last) is not None
    return _FILE_IN_SITE.fullmatch(last) is not None or (last.endswith(".egg") and zipfile.is_zipfile(path))


def _is_of_tools_in_library(last: str, path: str) -> bool:
    version = versioned(last)
    if version is None:
        return last.startswith(("libpython", "libpypy")) and not os.path.isdir(path)
    old = version[1].startswith("2.") or os.path.lexists(os.path.join(path, _OLD_LIBRARY))
    return old or os.path.islink(path)


def _is_generated(path: str) -> bool:
    """Whether a file in `bin` is a script that an installer generated."""
    text = "" if os.path.islink(path) else files.read_text(path) or ""
    return any(sign in text for sign in _GENERATED)


@dataclass(slots=True)
class _Walk:
    prefix: str
    skipped: set[str]
    known: Recorded
    found: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    room: int = 0
    steps: int = 0

    def begin(self, name: str) -> None:
        """Look through a folder with the whole room for it alone, and not again in another."""
        if name not in self.skipped and not is_of_tools(name, os.path.join(self.prefix, name)):
            self.room, self.steps = ENTRIES_AT_MOST, LOOKED_AT_MOST
            self._look(name, 0)
        self.skipped.add(name)

    def _look(self, name: str, depth: int) -> None:
        """Look through one folder of the environment, and those below it; through no link."""
        path = os.path.join(self.prefix, name)
        if os.path.islink(path) or not os.path.isdir(path):
            return
        folders: list[str] = []
        try:
            with os.scandir(path) as listing:
                entire = all(self._take(f"{name}/{entry.name}", entry, folders) for entry in listing)
        except OSError:
            entire = False
        if not entire:
            self.left.append(name)
        for folder in sorted(folders):
            if folder in self.known.folders or depth < DEPTH_AT_MOST:
                self._look(folder, depth if folder in self.known.folders else depth + 1)
            else:
                self.left.append(folder)

    def _take(self, name: str, entry: os.DirEntry[str], folders: list[str]) -> bool:
        """Whether there is room for it."""
        self.steps -= 1
        if name in self.known.files or name in self.known.unlisted or name in self.skipped:
            return self.steps >= 0
        if entry.is_dir(follow_symlinks=False):
            if not is_of_tools(name, entry.path):
                folders.append(name)
            return self.steps >= 0
        if is_of_tools(name, entry.path) or (entry.is_symlink() and name in self.known.folders):
            return self.steps >= 0
        self.room -= 1
        if self.room < 0:
            return False
        readable = entry.is_symlink() or (entry.is_file() and os.access(entry.path, os.R_OK))
        (self.found if readable else self.left).append(name)
        return self.steps >= 0
