"""What is asked of a manager when something shall be made or removed, and what it answers: data, never an act.

The creator carries a `Plan` out so: it makes the folder `prefix` with a marker inside, runs `shell` (an empty
environment around the marker), writes `files`, runs `commands`, looks at what came of it, and takes the marker away.
Whatever fails, the folder goes, and `touched` and `tables` are put back. So every command must do with an environment
that is there already, and must not delete its folder.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from jupyter_envs.environment import Interpreter


@dataclass(frozen=True, slots=True)
class CreateRequest:
    """What a person asked for; every path is real and was checked to be allowed.

    `prefix` is the place that they chose, and None where the tool shall choose. `packages` are requirements in their
    standard spelling, `requirements` a file of them, and `install` asks for what the project itself declares.
    """

    python: Interpreter
    project: Path | None = None
    prefix: Path | None = None
    name: str | None = None
    packages: tuple[str, ...] = ()
    requirements: Path | None = None
    install: bool = False
    ipykernel: bool = False
    system_site_packages: bool = False
    prompt: str | None = None


@dataclass(frozen=True, slots=True)
class Command:
    """One program to run: its words, its folder, and what it is doing, as a person would say it.

    `variables` are set beside those that every tool sees. `otherwise` is run where this one fails. `weight` is its
    share of the work beside the plan's other commands. `writes` are those of the plan's touched files, and of the files
    of its tables, that it may change; None: any of them. What no command writes is nobody's to wait for.
    """

    words: tuple[str, ...]
    cwd: Path
    phase: str
    variables: tuple[tuple[str, str], ...] = ()
    otherwise: Command | None = None
    weight: int = 1
    writes: tuple[Path, ...] | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a tool's TOML file that speaks of one environment, such as `[shop-Xb3_k2Qd]` of Poetry's envs.toml."""

    path: Path
    name: str


@dataclass(frozen=True, slots=True)
class Plan:
    """How an environment is made, and where it will lie.

    `files` are written into the environment (names below it), `touched` are files of the project that a command may
    change, and `tables` those of a tool.
    """

    prefix: Path
    commands: tuple[Command, ...]
    shell: tuple[Command, ...] = ()
    files: tuple[tuple[str, str], ...] = ()
    touched: tuple[Path, ...] = ()
    tables: tuple[Table, ...] = ()


@dataclass(frozen=True, slots=True)
class RemovalPlan:
    """What goes beside the folder of an environment, and what is run before and after it goes.

    `tables` are taken out of a tool's files; `notes` are files that are deleted where their first line names the
    environment or its interpreter; `links` are links that are deleted where they lead to it. A command that fails
    stops nothing.
    """

    before: tuple[Command, ...] = ()
    after: tuple[Command, ...] = ()
    tables: tuple[Table, ...] = ()
    notes: tuple[Path, ...] = ()
    links: tuple[Path, ...] = ()
    carried: tuple[str, ...] = ()
    """Names below the environment that are its person's own, such as hooks: a recreated one gets them."""
