"""The base Pythons that environments can be made with."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jupyter_envs import interpreters
from tests.folders import link, make_base, write_program

if TYPE_CHECKING:
    from jupyter_envs.environment import Interpreter
    from jupyter_envs.host import Host


def managed(host: Host) -> list[Interpreter]:
    """Those that do not belong to the machine that runs the tests."""
    return [one for one in interpreters.find(host) if one.manager != "system"]


def test_the_newest_stable_one_comes_first_and_cpython_before_others(host: Host) -> None:
    versions = host.home / ".pyenv" / "versions"
    for version in ("3.9.18", "3.12.1", "3.10.13"):
        make_base(versions / version, version)
    make_base(versions / "3.13.0t", "3.13.0", threads="t")
    make_base(versions / "3.14.0rc1", "3.14.0rc1")
    make_base(versions / "pypy3.11-7.3", "3.11.9", kind="pypy")
    assert [one.label for one in managed(host)] == [
        "Python 3.12.1 (pyenv)",
        "Python 3.10.13 (pyenv)",
        "Python 3.9.18 (pyenv)",
        "Python 3.13.0t (pyenv)",
        "Python 3.14.0rc1 (pyenv)",
        "PyPy 3.11.9 (pyenv)",
    ]


@pytest.mark.parametrize(
    ("variables", "folder"),
    [
        ({}, "home/.local/share/uv/python"),
        ({"UV_PYTHON_INSTALL_DIR": "~/uv"}, "home/uv"),
        ({"XDG_DATA_HOME": "{tmp}/data"}, "data/uv/python"),
    ],
)
def test_uvs_interpreters_are_found(host: Host, variables: dict[str, str], folder: str) -> None:
    tmp = host.home.parent
    name = "cpython-3.12.7-linux-x86_64-gnu"
    make_base(tmp / folder / name, "3.12.7")
    link(tmp / folder / "cpython-3.12-linux-x86_64-gnu", name)
    (tmp / folder / ".temp").mkdir()
    host = replace(host, variables={key: value.format(tmp=tmp) for key, value in variables.items()})
    found = managed(host)
    assert [(one.version, one.manager) for one in found] == [("3.12.7", "uv")]
    assert found[0].path == tmp / folder / name / "bin" / "python"


def test_the_systems_own_are_found_each_once(host: Host) -> None:
    system = [one for one in interpreters.find(host) if one.manager == "system"]
    there = {
        path.resolve() for folder in ("/usr/bin", "/usr/local/bin") for path in Path(folder).glob("python3.*[0-9]")
    }
    if not there:
        pytest.skip("needs a Python of the system's")
    real = [Path(os.path.realpath(one.path)) for one in system]
    assert len(real) == len(set(real))
    assert set(real) <= there
    assert set(real) == {path for path in there if os.access(path, os.X_OK)} or len(real) > 0


def test_on_windows_the_system_has_no_such_folders(host: Host) -> None:
    assert interpreters.find(replace(host, platform="win32")) == []


def test_what_cannot_start_or_tells_no_version_is_left_out(host: Host) -> None:
    versions = host.home / ".pyenv" / "versions"
    make_base(versions / "3.12.1", "3.12.1")
    make_base(versions / "3.11.7", "3.11.7").unlink()
    write_program(versions / "mystery" / "bin" / "python")
    (versions / "half-built").mkdir()
    assert [one.version for one in managed(host)] == ["3.12.1"]


def test_one_installation_under_two_names_is_one(host: Host) -> None:
    versions = host.home / ".pyenv" / "versions"
    make_base(versions / "3.12.1", "3.12.1")
    (versions / "mine" / "bin").mkdir(parents=True)
    link(versions / "mine" / "bin" / "python", versions / "3.12.1" / "bin" / "python3")
    assert len(managed(host)) == 1


@pytest.mark.skipif(os.name == "nt" or os.getuid() != 0, reason="only root can give files to others")
def test_what_is_not_trusted_is_left_out(host: Host) -> None:
    python = make_base(host.home / ".pyenv" / "versions" / "3.12.1", "3.12.1")
    assert len(managed(host)) == 1
    os.chown(python, 4_000_000_001, -1)
    assert managed(host) == []


def test_without_a_patch_level_the_minor_version_is_told(host: Host) -> None:
    prefix = host.home / ".pyenv" / "versions" / "mine"
    make_base(prefix, "3.12.1")
    shutil.rmtree(prefix / "include")
    assert [one.version for one in managed(host)] == ["3.12"]
