"""The commands remove, recreate and add-ipykernel on environments that a real uv made."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from jupyter_envs.creator import holding, parking
from jupyter_envs.host import Host
from tests.commands import MACHINES, Session, answer, run, start
from tests.folders import write

pytestmark = [
    pytest.mark.skipif(os.name == "nt", reason="nothing is changed on Windows"),
    pytest.mark.usefixtures("person"),
]


@pytest.fixture
def science(home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Path:
    """An environment of virtualenvwrapper's folder, on a machine with its own interpreters."""
    for name, value in MACHINES.items():
        monkeypatch.setenv(name, value)
    (home / ".virtualenvs").mkdir()
    words = ("--manager", "virtualenvwrapper", "--name", "science", "--with", "six")
    return Path(answer(capsys, "create", *words)["environment"]["prefix"])


def kernels_of(home: Path) -> list[str]:
    folder = home / ".local" / "share" / "jupyter" / "kernels"
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_an_environment_goes_with_its_registered_kernel(
    home: Path, science: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("register", "science", "--name", "lab") == 0
    assert kernels_of(home) == ["lab"]
    capsys.readouterr()
    assert run("remove", "science", "--yes") == 0
    out, err = capsys.readouterr()
    assert out == f"{name_of(science)} is removed: ~/.virtualenvs/science\n"
    assert f"{science} (virtualenvwrapper, Python 3." in err
    assert "The registered kernel lab will go with it.\n" in err
    assert "Deleting the environment ...\n" in err
    assert (science.exists(), kernels_of(home)) == (False, [])
    assert run("remove", "science", "--yes") == 1
    assert capsys.readouterr().err.startswith("jupyter-envs: There is no environment 'science'.")


def test_a_python_that_is_missing_is_offered_before_one_is_made_again(home: Path, science: Path) -> None:
    session = Session("recreate", "science", "--python", "3.14.0", **{**MACHINES, "PYENV_ROOT": str(home)})
    try:
        assert "There is no Python 3.14.0 here." in session.wait_for("Install it? [y/N] ")
        session.answer("n\n")
        status, said = session.end()
    finally:
        session.close()
    assert status == 1
    assert "jupyter-envs: There is no Python '3.14.0' here." in said
    assert (science / "bin" / "python").exists()


def name_of(prefix: Path) -> str:
    """How the environment was called, whatever Python is the newest here."""
    newest = max(
        ((int(one["version"].split(".")[0]), int(one["version"].split(".")[1])) for one in _pythons()),
        default=(0, 0),
    )
    return f"{prefix.name} (virtualenvwrapper, Python {newest[0]}.{newest[1]})"


def _pythons() -> list[dict[str, str]]:
    return [
        one for one in json.loads(start("pythons", "--json", **MACHINES).stdout)["pythons"] if one["version"][-1] != "t"
    ]


def test_the_json_of_a_removal_is_the_contract(science: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("register", "science") == 0
    before = answer_without_registering(capsys)
    assert run("remove", science, "--yes", "--json") == 0
    out, err = capsys.readouterr()
    told = json.loads(out)
    assert err == ""
    assert set(told) == {"version", "removed", "unregistered", "warnings"}
    assert told["version"] == 1
    assert told["removed"]["id"] == before["id"]
    assert [one["name"] for one in told["unregistered"]] == [before["id"]]


def answer_without_registering(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    capsys.readouterr()
    told: dict[str, Any] = answer(capsys, "show", "science")["environment"]
    return told


@pytest.mark.parametrize("words", [["remove"], ["remove", "--json"], ["recreate"], ["recreate", "--json"]])
def test_without_a_terminal_a_change_needs_a_yes(
    science: Path, words: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with open(os.devnull) as nobody:  # noqa: PTH123 -- no Path
        monkeypatch.setattr(sys, "stdin", nobody)
        assert run(*words, "science") == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert "Nobody can be asked here: give --yes to " in err.splitlines()[-1]
    assert "--json" not in words or err.count("\n") == 1
    assert (science / "bin" / "python").exists()


@pytest.mark.parametrize(("typed", "status"), [("\x04", 1), ("y\n", 0)])
def test_on_a_terminal_it_asks(science: Path, typed: str, status: int) -> None:
    session = Session("remove", "science", **MACHINES)
    try:
        assert "will be deleted: " in session.wait_for(f"Remove {name_of(science)}? [y/N] ")
        session.answer(typed)
        ended, said = session.end()
    finally:
        session.close()
    assert ended == status
    assert science.exists() == bool(status)
    if status:
        assert said.endswith("jupyter-envs: Nothing was removed. Answer y, or give --yes, to remove it.\r\n")


def test_while_something_runs_on_it_it_stays(science: Path, capsys: pytest.CaptureFixture[str]) -> None:
    program = subprocess.Popen([science / "bin" / "python", "-c", "input()"], stdin=subprocess.PIPE)
    try:
        for words in (["remove"], ["recreate"]):
            assert run(*words, "science", "--yes") == 1
            err = capsys.readouterr().err
            assert f"process {program.pid}" in err
            assert err.count("\n") == 1
    finally:
        program.communicate(b"\n")
    assert run("remove", "science", "--yes") == 0


def test_what_is_no_environment_of_ones_own_is_refused(science: Path, capsys: pytest.CaptureFixture[str]) -> None:
    version = _pythons()[0]["version"]
    for words in (["remove", "--yes"], ["recreate", "--yes"], ["add-ipykernel"]):
        assert run(*words, version) == 1
        assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize("word", ["deeper", "deeper/a.ipynb", "a.ipynb"])
def test_what_only_leads_to_one_further_up_is_not_changed(
    home: Path, science: Path, word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "shop").mkdir()
    assert run("create", "--manager", "venv", home / "shop") == 0
    write(home / "shop" / "deeper" / "a.ipynb")
    write(home / "shop" / "a.ipynb")
    os.chdir(home / "shop")
    capsys.readouterr()
    for words in (["remove", "--yes"], ["recreate", "--yes"], ["add-ipykernel"]):
        assert run(*words, word) == 1
        err = capsys.readouterr().err
        assert err.startswith(f"jupyter-envs: '{word}' has no environment; shop-")
        assert err.count("\n") == 1
    assert run("remove", "--yes", ".") == 0
    assert not (home / "shop" / ".venv").exists()


def test_a_word_that_may_mean_another_one_changes_nothing(
    home: Path, science: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("list", "--rescan") == 0
    (home / "work" / "science").mkdir(parents=True)
    os.chdir(home / "work")
    assert run("create", "--manager", "venv", "science") == 0
    capsys.readouterr()
    for word, said in (("science", "can mean several environments: science-"), ("", "An empty word names no")):
        assert run("remove", "--yes", word) == 1
        assert said in capsys.readouterr().err
    assert science.exists()
    assert (home / "work" / "science" / ".venv").exists()


def test_a_registered_kernel_that_cannot_be_taken_away_is_told(
    home: Path, science: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("register", "science", "--name", "lab") == 0
    folder = home / ".local" / "share" / "jupyter" / "kernels" / "lab"
    write(folder / "notes.txt")
    if subprocess.run(["mount", "--bind", folder / "kernel.json", folder / "kernel.json"], check=False).returncode:
        pytest.skip("may not mount")
    try:
        assert run("remove", "science", "--yes") == 0
    finally:
        subprocess.run(["umount", folder / "kernel.json"], check=True)
    assert "jupyter-envs: The environment is removed, but its registered kernel is not: " in capsys.readouterr().err
    assert not science.exists()


def test_what_else_lies_beside_a_registered_kernel_is_kept_and_told(
    home: Path, science: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("register", "science", "--name", "lab") == 0
    notes = write(home / ".local" / "share" / "jupyter" / "kernels" / "lab" / "notes.txt")
    capsys.readouterr()
    told = answer(capsys, "remove", "science", "--yes")
    assert told["warnings"] == [f"{notes} is kept: it was not written by jupyter-envs."]
    assert notes.exists()


def test_one_is_made_again_on_another_python_with_its_packages_and_its_kernel(
    home: Path, science: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    minors = sorted(
        {one["version"].rpartition(".")[0] for one in _pythons()} & {f"3.{minor}" for minor in range(8, 15)}
    )
    if len(minors) < 2:
        pytest.skip("needs a second Python")
    other = next(minor for minor in minors if f"Python {minor})" not in name_of(science))
    assert run("register", "science", "--name", "lab") == 0
    capsys.readouterr()
    assert run("recreate", "science", "--yes", "--python", other) == 0
    out, err = capsys.readouterr()
    assert out.startswith(f"science (virtualenvwrapper, Python {other}) is ready: ~/.virtualenvs/science\n")
    assert "with its 1 packages." in err or "with its 1 package." in err
    subprocess.run([science / "bin" / "python", "-c", "import six"], check=True)
    assert kernels_of(home) == ["lab"]
    spec = json.loads((home / ".local" / "share" / "jupyter" / "kernels" / "lab" / "kernel.json").read_text())
    assert spec["display_name"] == f"science (virtualenvwrapper, Python {other})"


def test_wrong_words_for_a_python_are_wrong_usage(science: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        run("recreate", "science", "--python=-x")
    assert caught.value.code == 2
    assert "'-x' is not a version of Python" in capsys.readouterr().err


def test_an_ipykernel_is_added_once(science: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = answer(capsys, "add-ipykernel", "science")
    assert told["version"] == 1
    assert told["environment"]["state"] == "ready"
    assert told["environment"]["ipykernel"]
    assert run("add-ipykernel", "science") == 1
    assert "already. Nothing needs to be done.\n" in capsys.readouterr().err


def test_what_a_killed_recreation_left_is_put_right_before_anything_is_told(
    science: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    host = Host.current()
    with holding.hold(science, host) as held:
        parking.park(held, host)
    assert not science.exists()
    assert [one["name"] for one in answer(capsys, "list", "--manager", "virtualenvwrapper")["environments"]] == [
        "science"
    ]
    with holding.hold(science, host) as held:
        parking.park(held, host)
    assert run("show", "science") == 0
    assert (science / "bin" / "python").exists()
