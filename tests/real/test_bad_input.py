"""Whatever lies in a home: nothing is lost, nothing hangs, the rest is listed, and what matters is said in one line."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.real.bad_input import SPOILED, Spoiled, false_environment
from tests.real.listing import Answer, command, jupyter_envs
from tests.real.outside import interpreters, run, variables
from tests.real.workshop import uv_venv

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

if sys.platform == "win32":
    pytest.skip("FIFOs, permissions and awkward names are POSIX's", allow_module_level=True)

pytestmark = pytest.mark.timeout(120)
GOOD = ("code/good/.venv", "code/next/venv", "Envs/good")
MEMORY = 400 * 1024**2
LIMITED = (
    "import os, resource, sys; "
    f"resource.setrlimit(resource.RLIMIT_AS, ({MEMORY}, {MEMORY})); os.execv(sys.argv[1], sys.argv[1:])"
)
AS_NO_SUPERUSER = "--bounding-set=-dac_override,-dac_read_search"


@pytest.fixture(scope="module")
def pattern(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with good environments, to be copied."""
    home = tmp_path_factory.mktemp("pattern").resolve() / "home"
    for place in GOOD:
        uv_venv(home / place, interpreters().default.executable)
    return home


@pytest.fixture
def home(pattern: Path, tmp_path: Path) -> Iterator[Path]:
    copy = Path(shutil.copytree(pattern, tmp_path.resolve() / "home", symlinks=True))
    yield copy
    subprocess.run(["chmod", "-R", "u+rwX", copy], check=False, capture_output=True)
    shutil.rmtree(copy) if not (copy / "code" / "deeper").exists() else run(["rm", "-rf", copy], variables(copy))


@pytest.fixture
def unprivileged(tmp_path: Path) -> list[str]:
    """The beginning of a command line that permissions apply to, which they do not to root."""
    secret = tmp_path / "secret"
    secret.touch()
    secret.chmod(0)
    setpriv = shutil.which("setpriv")
    before = [setpriv, AS_NO_SUPERUSER] if os.geteuid() == 0 and setpriv else []
    if subprocess.run([*before, "cat", str(secret)], capture_output=True, check=False).returncode == 0:
        pytest.skip("this user may read everything, and setpriv cannot change that")
    return before


def call(home: Path, *words: str, before: list[str] | None = None, more: Mapping[str, str] | None = None) -> Answer:
    env = variables(home, WORKON_HOME=str(home / "Envs"), **(more or {}))
    return jupyter_envs(home, *words, env=env, before=before or ())


def limited() -> list[str]:
    """The beginning of a command line that may not use much memory (macOS does not hold a program to it)."""
    return [sys.executable, "-c", LIMITED] if sys.platform == "linux" else []


def listed(answer: Answer, home: Path) -> set[str]:
    return {os.path.relpath(each["prefix"], home) for each in answer.environments()}


def assert_calm(answer: Answer) -> None:
    """No traceback, no exit by accident, and every line of standard error is one of ours."""
    assert "Traceback" not in answer.errors
    assert "Error" not in answer.errors.split(":")[0]
    assert answer.status in {0, 1}, (answer.status, answer.errors)
    assert [line for line in answer.errors.splitlines() if not line.startswith("jupyter-envs: ")] == []


@pytest.mark.parametrize("spoiled", SPOILED, ids=lambda each: each.name)
def test_the_rest_is_still_listed_and_what_is_wrong_is_said(
    spoiled: Spoiled, home: Path, unprivileged: list[str]
) -> None:
    spoiled.spoil(home)
    answer = call(home, "list", "--json", before=[*unprivileged, *limited()])
    assert_calm(answer)
    assert answer.status == 0
    assert set(GOOD) <= listed(answer, home)
    table = call(home, "list", "--long", before=unprivileged)
    assert_calm(table)
    assert table.status == 0
    if spoiled.said:
        assert spoiled.said in answer.errors + answer.output
        assert spoiled.said in table.errors + table.output


