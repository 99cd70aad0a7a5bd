"""Environments made by virtualenvwrapper's shell functions, in a real bash."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from tests.real.workshop import Made, Workshop, install

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SCRIPT = """
make() {{ mkvirtualenv --quiet --no-pip -p {python} "$@" && deactivate; }}
make plain || exit 1
mkdir -p code/attached code/later code/doomed Devel
make -a "$HOME/code/attached" attached || exit 1
(mkproject --quiet --no-pip -p {python} started) || exit 1
make later && setvirtualenvproject "$WORKON_HOME/later" "$HOME/code/later" || exit 1
make -a "$HOME/code/doomed" doomed || exit 1
make -a "$HOME/code/attached" second || exit 1
"""
ONE = """
mkdir -p code/one
mkvirtualenv --quiet --no-pip -p {python} -a "$HOME/code/one" one
"""


def workon_home(workshop: Workshop) -> Path:
    """Where the shell says that WORKON_HOME is."""
    return workshop.home / workshop.wrapper('echo "$WORKON_HOME"').strip().splitlines()[-1]


def every_way_to_name_a_project(workshop: Workshop) -> Iterator[Made]:
    """mkvirtualenv, mkvirtualenv -a, mkproject, setvirtualenvproject; one project deleted afterwards."""
    workshop.wrapper(SCRIPT.format(python=workshop.pythons.default.executable))
    shutil.rmtree(workshop.home / "code" / "doomed")
    folder, code = workon_home(workshop), workshop.home / "code"
    install(folder / "attached", "ipykernel")
    install(folder / "plain", "ipykernel")
    projects = {
        "plain": None, "attached": code / "attached", "second": code / "attached",
        "started": workshop.home / "Devel" / "started", "later": code / "later", "doomed": code / "doomed",
    }  # fmt: skip
    for name, project in projects.items():
        lost = name == "doomed"
        yield Made(label=name, prefix=folder / name, project=project, manager="virtualenvwrapper", lost=lost)


def one_environment(workshop: Workshop) -> Iterator[Made]:
    """Enough where only the place of WORKON_HOME is the subject."""
    workshop.wrapper(ONE.format(python=workshop.pythons.default.executable))
    project = workshop.home / "code" / "one"
    prefix = workon_home(workshop) / "one"
    yield Made(label="WORKON_HOME elsewhere", prefix=prefix, project=project, manager="virtualenvwrapper")
