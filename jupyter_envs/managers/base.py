"""What every environment manager answers, and what it is given to answer with.

A manager reads folders and returns data: places where environments may lie (`Sighting`), whose an environment is
(`Claim`), and commands that would make one (`Plan`). It never acts, starts nothing, and knows no other manager.
"""

from __future__ import annotations

import json
import os
import shlex
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, TypeVar

from jupyter_envs import files, naming, pyvenv
from jupyter_envs.errors import BadRequest, Problem
from jupyter_envs.looks import ABSENT, Inside, Looks, look_inside
from jupyter_envs.mounts import Mounts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from jupyter_envs.host import Host

T = TypeVar("T")

IN_PROJECT, TOOLS_CHOICE, LINKED, OTHER_NAME = 10, 0, 20, 30
"""How strongly an environment is its project's: the lowest is the one that the project gets."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """A place where an environment may lie, and how it was found."""

    prefix: Path
    found_by: str
    bare: bool = False
    """Whether it is a base interpreter, which has no `pyvenv.cfg`."""


@dataclass(frozen=True, slots=True)
class Link:
    """An environment serves a project: how strongly, and the reason in words; `chosen` False: its tool ignores it."""

    project: Path
    strength: int
    reason: str
    chosen: bool = True


@dataclass(frozen=True, slots=True)
class Claim:
    """A manager's word on an environment: it is its own, serves these projects, or lost this one.

    `tied` means that the manager makes an environment for one project only, so one without a project is an orphan.
    `name` replaces the name that its folder gives.
    """

    links: tuple[Link, ...] = ()
    lost: Path | None = None
    tied: bool = False
    name: str | None = None
    offered: bool = True
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Candidate:
    """An environment that was read and now needs an owner."""

    reading: pyvenv.Reading
    prefix: Path
    found_by: str
    bare: bool = False

    @property
    def folder(self) -> Path:
        """The folder that it lies in."""
        return self.prefix.parent


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
            if os.path.isdir(folder / name):  # Path.is_dir() raises where a folder may not be entered
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


@dataclass(frozen=True, slots=True)
class CreateRequest:
    """What a person asked for: an environment at `prefix` for `project`, on this interpreter, with these packages."""

    project: Path
    prefix: Path
    python: Path
    packages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Command:
    """One program to run: its words, its folder, and what it is doing, as a person would say it."""

    words: tuple[str, ...]
    cwd: Path
    phase: str


@dataclass(frozen=True, slots=True)
class Plan:
    """The commands that make an environment, and where it will lie."""

    prefix: Path
    commands: tuple[Command, ...]


class EnvironmentManager:
    """A tool that makes and keeps environments. Subclasses override what their tool has.

    `place` is asked in the order of `managers.every()`, then `markers` in that of `managers.by_markers()`; the first
    manager that claims an environment owns it.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    creates: ClassVar[bool] = False

    def find(self, scene: Scene) -> Iterator[Sighting | Problem]:
        """Every place in the tool's own folders where an environment may lie; a Problem for what it could not read."""
        return iter(())

    def roots(self, scene: Scene) -> Iterator[Path]:
        """Folders where the tool puts projects, to be walked beside the configured roots."""
        return iter(())

    def of_project(self, project: Path, scene: Scene) -> Iterator[Sighting]:
        """Places outside a project's folder where the tool keeps environments for it."""
        return iter(())

    def claim_by_place(self, candidate: Candidate, scene: Scene) -> Claim | None:
        """The claim on an environment by where it lies or how it is called."""
        return None

    def claim_by_markers(self, candidate: Candidate, scene: Scene) -> Claim | None:
        """The claim on an environment inside a project by the tool's files in that project."""
        return None

    def also_serves(self, candidate: Candidate, scene: Scene) -> Iterator[Link]:
        """Projects whose files for this tool name the environment, whoever owns it.

        Every manager is asked about every environment. The links come after the owner's; one that is chosen makes the
        environment offered, even where its owner would not use it.
        """
        return iter(())

    def interpreters(self, scene: Scene) -> Iterator[Path]:
        """Prefixes of base Pythons that the tool installed."""
        return iter(())

    def plan_create(self, request: CreateRequest, tools: Mapping[str, Path]) -> Plan:
        """The commands that would make what is asked for; `tools` are the programs that there are, by name."""
        raise BadRequest(f"{self.title} does not make environments here.", "Choose venv.")

    def how_to_recreate(self, prefix: Path, project: Path | None) -> str:
        """One sentence for a person whose environment is broken."""
        return f"Make it again with {self.title}."

    def how_to_add_ipykernel(self, candidate: Candidate, project: Path | None) -> str:
        """One sentence for a person who wants a notebook on this environment."""
        python = quoted(candidate.reading.python)
        if "uv" in candidate.reading.config:
            return f"Install it: uv pip install --python {python} ipykernel"
        return f"Install it: {python} -m pip install ipykernel"


def quoted(path: str | Path) -> str:
    """A path as a word of a command that a person can paste into a shell."""
    return shlex.quote(naming.shown_path(os.fspath(path)))


@dataclass(frozen=True, slots=True)
class Owned:
    """An environment that was read and has its owner."""

    candidate: Candidate
    manager: EnvironmentManager
    claim: Claim
    aliases: tuple[Path, ...] = ()

    @property
    def project(self) -> Path | None:
        """The first project that it serves, or the one that it lost."""
        return self.claim.links[0].project if self.claim.links else self.claim.lost


def in_project_link(candidate: Candidate, reason: str, strength: int = IN_PROJECT) -> Link:
    """The link of an environment to the folder that it lies in; `.venv` comes before other names."""
    extra = 0 if candidate.prefix.name == ".venv" else OTHER_NAME - IN_PROJECT
    return Link(candidate.folder, strength + extra, reason)
