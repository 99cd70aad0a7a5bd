"""What is taken for a borrowed ipykernel, and what is left alone."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jupyter_envs.borrowing import workshop
from tests.borrowing.conftest import own_place
from tests.folders import link, write

if TYPE_CHECKING:
    from jupyter_envs.borrowing import Borrower
    from jupyter_envs.host import Host
    from jupyter_envs.pyvenv import Reading
    from tests.borrowing.conftest import Told

pytestmark = pytest.mark.skipif(os.name == "nt", reason="nothing is borrowed on Windows")


def test_what_is_no_overlay_is_neither_listed_nor_removed(
    borrower: Borrower, shop: Reading, told: Told, host: Host
) -> None:
    place, folder = own_place(host), borrower.build(shop, told)
    kept = [
        write(place / "notes.1"),
        write(place / "cpython-3.12-notes.1"),
        write(place / "thesis.2" / "overlay.json"),
        write(place / "cpython-3.12-thesis.1" / "chapter.txt"),
        place / "cpython-3.12-link.1",
    ]
    link(kept[-1], host.home)
    assert [each.folder for each in borrower.overlays()] == [folder]
    borrower.remove(None)
    assert not Path(folder).exists()
    assert all(os.path.lexists(each) for each in kept)


def test_one_that_cannot_be_looked_into_counts_as_in_use(tmp_path: Path) -> None:
    assert workshop.in_use(str(write(tmp_path / "overlay")))


def test_one_that_somebody_else_removed_meanwhile_is_gone(tmp_path: Path) -> None:
    assert workshop.remove(str(tmp_path / "gone"))


def test_the_lock_that_a_removal_takes_is_on_a_file_open_for_writing(tmp_path: Path) -> None:
    """NFS gives no other exclusive one."""
    import fcntl  # absent on Windows

    write(tmp_path / "overlay.json")
    held = workshop.hold(str(tmp_path))
    assert held is not None
    assert fcntl.fcntl(held, fcntl.F_GETFL) & os.O_ACCMODE == os.O_RDWR
    os.close(held)


def test_one_on_a_disk_that_cannot_be_written_is_not_in_use(tmp_path: Path) -> None:
    mount = subprocess.run(["mount", "-t", "tmpfs", "none", str(tmp_path)], check=False)
    if mount.returncode:
        pytest.skip("may not mount a disk of its own")
    try:
        write(tmp_path / "overlay" / "overlay.json")
        subprocess.run(["mount", "-o", "remount,ro", str(tmp_path)], check=True)
        assert not workshop.in_use(str(tmp_path / "overlay"))
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)
