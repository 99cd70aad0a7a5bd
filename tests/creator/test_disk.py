"""A finished environment reaches the disk."""

from __future__ import annotations

import os
import sys

import pytest

from jupyter_envs.creator import disk

pytestmark = pytest.mark.skipif(os.name == "nt", reason="environments are not made on Windows")


def test_a_file_system_of_many_machines_is_not_flushed() -> None:
    proc = os.open("/proc", os.O_RDONLY) if sys.platform == "linux" else os.open("/", os.O_RDONLY)
    try:
        assert disk._kind(proc) not in disk._LOCAL or sys.platform != "linux"
        disk.sync(proc)
    finally:
        os.close(proc)
