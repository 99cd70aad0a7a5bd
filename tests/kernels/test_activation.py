"""The variables of an activated environment: those of every kind, and what a launch adds to them."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from jupyter_envs.kernels import activation, conda_activation
from jupyter_envs.kernels.conda_activation import PACKAGES, SCRIPTS, STATE
from jupyter_envs.trust import Trust
from tests.folders import ROOT, make_conda, make_environment, write, write_program

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no launcher")
PROGRAMS = str(ROOT / "jupyter_envs" / "boot" / "bin")
AS_ROOT = pytest.mark.skipif(os.name == "nt" or os.getuid() != 0, reason="only root can give files to others")
SHELLS = [shell for shell in ("bash", "dash", "sh", "ksh", "zsh") if shutil.which(shell)]


def launched(prefix: Path, **variables: str) -> dict[str, str]:
    variables = {"PATH": "/usr/bin:/bin", **variables}
    return activation.of_kernel(variables, str(prefix), Trust(os.getuid()), keep_pythonpath=False)


@pytest.fixture
def shop(home: Path, python: Path) -> Path:
    return make_environment(home / "shop" / ".venv", python)


@pytest.fixture
def science(home: Path) -> Path:
    return make_conda(home / "miniconda3" / "envs" / "science")


def test_condas_own_settings_stay_and_what_tells_of_another_activation_goes() -> None:
    kept = {
        "CONDA_EXE": "/c/bin/conda",
        "CONDA_PYTHON_EXE": "/c/bin/python",
        "CONDA_ENVS_PATH": "/e",
        "CONDA_ENVS_DIRS": "/e",
        "CONDA_PKGS_DIRS": "/p",
        "CONDARC": "/rc",
        "CONDA_SUBDIR": "osx-64",
        "CONDA_OVERRIDE_CUDA": "12",
        "MAMBA_ROOT_PREFIX": "/m",
        "MAMBA_EXE": "/m/bin/mamba",
    }
    gone = {
        "CONDA_PREFIX": "/x",
        "CONDA_PREFIX_1": "/y",
        "CONDA_DEFAULT_ENV": "x",
        "CONDA_SHLVL": "2",
        "CONDA_STACKED_2": "true",
        "CONDA_PROMPT_MODIFIER": "(x) ",
        "CONDA_BACKUP_CC": "cc",
        "CONDA_BUILD_SYSROOT": "/s",
    }
    assert activation.activated({**kept, **gone}, "/e", keep_pythonpath=True).items() >= kept.items()
    assert not activation.activated({**kept, **gone}, "/e", keep_pythonpath=True).keys() & gone.keys()


@pytest.mark.parametrize("name", [name for name in activation.LEAD_ELSEWHERE if not name.startswith("VIRTUAL_ENV")])
def test_what_leads_a_tool_elsewhere_goes(name: str) -> None:
    assert name not in activation.activated({name: "/x"}, "/e", keep_pythonpath=True)


def test_an_environment_without_pip_gets_one_behind_its_own_programs(shop: Path) -> None:
    variables = launched(shop)
    assert variables["PATH"] == f"{shop}/bin:{PROGRAMS}:/usr/bin:/bin"
    assert os.access(variables[activation.UV], os.X_OK)


def test_an_environment_with_pip_gets_no_other(shop: Path) -> None:
    write_program(shop / "bin" / "pip")
    variables = launched(shop, **{activation.UV: "/x"})
    assert variables["PATH"] == f"{shop}/bin:/usr/bin:/bin"
    assert activation.UV not in variables


def test_a_base_interpreter_gets_no_other_pip(shop: Path) -> None:
    trust = Trust(os.getuid())
    variables = activation.of_kernel({}, str(shop), trust, keep_pythonpath=False, environment=False)
    assert variables == {"PATH": f"{shop}/bin:{os.defpath}"}


def test_the_pip_of_the_kernel_that_a_server_was_started_in_does_not_stay(shop: Path) -> None:
    write_program(shop / "bin" / "pip")
    assert launched(shop, PATH=f"/outer/bin:{PROGRAMS}:/bin")["PATH"] == f"{shop}/bin:/outer/bin:/bin"


def test_without_a_uv_beside_the_servers_python_none_is_named(
    shop: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", str(home / "bin" / "python"))
    assert activation.UV not in launched(shop)


def test_our_pip_may_be_run() -> None:
    for name in ("pip", "pip3"):
        assert os.stat(f"{PROGRAMS}/{name}").st_mode & stat.S_IXOTH  # noqa: PTH116


def test_variables_that_condas_files_state_are_set(science: Path) -> None:
    write(science / PACKAGES / "b.json", json.dumps({"B": "package", "BOTH": "package"}))
    write(science / PACKAGES / "a.json", json.dumps({"B": "earlier"}))
    write(science / STATE, json.dumps({"version": 1, "env_vars": {"BOTH": "state", "NUMBER": 3, "UML": "größe $B"}}))
    variables = launched(science, B="given")
    stated = {"B": "package", "BOTH": "state", "NUMBER": "3", "UML": "größe $B"}
    assert variables.items() >= stated.items()


def test_what_was_unset_in_condas_state_stays_as_it_was(science: Path) -> None:
    write(science / STATE, json.dumps({"env_vars": {"A": "***unset***", "B": "***unset***"}}))
    variables = launched(science, A="mine")
    assert variables["A"] == "mine"
    assert "B" not in variables


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "[" * 50_000,
        '{"env_vars": []}',
        '{"env_vars": {"PATH": "/x", "": "x", "A=B": "x", "C": "\\u0000", "D\\u0000": "x", "E": null, "F": ["x"]}}',
        '{"env_vars": {"G": "\\ud800"}}',
        '{"env_vars": {"X": "' + "x" * 70_000 + '"}}',
    ],
)
def test_a_state_that_makes_no_sense_changes_nothing(science: Path, text: str) -> None:
    plain = launched(science)
    write(science / STATE, text)
    assert launched(science) == plain


def test_a_state_that_is_a_pipe_is_not_waited_for(science: Path) -> None:
    os.mkfifo(science / STATE)
    (science / PACKAGES).mkdir(parents=True)
    os.mkfifo(science / PACKAGES / "a.json")
    (science / SCRIPTS).mkdir(parents=True)
    os.mkfifo(science / SCRIPTS / "a.sh")
    assert launched(science)["CONDA_PREFIX"] == str(science)


@AS_ROOT
def test_what_somebody_else_could_change_is_not_taken_up(science: Path) -> None:
    state = write(science / STATE, json.dumps({"env_vars": {"A": "state"}}))
    package = write(science / PACKAGES / "a.json", json.dumps({"B": "package"}))
    script = write(science / SCRIPTS / "a.sh", "export C=script\n")
    write(science / SCRIPTS / "b.sh", "export D=script\n")
    assert {"A", "B", "C", "D"} <= launched(science).keys()
    for path in (state, package, script):
        os.chown(path, 4_000_000_001, -1)
    assert {"A", "B", "C", "D"} & launched(science).keys() == {"D"}
    (science / SCRIPTS).chmod(0o777)
    assert "D" not in launched(science)


@pytest.fixture(params=SHELLS)
def shell(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each shell that is here: systems without bash have another sh."""
    words = [str(shutil.which(request.param)), *(["-p"] if request.param == "bash" else [])]
    monkeypatch.setattr(conda_activation, "_shell", lambda _variables: words)
    return str(request.param)


