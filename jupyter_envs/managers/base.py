"""What every environment manager answers, and what it is given to answer with.

A manager reads folders and returns data: places where environments may lie (`Sighting`), whose an environment is
(`Claim`), and commands that would make one (`Plan`). It never acts, starts nothing, and knows no other manager.
"""

from __future__ import annotations

import os
import shlex
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from jupyter_envs import naming, pyvenv, sites
from jupyter_envs.errors import BadRequest, Problem, Refused
from jupyter_envs.managers.plans import Command as Command  # noqa: PLC0414 -- managers take all that is asked and answered from here
from jupyter_envs.managers.plans import CreateRequest as CreateRequest  # noqa: PLC0414, TC001 -- as above
from jupyter_envs.managers.plans import Plan as Plan  # noqa: PLC0414, TC001 -- as above
from jupyter_envs.managers.plans import RemovalPlan as RemovalPlan  # noqa: PLC0414, TC001 -- as above
from jupyter_envs.managers.plans import Table as Table  # noqa: PLC0414 -- as above
from jupyter_envs.managers.scene import Scene as Scene  # noqa: PLC0414, TC001 -- as above

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

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


class EnvironmentManager:
    """A tool that makes and keeps environments. Subclasses override what their tool has.

    `place` is asked in the order of `managers.every()`, then `markers` in that of `managers.by_markers()`; the first
    manager that claims an environment owns it.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    creates: ClassVar[bool] = False
    removes: ClassVar[bool] = False
    fills: ClassVar[bool] = False
    """Whether what the project declares is always installed, because the tool makes no other environments."""
    program: ClassVar[str | None] = None
    """The program without which it makes none, by its name in `tools`; None where it needs none of its own."""
    marks: ClassVar[frozenset[str]] = frozenset()
    """The names that the tool writes at the top of an environment, beside those that every one has."""
    installs: ClassVar[str | None] = None
    """The program that installs Pythons for it, by its name in `tools`; None where it installs none."""

    def find(self, scene: Scene) -> Iterator[Sighting | Problem]:
        """Every place in the tool's own folders where an environment may lie; a Problem for what it could not read."""
        return iter(())

    def roots(self, scene: Scene) -> Iterator[Path]:
        """Folders where the tool puts projects, to be walked beside the configured roots."""
        return iter(())

    def central(self, scene: Scene) -> Iterator[Path]:
        """Folders, there or not, for environments of any project, as the person or the machine sets it: no project."""
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

    def proposes(self, project: Path, scene: Scene) -> str | None:
        """Why the project is this tool's, in a sentence that names the file that says so; None where nothing does."""
        return None

    def plan_create(self, request: CreateRequest, scene: Scene, tools: Mapping[str, Path]) -> Plan:
        """How what is asked for would be made; `tools` are the programs that there are, by name.

        Raises `BadRequest` or `Refused` for what the tool cannot do, before anything is made.
        """
        raise BadRequest(f"{self.title} does not make environments here.", "Choose venv.")

    def plan_remove(self, owned: Owned, scene: Scene, tools: Mapping[str, Path]) -> RemovalPlan:
        """What else goes when an environment goes; raises `Refused` with the tool's own way where we remove none."""
        raise Refused(
            f"Environments of {self.title} are not removed here.",
            self.how_to_remove(owned.candidate.prefix, owned.project),
        )

    def plan_add_ipykernel(self, owned: Owned, scene: Scene, tools: Mapping[str, Path]) -> Plan:
        """The commands that put a real ipykernel into an environment, by its own tool; `shell` stays empty."""
        raise BadRequest(f"{self.title} installs nothing here.", self.how_to_add_ipykernel(owned.candidate, None))

    def plan_install(self, version: str, scene: Scene, tools: Mapping[str, Path]) -> Plan:
        """The commands that install a base Python of that version; `prefix` is where it will lie."""
        raise BadRequest(f"{self.title} installs no Pythons here.", "Choose pyenv or uv.")

    def how_to_remove(self, prefix: Path, project: Path | None) -> str:
        """One sentence for a person whose environment is not removed here."""
        return f"Remove it with {self.title}."

    def how_to_recreate(self, prefix: Path, project: Path | None) -> str:
        """One sentence for a person whose environment is broken."""
        return f"Make it again with {self.title}."

    def how_to_add_ipykernel(self, candidate: Candidate, project: Path | None) -> str:
        """One sentence for a person who wants a notebook on this environment."""
        if candidate.bare:
            return f"Make an environment of it: {quoted(candidate.reading.python)} -m venv .venv"
        return install_ipykernel(candidate)


def install_ipykernel(candidate: Candidate) -> str:
    """The sentence with the command that runs in any terminal: pip where it is, otherwise uv, which comes with us."""
    python = quoted(candidate.reading.python)
    if sites.has_pip(candidate.reading):
        return f"Install it: {python} -m pip install ipykernel"
    uv = "uv" if "uv" in candidate.reading.config else f"{quoted(sys.executable)} -m uv"
    return f"Install it: {uv} pip install --python {python} ipykernel"


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
