"""Every benchmark runs on a small tree and measures what it says; whether a bound holds is for a quiet machine."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from tests.bench import __main__ as command
from tests.bench import borrowing, creating, following, kernelspecs, listing, serving, starting, walking
from tests.bench.rows import Row, table
from tests.bench.trees import make_tree

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the benchmarks read /proc")


PARTS = [walking, listing, serving, following, kernelspecs, starting, borrowing, creating]


@pytest.mark.parametrize("module", PARTS, ids=lambda module: module.__name__.rpartition(".")[2])
def test_a_benchmark_measures_something(tmp_path: Path, module: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TIMES", 1)
    monkeypatch.setattr(module, "SECONDS", 0.5, raising=False)
    measure: Callable[[Path, int, int], list[Row]] = module.measure  # type: ignore[attr-defined]  # each has one
    rows = measure(tmp_path, 5, 60)
    assert rows
    for row in rows:
        assert row.control > 0, row
        assert row.ours > 0, row
        assert row.bound
        assert str(row).count("|") == 7


def test_a_tree_has_what_it_says_and_is_made_once(tmp_path: Path) -> None:
    tree = make_tree(tmp_path, 40, 300)
    assert all((prefix / "pyvenv.cfg").is_file() for prefix in tree.environments)
    entered = [folder for folder in tree.home.rglob("*") if folder.is_dir() and not _is_hidden(folder, tree.home)]
    assert len(entered) + 1 + len(tree.environments) == 300
    marked = tree.home / "marked"
    marked.mkdir()
    assert make_tree(tmp_path, 40, 300) == tree
    assert marked.exists()


def test_the_table_says_what_does_not_hold() -> None:
    good, bad = Row("a", "2 times", 2.0, 3.0, "ms", within=True), Row("b", "1.3 times", 2.0, 3.0, "ms", within=False)
    told = table([good, bad]).splitlines()
    assert told[2] == "| a | 2 times | 1.50 | 2.0 ms | 3.0 ms | yes |"
    assert told[3].endswith("| NO |")


@pytest.mark.parametrize(("within", "status"), [(True, 0), (False, 1)])
def test_the_command_prints_the_table_and_says_whether_all_holds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *, within: bool, status: int
) -> None:
    row = Row("a", "2 times", 2.0, 3.0, "ms", within=within)
    monkeypatch.setitem(command.PARTS, "walking", lambda *_: [row])
    monkeypatch.setattr(sys, "argv", ["bench", "walking", "--folder", str(tmp_path / "new")])
    assert command.main() == status
    assert str(row) in capsys.readouterr().out


def test_a_part_that_there_is_not_is_wrong_usage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["bench", "dancing"])
    with pytest.raises(SystemExit):
        command.main()


def _is_hidden(folder: Path, home: Path) -> bool:
    parts = folder.relative_to(home).parts
    return "node_modules" in parts or any(part.startswith(".") for part in parts)
