"""What a manager looks at the disk through while environments are being found."""

from __future__ import annotations

import json
import os
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from jupyter_envs import files, pyvenv
from jupyter_envs.looks import ABSENT, Inside, Looks, look_inside
from jupyter_envs.mounts import Mounts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jupyter_envs.errors import Problem
    from jupyter_envs.host import Host

T = TypeVar("T")


@dataclass(slots=True)
class Scene:
    """What is known while environments are being found: the host, and the folders that looked like projects.

    Managers look at the disk through it alone: it notes each look, so that the answer can be remembered for as long as
    it holds, and sees nothing behind a mount that does not answer.
    """

    host: Host
    projects: dict[Path, frozenset[str]] = field(default_factory=dict)
    """Real path of each project folder that a walk met, with the telling names in it."""
    looks: Looks = field(default_factory=Looks)
    mounts: Mounts = field(default_factory=lambda: Mounts({}))
    unreachable: set[str] = field(default_factory=set)
    """The mounts that something was looked for behind, and that did not answer."""
    _memory: dict[object, object] = field(default_factory=dict)

    def once(self, key: object, work_out: Callable[[], T]) -> T:
        """What `work_out` answers, asked once for this scene; a manager's keys begin with its name."""
        if key not in self._memory:
            self._memory[key] = work_out()
        return self._memory[key]  # type: ignore[return-value]  # one key, one kind of answer

    def exported(self, name: str) -> str | None:
        """`Host.exported`, with the person's shell start files read once."""
        return self.host.variable(name) or self.once("exports", self._exports).get(name)

    def is_away(self, path: Path) -> bool:
        """Whether a path lies behind a mount that does not answer. What does is neither there nor gone."""
        if not self.mounts.network:
            return False
        folder = self.once(("leads", path.parent), lambda: self.mounts.leads(os.fspath(path.parent)))
        real = None if folder is None else self.mounts.leads(os.path.join(folder, path.name))
        if real is None:
            self.unreachable.update(self.mounts.dead())
        return real is None

    def touched(self) -> dict[str, bool]:
        """The mounts behind a network that something was looked for behind, and whether they failed to answer."""
        found = {}
        for point in self.mounts.network:
            inside = point.rstrip("/") + "/"
            if point in self.unreachable or any(path.startswith(inside) for path in self.looks.seen):
                found[point] = point in self.unreachable
        return found

    def names(self, folder: Path) -> list[str]:
        """The names in a folder, sorted; none where it is absent or may not be read."""
        if self.is_away(folder):
            return []
        self.looks.whole(os.fspath(folder))
        return files.names(os.fspath(folder))

    def children(self, folder: Path) -> Iterator[Path]:
        """The folders in a folder and the links to some, sorted; none where it may not be read."""
        for name in self.names(folder):
            # Path.is_dir() raises where a folder may not be entered
            if not self.is_away(folder / name) and os.path.isdir(folder / name):
                yield folder / name

    def text(self, path: Path, limit: int = files.SMALL) -> str | None:
        """The first `limit` bytes of a regular file, as `files.read_text` reads them; None where there is none."""
        if self.is_away(path):
            return None
        self.looks.whole(os.fspath(path))
        return files.read_text(os.fspath(path), limit)

    def toml(self, path: Path) -> dict[str, object] | Problem | None:
        """A TOML file as a table, read once; None where there is none, a Problem where it cannot be understood."""
        if self.is_away(path):
            return None
        self.looks.whole(os.fspath(path))
        return self.once(("toml", path), lambda: self.host.toml(path))

    def json(self, path: Path, limit: int = files.LARGE) -> object | None:
        """What a JSON file holds; None where there is none or it cannot be understood."""
        try:
            return json.loads(self.text(path, limit) or "null")  # type: ignore[no-any-return]
        except (ValueError, RecursionError):
            return None

    def is_folder(self, path: Path) -> bool:
        """Whether a path leads to a folder. What cannot be asked now is believed to be there still."""
        return self.is_away(path) or self.looks.is_folder(os.fspath(path))

    def is_file(self, path: Path, *, noted: bool = True) -> bool:
        """Whether a path leads to a regular file; not `noted` where it comes and goes with others that are."""
        if self.is_away(path):
            return False
        return stat.S_ISREG(self.looks.kind(os.fspath(path))) if noted else os.path.isfile(path)

    def exists(self, path: Path) -> bool:
        """Whether a path leads to anything. What cannot be asked now is believed to be there still."""
        return self.is_away(path) or self.looks.kind(os.fspath(path)) != ABSENT

    def is_environment(self, prefix: Path) -> bool:
        """Whether there is an environment at `prefix`: the cheap test."""
        if self.is_away(prefix):
            return False
        for name in ("pyvenv.cfg", pyvenv.MARKER):
            self.looks.whole(os.fspath(prefix / name))
        return pyvenv.is_environment(os.fspath(prefix))

    def real(self, path: Path) -> Path:
        """A path without links; of one that leads nowhere, or where nothing answers, as far as it leads."""
        if self.is_away(path):
            return path
        return Path(os.path.realpath(path))  # resolve() raises for links in a circle

    def telling_names(self, folder: Path) -> frozenset[str]:
        """The names in a folder that make it a project of some kind."""
        if folder not in self.projects and self.is_away(folder):
            return frozenset()
        if folder not in self.projects:
            self.projects[folder] = self.looks.inside(os.fspath(folder)).telling
        return self.projects[folder]

    def look_inside(self, folder: Path, *, noted: bool) -> Inside:
        """The telling names and the folders in a folder; not `noted` where a later change of it does not matter."""
        return self.looks.inside(os.fspath(folder)) if noted else look_inside(os.fspath(folder))

    def _exports(self) -> dict[str, str]:
        for path in self.host.shell_files():
            self.looks.whole(os.fspath(path))
        return self.host.exports()
