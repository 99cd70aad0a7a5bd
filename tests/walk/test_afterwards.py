"""Times that are taken after a walk: what changed since it began is not trusted, however that is hidden."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest

from jupyter_envs.walk import afterwards
from jupyter_envs.walk.times import UNTRUSTED, Known
from tests.walk.exploring import AN_HOUR, JUST_NOW, age

if TYPE_CHECKING:
    from pathlib import Path

PATHS = [b".", b"./a", b"./a/b", b"./c", b"./c/b"]
NEVER = range(0)


@pytest.fixture(autouse=True)
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Folders that are old, where the test stands."""
    monkeypatch.chdir(tmp_path)
    for path in PATHS[2::2]:
        os.makedirs(path)  # noqa: PTH103
    age(tmp_path)
    time.sleep(JUST_NOW)


def trusted(began: int, racy: range = NEVER, doubtful: frozenset[bytes] = frozenset()) -> list[bytes]:
    """The folders whose times and numbers are trusted after a walk that began then."""
    none = [UNTRUSTED] * len(PATHS)
    known = Known(PATHS[:], none[:], none, [], [])
    afterwards.take_times(known, set(doubtful), began, racy)
    found = [path for path, inode in zip(known.paths, known.inodes, strict=True) if inode != UNTRUSTED]
    for path, taken, inode in zip(known.paths, known.times, known.inodes, strict=True):
        if path in found:
            status = os.lstat(path)
            assert (taken, inode) == (status.st_mtime_ns, status.st_ino)
    return found


def test_what_rests_is_trusted() -> None:
    assert trusted(time.time_ns()) == PATHS
    assert trusted(time.time_ns(), doubtful=frozenset({b"./a"})) == [b".", b"./a/b", b"./c", b"./c/b"]


def test_what_changed_is_not_trusted_though_its_time_was_set_back(tmp_path: Path) -> None:
    began = time.time_ns()
    (tmp_path / "a" / "b" / "late").mkdir()
    os.utime("a/b", (1e9, 1e9))
    assert trusted(began) == [b".", b"./a", b"./c", b"./c/b"]


def test_nothing_is_trusted_below_a_folder_that_took_the_place_of_another(tmp_path: Path) -> None:
    began = time.time_ns()
    (tmp_path / "a").rename(tmp_path / "gone")
    (tmp_path / "c").rename(tmp_path / "a")
    assert trusted(began) == []
    assert trusted(time.time_ns() + AN_HOUR * 10**9) == [b".", b"./a", b"./a/b"]


def test_where_the_walk_stands_a_new_file_casts_no_doubt_on_what_is_below(tmp_path: Path) -> None:
    began = time.time_ns()
    (tmp_path / "note").touch()
    assert trusted(began) == PATHS[1:]


def test_a_folder_that_became_something_else_is_not_trusted(tmp_path: Path) -> None:
    (tmp_path / "c" / "b").rmdir()
    (tmp_path / "c" / "b").symlink_to("../a")
    assert trusted(time.time_ns() + AN_HOUR * 10**9) == PATHS[:-1]


def test_racy_times_are_not_trusted() -> None:
    now = time.time_ns()
    os.utime("a/b", ns=(now, now))
    later = now + AN_HOUR * 10**9
    assert trusted(later, range(now - 1, now + 1)) == [b".", b"./a", b"./c", b"./c/b"]


def test_times_in_whole_seconds_may_be_a_second_old() -> None:
    changed = afterwards._changed_since
    assert changed(5_900_000_000, 5_000_000_000)
    assert not changed(6_100_000_000, 5_000_000_000)
    assert not changed(5_900_000_000, 5_000_000_001)
    assert changed(5_900_000_000, 5_900_000_000)
