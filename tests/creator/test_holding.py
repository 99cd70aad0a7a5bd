"""Whoever changes an environment holds it, by its folder and not by its name."""

from __future__ import annotations

import errno
import os
import shutil
import stat
from typing import TYPE_CHECKING

import pytest

from jupyter_envs.creator import holding
from jupyter_envs.errors import Occupied

if TYPE_CHECKING:
    from pathlib import Path

    from jupyter_envs.host import Host


@pytest.fixture
def prefix(project: Path) -> Path:
    (project / ".venv").mkdir()
    return project / ".venv"


def test_the_second_one_is_told(prefix: Path, host: Host) -> None:
    with holding.hold(prefix, host) as held:
        assert held.number == prefix.stat().st_ino
        with pytest.raises(Occupied, match="is being changed right now"), holding.hold(prefix, host):
            pytest.fail("two at once")
    with holding.hold(prefix, host):
        pass


def test_another_folder_of_the_name_is_refused(prefix: Path, host: Host) -> None:
    number = prefix.stat().st_ino
    prefix.rename(prefix.with_name("old"))
    prefix.mkdir()
    with pytest.raises(Occupied), holding.hold(prefix, host, number):
        pytest.fail("another one")


def test_a_link_on_the_way_is_not_followed(prefix: Path, host: Host) -> None:
    project = prefix.parent
    moved = project.with_name("moved")
    project.rename(moved)
    project.symlink_to(moved)
    with pytest.raises(OSError, match="A link was put there") as refusal, holding.hold(prefix, host):
        pytest.fail("through a link")
    assert refusal.value.errno == errno.ELOOP


def test_what_is_not_there_is_told(prefix: Path, host: Host) -> None:
    shutil.rmtree(prefix)
    with pytest.raises(FileNotFoundError), holding.hold(prefix, host):
        pytest.fail("nothing is there")


def test_on_a_disk_that_locks_no_folders_a_file_of_ours_is_locked(
    prefix: Path, host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = holding.lock

    def as_on_nfs(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        lock(descriptor)

    monkeypatch.setattr(holding, "lock", as_on_nfs)
    with holding.hold(prefix, host) as held:
        assert held.lock != held.folder
        with pytest.raises(Occupied), holding.hold(prefix, host):
            pytest.fail("two at once")
        moved = prefix.rename(prefix.with_name("parked"))
        with pytest.raises(Occupied), holding.hold(moved, host):
            pytest.fail("two at once, under another name")
        moved.rename(prefix)
    with holding.hold(prefix, host):
        pass


def test_another_failure_to_lock_is_told(prefix: Path, host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_descriptor: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(holding, "lock", fail)
    with pytest.raises(OSError, match="Input/output error"), holding.hold(prefix, host):
        pytest.fail("no lock")
