"""What lies in a folder is deleted, and nothing on a disk that is mounted in it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from jupyter_envs.creator import trees
from jupyter_envs.pyvenv import MARKER
from tests.creator.scene import names_in
from tests.folders import ROOT, write

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(os.name == "nt", reason="environments are not removed on Windows")

EMPTY = """
import os, sys
from jupyter_envs.creator import trees
folder = os.open(sys.argv[1], os.O_RDONLY)
trees.empty(folder, lambda path, error: print(path, error.strerror, sep=": "))
"""
MOUNT = """
set -e
if [ "$1" = tmpfs ]; then mount -t tmpfs tmpfs "$2"; echo thesis > "$2/thesis"; else mount --bind "$1" "$2"; fi
"$3" -c "$4" "$5"
ls "$2"
"""


def emptied(folder: Path) -> list[str]:
    """What could not be deleted."""
    stays: list[str] = []
    opened = os.open(folder, os.O_RDONLY)
    try:
        trees.empty(opened, lambda path, _error: stays.append(path))
    finally:
        os.close(opened)
    return stays


DEEP = """
import os, resource, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (200, 200))
from jupyter_envs.creator import trees
top = os.open(sys.argv[1], os.O_RDONLY)
here = os.dup(top)
for _ in range(3000):
    os.mkdir("d", dir_fd=here)
    below = os.open("d", os.O_RDONLY, dir_fd=here)
    os.close(here)
    here = below
os.close(os.open("file", os.O_CREAT | os.O_WRONLY, dir_fd=here))
os.close(here)
trees.empty(top, lambda path, error: print(error))
print(os.listdir(top))
"""


def test_however_deep_it_is_it_goes(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", DEEP, tmp_path], capture_output=True, text=True, check=False, cwd=ROOT)
    assert (done.stdout, done.stderr) == ("[]\n", "")


@pytest.mark.parametrize("what", ["outside", "tmpfs"])
def test_what_is_mounted_in_it_meanwhile_stays(tmp_path: Path, what: str) -> None:
    if sys.platform != "linux" or not shutil.which("unshare"):
        pytest.skip("mounts of one's own are Linux's")
    trial = ["unshare", "-rm", "mount", "-t", "tmpfs", "tmpfs", os.fspath(tmp_path)]
    if subprocess.run(trial, check=False, capture_output=True).returncode:
        pytest.skip("nobody may mount anything here")
    outside, point = tmp_path / "outside", tmp_path / "env" / "lib" / "data"
    write(outside / "thesis")
    point.mkdir(parents=True)
    write(tmp_path / "env" / "pyvenv.cfg")
    source = "tmpfs" if what == "tmpfs" else outside
    words = ["unshare", "-rm", "sh", "-c", MOUNT, "sh", source, point, sys.executable, EMPTY, tmp_path / "env"]
    ended = subprocess.run(words, capture_output=True, text=True, check=True)
    assert ended.stdout.splitlines() == [
        "lib/data: Another disk is mounted there", "lib: Directory not empty", "thesis",
    ]  # fmt: skip
    assert names_in(tmp_path / "env") == ["lib"]
    assert names_in(outside) == ["thesis"]


def test_the_marker_goes_last_and_stays_with_what_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (MARKER, "a", "deep/er/b"):
        write(tmp_path / "env" / name)
    unlink, gone = os.unlink, list[str]()

    def noted(name: str, *, dir_fd: int) -> None:
        gone.append(name)
        if name == "a" and gone.count("a") == 1:
            raise PermissionError(1, "no")
        unlink(name, dir_fd=dir_fd)

    monkeypatch.setattr(os, "unlink", noted)
    assert emptied(tmp_path / "env") == ["a"]
    assert names_in(tmp_path / "env") == [MARKER, "a"]
    assert emptied(tmp_path / "env") == []
    assert gone[-1] == MARKER
    assert names_in(tmp_path / "env") == []
