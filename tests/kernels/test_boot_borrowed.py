"""What a borrowed ipykernel changes in the interpreter that runs it, on every Python that can borrow one."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.folders import ROOT, write
from tests.kernels.cells import PYTHON
from tests.kernels.test_boot import FAKE_IPYKERNEL, INSTALLED, TRAPS
from tests.overlay.test_store import is_free

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="nothing is borrowed on Windows")
BOOT = ROOT / "jupyter_envs" / "boot" / "borrowed.py"
TELL = """
import importlib, importlib.metadata as metadata, os, subprocess
import shared, shared.part, mine, extra

OPEN = "/proc/self/fd/"

def said(words):
    return subprocess.run(words, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, close_fds=False).stdout.decode()

def told():
    importlib.reload(shared)
    ask = "import shared, sys; print(shared.VERSION, len(sys.meta_path), sys.path)"
    return {
        "path": sys.path,
        "words": sys.argv,
        "imported": [shared.VERSION, shared.part.VERSION, mine.VERSION, extra.VERSION],
        "metadata": [metadata.version(name) for name in ("Sha_Red", "sha-red", "mine", "extra")],
        "first": next(d.version for d in metadata.distributions() if d.metadata["Name"] == "sha-red"),
        "there": [d.version for d in metadata.distributions(name="sha-red", path=[os.environ["PYTHONPATH"]])],
        "outside": said([sys.executable, "-c", ask]),
        "inherited": said(["ls", "-l", "/proc/self/fd"]),
        "open": [os.path.realpath(OPEN + name) for name in os.listdir(OPEN)] if os.path.isdir(OPEN) else [],
    }
"""
WAITING = """
class IPKernelApp:
    @classmethod
    def launch_instance(cls):
        print("runs", flush=True)
        input()
"""


def fits(python: Path) -> bool:
    words = [str(python), "-c", "import sys; sys.exit(sys.version_info[:2] < (3, 8))"]
    return subprocess.run(words, check=False).returncode == 0


@pytest.fixture(params=[each for each in INSTALLED if fits(each)], ids=lambda python: python.parent.parent.name)
def python(request: pytest.FixtureRequest) -> Path:
    found: Path = request.param
    return found


def put(folder: Path, name: str, version: str, distribution: str | None = None) -> None:
    """A package, as an installation leaves it."""
    write(folder / name / "__init__.py", f"VERSION = {version!r}\n")
    write(folder / name / "part.py", f"VERSION = {version!r}\n")
    info = folder / f"{(distribution or name).replace('-', '_')}-{version}.dist-info"
    write(info / "METADATA", f"Metadata-Version: 2.1\nName: {distribution or name}\nVersion: {version}\n")


@pytest.fixture
def overlay(tmp_path: Path) -> Path:
    """An overlay whose ipykernel tells what it finds, beside packages of an environment."""
    folder = tmp_path / "o; ,1"
    write(folder / "overlay.json", "{}")
    for name, distribution in (("shared", "sha-red"), ("mine", None), ("extra", None)):
        put(folder / "site", name, "2", distribution)
    write(folder / "site" / "ipykernel" / "__init__.py")
    tell = FAKE_IPYKERNEL.replace("[sys.path, sys.argv, sorted(sys.modules)]", "told()") + TELL
    write(folder / "site" / "ipykernel" / "kernelapp.py", tell)
    put(tmp_path / "packages", "shared", "1", "sha-red")
    put(tmp_path / "packages", "mine", "1")
    write(tmp_path / "packages" / "sitecustomize.py", "import shared.part\n")
    return folder


def start(python: Path, overlay: Path, served: str, *, inherit: tuple[int, ...] = ()) -> dict[str, Any]:
    notebooks = overlay.parent / "notebooks"
    for name in (*TRAPS, "jupyter_envs_magic", "borrowed", "fcntl"):
        write(notebooks / f"{name}.py", "raise SystemExit('the file in the folder of notebooks was imported')\n")
    done = subprocess.run(
        [python, BOOT, overlay / "site", served, "-f", "k.json"],
        cwd=notebooks,
        env={"PATH": os.defpath, "PYTHONPATH": str(overlay.parent / "packages"), "PYTHONDONTWRITEBYTECODE": "1"},
        pass_fds=inherit,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def test_only_what_is_named_comes_from_the_overlay_and_the_metadata_agree(python: Path, overlay: Path) -> None:
    told = start(python, overlay, "shared;sha-red")
    assert told["imported"] == ["2", "2", "1", "2"]
    assert told["metadata"] == ["2", "2", "1", "2"]
    assert told["first"] == "2"
    assert told["there"] == ["1"]
    assert told["words"] == [str(BOOT), "-f", "k.json"]


def test_it_stands_at_the_end_of_the_path_and_nothing_else_of_ours_does(python: Path, overlay: Path) -> None:
    path = start(python, overlay, ";")["path"]
    assert path[-1] == str(overlay / "site")
    assert not {"", str(BOOT.parent), str(overlay.parent / "notebooks")} & set(path)


def test_nothing_is_served_where_nothing_is_named(python: Path, overlay: Path) -> None:
    told = start(python, overlay, ";")
    assert told["imported"] == told["metadata"] == ["1", "1", "1", "2"]


def test_what_it_starts_knows_nothing_of_all_this(python: Path, overlay: Path) -> None:
    with (overlay / "overlay.json").open() as file:
        fcntl.flock(file, fcntl.LOCK_SH)
        for told in (
            start(python, overlay, "shared;sha-red"),
            start(python, overlay, f"shared;sha-red;{file.fileno()}", inherit=(file.fileno(),)),
        ):
            version, _, rest = told["outside"].partition(" ")
            assert version == "1"
            assert str(overlay) not in rest
            assert "overlay.json" not in told["inherited"]
            assert (str(overlay / "overlay.json") in told["open"]) == (sys.platform == "linux")


@pytest.mark.parametrize("served", [";", ";;999", ";;1"])
def test_nobody_removes_it_meanwhile(overlay: Path, served: str) -> None:
    """Without a descriptor it takes the lock itself; one that is not open keeps nothing from starting."""
    fake = overlay / "site" / "ipykernel" / "kernelapp.py"
    write(fake, WAITING)
    put(overlay / "site", "pip", "1")
    write(overlay.parent / "packages" / "pip" / "__main__.py")
    words = [str(PYTHON), str(BOOT), str(overlay / "site"), served]
    told = {"PATH": os.defpath, "PYTHONPATH": str(overlay.parent / "packages")}
    with subprocess.Popen(words, env=told, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=overlay) as running:
        assert running.stdout is not None
        first, free = running.stdout.readline(), is_free(overlay)
        running.communicate(b"\n")
    assert (first, free) == (b"runs\n", served != ";")
    assert is_free(overlay)
