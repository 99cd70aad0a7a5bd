"""The words of the project: an environment, an interpreter, and what is told of them."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_envs.errors import Problem
from jupyter_envs.state import State

if TYPE_CHECKING:
    from collections.abc import Mapping

_RELEASE = re.compile(r"(?P<numbers>[0-9]{1,9}(?:\.[0-9]{1,9})*)(?P<before>(?:a|b|rc)[0-9]+)?")


_AS_TOLD = (
    "id",
    "name",
    "display_name",
    "manager",
    "version",
    "implementation",
    "found_by",
    "owner",
    "project_path",
    "active",
    "ipykernel",
    "borrowed",
    "orphan",
    "kernel",
    "kernel_name",
    "pinned",
    "hidden",
    "bare",
    "revision",
)
"""The fields whose JSON is their value."""
_NOT_REVISED = {"revision", "found_by"}
"""What does not make another environment of it: a walk finds what was just made, and whoever made it may go on."""


@dataclass(frozen=True, slots=True)
class OwnKernel:
    """Another kernel that an environment holds; its name in Jupyter is `<the environment's id>.<name>`."""

    name: str
    display_name: str
    language: str
    interrupt_mode: str = "signal"
    debugger: bool | None = None
    encryption: tuple[str, ...] = ()
    offered: bool = False
    """Whether Jupyter lists it now; it starts by its name all the same."""

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> OwnKernel:
        """The kernel that `as_json` told."""
        return cls(**{**told, "encryption": tuple(told["encryption"])})

    def as_json(self) -> dict[str, object]:
        """The kernel as `list --json` and the REST API tell it."""
        told = {each.name: getattr(self, each.name) for each in fields(self)}
        return {**told, "encryption": list(self.encryption)}


@dataclass(frozen=True, slots=True)
class Environment:
    """One Python environment of a person, as read from files; nothing in it was run.

    `prefix` is the real path and the identity. `None` always means unknown, or that there is none to know.
    """

    id: str
    name: str
    display_name: str
    manager: str
    prefix: Path
    python: Path
    version: str | None
    implementation: str | None
    state: State
    found_by: str
    owner: str | None = None
    projects: tuple[Path, ...] = ()
    lost_project: Path | None = None
    project_path: str | None = None
    active: bool | None = None
    ipykernel: str | None = None
    borrowed: str | None = None
    orphan: bool | None = False
    kernel: bool = False
    kernel_name: str | None = None
    pinned: bool = False
    """Whether its person wants it offered whatever the rules say."""
    hidden: bool = False
    """Whether its person wants it never offered; it still starts by its name."""
    bare: bool = False
    """Whether it is a base interpreter, which is no environment but can be a kernel."""
    revision: str = ""
    """An opaque text that changes whenever what the environment is, or its files, change."""
    stamp: str = ""
    aliases: tuple[Path, ...] = ()
    problems: tuple[Problem, ...] = ()
    kernels: tuple[OwnKernel, ...] = ()
    """What else it can run: R, xeus, a second Python with variables of its own."""

    @property
    def project(self) -> Path | None:
        """The first folder that it serves, the lost folder of an orphan, or None."""
        return self.projects[0] if self.projects else self.lost_project

    @property
    def minor(self) -> str | None:
        """Major and minor version, such as `3.12`."""
        return ".".join(self.version.split(".")[:2]) if self.version else None

    @property
    def as_found(self) -> tuple[str, str]:
        """What differs where anything that is told of it does: its revision, and how it was found."""
        return self.revision, self.found_by

    def revised(self) -> Environment:
        """The same, with the revision that all that is told of it and its files give, but for how it was found."""
        import hashlib  # slow to load, and not needed for a listing that is remembered

        told = repr([getattr(self, field.name) for field in fields(self) if field.name not in _NOT_REVISED])
        return replace(self, revision=hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()[:16])

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Environment:
        """The environment that `as_json` told."""
        project, projects = told["project"], tuple(map(Path, told["projects"]))
        given = {name: told[name] for name in _AS_TOLD}
        return cls(
            **given,
            prefix=Path(told["prefix"]),
            python=Path(told["python"]),
            state=State(told["state"]),
            projects=projects,
            lost_project=Path(project) if project is not None and not projects else None,
            aliases=tuple(map(Path, told["aliases"])),
            problems=tuple(map(Problem.from_json, told["problems"])),
            kernels=tuple(map(OwnKernel.from_json, told["kernels"])),
        )

    def as_json(self) -> dict[str, object]:
        """The environment as `list --json` and the REST API tell it: texts, numbers, lists and null only."""
        return {
            "id": self.id,
            "name": self.name,
            "display_name": self.display_name,
            "manager": self.manager,
            "prefix": str(self.prefix),
            "python": str(self.python),
            "version": self.version,
            "implementation": self.implementation,
            "project": None if self.project is None else str(self.project),
            "projects": [str(project) for project in self.projects],
            "project_path": self.project_path,
            "active": self.active,
            "ipykernel": self.ipykernel,
            "borrowed": self.borrowed,
            "state": self.state.value,
            "orphan": self.orphan,
            "kernel": self.kernel,
            "kernel_name": self.kernel_name,
            "pinned": self.pinned,
            "hidden": self.hidden,
            "bare": self.bare,
            "owner": self.owner,
            "revision": self.revision,
            "found_by": self.found_by,
            "aliases": [str(alias) for alias in self.aliases],
            "problems": [problem.as_json() for problem in self.problems],
            "kernels": [kernel.as_json() for kernel in self.kernels],
        }


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A base Python that environments can be made with: pyenv's, the system's or uv's."""

    path: Path
    version: str
    implementation: str
    manager: str

    @property
    def label(self) -> str:
        """How a person chooses it: `Python 3.12.1 (pyenv)`."""
        kind = {"cpython": "Python", "pypy": "PyPy"}.get(self.implementation, self.implementation)
        return f"{kind} {self.version} ({self.manager})"

    @property
    def sort_key(self) -> tuple[bool, bool, bool, tuple[int, ...], str, str]:
        """The one to choose first is the greatest: CPython, a stable release, with the GIL, of the newest version."""
        match = _RELEASE.match(self.version)
        numbers = tuple(int(part) for part in match["numbers"].split(".")) if match else ()
        before = match["before"] or "" if match else ""
        free_threaded = self.version.endswith("t")
        return (self.implementation == "cpython", not before, not free_threaded, numbers, before, os.fspath(self.path))

    def as_json(self) -> dict[str, str]:
        """The interpreter as `pythons --json` and the REST API tell it."""
        return {
            "path": str(self.path),
            "version": self.version,
            "implementation": self.implementation,
            "manager": self.manager,
            "label": self.label,
        }