@pytest.mark.parametrize("spoiled", SPOILED, ids=lambda each: each.name)
def test_the_other_commands_stay_calm(spoiled: Spoiled, home: Path, unprivileged: list[str]) -> None:
    spoiled.spoil(home)
    for words in (["pythons"], ["which", "code/good"], ["which", "code/bad"], ["show", "code/next"]):
        assert_calm(call(home, *words, before=unprivileged))


NAMES = {
    "control characters": b"tab\tbell\x07escape\x1b[31mred\x7f",
    "a newline": b"two\nlines",
    "a carriage return": b"over\rwritten",
    "markup": b"<img src=x onerror=alert(1)>&amp;",
    "right to left": "\u202egnp.exe\u2066".encode(),
    "not UTF-8": b"caf\xe9 \xff\xfe",
    "quotes and dollars": b'it\'s "$HOME" `id` {connection_file} %s \\n',
    "spaces at both ends": b" space ",
    "dashes": b"--help",
    "255 bytes": b"n" * 255,
    "emoji and combining marks": "👩‍🔬e\u0301\u200b".encode(),
}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_an_environment_with_an_awkward_name_is_listed_and_shown_cleaned(name: bytes, home: Path) -> None:
    place = home / "code" / os.fsdecode(name) / ".venv"
    shutil.copytree(home / "code/good/.venv", place, symlinks=True)
    shutil.copytree(home / "code/good/.venv", home / "Envs" / os.fsdecode(name), symlinks=True)
    answer = call(home, "list", "--json")
    assert_calm(answer)
    rows = [each for each in answer.environments() if Path(each["prefix"]) == place]
    assert len(rows) == 1
    assert len(answer.environments()) == len(GOOD) + 2
    for shown in (rows[0]["name"], rows[0]["display_name"]):
        assert not any(unicodedata.category(each) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"} for each in shown)
    for words in (["list"], ["list", "--long"], ["show", rows[0]["id"]], ["which", rows[0]["prefix"]]):
        said = call(home, *words)
        assert_calm(said)
        assert said.status == 0, said.errors
        printed = (said.output + said.errors).replace("\n", "")
        assert not any(unicodedata.category(each) in {"Cc", "Cf", "Cs"} for each in printed)


def test_a_name_that_is_not_utf8_comes_back_through_json(home: Path) -> None:
    place = home / "code" / os.fsdecode(b"caf\xe9") / ".venv"
    shutil.copytree(home / "code/good/.venv", place, symlinks=True)
    answer = call(home, "list", "--json")
    answer.output.encode("ascii")
    assert str(place) in {each["prefix"] for each in answer.environments()}


@pytest.mark.parametrize("language", ["C", "POSIX", "nowhere.UTF-8"])
def test_a_terminal_that_knows_ascii_only(language: str, home: Path) -> None:
    shutil.copytree(home / "code/good", home / "code" / "Été 数据", symlinks=True)
    more = {"LC_ALL": language, "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "ascii"}
    for words in (["list"], ["list", "--json"], ["list", "--long"], ["show", "code/Été 数据"]):
        answer = call(home, *words, more=more)
        assert_calm(answer)
        assert answer.status == 0, answer.errors


def test_a_home_that_may_not_be_written(home: Path, unprivileged: list[str]) -> None:
    (home / ".cache").mkdir()
    for folder in (home / ".cache", home):
        folder.chmod(0o555)
    answer = call(home, "list", "--json", before=unprivileged)
    assert_calm(answer)
    assert set(GOOD) == listed(answer, home)


def test_a_home_that_may_not_be_read(home: Path, unprivileged: list[str]) -> None:
    home.chmod(0o311)
    answer = call(home, "list", "--json", before=unprivileged)
    assert_calm(answer)
    assert not answer.json()["complete"]
    assert str(home) in answer.errors + answer.output
    assert "Envs/good" in listed(answer, home)


def test_a_home_that_is_not_there(tmp_path: Path) -> None:
    answer = jupyter_envs(tmp_path, "list", "--json", env=variables(tmp_path / "nowhere"))
    assert_calm(answer)
    assert not answer.json()["complete"]
    assert "nowhere" in answer.errors + answer.output


def test_listing_writes_nothing_into_an_environment_or_a_project(home: Path) -> None:
    def state() -> list[tuple[str, int]]:
        return sorted((str(each), each.lstat().st_mtime_ns) for each in home.rglob("*"))

    before = state()
    call(home, "list")
    after = [each for each in state() if f"{home}/.cache" not in each[0]]
    assert after == before


@pytest.mark.parametrize("given", ["missing", "", "code/good/.venv/pyvenv.cfg", "a\nb", "~nobody-of-that-name/x"])
def test_a_workon_home_that_is_none(given: str, home: Path) -> None:
    env = variables(home, WORKON_HOME=given)
    answer = jupyter_envs(home, "list", "--json", env=env)
    assert_calm(answer)
    assert {"code/good/.venv", "code/next/venv"} <= listed(answer, home)
    assert not given or "WORKON_HOME" in answer.errors + answer.output


@pytest.mark.parametrize(
    "name", ["POETRY_VIRTUALENVS_PATH", "POETRY_CACHE_DIR", "POETRY_CONFIG_DIR", "PYENV_ROOT", "XDG_CACHE_HOME"]
)
@pytest.mark.parametrize("given", ["/nowhere", "relative", "~", "/dev/null", "{cache-dir}/{x}", "$NOTHING", "\udcff"])
def test_a_variable_that_leads_nowhere(name: str, given: str, home: Path) -> None:
    answer = call(home, "list", "--json", more={name: given})
    assert_calm(answer)
    assert set(GOOD) <= listed(answer, home)


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (["list", "--manager", "nope"], 2), (["list", "--state", "nope"], 2), (["nope"], 2), ([], 2),
        (["list", "--root", "/nowhere"], 0), (["list", "--root", "code/good/.venv/pyvenv.cfg"], 0),
        (["show", "nope"], 1), (["show", ""], 1), (["show", "x" * 5000], 1), (["show", "/dev/null"], 1),
        (["which", "/nowhere"], 1), (["which", "/"], 1), (["which", "/dev/null"], 1), (["which", "x" * 5000], 1),
        (["which", ""], 1),
    ],
    ids=str,
)  # fmt: skip
def test_the_exit_status(words: list[str], status: int, home: Path) -> None:
    answer = call(home, *words)
    assert answer.status == status, answer.errors
    assert "Traceback" not in answer.errors
    if status == 1:
        lines = answer.errors.splitlines()
        assert len(lines) == 1
        assert lines[0].startswith("jupyter-envs: ")


