"""A finished environment reaches the disk."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from jupyter_envs.creator import disk

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(os.name == "nt", reason="environments are not made on Windows")


def test_a_file_system_of_many_machines_is_not_flushed() -> None:
    proc = os.open("/proc", os.O_RDONLY) if sys.platform == "linux" else os.open("/", os.O_RDONLY)
    try:
        assert disk._kind(proc) not in disk._LOCAL or sys.platform != "linux"
        disk.sync(proc)
    finally:
        os.close(proc)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux flushes one file system")
def test_what_the_disk_does_not_take_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = os.open(tmp_path, os.O_RDONLY)
    os.close(folder)
    monkeypatch.setattr(disk, "_kind", lambda _: "ext4")
    with pytest.raises(OSError, match="Bad file descriptor"):
        disk.sync(folder)
