"""Small packages in the shape of real ones: installed in a folder, or as wheels with a lock file that pins them."""

from __future__ import annotations

import base64
import hashlib
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests.folders import link, make_environment, site_of, write, write_program

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jupyter_envs.host import Host

MINOR = f"{sys.version_info[0]}.{sys.version_info[1]}"
IPYKERNEL = {
    "ipykernel_launcher.py": "raise SystemExit('ipykernel was run')\n",
    "ipykernel/__init__.py": "",
    "ipykernel/kernelapp.py": "",
}
ZMQ = {"zmq/__init__.py": "", "zmq/backend.py": "answer = 42\n"}


def packages(ipykernel: str = "7.4.0") -> dict[str, tuple[str, list[str], Mapping[str, str]]]:
    """Name, version, requirements and files of an ipykernel and of what it requires."""
    return {
        "ipykernel": (ipykernel, ["pyzmq>=25", "colorama; sys_platform == 'win32'", "x; extra == 'test'"], IPYKERNEL),
        "pyzmq": ("27.1.0", [], ZMQ),
    }


def files_of(name: str, version: str, requires: list[str], files: Mapping[str, str]) -> dict[str, str]:
    """All files of an installed distribution, with its metadata and its RECORD, which lists a script elsewhere, too."""
    info = f"{name}-{version}.dist-info"
    lines = "".join(f"Requires-Dist: {each}\n" for each in requires)
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{lines}\n"
    found = {**files, f"{info}/METADATA": metadata}
    rows = [*(f"{path},{_digest(text.encode())},{len(text)}" for path, text in found.items()), f"{info}/RECORD,,"]
    scripts = f"../../../bin/{name},,\n__pycache__/{name}.cpython-312.pyc,,\n"
    return {**found, f"{info}/RECORD": "\n".join(rows) + "\n" + scripts}


def make_server(prefix: Path, python: Path, ipykernel: str = "7.4.0") -> Path:
    """An environment that stands for the server's own; its site-packages."""
    site = site_of(make_environment(prefix, python))
    for name, (version, requires, files) in packages(ipykernel).items():
        for path, text in files_of(name, version, requires, files).items():
            write(site / path, text)
    return site


def make_index(folder: Path, locks: Path, ipykernel: str = "7.4.0", minor: str = MINOR) -> None:
    """A folder of wheels, and a lock file that pins them by their hashes."""
    folder.mkdir(exist_ok=True)
    locks.mkdir(exist_ok=True)
    pins = []
    for name, (version, requires, files) in packages(ipykernel).items():
        wheel = _make_wheel(folder, name, version, requires, files)
        pins.append(f"{name}=={version} ; sys_platform != 'win32' \\\n    --hash=sha256:{_hex(wheel)}\n")
    pins.append(f"colorama==0.4.6 ; sys_platform == 'win32' \\\n    --hash=sha256:{'0' * 64}\n")
    (locks / f"py{minor}.txt").write_text("".join(pins))


def make_runnable(python: Path) -> Path:
    """Lets an interpreter of the tests' folders run as the one that runs the tests; its path."""
    return write_program(python, f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')


def running_python(host: Host) -> Path:
    """An environment on the interpreter that runs the tests; its prefix."""
    base = Path(sys.base_prefix, "bin", f"python{MINOR}")
    prefix = host.home / "shop" / ".venv"
    link(prefix / "bin" / "python", base)
    (prefix / "lib" / f"python{MINOR}" / "site-packages").mkdir(parents=True)
    write(prefix / "pyvenv.cfg", f"home = {base.parent}\ninclude-system-site-packages = false\nversion = {MINOR}.0\n")
    return prefix


def _make_wheel(folder: Path, name: str, version: str, requires: list[str], files: Mapping[str, str]) -> Path:
    path = folder / f"{name}-{version}-py3-none-any.whl"
    info = f"{name}-{version}.dist-info"
    tag = "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    lines = "".join(f"Requires-Dist: {each}\n" for each in requires)
    content = {
        **files,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{lines}\n",
        f"{info}/WHEEL": tag,
    }
    rows = [f"{each},{_digest(text.encode())},{len(text)}" for each, text in content.items()]
    with zipfile.ZipFile(path, "w") as archive:
        for each, text in content.items():
            archive.writestr(zipfile.ZipInfo(each), text)
        archive.writestr(zipfile.ZipInfo(f"{info}/RECORD"), "\n".join([*rows, f"{info}/RECORD,,"]) + "\n")
    return path


def _digest(data: bytes) -> str:
    return "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")


def _hex(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
