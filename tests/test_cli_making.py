"""The command create, with a real uv: what it makes and says, how it is stopped, and that nothing is left then."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from tests.commands import MACHINES, Session, answer, complete, run, start
from tests.folders import make_poetry_project, write
from tests.slow_tool import is_running, make_failing, make_slow, number_in

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [
    pytest.mark.skipif(os.name == "nt", reason="nothing is made on Windows"),
    pytest.mark.usefixtures("person"),
]


@pytest.fixture
def shop(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project, on a machine with its own interpreters."""
    for name, value in MACHINES.items():
        monkeypatch.setenv(name, value)
    (home / "shop").mkdir()
    return home / "shop"


def left_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_an_environment_is_made_and_its_kernel_is_told(home: Path, shop: Path) -> None:
    done = start("create", "shop", **MACHINES)
    assert done.returncode == 0, done.stderr
    name, kernel, lab, terminal = (line for line in done.stdout.splitlines() if not line.startswith("    "))
    assert name.startswith("shop (venv, Python 3.")
    assert name.endswith(" is ready: ~/shop/.venv")
    known = json.loads(start("list", "--json").stdout)["environments"][0]
    assert kernel == f"  Kernel:        {known['kernel_name']}"
    assert lab == f"  In JupyterLab: choose {known['display_name']}"
    assert terminal == f"  In a terminal: source {shop}/.venv/bin/activate"
    said = done.stderr.splitlines()
    assert said[0] == "venv: Nothing in the project asks for another tool."
    assert f"{shop}/.venv will be made by venv, of Python 3." in said[1]
    assert said[2:] == ["Making the environment ...", "Writing to the disk ..."]
    code = "import sys; print(sys.prefix)"
    real = subprocess.run([shop / ".venv" / "bin" / "python", "-c", code], capture_output=True, check=True)
    assert os.fsdecode(real.stdout.strip()) == str(shop / ".venv")


