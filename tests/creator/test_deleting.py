"""What is deleted is the open folder, whatever goes by its name meanwhile; what cannot be deleted is told."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from jupyter_envs.creator import deleting, holding, trash
from tests.creator.scene import names_in
from tests.folders import write

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jupyter_envs.creator.holding import Held
    from jupyter_envs.host import Host

pytestmark = pytest.mark.skipif(os.name == "nt", reason="environments are not removed on Windows")


@pytest.fixture
def held(project: Path, host: Host) -> Iterator[Held]:
    write(project / "env" / "pyvenv.cfg", "home = /usr/bin\n")
    write(project / "env" / "bin" / "activate")
    with holding.hold(project / "env", host) as held:
        yield held


def delete(held: Held) -> tuple[deleting.Left, ...] | None:
    return deleting.delete(held.parent, "env", held.folder)


def test_all_of_it_goes(held: Held) -> None:
    assert delete(held) == ()
    assert names_in(held.prefix.parent) == ["requirements.txt"]


def test_what_makes_it_an_environment_goes_first_and_through_no_link(held: Held) -> None:
    outside = held.prefix.parent / "outside"
    (held.prefix / "bin").rename(outside)
    (held.prefix / "bin").symlink_to(outside)
    name = deleting.set_aside(held.parent, "env", held.folder)
    assert name == trash.TRASH + f"{held.number:x}"
    assert names_in(held.prefix.with_name(name)) == ["bin"]
    assert names_in(outside) == ["activate"]


def test_an_old_virtualenv_is_none_any_more_once_it_is_set_aside(held: Held) -> None:
    name = deleting.set_aside(held.parent, "env", held.folder)
    assert name is not None
    assert names_in(held.prefix.with_name(name) / "bin") == []


def test_another_folder_of_its_name_stays(held: Held) -> None:
    held.prefix.rename(held.prefix.with_name("moved"))
    write(held.prefix / "other")
    assert delete(held) is None
    assert (held.prefix / "other").exists()
    assert (held.prefix.with_name("moved") / "pyvenv.cfg").exists()


def test_one_that_was_swapped_in_at_the_last_moment_gets_its_name_back(
    held: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename = os.rename

    def swap_then_rename(*names: str, src_dir_fd: int, dst_dir_fd: int) -> None:
        monkeypatch.setattr(os, "rename", rename)
        held.prefix.rename(held.prefix.with_name("moved"))
        write(held.prefix / "other")
        rename(*names, src_dir_fd=src_dir_fd, dst_dir_fd=dst_dir_fd)

    monkeypatch.setattr(os, "rename", swap_then_rename)
    assert delete(held) is None
    assert (held.prefix / "other").exists()
    assert (held.prefix.with_name("moved") / "pyvenv.cfg").exists()


def test_what_vanishes_meanwhile_is_as_good_as_deleted(held: Held, monkeypatch: pytest.MonkeyPatch) -> None:
    listdir = os.listdir
    monkeypatch.setattr(os, "listdir", lambda folder: [*listdir(folder), "vanished"])
    assert deleting.empty(held.folder) == ()


@pytest.mark.skipif(sys.platform != "linux" or os.getuid() != 0, reason="only root can make files that stay")
def test_what_stays_is_told_and_the_rest_goes(held: Held) -> None:
    kept = [write(held.prefix / "kept"), write(held.prefix / "lib" / "kept")]
    write(held.prefix / "lib" / "other")
    if subprocess.run(["chattr", "+i", *kept], capture_output=True, check=False).returncode:
        pytest.skip("this disk knows no immutable files")
    try:
        left = deleting.empty(held.folder)
    finally:
        subprocess.run(["chattr", "-i", *kept], check=True)
    assert {one.name.rpartition("/")[2] for one in left} == {"kept", "lib"}
    assert {one.why for one in left} == {"Operation not permitted", "Directory not empty"}
    assert sorted(held.prefix.rglob("*")) == sorted([*kept, held.prefix / "lib"])
