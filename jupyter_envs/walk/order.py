"""What a walk is asked to do and what it meets, as those see it who ask. The child itself does not load this."""

from __future__ import annotations

import hashlib
import marshal
import os
import sys
from dataclasses import dataclass

VERSION = 1
"""What a walk remembers is worth nothing to one with other rules: raise this with every change to them."""
MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Root:
    """A folder to walk, by its real path, and how many folders deep; a negative depth counts as 0."""

    path: str
    max_depth: int


@dataclass(frozen=True, slots=True)
class Order:
    """What to walk, and within which bounds.

    `telling` are names that make a folder a project. `exclude` holds names and paths of folders that are not entered,
    `mounts` and `protected` paths. `own_clock` says that times on the file system come from this machine's clock
    (`Mounts.has_own_clock`), so that they can be taken after what is in the folders was told. `times` is the file that
    remembers what was seen; without it every folder is read. `seconds` is the time for all, `patience` how long a
    folder may be silent when all others are done, and `memory` what the child may use in bytes. Between `threads`
    threads it shares the work where the disk is slow.
    """

    roots: tuple[Root, ...]
    telling: frozenset[str] = frozenset()
    exclude: frozenset[str] = frozenset()
    mounts: frozenset[str] = frozenset()
    protected: frozenset[str] = frozenset()
    own_clock: bool = False
    times: str | None = None
    seconds: float | None = None
    patience: float = 5.0
    memory: int = 512 * MIB
    threads: int = 8

    def encoded(self) -> bytes:
        """The order as the child reads it: the same interpreter on the other side, so marshal's format is its own."""
        rules = {
            "roots": [(os.fsencode(root.path), max(0, root.max_depth)) for root in self.roots],
            "telling": _encoded(self.telling),
            "exclude": _encoded(self.exclude),
            "closed": _encoded(path for path in self.mounts | self.protected if self._is_below_a_root(path)),
        }
        key = hashlib.sha256(marshal.dumps((VERSION, sorted(rules.items())), 2)).hexdigest()
        bounds = {
            "times": None if self.times is None else os.fsencode(self.times),
            "seconds": self.seconds,
            "patience": self.patience,
            "memory": self.memory,
            "own_clock": self.own_clock,
            "threads": max(1, self.threads),
            "codec": (sys.getfilesystemencoding(), sys.getfilesystemencodeerrors()),
        }
        return marshal.dumps({**rules, **bounds, "key": key.encode()})

    def _is_below_a_root(self, path: str) -> bool:
        return any(path.startswith(root.path.rstrip("/") + "/") for root in self.roots)


@dataclass(frozen=True, slots=True)
class Folder:
    """One folder that was met: the telling names in it, and the links right in it that are called like environments.

    The target of a link was not looked at: it may be anything, or lie where nothing answers.
    """

    path: str
    telling: frozenset[str]
    links: tuple[str, ...] = ()
    is_environment: bool = False


def _encoded(texts: object) -> list[bytes]:
    return sorted(os.fsencode(text) for text in texts)  # type: ignore[attr-defined]
