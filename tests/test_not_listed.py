"""What looks like an environment and is none of a person's own: rows of the rules' table of cases."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.folders import link, make_environment, make_kernel_environment, scanned, write

if TYPE_CHECKING:
    from pathlib import Path

    from jupyter_envs.host import Host

OF_TOOLS = [
    "shop/.tox/py312",
    "shop/.nox/tests",
    ".cache/pre-commit/repoabcd/py_env-python3.12",
    ".local/share/pipx/venvs/black",
    ".local/pipx/venvs/black",
    ".local/share/uv/tools/ruff",
    "shop/__pypackages__/3.12/env",
    "shop/node_modules/tool/.venv",
]


@pytest.mark.parametrize("place", OF_TOOLS)
def test_environments_of_programs_are_not_listed(host: Host, home: Path, python: Path, place: str) -> None:
    write(home / "shop" / "pyproject.toml")
    make_environment(home / place, python)
    assert scanned(host) == {}


def test_a_file_called_like_an_environment_is_none(host: Host, home: Path) -> None:
    write(home / "shop" / ".venv", "somewhere\n")
    write(home / "shop" / "pyproject.toml")
    assert scanned(host) == {}


def test_what_only_has_parts_of_one_is_none(host: Host, home: Path) -> None:
    write(home / "a" / ".venv" / "pyvenv.cfg")
    (home / "b" / ".venv" / "pyvenv.cfg").mkdir(parents=True)
    write(home / "c" / "venv" / "bin" / "activate")
    write(home / "d" / "env" / "conda-meta" / "history")
    (home / "e").mkdir()
    os.mkfifo(home / "e" / ".venv")
    assert scanned(host) == {}


def test_what_git_and_backups_pass_over_is_listed(host: Host, home: Path, python: Path) -> None:
    prefix = make_kernel_environment(home / "shop" / ".venv", python)
    write(prefix / ".gitignore", "*\n")
    write(prefix / "CACHEDIR.TAG", "Signature: 8a477f597d28d172789f06886806bc55\n")
    assert scanned(host)[prefix].kernel


def test_a_link_to_an_environment_is_no_second_one(host: Host, home: Path, python: Path) -> None:
    prefix = make_kernel_environment(home / "shop" / ".venv", python)
    alias = link(home / "farm" / ".venv", prefix)
    again = link(home / "mill" / ".venv", "../farm/.venv")
    found = scanned(host)
    assert set(found) == {prefix}
    assert found[prefix].aliases == (alias, again)
    assert set(found[prefix].projects) == {home / "shop", home / "farm", home / "mill"}


def test_links_that_go_in_circles_lose_nothing(host: Host, home: Path, python: Path) -> None:
    prefix = make_kernel_environment(home / "shop" / ".venv", python)
    link(home / "farm" / ".venv", ".venv")
    link(home / "farm" / "venv", "../farm")
    link(home / "shop" / "up", "..")
    assert set(scanned(host)) == {prefix}


def test_the_interpreter_of_a_kernel_is_not_resolved(host: Host, home: Path, python: Path) -> None:
    prefix = make_kernel_environment(home / "shop" / ".venv", python)
    assert scanned(host)[prefix].python == prefix / "bin" / "python"
    assert os.path.realpath(prefix / "bin" / "python") == str(python)


def test_a_moved_environment_works_and_says_so(host: Host, home: Path, python: Path) -> None:
    make_kernel_environment(home / "before" / ".venv", python)
    (home / "before").rename(home / "after")
    found = scanned(host)[home / "after" / ".venv"]
    assert found.kernel
    assert [problem.code.value for problem in found.problems] == ["moved"]
