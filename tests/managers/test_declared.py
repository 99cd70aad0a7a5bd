"""What a project declares: the strictest file counts, and which Pythons suit it is told in one form."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jupyter_envs.managers import declared
from jupyter_envs.managers.base import Scene
from jupyter_envs.managers.declared import Declared
from tests.folders import write

if TYPE_CHECKING:
    from pathlib import Path

    from jupyter_envs.host import Host

PROJECT = '[project]\nname = "shop"\nversion = "1"\n'
BUILT = '[build-system]\nrequires = ["hatchling"]\n'


@pytest.fixture
def project(host: Host) -> Path:
    (host.home / "shop").mkdir()
    return host.home / "shop"


def of(project: Path, host: Host) -> Declared | None:
    return declared.of(project, Scene(host))


def test_the_strictest_counts(host: Host, project: Path) -> None:
    assert of(project, host) is None
    write(project / "setup.cfg")
    assert of(project, host) == Declared("setup.cfg", ("-e", "."))
    write(project / "setup.py")
    assert of(project, host) == Declared("setup.py", ("-e", "."))
    write(project / "pyproject.toml", "[tool.ruff]\n")
    assert of(project, host) == Declared("pyproject.toml", ("-e", "."))
    write(project / "requirements.txt", "six\n")
    assert of(project, host) == Declared("requirements.txt", ("-r", "requirements.txt"))
    write(project / "pylock.toml")
    assert of(project, host) == Declared("pylock.toml", ("-r", "pylock.toml"))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (PROJECT + 'dependencies = ["six", "a b"]\n', Declared("pyproject.toml", (), ("six", "a b"))),
        (PROJECT, Declared("pyproject.toml")),
        (PROJECT + "dependencies = 1\n", Declared("pyproject.toml")),
        (PROJECT + 'dynamic = ["dependencies"]\n', Declared("pyproject.toml", ("-e", "."))),
        (PROJECT + 'dependencies = ["six"]\n' + BUILT, Declared("pyproject.toml", ("-e", "."))),
        (BUILT, Declared("pyproject.toml", ("-e", "."))),
        ("[tool.ruff]\n", None),
        ("project = 1\n", None),
        ("[project\n", None),
    ],
)
def test_what_is_a_package_is_installed_itself(host: Host, project: Path, text: str, told: Declared | None) -> None:
    write(project / "pyproject.toml", text)
    assert of(project, host) == told


def test_files_of_requirements_are_found_the_plainest_first(host: Host, project: Path) -> None:
    names = ["requirements-dev.txt", "requirements.txt", "dev-requirements.txt", "requirements/base.txt"]
    for name in (*names, "notes.txt", "requirements.in", "requirements/notes.md"):
        write(project / name)
    (project / "requirements.d.txt").mkdir()
    found = declared.requirements(project, Scene(host))
    assert [str(path.relative_to(project)) for path in found] == [
        "requirements.txt",
        "dev-requirements.txt",
        "requirements-dev.txt",
        "requirements/base.txt",
    ]


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("pyproject.toml", PROJECT + 'requires-python = ">=3.9"\n', ">=3.9"),
        ("pyproject.toml", '[tool.poetry.dependencies]\npython = "^3.9"\n', ">=3.9,<4"),
        ("pyproject.toml", '[tool.poetry.dependencies]\npython = "~3.9.1"\n', ">=3.9.1,<3.10"),
        ("pyproject.toml", '[tool.poetry.dependencies]\npython = "~3"\n', ">=3,<4"),
        ("pyproject.toml", '[tool.poetry.dependencies]\npython = ">=3.9,<3.13"\n', ">=3.9,<3.13"),
        ("pyproject.toml", '[tool.poetry.dependencies]\npython = "3.12.*"\n', "==3.12.*"),
        ("pyproject.toml", '[tool.poetry.dependencies.python]\nversion = "^3.10"\n', ">=3.10,<4"),
        ("pyproject.toml", '[tool.poetry.dependencies]\npython = "^2.7 || ^3.9"\n', None),
        ("pyproject.toml", '[tool.poetry.dependencies]\npython = "*"\n', None),
        ("pyproject.toml", "[tool]\npoetry = 1\n", None),
        ("Pipfile", '[requires]\npython_version = "3.11"\n', "==3.11.*"),
        ("Pipfile", '[requires]\npython_version = "3.11"\npython_full_version = "3.11.7"\n', "==3.11.7"),
        ("Pipfile", "[packages]\n", None),
        (".python-version", "# mine\n\n3.12.4 3.11\n", "==3.12.4"),
        (".python-version", "3.12\n", "==3.12.*"),
        (".python-version", "science\n", None),
        (".python-version", "\n", None),
    ],
)
def test_which_pythons_suit_is_told_in_one_form(
    host: Host, project: Path, name: str, text: str, told: str | None
) -> None:
    write(project / name, text)
    assert declared.python(project, Scene(host)) == told
