"""Looks: an answer holds for exactly as long as what it rests on is as it was."""

from __future__ import annotations

import os
import shutil
import time
from typing import TYPE_CHECKING

import pytest

from jupyter_envs.looks import Looks, look_inside, still_hold
from tests.folders import link, write

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LONG_AGO = 1_600_000_000
AN_HOUR_LATER = time.time_ns() + 3_600_000_000_000


def aged(path: Path) -> str:
    """The path as text, of something that did not change just now."""
    os.utime(path, (LONG_AGO, LONG_AGO))
    return str(path)


def rewrite(path: Path) -> None:
    """Other content of the same length, with the same time of change: only the inode differs."""
    status = path.stat()
    fresh = write(path.with_name("fresh"), path.read_text("utf-8")[::-1])
    fresh.replace(path)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


CHANGES: list[Callable[[Path], object]] = [
    lambda path: write(path, "longer than before"),
    lambda path: os.utime(path, (LONG_AGO + 1, LONG_AGO + 1)),
    lambda path: os.utime(path, (LONG_AGO - 1, LONG_AGO - 1)),
    lambda path: path.chmod(0o600),
    lambda path: path.unlink(),
    rewrite,
]


@pytest.mark.parametrize("change", CHANGES)
def test_a_file_that_was_looked_at_as_a_whole_shows_every_change(
    tmp_path: Path, change: Callable[[Path], object]
) -> None:
    path = write(tmp_path / "file", "text")
    path.chmod(0o644)
    looks = Looks()
    looks.whole(aged(path))
    assert still_hold(looks.seen)
    change(path)
    assert not still_hold(looks.seen)


def test_what_is_absent_shows_that_it_came(tmp_path: Path) -> None:
    looks = Looks()
    looks.whole(str(tmp_path / "later"))
    assert not looks.kind(str(tmp_path / "folder"))
    assert still_hold(looks.seen)
    write(tmp_path / "later")
    assert not still_hold(looks.seen)


def test_a_kind_stays_while_the_content_changes(tmp_path: Path) -> None:
    looks = Looks()
    looks.kind(str(tmp_path))
    write(tmp_path / "new")
    assert still_hold(looks.seen)
    looks.kind(str(tmp_path / "new"))
    (tmp_path / "new").unlink()
    (tmp_path / "new").mkdir()
    assert not still_hold(looks.seen)


def test_a_link_is_looked_at_where_it_leads(tmp_path: Path) -> None:
    old, new = write(tmp_path / "old", "a"), write(tmp_path / "new", "b")
    looks = Looks()
    path = link(tmp_path / "link", old)
    os.utime(old, (LONG_AGO, LONG_AGO))
    looks.whole(str(path))
    assert still_hold(looks.seen)
    path.unlink()
    link(path, new)
    assert not still_hold(looks.seen)


def test_what_changed_just_now_is_never_believed(tmp_path: Path) -> None:
    """It may change once more in the same step of the file system's clock."""
    looks = Looks()
    looks.whole(str(write(tmp_path / "fresh")))
    assert not still_hold(looks.seen)


@pytest.mark.parametrize("look", [Looks.whole, Looks.inside])
def test_what_changed_right_before_its_look_is_not_believed_however_long_others_took(
    tmp_path: Path, look: Callable[[Looks, str], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = Looks()
    monkeypatch.setattr(time, "time_ns", lambda: AN_HOUR_LATER)
    os.utime(tmp_path, ns=(AN_HOUR_LATER - 1, AN_HOUR_LATER - 1))
    look(looks, str(tmp_path))
    assert str(AN_HOUR_LATER - 1) not in str(looks.seen)


@pytest.mark.skipif(os.getuid() != 0, reason="only root gives files away")
@pytest.mark.parametrize("look", [Looks.whole, Looks.inside])
def test_another_owner_is_noticed_though_no_time_changes(tmp_path: Path, look: Callable[[Looks, str], object]) -> None:
    looks = Looks()
    look(looks, aged(tmp_path))
    assert still_hold(looks.seen)
    os.chown(tmp_path, 65534, -1)
    assert not still_hold(looks.seen)


def test_other_permissions_of_a_project_are_noticed_even_where_it_changed_just_now(tmp_path: Path) -> None:
    looks = Looks()
    looks.inside(str(tmp_path))
    assert still_hold(looks.seen)
    tmp_path.chmod(0o777)
    assert not still_hold(looks.seen)


@pytest.mark.parametrize(
    ("name", "folder", "noticed"),
    [("notes.txt", False, False), ("poetry.lock", False, True), (".venv", True, True), ("data", True, True)],
)
def test_inside_a_project_only_what_tells_something_and_folders_are_noticed(
    tmp_path: Path, name: str, *, folder: bool, noticed: bool
) -> None:
    write(tmp_path / "pyproject.toml")
    looks = Looks()
    assert looks.inside(aged(tmp_path)).telling == {"pyproject.toml"}
    if folder:
        (tmp_path / name).mkdir()
    else:
        write(tmp_path / name)
    assert still_hold(looks.seen) is not noticed


LINK_CHANGES: list[Callable[[Path], object]] = [
    lambda folder: link(folder / ".venv312", "elsewhere"),
    lambda folder: (folder / ".venv").unlink(),
    lambda folder: link(folder / "other", "elsewhere").replace(folder / ".venv"),
]


@pytest.mark.parametrize("change", LINK_CHANGES)
@pytest.mark.parametrize("settled", [True, False])
def test_a_link_called_like_an_environment_is_noticed_when_it_comes_goes_or_leads_elsewhere(
    tmp_path: Path, change: Callable[[Path], object], *, settled: bool
) -> None:
    link(tmp_path / ".venv", "nowhere")
    looks = Looks()
    found = looks.inside(aged(tmp_path) if settled else str(tmp_path))
    assert (found.links, found.folders) == ([".venv"], [])
    assert still_hold(looks.seen)
    change(tmp_path)
    assert not still_hold(looks.seen)


def test_a_link_called_otherwise_may_come_and_go(tmp_path: Path) -> None:
    looks = Looks()
    assert looks.inside(str(tmp_path)).links == []
    link(tmp_path / "latest", "somewhere")
    assert look_inside(str(tmp_path)).links == []
    assert still_hold(looks.seen)


def test_the_stricter_of_two_looks_counts_whatever_came_first(tmp_path: Path) -> None:
    path = aged(tmp_path)
    first, second = Looks(), Looks()
    first.inside(path)
    first.whole(path)
    second.whole(path)
    second.inside(path)
    second.kind(path)
    write(tmp_path / "notes.txt")
    assert not still_hold(first.seen)
    assert not still_hold(second.seen)


def test_a_folder_that_went_away_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "folder" / "inner").mkdir(parents=True)
    looks = Looks()
    looks.inside(aged(tmp_path / "folder"))
    shutil.rmtree(tmp_path / "folder")
    assert not still_hold(looks.seen)


def test_nothing_is_inside_what_is_no_folder(tmp_path: Path) -> None:
    found = look_inside(str(write(tmp_path / "file")))
    assert (found.telling, found.folders) == (frozenset(), [])
    assert look_inside("\0").folders == []
    looks = Looks()
    looks.whole("a\0b")
    assert not looks.kind("a\0b")
    assert still_hold(looks.seen)
