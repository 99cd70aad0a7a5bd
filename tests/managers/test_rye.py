"""Rye: recognised by what it leaves in a project's environment."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from jupyter_envs import interpreters
from tests.folders import add_ipykernel, link, make_base, make_environment, scanned, site_of, write

if TYPE_CHECKING:
    from pathlib import Path

    from jupyter_envs.host import Host


@pytest.fixture
def prefix(home: Path, python: Path) -> Path:
    """The environment of a Rye project."""
    write(home / "shop" / "pyproject.toml", "[tool.rye]\nmanaged = true\n")
    write(home / "shop" / "requirements.lock")
    prefix = make_environment(home / "shop" / ".venv", python)
    write(prefix / "rye-venv.json", '{"python": "cpython@3.12.1", "venv_path": "/elsewhere"}\n')
    return prefix


def test_its_file_in_the_environment_makes_it_ryes(host: Host, prefix: Path) -> None:
    found = scanned(host)[prefix]
    assert (found.manager, found.name, found.projects, found.active) == ("rye", "shop", (prefix.parent,), True)
    assert found.problems[0].fix.endswith(f" run: cd {prefix.parent} && rye add --dev ipykernel && rye sync")


@pytest.mark.parametrize("other", ["uv.lock", "poetry.lock", "pdm.lock"])
def test_it_comes_before_lock_files_of_others(host: Host, prefix: Path, other: str) -> None:
    write(prefix.parent / other)
    assert scanned(host)[prefix].manager == "rye"


def test_without_that_file_it_is_a_plain_one(host: Host, prefix: Path) -> None:
    (prefix / "rye-venv.json").unlink()
    assert scanned(host)[prefix].manager == "venv"
    os.mkfifo(prefix / "rye-venv.json")
    assert scanned(host)[prefix].manager == "venv"


def test_a_broken_one_says_how_to_make_it_again(host: Host, prefix: Path) -> None:
    (prefix / "bin" / "python").unlink()
    assert scanned(host)[prefix].problems[0].fix == f"Run: cd {prefix.parent} && rye sync --force"


@pytest.mark.parametrize("moved", [False, True])
def test_its_interpreters_make_environments(host: Host, moved: bool) -> None:  # noqa: FBT001 -- a case of the test
    home = host.home / ("my rye" if moved else ".rye")
    host = replace(host, variables={"RYE_HOME": str(home)} if moved else {})
    make_base(home / "py" / "cpython@3.12.7", "3.12.7")
    make_base(home / "py" / "cpython@3.11.3" / "install", "3.11.3")
    link(home / "py" / "cpython@3.12", "cpython@3.12.7")
    write(home / "py" / "notes")
    found = [one for one in interpreters.find(host) if one.manager == "rye"]
    assert [one.version for one in found] == ["3.12.7", "3.11.3"]


def test_what_is_in_it_counts_as_in_any_other(host: Host, prefix: Path) -> None:
    add_ipykernel(site_of(prefix))
    assert scanned(host)[prefix].kernel
