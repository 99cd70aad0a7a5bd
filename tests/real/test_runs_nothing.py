"""Finding runs nothing that it finds: no interpreter, no hook, no tool, no line of a .pth file."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import jupyter_envs as jupyter_envs_package
from tests.real import audited, traps
from tests.real.listing import command, jupyter_envs
from tests.real.outside import interpreters

if TYPE_CHECKING:
    from tests.real.traps import Trapped
    from tests.real.workshop import Tree

pytestmark = pytest.mark.timeout(900)
CALLS = {
    "list": ["list"],
    "list --json": ["list", "--json"],
    "list --long": ["list", "--long"],
    "list --rescan": ["list", "--rescan"],
    "list --no-wait": ["list", "--no-wait"],
    "pythons": ["pythons"],
    "pythons --json": ["pythons", "--json"],
    "which, by place": ["which", "../real"],
    "which, false interpreter": ["which", "../false", "--json"],
    "which, Poetry": ["which", "../shop"],
    "show, real": ["show", "../real"],
    "show, false interpreter": ["show", "../false/.venv", "--json"],
    "show, hooks": ["show", "wrapped"],
    "show, nothing": ["show", "no such environment"],
}
EXECVE = re.compile(r'execve(?:at)?\((?:\S+, )?"(?P<path>(?:[^"\\]|\\.)*)".* = 0$')
OPENAT = re.compile(r'open(?:at)?\((?:[^"]+, )?"(?P<path>(?:[^"\\]|\\.)*)", (?P<flags>[A-Z_|]+).*= \d+')
ENVIRONMENTS = 4


@pytest.fixture(scope="module")
def trapped(tree: Tree, tmp_path_factory: pytest.TempPathFactory) -> Trapped:
    folder = tmp_path_factory.mktemp("trapped").resolve()
    return traps.lay(folder, tree.tools, interpreters().default.executable)


@pytest.fixture
def trace(trapped: Trapped, tmp_path: Path) -> list[str]:
    """The beginning of a command line that writes what the kernel saw to `trace` in this test's folder."""
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("strace is not installed")
    started = [
        strace,
        "-f",
        "-qq",
        "-s",
        "4096",
        "-e",
        "trace=execve,execveat,open,openat",
        "-o",
        str(tmp_path / "trace"),
    ]
    if subprocess.run([*started, "/bin/sh", "-c", ":"], capture_output=True, check=False).returncode:
        pytest.skip("this machine does not let strace watch a program")
    return started


def unescaped(text: str) -> str:
    return text.encode().decode("unicode_escape").encode("latin-1").decode(errors="replace")


def executed(trace: str) -> list[str]:
    return [unescaped(found["path"]) for found in map(EXECVE.search, trace.splitlines()) if found]


def opened(trace: str, below: Path) -> list[Path]:
    """The files below a folder that were opened to be read; folders do not count."""
    found = [each for each in map(OPENAT.search, trace.splitlines()) if each and "O_DIRECTORY" not in each["flags"]]
    paths = [Path(unescaped(each["path"])) for each in found]
    return [each for each in paths if each.is_relative_to(below)]


def audit(trapped: Trapped, report: Path, *words: str) -> Any:  # noqa: ANN401 -- the edge where JSON comes in
    argv = [sys.executable, "-P", "-s", audited.__file__, str(report), str(trapped.home), *words]
    subprocess.run(argv, env=trapped.env, cwd=trapped.cwd, capture_output=True, timeout=60, check=False)
    return json.loads(report.read_text(encoding="utf-8"))


def is_our_walk(started: str) -> bool:
    """Whether it is this Python with our own walk, which strace follows."""
    child = Path(jupyter_envs_package.__file__).parent / "walk" / "child.py"
    words = [sys.executable, "-I", "-S", str(child)]
    return started.startswith(f"subprocess.Popen ({sys.executable!r}, {words!r}, ")


def foreign_programs(paths: list[str]) -> list[str]:
    """Those that are not the command itself or the interpreter that the tests run on."""
    own = {Path(sys.executable).resolve(), *(Path(each).resolve() for each in command() if each.startswith("/"))}
    return [each for each in paths if Path(each).resolve() not in own]


def test_every_trap_bites_when_it_is_run(trapped: Trapped) -> None:
    harmless = []
    for trap in trapped.traps:
        trapped.clear()
        subprocess.run(trap.bait, env=trapped.env, cwd=trap.cwd, capture_output=True, timeout=60, check=False)
        if trap.name not in trapped.marked():
            harmless.append(trap.name)
    trapped.clear()
    assert harmless == []
    assert len(trapped.traps) > len(traps.TOOLS)


