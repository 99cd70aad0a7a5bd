"""A disk of a few MB, mounted for a while and filled up at will."""

from __future__ import annotations

import os
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.real.outside import MissingError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MEBI = 1024 * 1024
OVERHEAD = 8
"""What an image needs for itself, in MiB."""
BALLAST = ".ballast"


@dataclass(frozen=True, slots=True)
class Disk:
    """A mounted one, by the folder that it is mounted at."""

    folder: Path

    def used(self) -> int:
        """How much of it is taken, in bytes."""
        status = os.statvfs(self.folder)
        return (status.f_blocks - status.f_bfree) * status.f_frsize

    @contextmanager
    def filled(self, room: int) -> Iterator[None]:
        """With that much room left, in bytes, until this is left."""
        status = os.statvfs(self.folder)
        free = status.f_bfree * status.f_frsize
        ballast = self.folder / BALLAST
        with ballast.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, max(1, free - room))
        try:
            yield
        finally:
            ballast.unlink()


@contextmanager
def small_disk(folder: Path, mebibytes: int) -> Iterator[Disk]:
    """A tmpfs at an empty folder, or an image of a disk where that is not allowed.

    Raises `MissingError`, with the reason, where this person may mount neither.
    """
    complaint = _mount("-t", "tmpfs", "-o", f"size={mebibytes}m,mode=755", "tmpfs", folder)
    if complaint is not None:
        _mount_image(folder, mebibytes, complaint)
    try:
        yield Disk(folder)
    finally:
        subprocess.run(["umount", folder], check=True)


def _mount_image(folder: Path, mebibytes: int, complaint: str) -> None:
    image = folder.with_name(f"{folder.name}.image")
    with image.open("wb") as file:
        file.truncate((mebibytes + OVERHEAD) * MEBI)
    if _fails("mkfs.ext4", "-q", "-m", "0", image) or _mount("-o", "loop", image, folder):
        raise MissingError(f"needs to mount a disk of a few MB: {complaint}")


def _mount(*words: str | Path) -> str | None:
    return _fails("mount", *words)


def _fails(*words: str | Path) -> str | None:
    """Why a program did not do it; None where it did."""
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=False)
    except OSError as error:
        return str(error)
    return (done.stderr.strip() or "no reason was given") if done.returncode else None
