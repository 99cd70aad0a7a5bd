"""The command `pythons install`: what it says and asks, and what it refuses. What it installs is for the creator."""

from __future__ import annotations

import io
import json
import os
import sys

import pytest

from tests.commands import MACHINES, answer, run, start

pytestmark = [
    pytest.mark.skipif(os.name == "nt", reason="nothing is installed on Windows"),
    pytest.mark.usefixtures("person"),
]

WITHOUT_PYENV = {**MACHINES, "PYENV_ROOT": "/nonexistent", "PATH": os.defpath, "UV_OFFLINE": "1"}


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only uv is there, and it downloads nothing."""
    for name, value in WITHOUT_PYENV.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["install"], "the following arguments are required: VERSION"),
        (["install", "--", "-3"], "'-3' is not a version of Python"),
        (["install", ""], "'' is not a version of Python"),
        (["install", "3.12", "--with", "conda"], "invalid choice: 'conda'"),
        (["remove"], "invalid choice: 'remove'"),
    ],
)
def test_wrong_usage_is_2(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        run("pythons", *words)
    assert caught.value.code == 2
    assert said in capsys.readouterr().err


def test_without_an_action_they_are_listed_also_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert set(answer(capsys, "pythons")) == {"version", "pythons"}


def test_it_says_what_it_would_do_and_does_nothing_without_a_yes(
    offline: None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("pythons", "install", "3.14", "--with", "uv") == 1
    *tells, last = capsys.readouterr().err.splitlines()
    if "is there already" in last:
        pytest.skip("Python 3.14 is here")
    assert any("uv" in line for line in tells)
    assert last == "jupyter-envs: Nothing was installed. Nobody can be asked here: give --yes to install it."
    assert run("pythons", "--json", "install", "3.14", "--with", "uv") == 1
    assert capsys.readouterr() == ("", f"{last}\n")


def test_a_failure_is_one_line_for_programs(offline: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("pythons", "install", "3.14", "--with", "uv", "--yes", "--json") == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("jupyter-envs: ")
    assert err.count("\n") == 1


def test_one_that_is_there_already_is_not_installed() -> None:
    there = json.loads(start("pythons", "--json", **MACHINES).stdout)["pythons"]
    if not there:
        pytest.skip("needs a Python of pyenv, of uv or of the system")
    done = start("pythons", "install", there[0]["version"], "--yes", **MACHINES)
    assert done.returncode == 1
    assert "is there already" in done.stderr
