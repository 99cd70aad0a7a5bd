"""pyenv: its interpreters, and nothing else of its own."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from jupyter_envs.errors import Refused
from jupyter_envs.finder import Finder
from jupyter_envs.managers.base import Scene
from jupyter_envs.managers.pyenv import Pyenv
from jupyter_envs.settings import Settings
from jupyter_envs.state import State
from tests.folders import (
    add_ipykernel,
    codes,
    link,
    make_base,
    make_environment,
    scanned,
    site_of,
    write,
    write_program,
)

if TYPE_CHECKING:
    from pathlib import Path

    from jupyter_envs.host import Host


@pytest.fixture
def versions(home: Path) -> Path:
    """pyenv's folder of interpreters, with 3.12.1 in it."""
    make_base(home / ".pyenv" / "versions" / "3.12.1", "3.12.1")
    return home / ".pyenv" / "versions"


def test_an_interpreter_is_listed_and_not_offered_without_ipykernel(host: Host, versions: Path) -> None:
    found = scanned(host)[versions / "3.12.1"]
    assert (found.manager, found.name, found.version) == ("pyenv", "3.12.1", "3.12.1")
    assert found.state is State.NEEDS_IPYKERNEL
    assert not found.kernel
    assert found.problems == ()
    assert (found.projects, found.active, found.orphan) == ((), None, False)


def test_an_interpreter_with_its_own_ipykernel_is_a_kernel(host: Host, versions: Path) -> None:
    add_ipykernel(site_of(versions / "3.12.1"))
    found = scanned(host)[versions / "3.12.1"]
    assert (found.state, found.kernel, found.ipykernel) == (State.READY, True, "7.4.0")


def test_the_persons_own_packages_count_for_a_base_interpreter(host: Host, versions: Path) -> None:
    add_ipykernel(host.home / ".local" / "lib" / "python3.12" / "site-packages", "6.9.0")
    assert scanned(host)[versions / "3.12.1"].ipykernel == "6.9.0"


@pytest.mark.parametrize("how", ["variable", "shell start file"])
def test_pyenv_root_moves_it(host: Host, how: str) -> None:
    root = host.home / "py env"
    make_base(root / "versions" / "3.11.7", "3.11.7")
    assert scanned(host) == {}
    if how == "variable":
        host = replace(host, variables={"PYENV_ROOT": str(root)})
    else:
        write(host.home / ".bashrc", 'export PYENV_ROOT="$HOME/py env"\n')
    assert set(scanned(host)) == {root / "versions" / "3.11.7"}


def test_a_root_that_the_shell_would_compute_is_the_default(host: Host, versions: Path) -> None:
    write(host.home / ".bashrc", 'export PYENV_ROOT="${PYENV_ROOT:-$HOME/.pyenv}"\n')
    assert set(scanned(host)) == {versions / "3.12.1"}


def test_on_windows_it_lies_deeper(host: Host) -> None:
    make_base(host.home / ".pyenv" / "pyenv-win" / "versions" / "3.11.7", "3.11.7")
    assert len(scanned(replace(host, platform="win32"))) == 1


def test_links_and_shims_are_left_alone(host: Host, versions: Path) -> None:
    link(versions / "3.12", "3.12.1")
    link(versions / "science", "3.12.1/envs/science")
    write_program(host.home / ".pyenv" / "shims" / "python")
    write(versions / "notes.txt")
    (versions / "half-built").mkdir()
    assert set(scanned(host)) == {versions / "3.12.1"}


def test_pypy_and_free_threaded_interpreters_are_listed(host: Host, versions: Path) -> None:
    make_base(versions / "3.13.0t", "3.13.0", threads="t")
    make_base(versions / "pypy3.10-7.3.17", "3.10.14", kind="pypy")
    found = scanned(host)
    free = found[versions / "3.13.0t"]
    assert (free.version, free.implementation) == ("3.13.0", "cpython")
    assert free.display_name == "3.13.0t (pyenv, Python 3.13t)"
    pypy = found[versions / "pypy3.10-7.3.17"]
    assert (pypy.version, pypy.implementation) == ("3.10.14", "pypy")


def test_a_broken_interpreter_says_how_to_build_it_again(host: Host, versions: Path) -> None:
    (versions / "3.12.1" / "bin" / "python3.12").unlink()
    found = scanned(host)[versions / "3.12.1"]
    assert found.state is State.BROKEN
    assert codes(found) == ["interpreter-missing"]
    assert "pyenv install --force 3.12.1" in found.problems[0].fix


def test_an_environment_made_among_the_interpreters_is_an_environment(host: Host, versions: Path, python: Path) -> None:
    prefix = make_environment(versions / "science", python)
    found = scanned(host)[prefix]
    assert found.manager != "pyenv"
    assert codes(found) == ["no-ipykernel"]


def test_a_projects_link_to_an_interpreter_does_not_hide_it(host: Host, versions: Path) -> None:
    link(host.home / "shop" / ".venv", versions / "3.12.1")
    found = scanned(host)
    assert found[versions / "3.12.1"].manager == "pyenv"
    assert found[versions / "3.12.1"].aliases == (host.home / "shop" / ".venv",)


def test_its_interpreters_make_environments(host: Host, versions: Path) -> None:
    make_base(versions / "3.9.18", "3.9.18")
    link(versions / "3.9", "3.9.18")
    found = [one for one in Finder(host, Settings()).interpreters() if one.manager == "pyenv"]
    assert [(one.version, one.path) for one in found] == [
        ("3.12.1", versions / "3.12.1" / "bin" / "python"),
        ("3.9.18", versions / "3.9.18" / "bin" / "python"),
    ]


def test_what_a_person_told_python_build_is_told_to_it(host: Host, versions: Path) -> None:
    write(host.home / ".pyenv" / "plugins" / "python-build" / "share" / "python-build" / "3.12.4")
    seen = {"PYTHON_CONFIGURE_OPTS": "--enable-shared", "CFLAGS": "-O2", "SECRET": "no", "PYTHONPATH": "/server"}
    scene, tools = Scene(replace(host, variables=seen)), {"pyenv": host.home / ".pyenv" / "bin" / "pyenv"}
    plan = Pyenv().plan_install("3.12", scene, tools)
    assert plan.prefix == versions / "3.12.4"
    assert dict(plan.commands[0].variables) == {
        "PYTHON_CONFIGURE_OPTS": "--enable-shared",
        "CFLAGS": "-O2",
        "PYENV_ROOT": str(host.home / ".pyenv"),
    }
    with pytest.raises(Refused, match="pyenv is not installed"):
        Pyenv().plan_install("3.12", scene, {})