def test_the_audit_sees_a_program_and_a_module(trapped: Trapped, tmp_path: Path) -> None:
    program, modules = trapped.home / "bin" / "poetry", trapped.home / "code" / "modules"
    seen = audit(trapped, tmp_path / "report", "control", str(program), str(modules), "packaging")
    assert trapped.marked() == ["module packaging", "poetry on PATH"]
    trapped.clear()
    assert any(str(program) in each for each in seen["started"])
    assert any(str(modules / "packaging.py") in each for each in seen["executed"])


def test_strace_sees_a_program_and_a_file(trapped: Trapped, trace: list[str], tmp_path: Path) -> None:
    program, file = trapped.home / "bin" / "poetry", trapped.cwd / "json.py"
    lines = f"'{program}'; cat '{file}'"
    subprocess.run([*trace, "/bin/sh", "-c", lines], capture_output=True, timeout=60, check=True)
    trapped.clear()
    seen = (tmp_path / "trace").read_text(encoding="utf-8")
    assert str(program) in foreign_programs(executed(seen))
    assert file in opened(seen, trapped.home)


def test_the_listing_reaches_the_traps(trapped: Trapped) -> None:
    listed = jupyter_envs(trapped.home, "list", "--json", env=trapped.env, cwd=trapped.cwd).environments()
    prefixes = {Path(each["prefix"]).relative_to(trapped.home).as_posix() for each in listed}
    places = {"code/false/.venv", "code/real/.venv", "Envs/false", "Envs/wrapped", ".pyenv/versions/3.99.0"}
    assert prefixes == {*places, ".cache/pypoetry/virtualenvs/shop-abcdEFGH-py3.11"}
    assert trapped.marked() == []


@pytest.mark.parametrize("words", CALLS.values(), ids=CALLS)
def test_no_trap_is_run(words: list[str], trapped: Trapped) -> None:
    answer = jupyter_envs(trapped.home, *words, env=trapped.env, cwd=trapped.cwd)
    assert answer.status in {0, 1}, answer.errors
    assert trapped.marked() == []


def test_no_trap_is_run_while_the_shell_completes_a_name(trapped: Trapped) -> None:
    pytest.importorskip("argcomplete")
    line = "jupyter-envs show wra"
    asked = {
        "_ARGCOMPLETE": "1",
        "_ARGCOMPLETE_IFS": "\n",
        "COMP_LINE": line,
        "COMP_POINT": str(len(line)),
        "COMP_TYPE": "9",
    }
    argv = ["bash", "-c", f"'{command()[0]}' 8>&1 9>&2"]
    done = subprocess.run(argv, env=trapped.env | asked, cwd=trapped.cwd, capture_output=True, timeout=60, check=False)
    assert done.stdout.decode().strip().startswith("wrapped-"), done.stderr
    assert trapped.marked() == []


@pytest.mark.parametrize("words", CALLS.values(), ids=CALLS)
def test_the_audit_sees_nothing_started_and_no_code_of_the_tree(
    words: list[str], trapped: Trapped, tmp_path: Path
) -> None:
    seen = audit(trapped, tmp_path / "report", *words)
    assert [each for each in seen["started"] if not is_our_walk(each)] == []
    assert seen["executed"] == []
    assert trapped.marked() == []


@pytest.mark.parametrize("words", CALLS.values(), ids=CALLS)
def test_strace_sees_nothing_started_and_no_code_of_the_tree(
    words: list[str], trapped: Trapped, trace: list[str], tmp_path: Path
) -> None:
    jupyter_envs(trapped.home, *words, env=trapped.env, cwd=trapped.cwd, before=trace)
    seen = (tmp_path / "trace").read_text(encoding="utf-8")
    assert executed(seen), "strace saw not even the command itself"
    assert foreign_programs(executed(seen)) == []
    code = [
        each
        for each in opened(seen, trapped.home)
        if each.suffix in {".py", ".pyc", ".so"} or each.parent.name == "bin"
    ]
    assert [each for each in code if each.name != "activate"] == []
    assert trapped.marked() == []


def test_the_tree_of_real_environments_is_listed_without_starting_anything(
    tree: Tree, trace: list[str], tmp_path: Path
) -> None:
    home = tree.home("main")
    answer = jupyter_envs(home.folder, "list", "--json", moved=home.moved, before=trace)
    seen = (tmp_path / "trace").read_text(encoding="utf-8")
    assert len(answer.environments()) > ENVIRONMENTS
    assert foreign_programs(executed(seen)) == []
    assert [each for each in opened(seen, home.folder) if each.suffix in {".py", ".pyc", ".so"}] == []
