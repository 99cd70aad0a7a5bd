"""What lies in a folder, in a form that tells whether anything of it was changed."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

Tree: TypeAlias = "dict[str, tuple[object, ...]]"


def tree_of(folder: Path, without: Collection[Path] = ()) -> Tree:
    """Each path below a folder with what is there; of a folder its mode, of a link its target, of a file its times.

    What is named in `without` is left out, with all that lies below it.
    """
    left_out = {os.fspath(path) for path in without}
    return {os.path.relpath(path, folder): _looks(path) for path in _below(os.fspath(folder), left_out)}


def changed(before: Tree, after: Tree) -> list[str]:
    """What was there before and is gone or another now."""
    return sorted(path for path, looks in before.items() if after.get(path) != looks)


def added(before: Tree, after: Tree) -> list[str]:
    """What was not there before, without what lies in a new folder."""
    new = sorted(after.keys() - before.keys())
    return [path for path in new if (above := path.rpartition("/")[0]) not in after or above in before]


def _below(folder: str, left_out: set[str]) -> Iterator[str]:
    with os.scandir(folder) as entries:
        found = [entry for entry in entries if entry.path not in left_out]
    for entry in found:
        yield entry.path
        if entry.is_dir(follow_symlinks=False):
            yield from _below(entry.path, left_out)


def _looks(path: str) -> tuple[object, ...]:
    status = os.lstat(path)
    if stat.S_ISLNK(status.st_mode):
        return ("link", os.readlink(path))  # noqa: PTH115 -- there may be ten thousand
    if stat.S_ISDIR(status.st_mode):
        return ("folder", status.st_mode)
    return ("file", status.st_mode, status.st_size, status.st_mtime_ns, status.st_ino)
