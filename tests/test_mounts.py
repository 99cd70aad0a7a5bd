"""Mounts: what kind they are, where a path lies, and which do not answer."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest

from jupyter_envs import mounts
from jupyter_envs.mounts import Mounts
from tests.dead_mount import dead_mount

MOUNTINFO = r"""22 1 254:0 / / rw,relatime - ext4 /dev/vda rw
23 22 0:21 / /proc rw shared:5 - proc proc rw
40 22 0:50 / /home rw master:1 - nfs4 server:/home rw,vers=4.2
41 40 0:51 / /home/user/a\040b\134c rw - ext4 /dev/sdb rw
42 22 0:52 / /net rw - autofs systemd-1 rw
43 22 0:53 / /mnt/sshfs rw - fuse.sshfs host: rw
44 22 0:54 / /mnt/layers rw - fuse.fuse-overlayfs x rw
45 42 0:55 / /net rw - ext4 /dev/sdc rw
nonsense

"""


@pytest.fixture
def some() -> Mounts:
    return Mounts(mounts.parse(MOUNTINFO))


def test_mount_points_and_types_are_read(some: Mounts) -> None:
    assert some.points == {
        "/": "ext4",
        "/proc": "proc",
        "/home": "nfs4",
        "/home/user/a b\\c": "ext4",
        "/net": "ext4",
        "/mnt/sshfs": "fuse.sshfs",
        "/mnt/layers": "fuse.fuse-overlayfs",
    }
    assert mounts.parse("") == {}


def test_a_path_lies_in_the_innermost_mount(some: Mounts) -> None:
    assert some.of("/home/user/a b\\c/x") == "/home/user/a b\\c"
    assert some.of("/home/user") == "/home"
    assert some.of("/homes") == "/"
    assert some.of("/") == "/"
    assert Mounts({}).of("/home") is None


def test_network_file_systems_are_known(some: Mounts) -> None:
    asked = ("/home", "/home/user/a b\\c", "/homes", "/mnt/sshfs/x", "/mnt/layers", "/net", "/")
    assert [some.is_network(path) for path in asked] == [True, False, False, True, False, False, False]
    for kind in ("nfs", "cifs", "smb3", "9p", "ceph", "lustre", "fuse.rclone", "fuse", "autofs", "beegfs"):
        assert Mounts({"/": kind}).is_network("/home/user")
    assert not Mounts({}).is_network("/home")


def test_file_systems_with_the_clock_of_this_machine_are_known(some: Mounts) -> None:
    assert [some.has_own_clock(path) for path in ("/srv", "/home", "/proc")] == [True, False, False]
    assert not Mounts({}).has_own_clock("/")


def test_the_mounts_of_this_machine_are_read() -> None:
    if not Path("/proc/self/mountinfo").exists():
        pytest.skip("needs Linux's list of mounts")
    assert Mounts.read().of("/") == "/"


def test_what_answers_is_not_dead(tmp_path: Path) -> None:
    some = Mounts({"/": "nfs", str(tmp_path): "cifs", str(tmp_path / "absent"): "nfs4"})
    assert not some.is_dead(str(tmp_path / "absent" / "x"))
    assert some.dead() == ()
    assert not Mounts({"/": "ext4"}).is_dead(str(tmp_path))


def test_a_dead_mount_is_told_in_a_second_and_asked_once(tmp_path: Path) -> None:
    with dead_mount(tmp_path / "dead") as dead:
        some = Mounts.read()
        assert some.points[str(dead)] == "fuse.hung"
        began = time.monotonic()
        assert some.is_dead(str(dead))
        assert mounts.PROBE_SECONDS <= time.monotonic() - began < mounts.PROBE_SECONDS + 1
        began, before = time.monotonic(), threading.active_count()
        assert some.is_dead(str(dead / "a" / "b"))
        assert not some.is_dead(str(tmp_path))
        assert not some.is_dead(str(tmp_path / "deadly"))
        assert time.monotonic() - began < 0.1
        assert threading.active_count() == before
        assert some.dead() == (str(dead),)


def test_a_mount_that_is_back_is_noticed_when_its_time_has_come(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with dead_mount(tmp_path / "dead") as dead:
        some = Mounts.read()
        assert some.is_dead(str(dead))
    assert some.is_dead(str(dead))
    monkeypatch.setattr(mounts, "REMEMBERED_SECONDS", 0.0)
    assert not some.is_dead(str(dead))
    assert some.dead() == ()


def test_links_are_followed_as_the_system_follows_them(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "file").touch()
    (tmp_path / "to_b").symlink_to("a/b")
    (tmp_path / "up").symlink_to("../" + tmp_path.name + "/to_b/..")
    (tmp_path / "whole").symlink_to(tmp_path / "up" / "b")
    (tmp_path / "gone").symlink_to("nowhere/at/all")
    asked = (
        "a",
        "to_b",
        "to_b/../file",
        "up",
        "up/file",
        "whole",
        "whole/../b",
        "gone",
        "gone/x",
        "./a//b/",
        "absent/x",
    )
    for some in (Mounts({}), Mounts({"/": "ext4", str(tmp_path / "a"): "nfs"})):
        for path in (f"{tmp_path}/{name}" for name in asked):
            assert some.leads(path) == os.path.realpath(path)
        assert [some.leads("/"), some.leads("/.."), some.leads("//")] == ["/", "/", "/"]


def test_links_in_a_circle_lead_nowhere_in_particular(tmp_path: Path) -> None:
    (tmp_path / "one").symlink_to("two/x")
    (tmp_path / "two").symlink_to("one")
    found = Mounts({}).leads(str(tmp_path / "one"))
    assert found is not None
    assert found.startswith((str(tmp_path / "one"), str(tmp_path / "two")))
    assert Mounts({}).leads("/a\0b") == "/a\0b"


def test_a_path_that_a_dead_mount_stands_in_leads_nowhere(tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "direct").symlink_to("dead")
    (tmp_path / "inside").symlink_to(tmp_path / "dead" / "env")
    (tmp_path / "twice").symlink_to("inside")
    (tmp_path / "through").symlink_to("dead/../here")
    (tmp_path / "beside").symlink_to("here")
    with dead_mount(tmp_path / "dead") as dead:
        some = Mounts.read()
        began = time.monotonic()
        for name in ("dead", "dead/env/bin", "direct", "inside/bin", "twice", "through"):
            assert some.leads(str(tmp_path / name)) is None, name
        assert some.leads(str(tmp_path / "beside" / "x")) == str(tmp_path / "here" / "x")
        assert some.leads(str(tmp_path / "deadly")) == str(tmp_path / "deadly")
        assert time.monotonic() - began < mounts.PROBE_SECONDS + 1
        assert some.dead() == (str(dead),)
