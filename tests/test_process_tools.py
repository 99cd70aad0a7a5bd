"""The programs that make environments are found where people have them, and never where anybody could put one."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from jupyter_envs import process
from jupyter_envs.process.variables import TOOLS
from tests.folders import write, write_program

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows looks for names with endings")


@pytest.fixture(autouse=True)
def _nothing_beside_us(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "ours" / "python"))
    monkeypatch.setattr("sysconfig.get_path", lambda *_: str(tmp_path / "scripts"))


def found(**variables: str) -> dict[str, Path]:
    return process.tools({"HOME": "/nonexistent", **variables})


def test_every_tool_is_found_on_the_path(tmp_path: Path) -> None:
    programs = {name: write_program(tmp_path / "bin" / name) for name in TOOLS}
    write_program(tmp_path / "bin" / "other")
    assert found(PATH=str(tmp_path / "bin")) == programs


def test_what_a_login_shell_would_add_is_looked_in(tmp_path: Path) -> None:
    pdm = write_program(tmp_path / ".local" / "bin" / "pdm")
    pyenv = write_program(tmp_path / ".pyenv" / "bin" / "pyenv")
    assert found(HOME=str(tmp_path)).items() >= {"pdm": pdm, "pyenv": pyenv}.items()
    moved = write_program(tmp_path / "moved" / "bin" / "pyenv")
    assert found(HOME=str(tmp_path), PYENV_ROOT=str(tmp_path / "moved"))["pyenv"] == moved


def test_what_was_named_comes_first_folder_or_program(tmp_path: Path) -> None:
    write_program(tmp_path / "scripts" / "uv")
    write_program(tmp_path / "bin" / "poetry")
    uv = write_program(tmp_path / "folder" / "uv")
    poetry = write_program(tmp_path / "apps" / "poetry")
    extra = [str(tmp_path / "folder"), str(poetry), "relative", "/gone", "/a\0b"]
    assert process.tools({"PATH": str(tmp_path / "bin")}, extra).items() >= {"uv": uv, "poetry": poetry}.items()
    assert process.tools({"PATH": str(tmp_path / "bin")})["uv"] == tmp_path / "scripts" / "uv"


def test_what_cannot_be_run_is_none(tmp_path: Path) -> None:
    write(tmp_path / "bin" / "poetry")
    (tmp_path / "bin" / "pdm").mkdir()
    script = write(tmp_path / "bin" / "virtualenvwrapper.sh")
    tools = found(PATH=str(tmp_path / "bin"))
    assert "pdm" not in tools
    assert "poetry" not in tools
    assert tools["virtualenvwrapper.sh"] == script


def test_shims_come_last(tmp_path: Path) -> None:
    shim = write_program(tmp_path / "shims" / "poetry")
    path = os.pathsep.join([f"{tmp_path}/shims/", str(tmp_path / "bin")])
    assert found(PATH=path)["poetry"] == shim
    assert found(PATH=path) == found(PATH=path)
    own = write_program(tmp_path / "bin" / "poetry")
    assert found(PATH=path)["poetry"] == own


def test_the_working_folder_is_not_meant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in TOOLS:
        write_program(tmp_path / name)
        write_program(tmp_path / "bin" / name)
        write_program(tmp_path / ".local" / "bin" / name)
    for path in ("", ".", "bin:", "./bin"):
        assert set(process.tools({"PATH": path})) <= {"virtualenvwrapper.sh"}


@pytest.mark.parametrize(
    "name",
    ["UV_PROJECT", "UV_WORKING_DIR", "UV_VENV_CLEAR", "PDM_PROJECT", "HATCH_ENV", "PIPENV_PIPFILE", "PIP_PYTHON"],
)
def test_no_variable_sends_a_tool_elsewhere(name: str) -> None:
    kept = {"UV_DEFAULT_INDEX": "https://index", "PIP_CERT": "/cert", "HATCH_DATA_DIR": "/hatch"}
    assert process.tool_variables({**kept, name: "/elsewhere"}) == kept
