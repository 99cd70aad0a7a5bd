"""Between the paths of the file browser and those of the machine."""

from __future__ import annotations

import os
from pathlib import Path

from jupyter_envs.errors import BadRequest, Refused


class Places:
    """The folder that the file browser shows, or None where its files are not on this machine's disks."""

    def __init__(self, root: Path | None) -> None:
        self.root = root
        self._real = Path(os.path.realpath(root)) if root is not None else None

    def on_disk(self, contents_path: str) -> Path:
        """The absolute path of a notebook or folder of the file browser; raises `BadRequest` and `Refused`."""
        if self.root is None:
            raise Refused("The files here are not on this machine.", "Work in a terminal instead.")
        parts = [part for part in contents_path.split("/") if part]
        if not all(map(_is_name, parts)):
            raise BadRequest(
                f"{contents_path!r} is not a path of the file browser.", "Write it without dots, from its top."
            )
        return self.root.joinpath(*parts)

    def in_browser(self, path: Path) -> str | None:
        """The path by which the file browser knows a folder; empty for its top, None for what is outside of it."""
        if self._real is None or not path.is_relative_to(self._real):
            return None
        relative = path.relative_to(self._real).as_posix()
        return "" if relative == "." else relative


def _is_name(part: str) -> bool:
    """Whether it can be one name in a path, and means that file or folder."""
    try:
        os.fsencode(part)
    except UnicodeEncodeError:
        return False
    return part not in {".", ".."} and "\0" not in part and (os.sep == "/" or os.sep not in part)
