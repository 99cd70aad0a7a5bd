"""How an environment would be made again: on which Python, and by which plan of its manager. Changes nothing."""

from __future__ import annotations

import ast
import os
from typing import TYPE_CHECKING

from jupyter_envs import naming
from jupyter_envs.creator.making import planned as making_of
from jupyter_envs.creator.wish import chosen_interpreter
from jupyter_envs.errors import BadRequest, NotFound, Problem, PythonMissing, Refused
from jupyter_envs.managers import LAST
from jupyter_envs.managers.plans import CreateRequest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jupyter_envs.creator.making import Making
    from jupyter_envs.creator.means import Means
    from jupyter_envs.creator.subject import Subject
    from jupyter_envs.environment import Interpreter

_WITHOUT_A_LIST = frozenset({LAST.name, "virtualenvwrapper", "pyenv-virtualenv"})
"""Managers that know of nothing that a project declares."""


def planned(subject: Subject, means: Means, python: str | None) -> Making:
    """What its manager would do to make it again, which need not give the same place.

    Raises `NotFound` for a Python that is not there, and `Refused` or `BadRequest` for what the manager does not do.
    """
    manager, project = subject.owned.manager, _project(subject, means)
    if not manager.creates or not manager.removes:
        raise Refused(
            f"Environments of {manager.title} are not made again here.",
            manager.how_to_recreate(subject.prefix, project),
        )
    chosen = chosen_python(subject, means, python, project)
    plans = list(_plans(subject, means, chosen, project))
    return next((each for each in plans if each.prefix == subject.prefix), plans[-1])


def chosen_python(subject: Subject, means: Means, python: str | None, project: Path | None) -> Interpreter:
    """The interpreter that is asked for; else the one that it was made with, its minor version, or the newest allowed.

    Raises `PythonMissing` where there is none, and says how it is installed.
    """
    known = means.finder.interpreters()
    if python is not None:
        return chosen_interpreter(python, known)
    reading, minor = subject.reading, _minor(subject)
    alike = [each for each in known if (minor, reading.implementation) == (_minor_of(each), each.implementation)]
    own = [each for each in alike if os.path.realpath(each.path) == reading.target]
    for each in (*own, *alike):
        return each
    allowed = requires_python(subject, project)
    try:
        return chosen_interpreter(None, known, allowed)
    except NotFound as error:
        wanted = minor or (error.version if isinstance(error, PythonMissing) else "3.13")
        fix = f"Install one: jupyter envs pythons install {wanted}"
        raise PythonMissing(wanted, error.message, fix) from error


def requires_python(subject: Subject, project: Path | None) -> str | None:
    """What a project says of the Pythons that it runs on, such as `>=3.11`; None where it says nothing."""
    content = subject.scene.toml(project / "pyproject.toml") if project else None
    if content is None or isinstance(content, Problem):
        return None
    table = content.get("project")
    told = table.get("requires-python") if isinstance(table, dict) else None
    return told if isinstance(told, str) else None


def _project(subject: Subject, means: Means) -> Path | None:
    """The project that it is made again for; `Refused` where its manager makes none without one and it is gone."""
    project = subject.owned.project
    if project is not None and os.path.isdir(project):
        return means.places.project(project)
    if subject.owned.claim.tied or (project is not None and subject.owned.manager.name not in _WITHOUT_A_LIST):
        gone = naming.shown_path(os.fspath(project)) if project else "that it was made for"
        raise Refused(f"The project {gone} is gone.", "Remove the environment, or bring its project back.")
    return None


def _plans(subject: Subject, means: Means, python: Interpreter, project: Path | None) -> Iterator[Making]:
    """By its name, by its place, and by the manager's own choice, as far as the manager takes each; at least one."""
    refusal: BadRequest | None = None
    found, had = False, subject.environment.ipykernel is not None
    for prefix, name in ((None, subject.prefix.name), (subject.prefix, None), (None, None)):
        request = _request(subject, python, project, prefix, name)
        try:
            making = making_of(means, subject.owned.manager, request, ipykernel=had)
        except BadRequest as error:
            refusal = error
            continue
        found = True
        yield making
    if not found and refusal is not None:
        raise refusal


def _request(
    subject: Subject, python: Interpreter, project: Path | None, prefix: Path | None, name: str | None
) -> CreateRequest:
    config = subject.reading.config
    return CreateRequest(
        python,
        project,
        prefix,
        name,
        install=project is not None and subject.owned.manager.name not in _WITHOUT_A_LIST,
        system_site_packages=config.get("include-system-site-packages", "false").lower() == "true",
        prompt=None if subject.owned.claim.tied else _prompt(config.get("prompt")),  # such a tool has its own
    )


def _prompt(told: str | None) -> str | None:
    """The prompt as text: `venv` writes it as Python would, the others plainly."""
    if told and told[0] in "'\"":
        try:
            told = str(ast.literal_eval(told))
        except (ValueError, SyntaxError):
            return None
    return told or None


def _minor(subject: Subject) -> str | None:
    """That of the packages in it, where its Python has become another one."""
    reading = subject.reading
    if reading.remembered and not os.path.isdir(reading.own_library):
        return reading.remembered
    return reading.minor or reading.remembered


def _minor_of(interpreter: Interpreter) -> str:
    return ".".join(interpreter.version.split(".")[:2])
