"""Environments that real accidents have broken, or nearly."""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests.real.make_venv import venv
from tests.real.outside import MissingError
from tests.real.workshop import Made, Workshop, install, relocate, uv_venv

if TYPE_CHECKING:
    from collections.abc import Iterator

UNKNOWN = frozenset({"version", "implementation", "ipykernel"})


def a_removed_interpreter(workshop: Workshop) -> Iterator[Made]:
    """The link leads nowhere."""
    base = relocate(workshop.pythons.alone().prefix, workshop.home.with_name("removed") / "python")
    prefix = venv(workshop, workshop.project("broken", "linked") / ".venv", python=base / "bin" / "python")
    shutil.rmtree(base)
    yield Made(label="base removed", prefix=prefix, project=prefix.parent, unchecked=UNKNOWN)


def a_removed_interpreter_that_was_copied(workshop: Workshop) -> Iterator[Made]:
    """The program is there, and its standard library is not."""
    original = workshop.pythons.alone().prefix
    base = Path(tempfile.mkdtemp(prefix="base-")).resolve()
    try:
        _settle(relocate(original, base / "p"), original)
        prefix = workshop.project("broken", "copied") / ".venv"
        venv(workshop, prefix, "--copies", python=base / "p" / "bin" / "python")
        workshop.python(prefix, "-c", "import json")
    finally:
        shutil.rmtree(base)
    yield Made(label="base removed, copies", prefix=prefix, project=prefix.parent, unchecked=UNKNOWN)


def _settle(base: Path, original: Path) -> None:
    """Write an interpreter's new place over the one that it was compiled for, as conda does when it installs one.

    Otherwise it would fall back on the original, which is still there.
    """
    old, new = os.fsencode(original), os.fsencode(base)
    if len(new) > len(old) or sys.platform == "darwin":
        message = "needs an interpreter whose own path is longer than that of a temporary folder, and is not signed"
        raise MissingError(message)
    for program in (*(base / "bin").glob("python*"), *(base / "lib").glob("libpython*")):
        if program.is_symlink() or not program.is_file():
            continue
        content, mode = program.read_bytes(), program.stat().st_mode
        program.unlink()  # it may be a hard link to the original
        program.write_bytes(re.sub(re.escape(old) + rb"([^\0]*\0)", lambda end: _padded(new, old, end[1]), content))
        program.chmod(mode)


def _padded(new: bytes, old: bytes, end: bytes) -> bytes:
    """A text in a program with another beginning and the same length."""
    return new + end + b"\0" * (len(old) - len(new))


def a_deleted_program(workshop: Workshop) -> Iterator[Made]:
    """Somebody emptied bin."""
    prefix = uv_venv(workshop.project("broken", "emptied") / ".venv", workshop.pythons.default.executable)
    install(prefix, "ipykernel")
    for program in (prefix / "bin").glob("python*"):
        program.unlink()
    yield Made(label="bin/python deleted", prefix=prefix, project=prefix.parent, unchecked=UNKNOWN)


def a_program_that_may_not_run(workshop: Workshop) -> Iterator[Made]:
    """Copied from a disk that keeps no permissions."""
    prefix = venv(workshop, workshop.project("broken", "forbidden") / ".venv", "--copies")
    for program in (prefix / "bin").glob("python*"):
        program.chmod(0o644)
    yield Made(label="bin/python not executable", prefix=prefix, project=prefix.parent, unchecked=UNKNOWN)


def an_upgraded_base(workshop: Workshop) -> Iterator[Made]:
    """The same link leads to a newer minor version: it runs, and its old packages are dead."""
    old, new = workshop.pythons.two()
    link = workshop.home.with_name("upgraded") / "opt" / "python"
    link.parent.mkdir(parents=True)
    link.symlink_to(old.prefix)
    prefix = venv(workshop, workshop.project("broken", "upgraded") / ".venv", python=link / "bin" / "python3")
    install(prefix, "ipykernel")
    link.unlink()
    link.symlink_to(new.prefix)
    yield Made(label="base upgraded", prefix=prefix, project=prefix.parent)


def a_world_writable_folder(workshop: Workshop) -> Iterator[Made]:
    """Anybody can put code into it, so it is not trusted."""
    prefix = venv(workshop, workshop.project("broken", "writable") / ".venv")
    install(prefix, "ipykernel")
    prefix.chmod(0o777)
    yield Made(label="world-writable", prefix=prefix, project=prefix.parent)


def a_world_writable_project(workshop: Workshop) -> Iterator[Made]:
    """Anybody can put another environment in its place."""
    prefix = venv(workshop, workshop.project("broken", "open") / ".venv")
    prefix.parent.chmod(0o777)
    yield Made(label="in a world-writable folder", prefix=prefix, project=prefix.parent)


def decoys(workshop: Workshop) -> Iterator[Made]:
    """Folders that look like environments and are not to be listed: this makes them and names none."""
    python = workshop.pythons.default.executable
    project = workshop.project("code", "decoys")
    for tool in (".tox", ".nox"):
        uv_venv(project / tool / "tests", python)
    uv_venv(workshop.home / ".local" / "share" / "uv" / "tools" / "ruff", python)
    uv_venv(workshop.home / ".local" / "share" / "pipx" / "venvs" / "black", python)
    (workshop.folder("code", "decoys", "env", "bin") / "activate").touch()
    (workshop.folder("code", "decoys", ".venv") / "pyvenv.cfg").touch()
    (workshop.project("code", "association") / ".venv").write_text("absent", encoding="utf-8")
    yield from ()


IN_THE_MAIN_HOME = (
    a_removed_interpreter,
    a_removed_interpreter_that_was_copied,
    a_deleted_program,
    a_program_that_may_not_run,
    an_upgraded_base,
    a_world_writable_folder,
    a_world_writable_project,
    decoys,
)
