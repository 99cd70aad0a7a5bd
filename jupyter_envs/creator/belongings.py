"""What a person put into an environment among what tools put there: their own scripts, settings, kernels and modules.

A package's own files stand in its RECORD, and what a tool writes is known by its name. All else is its person's. What
they changed in a tool's or a package's file is not seen.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from jupyter_envs import files
from jupyter_envs.creator import packages, recorded
from jupyter_envs.unconfigured import versioned

if TYPE_CHECKING:
    from collections.abc import Collection

    from jupyter_envs.pyvenv import Reading

ENTRIES_AT_MOST = 20_000
DEPTH_AT_MOST = 20
_TOPS = ("bin", "etc", "include", "lib", "lib32", "lib64", "local", "man", "share", "src")
_NOBODYS = frozenset({"__pycache__", ".DS_Store"})
_BY_TOOLS = frozenset({
    *(f"share/jupyter/lab/{name}" for name in ("schemas", "staging", "static", "themes")),
    "share/python-wheels", "src/pip-delete-this-directory.txt",
})  # fmt: skip
"""What Debian, pip and `jupyter lab build` write."""
_SCRIPT_OF_TOOLS = re.compile(
    r"(?:de)?activate(?:\.\w+|_this\.py)?|pydoc\.bat|pythonw|"
    r"(?:python|pypy|libpypy|graalpy|pip|easy_install|wheel)[\d.ct-]*(?:-config|\.so|\.dylib)?",
    re.IGNORECASE,
)
"""What venv, virtualenv and uv put into `bin`."""
_GENERATED = ("-script.pyw", "EASY-INSTALL-", "__requires__ =")
"""What installers write into the scripts that start a package's function."""
_PYTHON = re.compile(r"(?:python|pypy|graalpy)w?[\d.]*t?")
_IN_SITE_OF_TOOLS = re.compile(
    r"~.*|easy-install\.pth|_virtualenv\.(?:py|pth)|distutils-precedence\.pth|README(?:\.txt)?|"
    r"__editable__.*|.*-nspkg\.pth|.*\.(?:dist-info|egg-info|egg-link|egg|data|virtualenv)"
)
"""What virtualenv and setuptools put into site-packages without a RECORD, and what a broken installation leaves."""


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
    walk = _Walk(reading.prefix, {*skipped, *recorded.names(reading.prefix, sites, known_as), *_BY_TOOLS})
    for name in (*_TOPS, *(os.path.relpath(site, reading.prefix) for site in sites)):
        if name not in skipped:
            walk.look(name)
    return Belongings(tuple(walk.found), tuple(dict.fromkeys(walk.left)))


def is_of_tools(name: str, path: str) -> bool:
    """Whether a file by this name below an environment, which lies at `path`, is one that tools write."""
    folder, _, last = name.rpartition("/")
    if last in _NOBODYS or name in _BY_TOOLS:
        return True
    if os.path.basename(folder) == "site-packages":
        return _IN_SITE_OF_TOOLS.fullmatch(last) is not None
    if folder == "local" and os.path.islink(path):  # Debian's old virtualenv linked its folders there
        return True
    if folder in {"lib", "lib32", "lib64", "include"}:
        return versioned(last) is not None or last.startswith(("libpython", "libpypy"))
    return folder == "bin" and (_SCRIPT_OF_TOOLS.fullmatch(last) is not None or _is_made(path))


def _is_made(path: str) -> bool:
    """Whether a file in `bin` is a link to a Python, or a script that an installer generated."""
    if os.path.islink(path):
        return _PYTHON.fullmatch(os.path.basename(os.readlink(path))) is not None
    text = files.read_text(path) or ""
    return any(sign in text for sign in _GENERATED)


@dataclass(slots=True)
class _Walk:
    prefix: str
    known: Collection[str]
    found: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    room: int = field(default_factory=lambda: ENTRIES_AT_MOST)

    def look(self, name: str, depth: int = 0) -> None:
        """Look through one folder of the environment, and those below it; through no link."""
        path = os.path.join(self.prefix, name)
        if os.path.islink(path) or not os.path.isdir(path):
            return
        try:
            with os.scandir(path) as listing:
                entries = list(islice(listing, self.room + 1))
        except OSError:
            self.left.append(name)
            return
        if len(entries) > self.room:
            self.left.append(name)
            del entries[self.room :]
        self.room -= len(entries)
        for entry in sorted(entries, key=lambda each: each.name):
            self._take(f"{name}/{entry.name}", entry, depth)

    def _take(self, name: str, entry: os.DirEntry[str], depth: int) -> None:
        if name in self.known or is_of_tools(name, entry.path):
            return
        if entry.is_dir(follow_symlinks=False):
            if depth < DEPTH_AT_MOST:
                self.look(name, depth + 1)
            else:
                self.left.append(name)
        elif entry.is_symlink() or (entry.is_file() and os.access(entry.path, os.R_OK)):
            self.found.append(name)
        else:
            self.left.append(name)
