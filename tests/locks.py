"""Makes the lock files of borrowed ipykernels anew: the newest that each Python takes, with the hashes of all files.

python -m tests.locks [3.8 | 3.9 | ...]...
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from jupyter_envs import process
from jupyter_envs.borrowing.index_made import LOCKS
from jupyter_envs.host import Host
from jupyter_envs.overlay import store

MINORS = [f"3.{minor}" for minor in range(store.OLDEST[1], store.NEWEST[1] + 1)]
_WANTED = """
[project]
name = "overlay"
version = "0"
requires-python = ">={minor}"
dependencies = ["ipykernel"]

[tool.uv]
environments = ["python_version == '{minor}' and implementation_name == 'cpython' and sys_platform != 'win32'"]
"""
_WITHOUT = ("--no-emit-index-url", "--no-emit-find-links", "--no-header", "--no-annotate", "--quiet")
_EDGES = re.compile(r"python_full_version < '[\d.]+' and |implementation_name == 'cpython' and ")
"""What only says again which file it is: the lower end of the versions is left out by uv itself."""


def main() -> int:
    """Writes the files of the versions that are named, or of all."""
    parser = argparse.ArgumentParser(prog="python -m tests.locks", description="Make the lock files anew.")
    parser.add_argument("minors", nargs="*", metavar="MINOR", help=f"some of: {', '.join(MINORS)} (default: all)")
    for minor in parser.parse_args().minors or MINORS:
        (LOCKS / f"py{minor}.txt").write_text(locked(minor), "utf-8")
    return 0


def locked(minor: str) -> str:
    """The text of the lock file for a version of Python, by what the index has today."""
    uv = process.tools(Host.current().variables)["uv"]
    with tempfile.TemporaryDirectory() as name:
        wanted = Path(name, "pyproject.toml")
        wanted.write_text(_WANTED.format(minor=minor), "utf-8")
        words = [str(uv), "pip", "compile", "--universal", "--generate-hashes", "--only-binary", ":all:", *_WITHOUT]
        words += ["--python-version", minor, wanted.name]
        done = subprocess.run(
            words, cwd=name, capture_output=True, text=True, check=True
        )  # uv takes settings from here
    return _EDGES.sub("", done.stdout)


if __name__ == "__main__":
    sys.exit(main())
