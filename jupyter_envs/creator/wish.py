"""What somebody asks for when they want an environment, and whether it makes sense: decided before anything is made."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jupyter_envs import naming
from jupyter_envs.errors import BadRequest, NotFound, PythonMissing

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from packaging.requirements import Requirement

    from jupyter_envs.environment import Interpreter

PACKAGES_AT_MOST = 200
_REQUIREMENT_AT_MOST = 500
_SHOWN = 40
"""How much of a strange word is repeated to the person who wrote it."""
_NAME = re.compile(r"\.?[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_VERSION = re.compile(r"\d+(?:\.\d+){0,2}")
_INSTALLABLE = tuple(f"3.{minor}" for minor in range(14, 7, -1))
"""What is offered to be installed where it is missing, the newest first."""
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

    `manager` None is the one that suits the project, and `name` None the place that its tool chooses; `prefix` is a
    whole path instead. `python` is the path of an interpreter or the beginning of a version; None means the newest
    that suits the project. `install` asks for what the project itself declares.
    """

    project: Path | None
    prefix: Path | None = None
    manager: str | None = None
    name: str | None = None
    python: str | None = None
    packages: tuple[str, ...] = ()
    requirements: Path | None = None
    install: bool = False
    ipykernel: bool = False


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


def chosen_interpreter(
    wanted: str | None, interpreters: Sequence[Interpreter], suits: str | None = None
) -> Interpreter:
    """The interpreter with that path, or the newest whose version begins so.

    None is the newest that `suits` what a project requires of Python. Raises `NotFound` where there is none,
    and that as `PythonMissing` where a version could be installed.
    """
    for interpreter in interpreters:
        if _is_meant(interpreter, wanted, suits):
            return interpreter
    known = ", ".join(dict.fromkeys(interpreter.version for interpreter in interpreters)) or "none"
    if wanted is None:
        why = f" that the project wants ({suits})" if suits else ""
        missing = next((each for each in _INSTALLABLE if _is_within(f"{each}.99", suits)), None) if suits else None
        raise _missing(f"There is no Python{why} here.", missing, known)
    missing = wanted if _VERSION.fullmatch(wanted) and _could_be(wanted) else None
    raise _missing(f"There is no Python {wanted[:_SHOWN]!r} here.", missing, known)


def checked_packages(packages: Sequence[str]) -> tuple[str, ...]:
    """The packages as names with versions, in their standard spelling, each once.

    Raises `BadRequest` for options, paths and addresses: those would let a request reach any file or server.
    """
    if len(packages) > PACKAGES_AT_MOST:
        raise BadRequest(f"{len(packages)} packages are too many.", f"Ask for at most {PACKAGES_AT_MOST}.")
    return tuple(dict.fromkeys(str(_requirement(text)) for text in packages))


def names_ipykernel(packages: Sequence[str]) -> bool:
    """Whether ipykernel is one of the packages, for every Python, in whatever spelling and version."""
    from packaging.requirements import Requirement  # a server's start need not wait for it
    from packaging.utils import canonicalize_name

    wanted = map(Requirement, packages)
    return any(canonicalize_name(one.name) == "ipykernel" and one.marker is None for one in wanted)


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


def _missing(message: str, version: str | None, known: str) -> NotFound:
    """With the version that could be installed, where there is one."""
    if version is None:
        return NotFound(message, f"Choose one of these: {known}.")
    fix = f"Install it (jupyter envs pythons install {version}), or choose one of these: {known}."
    return PythonMissing(version, message, fix)


def _could_be(version: str) -> bool:
    """Whether there may be such a Python anywhere."""
    return version == "3" or any(f"{version}.".startswith(f"{each}.") for each in _INSTALLABLE)


def _is_meant(interpreter: Interpreter, wanted: str | None, suits: str | None) -> bool:
    if wanted is None:
        return suits is None or _is_within(interpreter.version, suits)
    if os.path.isabs(wanted):
        return _leads_to(wanted, os.path.realpath(interpreter.path))
    return bool(_VERSION.fullmatch(wanted)) and f"{interpreter.version}.".startswith(f"{wanted}.")


def _leads_to(path: str, target: str) -> bool:
    try:
        return os.path.realpath(path) == target
    except (OSError, ValueError):  # no path at all
        return False


def _is_within(version: str, specifier: str) -> bool:
    """Whether a version is one that `requires-python` means; one that cannot be understood means all."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet
    from packaging.version import InvalidVersion

    try:
        return SpecifierSet(specifier).contains(version.removesuffix("t"), prereleases=True)
    except (InvalidSpecifier, InvalidVersion):
        return True
