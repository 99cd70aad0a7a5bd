"""The commands on borrowed ipykernels."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jupyter_envs.borrowing import index_made
from jupyter_envs.overlay import store
from tests.borrowing.packages import make_index
from tests.commands import answer, run
from tests.folders import make_base, make_environment, write
from tests.real.outside import interpreters

if TYPE_CHECKING:
    from tests.real.outside import Interpreter

pytestmark = [
    pytest.mark.skipif(os.name == "nt", reason="nothing is borrowed on Windows"),
    pytest.mark.usefixtures("person"),
]


class Typed(io.StringIO):
    """What a person types in a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(scope="session")
def second() -> Interpreter:
    """A Python that is not the one that runs the tests, looked for while the home is still the machine's."""
    found = [one for one in interpreters().found if one.minor >= store.OLDEST and one.minor != sys.version_info[:2]]
    if not found:
        pytest.skip("needs a second Python")
    return found[-1]


@pytest.fixture
def another(second: Interpreter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Interpreter:
    """The second Python; what is borrowed for it is in a folder that pip is set to."""
    make_index(tmp_path / "wheels", tmp_path / "locks", minor="{}.{}".format(*second.minor))
    monkeypatch.setattr(index_made, "LOCKS", tmp_path / "locks")
    wheels = os.fspath(tmp_path / "wheels")
    for name, value in (
        ("PIP_FIND_LINKS", wheels),
        ("PIP_NO_INDEX", "1"),
        ("UV_CACHE_DIR", os.fspath(tmp_path / "cache")),
    ):
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    return second


def test_the_servers_own_is_built_listed_and_removed(capsys: pytest.CaptureFixture[str], home: Path) -> None:
    assert run("borrow", "list") == 0
    assert "No ipykernel is borrowed. Prepare one with: jupyter envs borrow build" in capsys.readouterr().out
    assert run("borrow", "build") == 0
    told = capsys.readouterr()
    minor = f"{sys.version_info[0]}.{sys.version_info[1]}"
    assert f"for Python {minor} is ready: ~/.local/share/jupyter-envs/ipykernel/" in told.out
    assert "Copying the server's own ipykernel ..." in told.err
    again = answer(capsys, "borrow", "build")
    assert (again["new"], again["borrowed"]["source"]) == (False, "server")
    assert run("borrow", "list") == 0
    head, row = capsys.readouterr().out.splitlines()
    assert head.split()[:2] == ["PYTHON", "IPYKERNEL"]
    assert row.split()[0] == minor
    held = store.hold(again["borrowed"]["folder"])
    assert held is not None
    assert run("borrow", "remove", minor) == 1
    assert "A kernel runs on ~/.local" in capsys.readouterr().err
    os.close(held)
    assert run("borrow", "remove", again["borrowed"]["tag"]) == 0
    assert capsys.readouterr().out.startswith("Removed: ~/.local")
    assert answer(capsys, "borrow", "list")["borrowed"] == []


def test_another_python_is_meant_by_its_version_its_path_or_an_environment_on_it(
    another: Interpreter, capsys: pytest.CaptureFixture[str], home: Path
) -> None:
    make_environment(home / "shop" / ".venv", another.executable.resolve())
    built = answer(capsys, "borrow", "build", "--python", another.executable)
    assert built["new"]
    for text in (home / "shop" / ".venv", home / "shop" / ".venv" / "bin" / "python", "shop"):
        same = answer(capsys, "borrow", "build", "--python", text)
        assert (same["new"], same["borrowed"]["folder"]) == (False, built["borrowed"]["folder"])
    assert answer(capsys, "borrow", "remove")["removed"] == [built["borrowed"]["folder"]]


@pytest.mark.usefixtures("another")
def test_a_version_is_looked_for_among_the_interpreters(
    another: Interpreter, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYENV_ROOT", os.fspath(another.executable.parents[3]))
    minor = "{}.{}".format(*another.minor)
    assert answer(capsys, "borrow", "build", "--python", minor)["borrowed"]["python"] == minor
    assert run("borrow", "build", "--python", "3.99") == 1
    assert "There is no Python 3.99 here. Choose one of these: " in capsys.readouterr().err


def test_on_a_terminal_a_download_and_removing_all_are_asked_for(
    another: Interpreter, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("borrow", "build", "--python", another.executable)
    for typed, status in (("n\n", 1), ("", 1), ("y\n", 0)):
        monkeypatch.setattr(sys, "stdin", Typed(typed))
        assert run(*words) == status
        assert "Download an ipykernel for Python" in capsys.readouterr().err
    for typed, status in (("n\n", 1), ("y\n", 0)):
        monkeypatch.setattr(sys, "stdin", Typed(typed))
        assert run("borrow", "remove") == status
        assert "Remove 1 borrowed ipykernel? [y/N]" in capsys.readouterr().err
    monkeypatch.setattr(sys, "stdin", Typed(""))
    assert run(*words, "--yes") == 0
    assert run("borrow", "remove", "--yes") == 0
    assert "[y/N]" not in capsys.readouterr().err


def test_what_cannot_be_is_refused_with_what_to_do(
    capsys: pytest.CaptureFixture[str], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = make_base(home.parent / "opt" / "python-3.7", "3.7.16")
    broken = make_environment(home / "broken" / ".venv", make_base(home / "gone", "3.12.1"))
    (home / "gone" / "bin" / "python3.12").unlink()
    write(home / "notes.txt")
    for python, said in (
        (old, "No ipykernel can be borrowed for Python 3.7. Install one into the environment."),
        (broken, "cannot run: interpreter-missing"),
        (home / "notes.txt", "cannot run: interpreter-missing"),
        (home, "There is no environment"),
        ("nothing", "There is no environment 'nothing'"),
    ):
        assert run("borrow", "build", "--python", python) == 1
        assert said in capsys.readouterr().err, python
    assert run("borrow", "remove", "3.10") == 1
    assert "No ipykernel is borrowed for '3.10'. See what there is: jupyter envs borrow list" in capsys.readouterr().err
    write(home / ".jupyter" / "jupyter_envs_config.json", '{"JupyterEnvs": {"borrow_ipykernel": "never"}}')
    assert run("borrow", "build") == 1
    assert "The setting 'borrow_ipykernel' forbids to borrow one." in capsys.readouterr().err


@pytest.mark.skipif(os.name == "nt" or os.getuid() != 0, reason="only root can give files to others")
def test_a_python_of_somebody_else_is_not_run(capsys: pytest.CaptureFixture[str], home: Path) -> None:
    python = make_base(home / "theirs", "3.12.1")
    os.chown(python, 4_000_000_001, -1)
    assert run("borrow", "build", "--python", python) == 1
    assert "can be changed by others" in capsys.readouterr().err


def test_an_action_must_be_named(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run("borrow")
    assert "ACTION" in capsys.readouterr().err


def test_a_damaged_one_is_told_as_such(capsys: pytest.CaptureFixture[str], home: Path) -> None:
    place = home / ".local" / "share" / "jupyter-envs" / "ipykernel"
    write(place / "cpython-3.12-linux_x86_64-linux-gnu.1" / "overlay.json", "{")
    assert run("borrow", "list") == 0
    assert "damaged" in capsys.readouterr().out
    assert Path(answer(capsys, "borrow", "list")["borrowed"][0]["folder"]).parent == place
