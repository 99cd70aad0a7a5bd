"""A file system that never answers: FUSE, mounted by hand, whose other end nobody reads."""

from __future__ import annotations

import ctypes
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_NOSUID, _NODEV, _DETACH = 2, 4, 2


@contextmanager
def dead_mount(folder: Path) -> Iterator[Path]:
    """The folder, with a file system on it that never answers; skips the test where none can be made.

    In the end whatever hangs in it is let go with an error.
    """
    try:
        descriptor = os.open("/dev/fuse", os.O_RDWR | os.O_CLOEXEC)
    except OSError as error:
        pytest.skip(f"needs FUSE: {error}")
    libc = ctypes.CDLL(None, use_errno=True)
    folder.mkdir(parents=True, exist_ok=True)
    options = f"fd={descriptor},rootmode=40000,user_id=0,group_id=0".encode()
    try:
        if libc.mount(b"hung", os.fsencode(folder), b"fuse.hung", _NOSUID | _NODEV, options):
            pytest.skip(f"needs the right to mount: {os.strerror(ctypes.get_errno())}")
        try:
            yield folder
        finally:
            libc.umount2(os.fsencode(folder), _DETACH)
    finally:
        os.close(descriptor)