def test_the_json_is_the_contract_and_nothing_else_is_said(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("create", "--json", "--manager", "venv", "--name", "env", shop) == 0
    out, err = capsys.readouterr()
    told = json.loads(out)
    assert err == ""
    assert set(told) == {"version", "environment", "warnings"}
    assert (told["version"], told["warnings"]) == (1, [])
    assert set(told["environment"]) == set(answer(capsys, "list")["environments"][0])
    assert told["environment"]["prefix"] == str(shop / "env")


def test_a_place_and_a_name_are_not_given_at_once(home: Path, shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        run("create", "--prefix", home / "env", "--name", "foo")
    assert "leave out --name" in capsys.readouterr().err
    assert not (home / "env").exists()


def test_the_next_listing_has_it_without_another_walk(
    home: Path, shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "code" / "deep").mkdir(parents=True)
    assert answer(capsys, "list", "--manager", "venv")["environments"] == []
    assert run("create", "--manager", "venv", home / "code" / "deep") == 0
    capsys.readouterr()
    (listed,) = answer(capsys, "list", "--manager", "venv", "--no-wait")["environments"]
    assert listed["projects"] == [str(home / "code" / "deep")]
    assert run("remove", "--yes", "deep") == 0


def test_it_is_made_at_a_prefix_of_no_project(home: Path, shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "envs").mkdir()
    os.chdir(shop)
    told = answer(capsys, "create", "--prefix", "../envs/science")["environment"]
    assert (told["prefix"], told["manager"]) == (str(home / "envs" / "science"), "venv")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--manager", "nobody"], "there is no manager 'nobody' (choose from "),
        (["--with=-r/etc/passwd"], "'-r/etc/passwd' is not a package"),
        (["--name=-x"], "'-x' is not a name"),
        (["--prefix", ""], "'' is not a place"),
        ([""], "'' is not a project"),
        (["--requirements", ""], "'' is not a file"),
        (["--manager", ""], "'' is not a manager"),
        (["--name", ""], "'' is not a name"),
        (["--with", ""], "'' is not a package"),
        (["--python", ""], "'' is not a version of Python"),
        (["--python=-3"], "'-3' is not a version of Python"),
        (["--prefix", "x", "shop"], "not allowed with argument"),
        (["a", "b"], "unrecognized arguments: b"),
        (["--with", "-x"], "expected one argument"),
        (["--nothing\x1b[31m"], "unrecognized arguments: --nothing[31m\n"),
    ],
)
def test_wrong_usage_is_2_and_tells_the_usage(
    shop: Path, words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        run("create", *words)
    assert caught.value.code == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("usage: jupyter envs create [-h]")
    assert said in err
    assert left_in(shop) == []


@pytest.mark.parametrize("more", [[], ["--json"]])
@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--with", "not a package"], ("'not a package' is not a package. Write a name", 2)),
        (["--name", "a b"], ("'a b' cannot be the name of an environment.", 2)),
        (["--python", "9.9"], ("There is no Python '9.9' here. Choose one of these: ", 1)),
        (["--python", "/nonexistent/python"], ("There is no Python '/nonexistent/python' here.", 1)),
        (["--requirements", "/nonexistent"], ("There is no file /nonexistent. Choose one that is there.", 1)),
        (["--requirements", "/dev/zero"], ("/dev/zero is not a file.", 2)),
        (["--name", "taken"], ("shop/taken already exists. Choose another name, or remove it first.", 1)),
    ],
)
def test_what_cannot_be_is_one_line_and_makes_nothing(
    shop: Path, words: list[str], told: tuple[str, int], more: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    said, status = told
    write(shop / "taken" / "a.txt")
    assert run("create", "--manager", "venv", *words, *more, shop) == status
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("jupyter-envs: ")
    assert err.count("\n") == 1
    assert said in err
    assert left_in(shop) == ["taken"]


def test_a_failure_shows_what_the_tool_said_and_leaves_nothing(
    shop: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("create", "--manager", "venv", "--requirements", make_failing(tmp_path / "it"), shop) == 1
    *said, last = capsys.readouterr().err.splitlines()
    assert any("it does not build" in line for line in said)
    assert re.fullmatch(r"jupyter-envs: Installing packages failed: (uv|python) ended with status 1\. Mend .*", last)
    assert left_in(shop) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_in_the_middle_leaves_nothing(shop: Path, tmp_path: Path, number: signal.Signals) -> None:
    requirements, told = make_slow(tmp_path / "it")
    session = Session("create", "--manager", "venv", "--requirements", requirements, shop, **MACHINES)
    try:
        waiting = number_in(told)
        drawn = session.wait_for(" 1 s")
        assert "\r\x1b[KInstalling packages  " in drawn
        session.process.send_signal(number)
        session.wait_for("\r\x1b[KStopping  ")
        session.process.send_signal(number)
        status, said = session.end()
    finally:
        session.close()
    assert status == 1
    assert said.endswith("\r\x1b[Kjupyter-envs: Cancelled. Nothing was made.\r\n")
    assert "Traceback" not in said
    assert left_in(shop) == []
    assert not is_running(waiting)


def test_one_that_is_killed_is_in_nobodys_way(shop: Path, tmp_path: Path) -> None:
    requirements, told = make_slow(tmp_path / "it")
    session = Session("create", "--manager", "venv", "--requirements", requirements, shop, **MACHINES)
    try:
        waiting = number_in(told)
        session.process.kill()
        session.process.wait()
        assert json.loads(start("list", "--json").stdout)["environments"] == []
    finally:
        session.close()
        os.killpg(os.getpgid(waiting), signal.SIGKILL)
    assert start("create", "--manager", "venv", shop, **MACHINES).returncode == 0


def test_a_missing_python_is_offered_and_left_on_a_no(shop: Path) -> None:
    session = Session(
        "create", "--manager", "venv", "--python", "3.14.0", shop, **{**MACHINES, "PYENV_ROOT": str(shop)}
    )
    try:
        said = session.wait_for("Install it? [y/N] ")
        assert "There is no Python 3.14.0 here." in said
        session.answer("n\n")
        status, said = session.end()
    finally:
        session.close()
    assert status == 1
    assert "jupyter-envs: There is no Python '3.14.0' here." in said
    assert left_in(shop) == []


def test_one_that_the_project_wants_is_offered_too(shop: Path) -> None:
    write(shop / "pyproject.toml", '[project]\nname = "shop"\nversion = "1"\nrequires-python = "==3.8.*"\n')
    session = Session("create", "--manager", "venv", shop, **{**MACHINES, "PYENV_ROOT": str(shop)})
    try:
        assert "There is no Python 3.8 here." in session.wait_for("Install it? [y/N] ")
        session.answer("n\n")
        status, said = session.end()
    finally:
        session.close()
    assert status == 1
    assert "jupyter-envs: There is no Python that the project wants (==3.8.*) here." in said
    assert left_in(shop) == ["pyproject.toml"]


def test_the_projects_own_tool_is_taken_and_it_says_why(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_poetry_project(shop)
    write(shop / "poetry.lock")
    assert run("create", shop) == 1
    said = capsys.readouterr().err
    assert said.startswith(
        "Poetry: The project has a poetry.lock.\njupyter-envs: Poetry is not installed. Install it: "
    )


def test_a_name_is_enough_for_virtualenvwrapper(home: Path, shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / ".virtualenvs").mkdir()
    told: dict[str, Any] = answer(capsys, "create", "--manager", "virtualenvwrapper", "--name", "science")[
        "environment"
    ]
    assert told["prefix"] == str(home / ".virtualenvs" / "science")
    assert told["projects"] == []


def test_the_shell_completes_managers_and_versions(shop: Path) -> None:
    assert complete("jupyter-envs create --manager virt", **MACHINES) == ["virtualenvwrapper"]
    assert "3.12" in complete("jupyter-envs create --python 3.", **MACHINES)
