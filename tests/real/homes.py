"""The homes of the tree, each furnished by builders that run at the same time."""

from __future__ import annotations

import os
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from tests.real import (
    make_broken,
    make_conda,
    make_hatch,
    make_ipykernel,
    make_pdm,
    make_pipenv,
    make_poetry,
    make_pyenv,
    make_uv,
    make_venv,
    make_virtualenvwrapper,
)
from tests.real.outside import Interpreter, Interpreters, MissingError, interpreters, pyenv_root
from tests.real.toolbox import furnish
from tests.real.workshop import Home, Made, Skipped, Tree, Workshop

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.real.toolbox import Toolbox
    from tests.real.workshop import Builder

LAST_FOR_OLD_VIRTUALENV = (3, 11)


@dataclass(frozen=True, slots=True)
class Plan:
    """A home before it exists: the variables that move folders, its files, and who furnishes it."""

    name: str
    builders: tuple[Builder, ...]
    moved: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)


PLANS = (
    Plan(
        "main",
        (
            *make_poetry.IN_THE_MAIN_HOME, make_virtualenvwrapper.every_way_to_name_a_project,
            *make_pipenv.IN_THE_MAIN_HOME, *make_hatch.IN_THE_MAIN_HOME, *make_pdm.IN_THE_MAIN_HOME,
            *make_venv.IN_THE_MAIN_HOME, *make_ipykernel.IN_THE_MAIN_HOME, *make_broken.IN_THE_MAIN_HOME,
            *make_uv.IN_THE_MAIN_HOME, *make_conda.IN_THE_MAIN_HOME, make_pyenv.pyenvs_interpreters,
        ),
        {"WORKON_HOME": "{home}/Envs", "PROJECT_HOME": "{home}/Devel", "PYENV_ROOT": str(pyenv_root())},
    ),
    Plan(
        "path",
        (
            make_poetry.a_project_in_a_moved_folder, make_virtualenvwrapper.one_environment,
            make_pyenv.a_pyenv_below_the_home, make_uv.where_the_variable_says, make_pipenv.one_environment,
        ),
        {"POETRY_VIRTUALENVS_PATH": "{home}/moved by variable", "UV_PROJECT_ENVIRONMENT": "build/env"},
        {".bashrc": 'alias ls="ls --color"\nexport WORKON_HOME="$HOME/Virtual Environments"  # as its documents say\n'},
    ),
    Plan(
        "cache",
        (
            make_poetry.a_project_in_a_moved_folder, make_virtualenvwrapper.one_environment,
            make_pyenv.a_pyenv_where_an_rc_file_says, make_uv.where_the_variable_says,
        ),
        {"POETRY_CACHE_DIR": "{home}/scratch/cache", "UV_PROJECT_ENVIRONMENT": "{home}/far/the one of uv"},
        {".profile": "if true; then\n    export PYENV_ROOT=~/opt/pyenv\nfi\n"},
    ),
    Plan(
        "config",
        (
            make_poetry.a_folder_moved_by_config_toml, make_virtualenvwrapper.one_environment,
            make_pyenv.environments_of_pyenv_virtualenv, make_hatch.a_folder_in_each_project,
            make_pdm.a_folder_by_its_settings,
        ),
        {"WORKON_HOME": "relative/Envs"},
    ),
    Plan(
        "data",
        (
            make_pipenv.one_environment, make_hatch.one_environment, make_pdm.one_environment,
            make_virtualenvwrapper.one_environment,
        ),
        {"XDG_DATA_HOME": "{home}/my data", "HATCH_DATA_DIR": "{home}/hatch's data"},
    ),
)  # fmt: skip


def build(folder: Path) -> Tree:
    """Make every home below a folder; a row that this machine cannot make is skipped with its reason."""
    started, pythons = time.monotonic(), interpreters()
    tools = furnish(folder / "tools", pythons.default, _for_old_virtualenv(pythons))
    with ThreadPoolExecutor(max_workers=(os.cpu_count() or 1) + 2) as pool:
        begun = [_begin(plan, folder, tools, pool) for plan in PLANS]
        homes = tuple(_finish(*each) for each in begun)
    return Tree(homes, tools, time.monotonic() - started)


def _for_old_virtualenv(pythons: Interpreters) -> Interpreter | None:
    """The interpreter that virtualenv 20.21 itself runs on."""
    fitting = [each for each in pythons.found if (3, 8) <= each.minor <= LAST_FOR_OLD_VIRTUALENV]
    return fitting[-1] if fitting else None


Begun: TypeAlias = "tuple[Plan, Workshop, list[tuple[Builder, Future[list[Made]]]]]"


def _begin(plan: Plan, folder: Path, tools: Toolbox, pool: ThreadPoolExecutor) -> Begun:
    """Start all builders of a home."""
    home = folder / "homes" / plan.name
    home.mkdir(parents=True)
    for name, text in plan.files.items():
        (home / name).write_text(text, encoding="utf-8")
    moved = {name: value.format(home=home) for name, value in plan.moved.items()}
    workshop = Workshop(home, moved, tools, interpreters())
    return plan, workshop, [(each, pool.submit(_all, each, workshop)) for each in plan.builders]


def _all(builder: Builder, workshop: Workshop) -> list[Made]:
    """Everything that a builder makes, in its own thread."""
    return list(builder(workshop))


def _finish(plan: Plan, workshop: Workshop, begun: list[tuple[Builder, Future[list[Made]]]]) -> Home:
    """Wait for all builders of a home."""
    made: list[Made] = []
    skipped: list[Skipped] = []
    for builder, future in begun:
        try:
            made += future.result()
        except MissingError as missing:
            skipped.append(Skipped(builder.__name__.replace("_", " "), str(missing)))
    return Home(plan.name, workshop.home, workshop.moved, tuple(made), tuple(skipped))
