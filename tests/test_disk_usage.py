"""The room that environments take on disk."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from jupyter_envs import disk_usage
from tests.folders import as_somebody_else, link, write

BIG = 1_000_000
pytestmark = pytest.mark.skipif(os.name == "nt", reason="files have several names on Unix")


def big(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x" * BIG)
    return path


def again(path: Path, target: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.hardlink_to(target)
    return path


def millions(size: int) -> int:
    """In the size of the large files: folders take a few blocks on top."""
    return round(size / BIG)


def test_a_file_with_several_names_counts_once_over_all_and_once_for_each(tmp_path: Path) -> None:
    cached = big(tmp_path / "cache" / "package")
    for name in ("a", "b"):
        again(tmp_path / name / "one", cached)
        again(tmp_path / name / "two", cached)
        big(tmp_path / name / "own")
    sizes = disk_usage.measure([tmp_path / "a", tmp_path / "b"])
    assert [millions(each.size) for each in sizes.environments] == [2, 2]
    assert [millions(each.freed) for each in sizes.environments] == [1, 1]
    assert millions(sizes.total) == 3
    assert sizes.complete


def test_what_has_all_its_names_inside_is_freed(tmp_path: Path) -> None:
    again(tmp_path / "a" / "two", big(tmp_path / "a" / "one"))
    (usage,) = disk_usage.measure([tmp_path / "a"]).environments
    assert (millions(usage.size), millions(usage.freed)) == (1, 1)


def test_the_largest_comes_first_and_each_can_be_asked_for(tmp_path: Path) -> None:
    big(tmp_path / "b" / "x")
    write(tmp_path / "a" / "x")
    sizes = disk_usage.measure([tmp_path / "a", tmp_path / "b", tmp_path / "a"])
    assert [each.prefix.name for each in sizes.environments] == ["b", "a"]
    assert sizes.of(tmp_path / "b") == sizes.environments[0]
    assert sizes.of(tmp_path / "c") is None


def test_links_are_not_followed(tmp_path: Path) -> None:
    big(tmp_path / "elsewhere" / "x")
    link(tmp_path / "a" / "folder", tmp_path / "elsewhere")
    link(tmp_path / "a" / "file", tmp_path / "elsewhere" / "x")
    link(tmp_path / "a" / "circle", tmp_path / "a")
    assert millions(disk_usage.measure([tmp_path / "a"]).total) == 0


def test_an_environment_inside_of_another_counts_once(tmp_path: Path) -> None:
    big(tmp_path / "base" / "x")
    big(tmp_path / "base" / "envs" / "one" / "x")
    sizes = disk_usage.measure([tmp_path / "base", tmp_path / "base" / "envs" / "one"])
    assert [millions(each.size) for each in sizes.environments] == [1, 1]
    assert millions(sizes.total) == 2


def test_a_file_with_holes_takes_what_is_written(tmp_path: Path) -> None:
    path = write(tmp_path / "a" / "sparse")
    os.truncate(path, 100 * BIG)
    assert millions(disk_usage.measure([tmp_path / "a"]).total) == 0


def test_what_is_gone_counts_as_nothing(tmp_path: Path) -> None:
    sizes = disk_usage.measure([tmp_path / "gone"])
    assert (sizes.total, sizes.environments[0].size, sizes.complete) == (0, 0, True)


def test_what_vanishes_meanwhile_counts_as_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(3):
        big(tmp_path / "a" / str(number) / "x")
    entries = disk_usage._entries

    def vanishing(folder: str) -> list[os.DirEntry[str]]:
        if folder.endswith("/1"):
            shutil.rmtree(folder)
        found = entries(folder)
        if folder.endswith("/0"):
            (Path(folder) / "x").unlink()
        return found

    monkeypatch.setattr(disk_usage, "_entries", vanishing)
    assert millions(disk_usage.measure([tmp_path / "a"]).total) == 1


def test_what_may_not_be_read_counts_as_nothing(open_folder: Path) -> None:
    big(open_folder / "a" / "closed" / "x")
    big(open_folder / "a" / "x")
    (open_folder / "a" / "closed").chmod(0)
    code = (
        "from pathlib import Path\n"
        "from jupyter_envs import disk_usage\n"
        "print(disk_usage.measure([Path(sys.argv[1])]).total)\n"
    )
    assert millions(int(as_somebody_else(code, open_folder / "a"))) == 1


def test_time_that_runs_out_is_told(tmp_path: Path) -> None:
    big(tmp_path / "a" / "x")
    sizes = disk_usage.measure([tmp_path / "a"], seconds=-1)
    assert (sizes.complete, sizes.environments) == (False, ())


def test_it_ends_in_the_middle_of_one_when_it_is_no_longer_wanted(tmp_path: Path) -> None:
    for number in range(600):
        write(tmp_path / "a" / str(number))
    asked = 0

    def cancelled() -> bool:
        nonlocal asked
        asked += 1
        return asked > 2

    seen = []
    sizes = disk_usage.measure([tmp_path / "a", tmp_path / "b"], lambda *told: seen.append(told), cancelled)
    assert (sizes.complete, sizes.environments) == (False, ())
    assert sizes.total > 0
    assert seen == [(0, tmp_path / "a")]
