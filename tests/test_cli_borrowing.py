"""The commands on borrowed ipykernels."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
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
    assert "is still there: a kernel runs on it. Shut it down, then try again." in capsys.readouterr().err
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
    assert answer(capsys, "borrow", "remove", "--yes")["removed"] == [built["borrowed"]["folder"]]


@pytest.mark.usefixtures("another")
def test_a_version_is_looked_for_among_the_interpreters(
    another: Interpreter, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYENV_ROOT", os.fspath(another.executable.parents[3]))
    minor = "{}.{}".format(*another.minor)
    assert answer(capsys, "borrow", "build", "--python", minor)["borrowed"]["python"] == minor
    assert run("borrow", "build", "--python", "3.99") == 1
    said = capsys.readouterr().err
    assert "There is no Python 3.99 here. Choose one of these: " in said
    offered = [tuple(map(int, text.split(".")[:2])) for text in re.findall(r"\d+\.\d+\.\d+", said)]
    assert offered
    assert all(store.OLDEST <= minor <= store.NEWEST for minor in offered)


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
    said = capsys.readouterr().err
    assert "No ipykernel of yours is borrowed for '3.10'. See what there is: jupyter envs borrow list" in said
    write(home / ".jupyter" / "jupyter_envs_config.json", '{"JupyterEnvs": {"borrow_ipykernel": "never"}}')
    assert run("borrow", "build") == 1
    assert "The setting 'borrow_ipykernel' is 'never'" in capsys.readouterr().err


@pytest.mark.skipif(os.name == "nt" or os.getuid() != 0, reason="only root can give files to others")
def test_a_python_of_somebody_else_is_not_run(capsys: pytest.CaptureFixture[str], home: Path) -> None:
    python = make_base(home / "theirs", "3.12.1")
    os.chown(python, 4_000_000_001, -1)
    assert run("borrow", "build", "--python", python) == 1
    assert "can be changed by others" in capsys.readouterr().err


def test_removing_all_needs_a_yes_from_somebody(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = answer(capsys, "borrow", "build")["borrowed"]["folder"]
    with open(os.devnull) as nobody:  # noqa: PTH123 -- no Path
        for stdin in (io.StringIO("y\n"), nobody, None):
            monkeypatch.setattr(sys, "stdin", stdin)
            assert run("borrow", "remove") == 1
            said = capsys.readouterr().err
            assert "Nothing was removed. Nobody can be asked here: give --yes to remove 1 borrowed ipykernel." in said
            assert Path(folder).is_dir()
    assert run("borrow", "remove", "--yes") == 0
    assert not Path(folder).exists()
    assert run("borrow", "remove") == 0
    assert capsys.readouterr().out.splitlines()[-1] == "There is nothing to remove."


def test_a_person_removes_their_own_and_with_system_the_machines(
    capsys: pytest.CaptureFixture[str], home: Path
) -> None:
    minor = f"{sys.version_info[0]}.{sys.version_info[1]}"
    machines = answer(capsys, "borrow", "build", "--system")["borrowed"]["folder"]
    own = answer(capsys, "borrow", "build")["borrowed"]["folder"]
    assert machines.startswith(os.fspath(home.parent / "machine"))
    assert answer(capsys, "borrow", "remove", "--yes")["removed"] == [own]
    assert run("borrow", "remove", minor) == 1
    said = capsys.readouterr().err
    assert f"No ipykernel of yours is borrowed for '{minor}'. " in said
    assert f"One for everybody is: jupyter envs borrow remove --system {minor}\n" in said
    assert run("borrow", "remove", "--yes") == 0
    assert "There are some for everybody, which --system removes." in capsys.readouterr().out
    assert answer(capsys, "borrow", "remove", "--system", "--yes") == {
        "version": 1,
        "removed": [machines],
        "in_use": [],
        "failed": [],
    }


def test_what_cannot_be_removed_is_told_and_the_others_are_removed(
    capsys: pytest.CaptureFixture[str], home: Path
) -> None:
    built = answer(capsys, "borrow", "build")["borrowed"]
    place = Path(built["folder"]).parent
    first = place / "cpython-3.10-linux.1"
    write(first / "overlay.json", "{}")
    mounted = subprocess.run(["mount", "--bind", str(first), str(first)], check=False, capture_output=True)
    if mounted.returncode:
        pytest.skip("may not mount")
    try:
        assert run("borrow", "remove", "--yes") == 1
        out, err = capsys.readouterr()
        assert out == f"Removed: ~/{Path(built['folder']).relative_to(home)}\n"
        assert "cpython-3.10-linux.1 cannot be removed: Device or resource busy. Mend that, then try again." in err
        assert run("borrow", "remove", "--yes", "--json") == 1
        told = json.loads(capsys.readouterr().out)
        assert [each["folder"] for each in told["failed"]] == [str(first)]
    finally:
        subprocess.run(["umount", str(first)], check=True)


@pytest.mark.skipif(os.name == "nt" or os.getuid() != 0, reason="only root may mount")
def test_on_a_disk_that_is_read_only_that_is_said(capsys: pytest.CaptureFixture[str], home: Path) -> None:
    place = Path(answer(capsys, "borrow", "build")["borrowed"]["folder"]).parent
    for words in (["--bind", str(place), str(place)], ["-o", "remount,ro,bind", str(place)]):
        if subprocess.run(["mount", *words], check=False, capture_output=True).returncode:
            pytest.skip("may not mount")
    try:
        assert run("borrow", "remove", "--yes") == 1
        said = capsys.readouterr().err
        assert "cannot be removed: Read-only file system. Remove it where that disk can be written." in said
    finally:
        subprocess.run(["umount", str(place)], check=True)


def test_a_free_threaded_python_is_meant_by_its_t(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("borrow", "build", "--python", "3.99t") == 1
    assert "There is no Python 3.99t here." in capsys.readouterr().err


def test_who_set_never_is_told_where(capsys: pytest.CaptureFixture[str], home: Path) -> None:
    write(home / ".jupyter" / "jupyter_envs_config.json", '{"JupyterEnvs": {"borrow_ipykernel": "never"}}')
    assert run("borrow", "build") == 1
    file = home / ".jupyter" / "jupyter_envs_config.json"
    said = capsys.readouterr().err
    assert f"The setting 'borrow_ipykernel' is 'never' in {file}, so nothing is borrowed." in said
    assert said.endswith(" Set it to 'ask' or 'always' there.\n")


def test_the_usage_of_the_action_itself_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        run("borrow", "build", "--pithon", "3.12")
    assert caught.value.code == 2
    assert capsys.readouterr().err.startswith("usage: jupyter envs borrow build [")


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
