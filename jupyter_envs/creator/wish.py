"""What somebody asks for when they want an environment, and whether it makes sense: decided before anything is made."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_envs import naming
from jupyter_envs.errors import BadRequest, NotFound, Refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from packaging.requirements import Requirement

    from jupyter_envs.environment import Interpreter

PACKAGES_AT_MOST = 200
_REQUIREMENT_AT_MOST = 500
_NAME = re.compile(r"\.?[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_VERSION = re.compile(r"\d+(?:\.\d+){0,2}")
_ARCHIVES = (
    ".whl",
    ".zip",
    ".egg",
    ".tar",
    ".tar.gz",
    ".tgz",
    ".tar.bz2",
    ".tbz",
    ".tar.xz",
    ".txz",
    ".tar.lz",
    ".txt",
)


@dataclass(frozen=True, slots=True)
class Wish:
    """An environment that somebody wants, in their own words; nothing here is checked yet.

    `python` is the path of an interpreter or the beginning of a version; None means the newest.
    """

    project: Path
    manager: str = "venv"
    name: str = ".venv"
    python: str | None = None
    packages: tuple[str, ...] = ()
    ipykernel: bool = False


def real_project(folder: Path, roots: Iterable[Path]) -> Path:
    """The real path of a folder that is there and lies inside a root, also after following its links.

    Raises `NotFound` where there is no such folder, and `Refused` where it is outside.
    """
    try:
        real = Path(os.path.realpath(folder, strict=True))
    except (OSError, ValueError) as error:
        raise NotFound(f"There is no folder {folder}.", "Choose one that is there.") from error
    if not real.is_dir():
        raise NotFound(f"{folder} is not a folder.", "Choose the folder that it lies in.")
    if not any(real.is_relative_to(os.path.realpath(root)) for root in roots):  # by whole names, both resolved
        raise Refused(f"{folder} leads to {real}, which is outside of your folders.", "Choose a folder inside of them.")
    return real


def checked_name(name: str) -> str:
    """The name of a new environment's folder; raises `BadRequest` for one that could be mistaken for something else.

    Other tools keep their own things behind a leading dot (`.git`, `.ssh`), so only environments' usual names have one.
    """
    if not _NAME.fullmatch(name) or (name.startswith(".") and not naming.is_environment_name(name)):
        raise BadRequest(
            f"{name!r} cannot be the name of an environment.",
            "Use up to 64 letters, digits, dots, dashes and underscores; begin with a letter, a digit or .venv.",
        )
    return name


def chosen_interpreter(wanted: str | None, interpreters: Sequence[Interpreter]) -> Interpreter:
    """The interpreter with that path, or the newest whose version begins so; `NotFound` where there is none."""
    for interpreter in interpreters:
        if wanted is None or os.fspath(interpreter.path) == wanted or _is_version(interpreter, wanted):
            return interpreter
    known = ", ".join(dict.fromkeys(interpreter.version for interpreter in interpreters)) or "none"
    raise NotFound(f"There is no Python {wanted or ''} here.".replace("  ", " "), f"Choose one of these: {known}.")


def checked_packages(packages: Sequence[str], *, ipykernel: bool) -> tuple[str, ...]:
    """The packages as names with versions, in their standard spelling, with ipykernel added where it is wanted.

    Raises `BadRequest` for options, paths and addresses: those would let a request reach any file or server.
    """
    from packaging.requirements import Requirement  # a server's start need not wait for it
    from packaging.utils import canonicalize_name

    if len(packages) > PACKAGES_AT_MOST:
        raise BadRequest(f"{len(packages)} packages are too many.", f"Ask for at most {PACKAGES_AT_MOST}.")
    wanted = [_requirement(text) for text in packages]
    if ipykernel and not any(canonicalize_name(one.name) == "ipykernel" for one in wanted):
        wanted.append(Requirement("ipykernel"))
    return tuple(dict.fromkeys(str(one) for one in wanted))


def _requirement(text: str) -> Requirement:
    from packaging.requirements import InvalidRequirement, Requirement

    fix = "Write a name and, where you need one, a version, such as pandas or pandas>=2."
    try:
        requirement = Requirement(text[:_REQUIREMENT_AT_MOST])
    except InvalidRequirement as error:
        raise BadRequest(f"{text[:80]!r} is not a package.", fix) from error
    if requirement.url is not None or len(text) > _REQUIREMENT_AT_MOST:
        raise BadRequest(f"{text[:80]!r} is not a name of a package.", fix)
    if requirement.name.lower().endswith(_ARCHIVES):  # installers would take it for a file in the project
        raise BadRequest(f"{text[:80]!r} is the name of a file.", fix)
    return requirement


def _is_version(interpreter: Interpreter, wanted: str) -> bool:
    if not _VERSION.fullmatch(wanted):
        return False
    return f"{interpreter.version}.".startswith(f"{wanted}.")
