"""Two small packages as wheels, so that a round of making and killing needs no network and little time."""

from __future__ import annotations

import base64
import ensurepip
import hashlib
import shutil
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

PIECES = 40
TINY = {f"tiny/piece{number}.py": f"VALUE = {number}\n" for number in range(PIECES)}
TINY["tiny/__init__.py"] = "".join(f"from tiny import piece{number} as _{number}\n" for number in range(PIECES))
"""A package that cannot be imported when only some of its files are there."""
KERNEL = {
    "ipykernel_launcher.py": "from ipykernel import pieces\n\nprint(pieces)\n",
    "ipykernel/__init__.py": "".join(f"from ipykernel import piece{number}\n" for number in range(PIECES))
    + f"pieces = {PIECES}\n",
    **{f"ipykernel/piece{number}.py": "" for number in range(PIECES)},
}
"""What finding takes for an ipykernel, as quick to install."""


def make_wheels(folder: Path) -> Path:
    """A folder with both, and with what an environment begins with: the pip that comes with this Python, and more.

    Those of a Python before 3.12 begin with setuptools and wheel, too, which nobody uses here.
    """
    folder.mkdir()
    make_wheel(folder, "tiny", "1.0", TINY)
    make_wheel(folder, "ipykernel", "7.4.0", KERNEL)
    for name in ("setuptools", "wheel"):
        make_wheel(folder, name, "1.0", {f"{name}/__init__.py": ""})
    for pip in Path(ensurepip.__file__).parent.glob("_bundled/pip-*.whl"):
        shutil.copy(pip, folder)
    return folder


def make_wheel(folder: Path, name: str, version: str, files: Mapping[str, str], *requires: str) -> Path:
    """A wheel of pure Python."""
    info = f"{name.replace('-', '_')}-{version}.dist-info"
    needs = "".join(f"Requires-Dist: {one}\n" for one in requires)
    content = {
        **files,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needs}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{inside},{_digest(text)},{len(text)}\n" for inside, text in content.items())
    path = folder / f"{name.replace('-', '_')}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for inside, text in {**content, f"{info}/RECORD": f"{record}{info}/RECORD,,\n"}.items():
            archive.writestr(zipfile.ZipInfo(inside, (2026, 1, 2, 3, 4, 6)), text)
    return path


def _digest(text: str) -> str:
    return "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")
