"""What is deleted is deleted by descriptor, and nothing beside it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from jupyter_envs.creator.shell import Shell
from jupyter_envs.creator.trash import TRASH, remove
from tests.creator.scene import make_file, make_full_folder, names_in

if TYPE_CHECKING:
    from pathlib import Path


pytestmark = pytest.mark.skipif(os.name == "nt", reason="environments are not made on Windows")


def test_half_deleted_folders_are_swept_but_not_their_copies(project: Path) -> None:
    half = project / "half"
    half.mkdir()
    make_file(half / "rest")
    half = half.rename(project / f"{TRASH}{half.stat().st_ino:x}")
    copied = project / f"{TRASH}1"
    make_full_folder(copied)
    (project / f"{TRASH}2").symlink_to(copied)
    Shell(project / ".venv").close()
    assert not half.exists()
    assert (copied / "mine").read_text() == "keep me"


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