def test_scripts_are_sourced_in_the_order_of_their_names(science: Path, shell: str, home: Path) -> None:
    write(science / SCRIPTS / "2 two.sh", 'export TWO="$ONE two"\nunset GONE\nset -- a b c\necho said\n')
    write(science / SCRIPTS / "1 'one' $X.sh", 'export ONE="$CONDA_PREFIX\n$STATED"\nread line\nnot_exported=1\n')
    write(science / SCRIPTS / "3.txt", "export THREE=1\n")
    write(science / STATE, json.dumps({"env_vars": {"STATED": "before"}}))
    before = {
        "GONE": "x",
        "SHLVL": "7",
        "PWD": "/p",
        "OLDPWD": "/o",
        "_": "/u",
        "a.b": "kept",
        "BASH_FUNC_f%%": "() { :; }",
    }
    variables = launched(science, HOME=str(home), **before)
    assert variables["ONE"] == f"{science}\nbefore"
    assert variables["TWO"] == f"{science}\nbefore two"
    del before["GONE"]
    assert variables.items() >= before.items()
    assert not variables.keys() & {"GONE", "THREE", "not_exported"}


@pytest.mark.parametrize(
    "fault", ["false; set -e; false", "exit 3", "if then fi ((", "set -u; echo $UNKNOWN", "return 1"]
)
def test_a_script_that_fails_keeps_what_came_before_it(science: Path, shell: str, fault: str) -> None:
    write(science / SCRIPTS / "a.sh", "export A=1\n")
    write(science / SCRIPTS / "b.sh", f"export B=1\n{fault}\n")
    variables = launched(science)
    assert variables["A"] == "1"
    assert variables["PATH"].startswith(f"{science}/bin:")


