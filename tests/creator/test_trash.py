"""What is deleted is deleted by descriptor, and nothing beside it."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from jupyter_envs.creator import trash
from jupyter_envs.creator.places import FOLDER
from jupyter_envs.creator.shell import Shell
from jupyter_envs.creator.trash import TRASH, remove
from jupyter_envs.pyvenv import MARKER
from tests.creator.scene import make_file, make_full_folder, names_in

if TYPE_CHECKING:
    from pathlib import Path


pytestmark = pytest.mark.skipif(os.name == "nt", reason="environments are not made on Windows")


def half_deleted(project: Path, name: str, noted: str | None = None) -> Path:
    """What a killed deletion leaves; `noted` is what its marker holds."""
    (project / name).mkdir()
    number = f"{(project / name).stat().st_ino:x}"
    make_file(project / name / "rest")
    (project / name / MARKER).write_text(number if noted is None else noted)
    return (project / name).rename(project / f"{TRASH}{number}")


def test_half_deleted_folders_are_swept_but_not_their_copies(project: Path) -> None:
    half, of_full_disk = half_deleted(project, "half"), half_deleted(project, "full", "")
    emptied = half_deleted(project, "emptied")
    shutil.rmtree(emptied)
    emptied.mkdir()
    emptied = emptied.rename(project / f"{TRASH}{emptied.stat().st_ino:x}")
    copied = project / f"{TRASH}1"
    shutil.copytree(half, copied)
    (project / f"{TRASH}2").symlink_to(copied)
    Shell(project / ".venv").close()
    assert not half.exists()
    assert not of_full_disk.exists()
    assert not emptied.exists()
    assert (copied / "rest").read_text() == "keep me"


def test_a_folder_that_somebody_else_named_like_trash_is_not_swept(project: Path) -> None:
    make_full_folder(project / "data")
    named = (project / "data").rename(project / f"{TRASH}{(project / 'data').stat().st_ino:x}")
    of_another = half_deleted(project, "other", "7")
    linked = half_deleted(project, "linked")
    (linked / MARKER).rename(project / "number")
    (linked / MARKER).symlink_to("../number")
    Shell(project / ".venv").close()
    assert (named / "mine").exists()
    assert (of_another / "rest").exists()
    assert (linked / "rest").exists()


@pytest.mark.skipif(os.name == "nt" or os.getuid() != 0, reason="only root can give files away")
def test_a_marker_of_somebody_else_gives_nobody_the_right_to_sweep(project: Path) -> None:
    half = half_deleted(project, "half")
    os.chown(half / MARKER, 65534, -1)
    Shell(project / ".venv").close()
    assert (half / "rest").exists()


def test_a_folder_that_took_the_place_of_ours_is_not_deleted(project: Path) -> None:
    make_full_folder(project / "theirs")
    (project / "ours").mkdir()
    parent, ours = os.open(project, os.O_RDONLY), os.open(project / "ours", os.O_RDONLY)
    try:
        remove(parent, "theirs", ours)
    finally:
        os.close(parent)
        os.close(ours)
    assert names_in(project) == ["ours", "requirements.txt", "theirs"]


def test_a_folder_is_deleted_with_all_in_it_and_nothing_that_its_links_lead_to(project: Path) -> None:
    make_full_folder(project / "theirs")
    make_full_folder(project / "ours")
    (project / "ours" / "deep" / "deeper").mkdir(parents=True)
    (project / "ours" / "deep" / "link").symlink_to(project / "theirs")
    (project / "ours" / "link").symlink_to(project / "theirs")
    parent, ours = os.open(project, os.O_RDONLY), os.open(project / "ours", os.O_RDONLY)
    try:
        assert remove(parent, "ours", ours)
        assert not remove(parent, "ours", ours)
    finally:
        os.close(parent)
        os.close(ours)
    assert names_in(project) == ["requirements.txt", "theirs"]
    assert names_in(project / "theirs") == ["mine"]


@pytest.mark.parametrize("way", ["_mark_at_once", "_mark_by_name"])
def test_a_marker_has_its_number_from_the_first(tmp_path: Path, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if way == "_mark_at_once" and not hasattr(os, "O_TMPFILE"):
        pytest.skip("only Linux has files without a name")
    folder = os.open(tmp_path, FOLDER)
    seen: list[bool] = []
    written = os.write

    def write_and_look(descriptor: int, data: bytes) -> int:
        seen.append((tmp_path / MARKER).exists())
        return written(descriptor, data)

    monkeypatch.setattr(os, "write", write_and_look)
    try:
        getattr(trash, way)(folder)
        assert (tmp_path / MARKER).read_bytes() == trash.number_of(folder)
    finally:
        os.close(folder)
    assert seen == [False]
    assert names_in(tmp_path) == [MARKER]