def test_a_reader_that_goes_away(home: Path) -> None:
    for number in range(60):
        false_environment(home / "code" / f"many{number}" / ".venv", b"home = /usr/bin\n")
    env = variables(home)
    for words in ("list", "list --json", "pythons"):
        line = f"'{command()[0]}' {words} | true"
        done = subprocess.run(["bash", "-c", line], env=env, cwd=home, capture_output=True, check=False, timeout=60)
        assert done.stderr == b""


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-", "> /dev/full"])
def test_closed_and_full_streams(closed: str, home: Path) -> None:
    line = f"'{command()[0]}' list {closed}"
    done = subprocess.run(
        ["bash", "-c", line], env=variables(home), cwd=home, capture_output=True, check=False, timeout=60
    )
    assert b"Traceback" not in done.stderr
    assert done.returncode in {0, 1}


def test_a_folder_that_was_deleted_under_the_command(home: Path, tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    line = f"mkdir '{gone}'; cd '{gone}'; rmdir '{gone}'; '{command()[0]}' "
    for words in ("list", "which", "pythons", "show good", "list --root ."):
        env = variables(home, WORKON_HOME=str(home / "Envs"))
        done = subprocess.run(
            ["bash", "-c", line + words], env=env, cwd=home, capture_output=True, check=False, timeout=60
        )
        assert b"Traceback" not in done.stderr
        assert done.returncode in {0, 1}
