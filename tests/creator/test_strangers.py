"""What nobody's tool put into an environment is its person's own."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from jupyter_envs.creator import strangers
from tests.folders import make_base, make_environment, read, write

if TYPE_CHECKING:
    from pathlib import Path


def test_an_ordinary_environment_holds_no_strangers(tmp_path: Path) -> None:
    prefix = make_environment(tmp_path / ".venv", make_base(tmp_path / "base"))
    for name in ("pip.conf", ".gitignore", "share/jupyter/x", "etc/x", "src/it/x.py", ".project"):
        write(prefix / name)
    assert strangers.names(read(prefix, tmp_path)) == []


def test_whatever_else_lies_at_its_top_is_named_unless_a_package_put_it_there(tmp_path: Path) -> None:
    prefix = make_environment(tmp_path / ".venv", make_base(tmp_path / "base"))
    for name in ("notes.txt", "results/a.csv", "LICENSE.txt"):
        write(prefix / name)
    (site,) = (prefix / "lib").glob("python*/site-packages")
    write(site / "it-1.0.dist-info" / "RECORD", "../../../LICENSE.txt,,\n")
    os.mkfifo(prefix / "pipe")
    assert strangers.names(read(prefix, tmp_path)) == ["notes.txt", "pipe", "results"]
