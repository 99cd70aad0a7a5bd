"""No overlay is ever there half-made, whatever is killed and when."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jupyter_envs.borrowing import BeingMade, Borrower, Incomplete, Removal, contents, workshop
from jupyter_envs.errors import Cancelled, Refused, ToolFailed
from jupyter_envs.overlay import store
from tests.borrowing.conftest import Told, left_in, own_place
from tests.folders import ROOT, write

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jupyter_envs.host import Host
    from jupyter_envs.pyvenv import Reading

pytestmark = pytest.mark.skipif(os.name == "nt", reason="nothing is borrowed on Windows")

KILLS = 20
_BUILD = """
import os, sys
from pathlib import Path
from jupyter_envs import pyvenv
from jupyter_envs.borrowing import Borrower, Quiet, index_made
from jupyter_envs.host import Host
home, prefix, locks = sys.argv[1:]
index_made.LOCKS = Path(locks)
host = Host(Path(home), dict(os.environ), "linux", os.getuid(), Path(home, "server"), Path(home, "machine"))
Borrower(host).build(pyvenv.read(prefix, home), Quiet())
"""


def builder(host: Host, reading: Reading, tmp_path: Path) -> subprocess.Popen[bytes]:
    """A process that makes an overlay."""
    words = [sys.executable, "-c", _BUILD, os.fspath(host.home), reading.prefix, os.fspath(tmp_path / "locks")]
    kept = {name: value for name, value in os.environ.items() if name.startswith("COVERAGE")}
    return subprocess.Popen(words, env={**host.variables, **kept}, cwd=ROOT)


def test_whatever_is_killed_no_half_made_overlay_is_there(indexed: Host, real: Reading, tmp_path: Path) -> None:
    place, whole = own_place(indexed), 0
    tag = str(store.tag(real))
    dice = random.Random(4)  # noqa: S311 -- moments to kill at
    began = time.monotonic()
    assert builder(indexed, real, tmp_path).wait(60) == 0
    lasts = time.monotonic() - began
    for _ in range(KILLS):
        Borrower(indexed).remove(None)
        process = builder(indexed, real, tmp_path)
        time.sleep(dice.uniform(0.3, 1.0) * lasts)
        process.send_signal(signal.SIGKILL)
        process.wait(10)
        found = Borrower(indexed).newest(tag)
        assert [name for name in left_in(place) if not name.startswith(".")] == ([f"{tag}.1"] if found else [])
        whole += found is not None
        if found:
            assert contents.versions(found) == {"ipykernel": "7.4.0", "pyzmq": "27.1.0"}
    print(f"{KILLS} kills, {whole} of them after the end")
    Borrower(indexed).build(real, Told())
    assert left_in(place) == [f"{tag}.1"]


def test_of_two_builders_one_builds_and_the_other_takes_its_result(
    indexed: Host, real: Reading, tmp_path: Path
) -> None:
    both = [builder(indexed, real, tmp_path) for _ in range(2)]
    assert [process.wait(60) for process in both] == [0, 0]
    assert left_in(own_place(indexed)) == [f"{store.tag(real)}.1"]


@pytest.fixture
def held(host: Host, shop: Reading) -> Iterator[None]:
    """Somebody is making an overlay of that tag."""
    with workshop.bench(os.fspath(own_place(host)), str(store.tag(shop)), Told()):
        yield


def test_who_may_not_wait_is_told_that_it_is_being_made(borrower: Borrower, shop: Reading, held: None) -> None:
    told = Told()
    with pytest.raises(BeingMade, match="being prepared"):
        borrower.build(shop, told, seconds=0.1)
    assert told.phases == ["Waiting for another one who prepares the same"]


def test_who_waits_can_be_cancelled(borrower: Borrower, shop: Reading, held: None) -> None:
    told = Told()
    threading.Timer(0.2, told.cancel.set).start()
    with pytest.raises(Cancelled):
        borrower.build(shop, told)


def test_what_a_killed_attempt_left_is_swept_but_not_that_of_another_tag(
    borrower: Borrower, shop: Reading, host: Host, told: Told
) -> None:
    place, tag = own_place(host), store.tag(shop)
    for name in (f".making-{tag}.0011", ".trash-0011", ".making-cpython-3.9-linux.0011"):
        write(place / name / "site" / "a.py")
    borrower.build(shop, told)
    assert left_in(place) == [".making-cpython-3.9-linux.0011", f"{tag}.1"]


def test_no_lock_is_left_after_building_nor_after_removing(
    borrower: Borrower, shop: Reading, host: Host, told: Told
) -> None:
    place = own_place(host)
    folder = borrower.build(shop, told)
    assert [each.name for each in place.iterdir()] == [Path(folder).name]
    for name in (".cpython-3.9-linux.lock", f".{store.tag(shop)}.lock"):  # of builders that were killed
        write(place / name)
    write(place / ".trash-0011" / "site" / "a.py")
    with workshop.bench(str(place), "cpython-3.8-linux", Told()):
        borrower.remove(None)
        assert [each.name for each in place.iterdir()] == [".cpython-3.8-linux.lock"]
    borrower.build(shop, told)
    borrower.remove("3.12")
    assert not place.parent.exists()


def test_locks_that_go_while_others_wait_let_only_one_build_at_a_time(host: Host) -> None:
    place, at_work, most = str(own_place(host)), [], []

    def build(number: int) -> None:
        for _ in range(30):
            with workshop.bench(place, "cpython-3.9-linux", Told()):
                at_work.append(number)
                most.append(len(at_work))
                at_work.remove(number)
            workshop.tidy(place)

    builders = [threading.Thread(target=build, args=(number,)) for number in range(6)]
    for each in builders:
        each.start()
    for each in builders:
        each.join(60)
    assert (len(most), max(most)) == (180, 1)


@pytest.mark.skipif(os.name == "nt" or os.getuid() != 0, reason="only root can give files to others")
def test_one_that_somebody_else_made_is_left_to_them(
    borrower: Borrower, shop: Reading, told: Told, host: Host, open_folder: Path
) -> None:
    folder = borrower.build(shop, told)
    moved = open_folder / "home"
    shutil.copytree(host.home, moved)
    overlay = moved / Path(folder).relative_to(host.home)
    for each in (overlay, *list(overlay.parents)[:4]):
        each.chmod(0o755)
    theirs = Borrower(replace(host, home=moved, uid=65534))
    os.seteuid(65534)
    try:
        listed, removed = theirs.overlays(), theirs.remove(None)
    finally:
        os.seteuid(0)
    assert [one.ipykernel for one in listed] == ["7.4.0"]
    assert [each.fix for each in removed.failed] == ["Ask root, who made it, to remove it."]


def test_a_running_kernel_keeps_its_overlay(borrower: Borrower, shop: Reading, told: Told) -> None:
    folder = borrower.build(shop, told)
    held = store.hold(folder)
    assert held is not None
    assert borrower.overlays()[0].in_use
    assert borrower.remove(None) == Removal((), (folder,), ())
    os.close(held)
    assert not borrower.overlays()[0].in_use
    assert borrower.remove("3.12") == Removal((folder,), (), ())
    assert borrower.overlays() == []


def test_an_overlay_without_a_description_can_be_removed(borrower: Borrower, shop: Reading, told: Told) -> None:
    folder = borrower.build(shop, told)
    Path(folder, "overlay.json").unlink()
    assert borrower.overlays()[0].ipykernel is None
    assert borrower.newest(str(store.tag(shop))) is None
    assert borrower.remove(None) == Removal((folder,), (), ())


def test_what_is_not_whole_is_not_put_in_place(
    borrower: Borrower, shop: Reading, told: Told, server: Path, host: Host
) -> None:
    record = (server / "ipykernel-7.4.0.dist-info" / "RECORD").read_text()
    kept = [line for line in record.splitlines() if "kernelapp" not in line]
    write(server / "ipykernel-7.4.0.dist-info" / "RECORD", "\n".join(kept))
    with pytest.raises(Incomplete, match=r"No module named 'ipykernel.kernelapp'"):
        borrower.build(shop, told, download=False)
    assert left_in(own_place(host)) == []


def test_what_conflicts_with_itself_is_not_put_in_place(
    borrower: Borrower, shop: Reading, told: Told, server: Path, host: Host
) -> None:
    write(server / "pyzmq-27.1.0.dist-info" / "METADATA", "Name: pyzmq\nVersion: 18.0.0\n")
    with pytest.raises(ToolFailed, match=r"ipykernel 7.4.0 needs pyzmq>=25"):
        borrower.build(shop, told)
    assert left_in(own_place(host)) == []


def test_a_full_disk_is_one_clear_message_and_nothing_is_left(
    borrower: Borrower, shop: Reading, told: Told, server: Path, host: Host
) -> None:
    place = own_place(host)
    place.mkdir(parents=True)
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", str(place)], check=False)
    if mounted.returncode:
        pytest.skip("may not mount a disk of its own")
    try:
        large = server / "zmq" / "large.txt"
        large.write_bytes(b"x" * 3 * 1024 * 1024)
        with (server / "pyzmq-27.1.0.dist-info" / "RECORD").open("a") as record:
            record.write("zmq/large.txt,,\n")
        with pytest.raises(Refused, match="No space left on device") as caught:
            borrower.build(shop, told)
        assert caught.value.fix == "Make room on the disk, then try again."
        assert left_in(place) == []
    finally:
        subprocess.run(["umount", str(place)], check=True)


def test_a_folder_that_cannot_be_made_is_refused_in_words(
    borrower: Borrower, shop: Reading, told: Told, host: Host
) -> None:
    write(host.home / ".local" / "share", "a file")
    with pytest.raises(Refused, match=r"An ipykernel for Python 3.12 could not be prepared in .*Not a directory"):
        borrower.build(shop, told)


def test_a_persons_own_is_private_and_an_administrators_for_all(
    borrower: Borrower, shop: Reading, told: Told, host: Host
) -> None:
    before = os.umask(0o077)
    try:
        own, machines = borrower.build(shop, told), borrower.build(shop, told, system=True)
    finally:
        os.umask(before)
    assert machines.startswith(str(host.system))
    init = Path(machines, "site", "zmq", "__init__.py")
    assert [path.stat().st_mode & 0o777 for path in (Path(own), Path(machines), init)] == [0o700, 0o755, 0o644]
    assert borrower.newest(str(store.tag(shop))) == machines
    assert [each.system for each in borrower.overlays()] == [True, False]
