"""The few lines of ours that run inside people's environments, on every Python there is."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.folders import ROOT, write
from tests.real.outside import pyenv_root, pyenv_versions

BOOT = ROOT / "jupyter_envs" / "boot" / "kernel.py"
TRAPS = ("ipykernel_launcher", "enum", "traitlets", "kernel", "zmq", "site", "os")

INSTALLED = [each / "bin" / "python" for each in pyenv_versions(pyenv_root())]
PYTHONS = [Path(sys.executable), *INSTALLED]

FAKE_IPYKERNEL = """
from __future__ import print_function
import json, sys

class IPKernelApp:
    shell = None

    @classmethod
    def instance(cls):
        return cls()

    @classmethod
    def launch_instance(cls):
        cls().start()

    def initialize(self):
        pass

    def start(self):
        print(json.dumps([sys.path, sys.argv, sorted(sys.modules)]))
"""


def test_interpreters_of_pyenv_are_there_to_try() -> None:
    if not INSTALLED:
        pytest.skip(f"needs interpreters in {pyenv_root()}")
    assert all(python.exists() for python in INSTALLED)


@pytest.mark.parametrize("python", PYTHONS, ids=lambda python: python.parent.parent.name)
def test_it_starts_ipykernel_and_imports_nothing_of_the_notebooks_folder(python: Path, tmp_path: Path) -> None:
    """ipykernel is a stand-in that tells what it finds, so that no installation is needed for each Python."""
    write(tmp_path / "packages" / "ipykernel" / "__init__.py")
    write(tmp_path / "packages" / "ipykernel" / "kernelapp.py", FAKE_IPYKERNEL)
    folder = tmp_path / "notebooks"
    mark = tmp_path / "imported"
    for name in TRAPS:
        write(folder / f"{name}.py", f"open({str(mark)!r}, 'w')\n")
    done = subprocess.run(
        [python, BOOT, "-f", "connection.json"],
        cwd=folder,
        env={"PATH": os.defpath, "PYTHONPATH": str(tmp_path / "packages"), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    path, words, _ = json.loads(done.stdout)
    assert words == [str(BOOT), "-f", "connection.json"]
    assert str(BOOT.parent) not in path
    assert str(folder) not in path
    assert "" not in path
    assert not mark.exists()


def test_it_does_nothing_when_it_is_only_imported(tmp_path: Path) -> None:
    code = "import sys; sys.path.insert(0, sys.argv[1]); import kernel; print(kernel.__doc__.splitlines()[0])"
    done = subprocess.run(
        [sys.executable, "-c", code, str(BOOT.parent)], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert done.stdout.startswith("Starts the ipykernel")


@pytest.mark.parametrize("name", ["kernel.py", "borrowed.py"])
def test_no_interpreter_writes_into_the_servers_packages(tmp_path: Path, name: str) -> None:
    boot = shutil.copytree(BOOT.parent, tmp_path / "boot", ignore=shutil.ignore_patterns("*.pyc"))
    words = [sys.executable, str(boot / name), *(["/nowhere", ";"] if name == "borrowed.py" else []), "--version"]
    told = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    assert subprocess.run(words, env=told, capture_output=True, text=True, check=True, cwd=tmp_path).stdout.strip()
    assert not list(boot.rglob("*.pyc"))
