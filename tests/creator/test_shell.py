"""The folder of an environment that is being made, its marker and its lock."""

from __future__ import annotations

import os
import shutil
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jupyter_envs.creator import Creator, Occupied
from jupyter_envs.creator.shell import Shell, _lock, _mark
from jupyter_envs.pyvenv import MARKER
from tests.creator.scene import made, make_file, make_full_folder, names_in, plain

if TYPE_CHECKING:
    from collections.abc import Callable


pytestmark = pytest.mark.skipif(os.name == "nt", reason="environments are not made on Windows")


def left_behind(prefix: Path) -> None:
    """What a kill leaves: a marker with the folder's number, its lock free, and half of an environment."""
    prefix.mkdir()
    (prefix / MARKER).write_bytes(b"%x" % prefix.stat().st_ino)
    (prefix / "pyvenv.cfg").write_text("home = /usr/bin\n")
    (prefix / "link").symlink_to(prefix.parent)


def test_of_many_that_sweep_the_same_place_at_once_at_most_one_gets_it(project: Path) -> None:
    prefix = project / ".venv"
    barrier = threading.Barrier(6)
    for _ in range(50):
        left_behind(prefix)
        got: list[Shell] = []
        others: list[BaseException] = []

        def take(got: list[Shell] = got, others: list[BaseException] = others) -> None:
            barrier.wait()
            try:
                got.append(Shell(prefix))
            except OSError as error:
                others.append(error)
            except Occupied as error:
                others.append(error)

        threads = [threading.Thread(target=take) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [type(other) for other in others] == [Occupied] * (6 - len(got))
        assert len(got) <= 1
        for shell in got:
            shell.discard()
            shell.close()
        shutil.rmtree(prefix, ignore_errors=True)


def test_a_marker_without_a_number_is_swept_when_it_is_alone(project: Path) -> None:
    (project / ".venv").mkdir()
    (project / ".venv" / MARKER).touch()
    Shell(project / ".venv").close()


def copy_of_marker(prefix: Path) -> None:
    prefix.mkdir()
    (prefix / MARKER).write_bytes(b"1")
    make_file(prefix / "mine")


def empty_marker_beside_files(prefix: Path) -> None:
    prefix.mkdir()
    (prefix / MARKER).touch()
    make_file(prefix / "mine")


def marker_that_is_a_link(prefix: Path) -> None:
    prefix.mkdir()
    (prefix.parent / "number").write_bytes(b"%x" % prefix.stat().st_ino)
    (prefix / MARKER).symlink_to("../number")
    make_file(prefix / "mine")


def marker_that_is_a_pipe(prefix: Path) -> None:
    prefix.mkdir()
    os.mkfifo(prefix / MARKER)
    make_file(prefix / "mine")


@pytest.mark.parametrize(
    "make", [copy_of_marker, empty_marker_beside_files, marker_that_is_a_link, marker_that_is_a_pipe]
)
def test_a_marker_that_was_not_made_for_this_folder_gives_nobody_the_right_to_delete(
    project: Path, creator: Creator, make: Callable[[Path], None]
) -> None:
    make(project / ".venv")
    with pytest.raises(Occupied, match="already exists"):
        made(creator, plain(project))
    assert (project / ".venv" / "mine").read_text() == "keep me"


def test_a_folder_that_was_moved_away_meanwhile_is_not_finished_and_its_replacement_not_deleted(project: Path) -> None:
    shell = Shell(project / ".venv")
    (project / ".venv").rename(project / "moved")
    make_full_folder(project / ".venv")
    with pytest.raises(Occupied, match="was moved"):
        shell.finish()
    shell.discard()
    shell.close()
    assert (project / ".venv" / "mine").read_text() == "keep me"
    assert (project / "moved" / MARKER).exists()


def test_whoever_marks_an_empty_folder_first_has_it(project: Path) -> None:
    first = Shell(project / ".venv")
    folder = os.open(project / ".venv", os.O_RDONLY)
    try:
        with pytest.raises(Occupied, match="being made right now"):
            _mark(folder, project / ".venv")
    finally:
        os.close(folder)
        first.discard()
        first.close()
    assert names_in(project) == ["requirements.txt"]


def test_a_folder_that_something_was_put_into_before_it_was_marked_is_taken(project: Path) -> None:
    make_full_folder(project / ".venv")
    folder = os.open(project / ".venv", os.O_RDONLY)
    try:
        with pytest.raises(Occupied, match="already exists"):
            _mark(folder, project / ".venv")
    finally:
        os.close(folder)
    assert names_in(project / ".venv") == ["mine"]


def test_a_marker_that_was_swept_before_it_was_locked_belongs_to_nobody(project: Path) -> None:
    marker = os.open(project / MARKER, os.O_RDWR | os.O_CREAT)
    (project / MARKER).unlink()
    try:
        with pytest.raises(Occupied, match="being made right now"):
            _lock(marker, project)
    finally:
        os.close(marker)


def test_a_shell_that_cannot_be_marked_leaves_no_folder(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_room(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", no_room)
    with pytest.raises(OSError, match="No space"):
        Shell(project / ".venv")
    assert names_in(project) == ["requirements.txt"]


def test_what_was_left_behind_is_swept_and_nothing_beside_it(project: Path, creator: Creator) -> None:
    left_behind(project / ".venv")
    made(creator, plain(project))
    assert names_in(project) == [".venv", "requirements.txt"]
    assert not (project / ".venv" / "link").exists()


def test_a_place_that_is_locked_is_being_made(project: Path, creator: Creator) -> None:
    shell = Shell(project / ".venv")
    try:
        with pytest.raises(Occupied, match="being made right now"):
            made(creator, plain(project))
    finally:
        shell.discard()
        shell.close()
    assert names_in(project) == ["requirements.txt"]


def test_the_path_that_tools_are_told_must_lead_to_the_folder(project: Path) -> None:
    shell = Shell(project / ".venv")
    (project / "link").symlink_to(".venv")
    try:
        shell.check(project / "link")
        for elsewhere in (project, project / "absent"):
            with pytest.raises(Occupied, match="was moved"):
                shell.check(elsewhere)
    finally:
        shell.discard()
        shell.close()


def test_nothing_is_written_through_a_link_in_the_environment(project: Path) -> None:
    make_full_folder(project / "theirs")
    shell = Shell(project / ".venv")
    (project / ".venv" / "bin").symlink_to("../theirs")
    (project / ".venv" / "note").symlink_to("../theirs/mine")
    try:
        for name in ("bin/mine", "note"):
            with pytest.raises(OSError, match=r"Too many levels|Not a directory"):
                shell.write(name, "harm")
    finally:
        shell.discard()
        shell.close()
    assert (project / "theirs" / "mine").read_text() == "keep me"


def test_what_stands_is_not_deleted_because_the_disk_says_no_afterwards(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell = Shell(project / ".venv")

    def refused(_: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", refused)
    shell.finish()
    shell.discard()
    shell.close()
    assert names_in(project / ".venv") == []


def test_what_could_not_be_finished_is_deleted(project: Path) -> None:
    shell = Shell(project / ".venv")
    (project / ".venv" / MARKER).unlink()  # as a careless tool may do
    with pytest.raises(FileNotFoundError):
        shell.finish()
    shell.discard()
    shell.close()
    assert not (project / ".venv").exists()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/proc is Linux's")
@pytest.mark.parametrize("place", ["/proc/x", "/proc/x/y"])
def test_where_the_system_takes_no_folders_the_true_reason_is_told(place: str) -> None:
    with pytest.raises(OSError, match="/proc takes no folders, as the system itself keeps it"):
        Shell(Path(place), Path("/proc"))
