"""What is deleted is the open folder, whatever goes by its name meanwhile; what cannot be deleted is told."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from jupyter_envs import pyvenv
from jupyter_envs.creator import deleting, holding, trash
from jupyter_envs.creator.shell import Shell
from jupyter_envs.pyvenv import MARKER
from tests.creator.scene import finder_of, listed, names_in
from tests.folders import make_base, make_environment, write

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
    assert names_in(held.prefix.with_name(name)) == [MARKER, "bin"]
    assert names_in(outside) == ["activate"]


def test_an_old_virtualenv_is_none_any_more_once_it_is_set_aside(held: Held) -> None:
    name = deleting.set_aside(held.parent, "env", held.folder)
    assert name is not None
    assert names_in(held.prefix.with_name(name) / "bin") == []


def test_it_is_listed_nowhere_from_the_moment_before_it_gets_its_other_name(
    held: Held, host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[bool] = []
    rename, interpreter = os.rename, make_base(host.home / "base")
    make_environment(held.prefix, interpreter)
    write(held.prefix.parent / "pyproject.toml")
    (host.home / ".virtualenvs").mkdir()

    def killed(*names: str, src_dir_fd: int, dst_dir_fd: int) -> None:
        seen.append(pyvenv.is_environment(os.fspath(held.prefix)))
        rename(*names, src_dir_fd=src_dir_fd, dst_dir_fd=dst_dir_fd)
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "rename", killed)
    with pytest.raises(KeyboardInterrupt):
        delete(held)
    monkeypatch.undo()
    (rest,) = held.prefix.parent.glob(f"{trash.TRASH}*")
    assert (rest / "pyvenv.cfg").exists()
    assert seen == [False]
    assert listed(host) == []
    finder = finder_of(host)
    assert finder.inspect(rest) is None
    assert finder.resolve(held.prefix.parent).environment is None
    rest.rename(host.home / ".virtualenvs" / rest.name)
    assert not [one for one in finder.central().environments if rest.name in os.fspath(one.prefix)]


def test_killed_before_it_gets_its_other_name_it_is_in_nobodys_way(held: Held, host: Host) -> None:
    make_environment(held.prefix, make_base(host.home / "base"))
    trash.mark(held.folder)
    assert listed(host) == []
    shell = Shell(held.prefix)
    try:
        assert names_in(held.prefix) == [MARKER]
    finally:
        shell.discard()
        shell.close()


def test_where_it_cannot_get_its_other_name_it_is_as_it_was(held: Held, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **_how: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(os, "rename", refused)
    with pytest.raises(PermissionError):
        delete(held)
    assert names_in(held.prefix) == ["bin", "pyvenv.cfg"]


def test_what_was_marked_before_stays_so_where_it_cannot_be_deleted(
    held: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(held.prefix / MARKER, "parked\n")
    monkeypatch.setattr(trash, "TRASH", "no/such/folder")
    with pytest.raises(FileNotFoundError):
        delete(held)
    assert (held.prefix / MARKER).exists()


def test_on_a_full_disk_it_is_deleted_all_the_same(held: Held, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "write", full)
    assert delete(held) == ()
    assert not held.prefix.exists()


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
    assert names_in(held.prefix.with_name("moved")) == ["bin", "pyvenv.cfg"]


def test_what_vanishes_meanwhile_is_as_good_as_deleted(held: Held, monkeypatch: pytest.MonkeyPatch) -> None:
    listdir = os.listdir
    monkeypatch.setattr(os, "listdir", lambda folder: [*listdir(folder), "vanished"])
    assert deleting.empty(held.folder) == ()


@pytest.mark.skipif(sys.platform != "linux" or os.getuid() != 0, reason="only root can make files that stay")
def test_what_stays_is_told_and_the_rest_goes(held: Held) -> None:
    kept = [write(held.prefix / "kept"), write(held.prefix / "lib" / "kept")]
    write(held.prefix / "lib" / "other")
    marker = write(held.prefix / MARKER)
    if subprocess.run(["chattr", "+i", *kept], capture_output=True, check=False).returncode:
        pytest.skip("this disk knows no immutable files")
    try:
        left = deleting.empty(held.folder)
    finally:
        subprocess.run(["chattr", "-i", *kept], check=True)
    assert {one.name.rpartition("/")[2] for one in left} == {"kept", "lib"}
    assert {one.why for one in left} == {"Operation not permitted", "Directory not empty"}
    assert sorted(held.prefix.rglob("*")) == sorted([*kept, held.prefix / "lib", marker])
