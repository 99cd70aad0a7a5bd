"""The short version of what `python -m tests.upstream` runs: a file of each suite, as its authors wrote it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from tests.upstream import __main__ as command
from tests.upstream.comparing import Compared, compare
from tests.upstream.sources import NotThereError, fetch
from tests.upstream.suites import STOCK, SUITES, Runner, Suite

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the suites of others are made for POSIX")

LITTLE = """
from jupyter_client.kernelspec import KernelSpecManager

def test_a(): pass
def test_b(): raise SystemError
def test_c(): assert "Environment" not in repr(KernelSpecManager)
"""


@pytest.fixture(scope="session")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where sources are unpacked, once."""
    return tmp_path_factory.mktemp("sources")


@pytest.mark.parametrize("suite", SUITES, ids=lambda suite: suite.distribution)
def test_the_suites_of_others_pass_with_ours_as_with_the_stock_manager(
    suite: Suite, sources: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        folder = fetch(suite.distribution, sources)
    except NotThereError as missing:
        pytest.skip(str(missing))
    compared = compare(suite, folder, short=True)
    with capsys.disabled():
        print("", *compared.lines(), sep="\n")
    assert compared.holds
    assert set(compared.outcomes) == {STOCK, *suite.managers}
    assert "passed" in compared.outcomes[STOCK].values()


@pytest.fixture
def little(tmp_path: Path) -> Path:
    """A suite in which one test passes, one fails, and one passes with the stock manager alone."""
    folder = tmp_path / "little"
    folder.mkdir()
    (folder / "test_little.py").write_text(LITTLE)
    (folder / "pyproject.toml").write_text("[tool.pytest.ini_options]\naddopts = '--no-such-option'\n")
    return folder


def test_what_only_the_stock_manager_passes_is_named(little: Path) -> None:
    suite = Suite("little", paths=("test_little.py",), short=("test_little.py::test_a",), managers=("class",))
    compared = compare(suite, little)
    assert compared.outcomes[STOCK] == {
        "test_little.py::test_a": "passed",
        "test_little.py::test_b": "failed",
        "test_little.py::test_c": "passed",
    }
    assert compared.worse == {"class": ["test_little.py::test_c"]}
    assert not compared.holds
    assert list(compared.lines()) == [
        "little          stock      2 passed, 0 skipped, 1 failed",
        "little          class      1 passed, 0 skipped, 2 failed",
        "    WORSE: test_little.py::test_c",
    ]
    assert compare(suite, little, short=True).holds


def test_a_suite_that_cannot_be_read_is_no_success(little: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (little / "test_little.py").write_text("raise RuntimeError")
    suite = Suite("little", paths=("test_little.py",), short=(), managers=())
    assert Runner(suite, little).run(STOCK, suite.paths) == {"test_little.py": "failed"}
    assert "RuntimeError" in capsys.readouterr().err
    nothing = Compared(suite, {STOCK: {"test_a": "passed"}, "class": {}})
    assert not nothing.holds
    assert list(nothing.lines())[1] == "little          class      nothing could be run"


def test_a_suite_that_there_is_not_is_wrong_usage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["upstream", "notebook"])
    with pytest.raises(SystemExit):
        command.main()
