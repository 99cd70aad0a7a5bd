"""Interpreters below a pyenv root, and environments made by the real pyenv-virtualenv."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from tests.real.outside import MissingError, pyenv_root, pyenv_versions, run, variables
from tests.real.workshop import Made, Workshop, install, relocate

if TYPE_CHECKING:
    from collections.abc import Iterator


def pyenvs_interpreters(workshop: Workshop) -> Iterator[Made]:
    """Those that the invoking user's pyenv has: the tree's PYENV_ROOT is the real one."""
    for prefix in pyenv_versions(pyenv_root()):
        yield Made(label=f"pyenv {prefix.name}", prefix=prefix.resolve(), manager="pyenv")


def a_pyenv_below_the_home(workshop: Workshop) -> Iterator[Made]:
    """Where pyenv is when nothing says otherwise."""
    yield _one_interpreter(workshop, workshop.folder(".pyenv", "versions"))


def a_pyenv_where_an_rc_file_says(workshop: Workshop) -> Iterator[Made]:
    """The home's .profile names this folder."""
    yield _one_interpreter(workshop, workshop.folder("opt", "pyenv", "versions"))


def environments_of_pyenv_virtualenv(workshop: Workshop) -> Iterator[Made]:
    """With and without a project; `pyenv local` names them in two ways."""
    if not (pyenv_root() / "plugins" / "pyenv-virtualenv").is_dir():
        message = "needs pyenv's plugin pyenv-virtualenv"
        raise MissingError(message)
    base = _one_interpreter(workshop, workshop.folder(".pyenv", "versions"))
    yield base
    version, versions = base.prefix.name, base.prefix.parent
    (versions.parent / "plugins").symlink_to(pyenv_root() / "plugins")
    named, full = workshop.project("code", "by name"), workshop.project("code", "by full name")
    for name in ("science", "farm", "lonely"):
        pyenv(workshop, workshop.home, "virtualenv", "--without-pip", version, name)
    pyenv(workshop, named, "local", "science")
    pyenv(workshop, full, "local", f"{version}/envs/farm")
    install(base.prefix / "envs" / "science", "ipykernel")
    for name, project in {"science": named, "farm": full, "lonely": None}.items():
        yield Made(
            label=f"pyenv-virtualenv, {name}", prefix=base.prefix / "envs" / name, project=project,
            manager="pyenv-virtualenv", aliases=(versions / name,), answer=uses if project else None,
        )  # fmt: skip


def pyenv(workshop: Workshop, folder: Path, *arguments: str) -> str:
    """Run the invoking user's pyenv with the home's own root."""
    own = {"PYENV_ROOT": str(workshop.home / ".pyenv")}
    return run([pyenv_root() / "bin" / "pyenv", *arguments], variables(workshop.home, **own), folder)


def uses(workshop: Workshop, project: Path) -> Path:
    """The environment of what pyenv runs as `python` in a folder."""
    return Path(os.path.realpath(pyenv(workshop, project, "which", "python").strip().rsplit("/bin/", 1)[0]))


def _one_interpreter(workshop: Workshop, versions: Path) -> Made:
    """A real interpreter below a pyenv root, and an alias that is not a second one."""
    base = workshop.pythons.alone()
    prefix = relocate(base.prefix, versions / base.version)
    (versions / "alias").symlink_to(prefix)
    return Made(label=f"pyenv in {versions.parent.name}", prefix=prefix, manager="pyenv")
