"""What one folder holds, as far as a walk cares: folders to enter, telling names, links called like environments."""

from __future__ import annotations

import os

from jupyter_envs.walk.names import PRUNED, is_environment_name

_CONFIG, _CONDA, _LAYOUT = b"pyvenv.cfg", b"conda-meta", frozenset({b"bin", b"lib", b"include"})
_DOT = 46
MARKER = b".jupyter-envs-creating"
"""`pyvenv.MARKER`: what has it does not exist yet."""
_HOMES = (b"home =", b"home=")


class Rules:
    """Where a walk goes, and which names it looks for. `special` are all names that need more than one look."""

    __slots__ = ("closed", "excluded", "roots", "special", "telling")

    def __init__(self, roots: list[bytes], telling: list[bytes], exclude: list[bytes], closed: list[bytes]) -> None:
        self.roots = frozenset(roots)
        self.telling = frozenset(telling)
        self.excluded = frozenset(exclude)
        self.closed = frozenset(closed) | self.excluded
        places = (path.rpartition(b"/")[2] for path in self.closed | self.roots)
        self.special = PRUNED | self.telling | self.excluded | _LAYOUT | {_CONFIG, _CONDA, MARKER, *places}

    def may_enter(self, path: bytes, name: bytes, notes: Notes) -> bool:
        """Whether a walk goes into a folder with a special name; what it passes over is counted in `notes`."""
        if path in self.roots:  # a root within another is walked by itself
            return False
        if name.startswith(b".") and not is_hidden_environment(path, name):
            return False
        if name in self.excluded or path in self.closed:
            notes.over += 1
            return False
        return True


class Notes:
    """What is remarkable in one folder."""

    __slots__ = ("links", "names", "over", "unreadable")

    def __init__(self) -> None:
        self.names: set[bytes] = set()
        self.links: list[bytes] = []
        self.unreadable: list[bytes] = []
        self.over = 0


def look(path: bytes, rules: Rules) -> tuple[list[bytes], Notes | None]:
    """The folders to enter in a folder, and what is remarkable there; raises `OSError` where it cannot be listed."""
    inside: list[bytes] = []
    notes = None
    special = rules.special
    for entry in os.scandir(path):  # closed by its end, whatever an entry brings
        name = entry.name
        try:
            if name in special:
                notes = notes or Notes()
                _take(entry, rules, inside, notes)
            elif entry.is_dir(follow_symlinks=False):
                if name[0] != _DOT or is_hidden_environment(entry.path, name):
                    inside.append(entry.path)
            elif entry.is_symlink() and is_environment_name(name):
                notes = notes or Notes()
                notes.links.append(entry.path)
        except OSError:  # a file system that tells no kinds with names was asked, and refused
            notes = notes or Notes()
            notes.unreadable.append(entry.path)
    return inside, notes


def is_hidden_environment(path: bytes, name: bytes) -> bool:
    """Whether a folder whose name begins with a dot is worth a look: it is called like an environment, or is one."""
    return is_environment_name(name) or os.path.lexists(path + b"/pyvenv.cfg")


def looks_like_environment(names: set[bytes]) -> bool:
    """Whether the names in a folder are those of an environment, so that its files must be asked."""
    return _CONFIG in names or (_CONDA in names and b"bin" in names) or names >= _LAYOUT


def is_environment(path: bytes, names: set[bytes]) -> bool:
    """Whether what looks like an environment is one, made by conda or another tool, and finished."""
    if MARKER in names:
        return False
    if _CONFIG in names and _beginning(path + b"/pyvenv.cfg").startswith(_HOMES):
        return True
    if _CONDA in names and os.path.lexists(path + b"/conda-meta/history"):
        return True
    from jupyter_envs import pyvenv  # rarely needed: what tools write begins with the home

    return pyvenv.is_environment(os.fsdecode(path))


def _beginning(path: bytes) -> bytes:
    """The first bytes of a regular file; none where there is none that we may read."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except OSError:
        return b""
    try:
        return os.read(descriptor, 8)
    except OSError:  # a folder, or a FIFO that nobody has written to
        return b""
    finally:
        os.close(descriptor)


def _take(entry: os.DirEntry[bytes], rules: Rules, inside: list[bytes], notes: Notes) -> None:
    name = entry.name
    notes.names.add(name)
    if entry.is_dir(follow_symlinks=False):
        if name not in PRUNED and rules.may_enter(entry.path, name, notes):
            inside.append(entry.path)
    elif entry.is_symlink() and is_environment_name(name):
        notes.links.append(entry.path)
