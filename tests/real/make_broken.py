"""Environments that real accidents have broken, or nearly."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from tests.real.make_venv import venv
from tests.real.workshop import Made, Workshop, install, relocate, uv_venv

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

UNKNOWN = frozenset({"version", "implementation", "ipykernel"})


def a_removed_interpreter(workshop: Workshop) -> Iterator[Made]:
    """The link leads nowhere; with copies the program is there and its standard library is not."""
    base = relocate(workshop.pythons.alone().prefix, workshop.home.with_name("removed") / "python")
    _forget_birthplace(base, workshop.pythons.alone().prefix)
    linked = venv(workshop, workshop.project("broken", "linked") / ".venv", python=base / "bin" / "python")
    copied = workshop.project("broken", "copied") / ".venv"
    venv(workshop, copied, "--copies", python=base / "bin" / "python")
    shutil.rmtree(base)
    yield Made(label="base removed", prefix=linked, project=linked.parent, unchecked=UNKNOWN)
    yield Made(label="base removed, copies", prefix=copied, project=copied.parent, unchecked=UNKNOWN)


def _forget_birthplace(base: Path, birthplace: Path) -> None:
    """Replace the path that an interpreter was compiled for, as conda does, so that it cannot fall back on it."""
    old = os.fsencode(birthplace)
    for program in (*(base / "bin").glob("python*"), *(base / "lib").glob("libpython*")):
        if program.is_symlink() or old not in program.read_bytes():
            continue
        content = program.read_bytes().replace(old, b"/" + b"x" * (len(old) - 1))
        mode = program.stat().st_mode
        program.unlink()  # it may be a hard link to the original
        program.write_bytes(content)
        program.chmod(mode)


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
    (workshop.project("code", "association") / ".venv").write_text("plain", encoding="utf-8")
    yield from ()


IN_THE_MAIN_HOME = (
    a_removed_interpreter,
    a_deleted_program,
    a_program_that_may_not_run,
    an_upgraded_base,
    a_world_writable_folder,
    a_world_writable_project,
    decoys,
)