def test_a_script_that_never_ends_is_ended(
    science: Path, shell: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(conda_activation, "SECONDS_AT_MOST", 0.5)
    mark = science / "still there"
    write(science / SCRIPTS / "a.sh", f"export A=1\nsleep 2\ntouch '{mark}'\n")
    assert "A" not in launched(science)
    assert "did not come to an end" in capfd.readouterr().err
    time.sleep(2)
    assert not mark.exists()


def test_what_a_script_leaves_running_is_not_waited_for(science: Path, shell: str) -> None:
    write(science / SCRIPTS / "a.sh", "sleep 3 &\nexport A=1\n")
    started = time.monotonic()
    assert launched(science)["A"] == "1"
    assert time.monotonic() - started < 2


def test_what_a_script_says_does_not_get_between_what_the_kernel_says(
    science: Path, shell: str, capfd: pytest.CaptureFixture[str]
) -> None:
    write(science / SCRIPTS / "a.sh", "echo said; echo complained >&2\n")
    launched(science)
    said = capfd.readouterr()
    assert said.out == ""
    assert said.err == "said\ncomplained\n"


def test_many_variables_are_told_whole(science: Path, shell: str) -> None:
    write(science / SCRIPTS / "a.sh", 'export LONG="$(printf %0100000d 7)"\n')
    assert launched(science)["LONG"] == f"{7:0100000d}"


def test_a_persons_own_file_for_shells_is_not_run(science: Path, home: Path) -> None:
    write(home / "rc", "export RC=1\nexit 1\n")
    write(science / SCRIPTS / "a.sh", "export A=1\n")
    variables = launched(science, BASH_ENV=str(home / "rc"), ENV=str(home / "rc"))
    assert variables["A"] == "1"
    assert "RC" not in variables
    assert variables["BASH_ENV"] == str(home / "rc")


def test_without_a_shell_scripts_are_left_out(science: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(science / SCRIPTS / "a.sh", "export A=1\n")
    for shell in ([], ["/gone/sh"]):
        monkeypatch.setattr(conda_activation, "_shell", lambda _variables, words=shell: words)
        assert "A" not in launched(science)


def test_a_shell_is_found_where_systems_have_it(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    own = write_program(home / "bin" / "bash")
    monkeypatch.setattr(os.path, "isfile", lambda path: path == str(own))
    assert conda_activation._shell({"PATH": f"relative:{own.parent}"}) == [str(own), "-p"]
    assert conda_activation._shell({"PATH": "relative"}) == []


def test_an_environment_without_scripts_loads_nothing_for_them(shop: Path) -> None:
    code = (
        "import sys, os; sys.path.append(sys.argv[1]); from jupyter_envs.kernels import activation;"
        "from jupyter_envs.trust import Trust;"
        "activation.of_kernel(os.environ, sys.argv[2], Trust(os.getuid()), keep_pythonpath=False); print(*sys.modules)"
    )
    words = [sys.executable, "-I", "-S", "-c", code, str(ROOT), str(shop)]
    loaded = set(subprocess.run(words, capture_output=True, text=True, check=True).stdout.split())
    assert not loaded & {"json", "pathlib", "re", "typing", "select", "signal", "jupyter_envs.kernels.conda_activation"}
