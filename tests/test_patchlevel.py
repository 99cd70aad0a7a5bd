"""The full version of a base Python, from what its installation left beside it."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from jupyter_envs import patchlevel
from tests.folders import make_base, write

if TYPE_CHECKING:
    from pathlib import Path


def test_the_header_tells(tmp_path: Path) -> None:
    make_base(tmp_path / "base", "3.12.1")
    assert patchlevel.full_version(str(tmp_path / "base"), "3.12", "cpython") == "3.12.1"


@pytest.mark.parametrize(("text", "version"), [("3.13.0+", "3.13.0"), ("3.14.0rc2", "3.14.0rc2"), ("2.7.18", "2.7.18")])
def test_development_versions_are_plain(tmp_path: Path, text: str, version: str) -> None:
    minor = ".".join(version.split(".")[:2])
    write(tmp_path / f"include/python{minor}/patchlevel.h", f'#define PY_VERSION "{text}"\n')
    assert patchlevel.full_version(str(tmp_path), minor, "cpython") == version


def test_old_and_free_threaded_headers_lie_elsewhere(tmp_path: Path) -> None:
    write(tmp_path / "old/include/python3.6m/patchlevel.h", '#define PY_VERSION\t"3.6.15"\n')
    write(tmp_path / "new/include/python3.13t/patchlevel.h", '#define PY_VERSION\t"3.13.0"\n')
    assert patchlevel.full_version(str(tmp_path / "old"), "3.6", "cpython") == "3.6.15"
    assert patchlevel.full_version(str(tmp_path / "new"), "3.13", "cpython", "t") == "3.13.0"


def test_pypys_header_tells_pythons_version(tmp_path: Path) -> None:
    header = '#define PY_VERSION\t"3.10.14"\n#define PYPY_VERSION "7.3.17"\n'
    write(tmp_path / "pypy3.10-v7.3.17/include/pypy3.10/patchlevel.h", header)
    assert patchlevel.full_version(str(tmp_path / "pypy3.10-v7.3.17"), "3.10", "pypy") == "3.10.14"
    assert patchlevel.full_version(str(tmp_path / "pypy3.10.99-v7"), "3.10", "pypy") is None


@pytest.mark.parametrize(
    ("level", "version"),
    [("final", "3.14.2"), ("alpha", "3.14.2a3"), ("beta", "3.14.2b3"), ("candidate", "3.14.2rc3")],
)
def test_build_details_tell_first(tmp_path: Path, level: str, version: str) -> None:
    make_base(tmp_path / "base", "3.14.0")
    told = {"major": 3, "minor": 14, "micro": 2, "releaselevel": level, "serial": 3}
    details = {"implementation": {"name": "cpython", "version": told}}
    write(tmp_path / "base/lib/python3.14/build-details.json", json.dumps(details))
    assert patchlevel.full_version(str(tmp_path / "base"), "3.14", "cpython") == version


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        "{}",
        '{"implementation": 3}',
        '{"implementation": {"version": "3.14.2"}}',
        '{"implementation": {"version": null}}',
        pytest.param("[" * 60_000, id="deep"),
    ],
)
def test_build_details_that_make_no_sense_are_passed_over(tmp_path: Path, text: str) -> None:
    make_base(tmp_path / "base", "3.14.0")
    write(tmp_path / "base/lib/python3.14/build-details.json", text)
    assert patchlevel.full_version(str(tmp_path / "base"), "3.14", "cpython") == "3.14.0"


def test_conda_tells_in_the_name_of_a_file(tmp_path: Path) -> None:
    write(tmp_path / "conda-meta/python-3.12.4-h1234_0_cpython.json", "{}")
    write(tmp_path / "conda-meta/python-dateutil-2.9.0-py_0.json", "{}")
    assert patchlevel.full_version(str(tmp_path), "3.12", "cpython") == "3.12.4"


@pytest.mark.parametrize(
    ("folder", "version"),
    [
        ("3.12.1", "3.12.1"),
        ("cpython-3.12.7-linux-x86_64-gnu", "3.12.7"),
        ("3.13.0rc1t", "3.13.0rc1"),
        ("Python312", None),
        ("3.11.7", None),
        ("1.3.12.1", None),
    ],
)
def test_the_folders_name_tells_last(tmp_path: Path, folder: str, version: str | None) -> None:
    (tmp_path / folder).mkdir()
    minor = "3.13" if "3.13" in folder else "3.12"
    assert patchlevel.full_version(str(tmp_path / folder), minor, "cpython") == version


def test_another_minor_version_is_not_believed(tmp_path: Path) -> None:
    make_base(tmp_path / "base", "3.12.1")
    assert patchlevel.full_version(str(tmp_path / "base"), "3.1", "cpython") is None


def test_an_upgraded_base_is_read_again(tmp_path: Path) -> None:
    base = tmp_path / "base"
    make_base(base, "3.12.1")
    assert patchlevel.full_version(str(base), "3.12", "cpython") == "3.12.1"
    write(base / "include/python3.12/patchlevel.h.new", '#define PY_VERSION "3.12.2"\n').rename(
        base / "include/python3.12/patchlevel.h"
    )
    os.utime(base / "include/python3.12", (1, 1))
    assert patchlevel.full_version(str(base), "3.12", "cpython") == "3.12.2"
