"""What nobody's tool put into an environment is its person's own."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from jupyter_envs.creator import strangers
from tests.folders import link, make_base, make_environment, read, write

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


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


def test_what_a_person_put_into_a_packages_folder_at_its_top_is_named(tmp_path: Path) -> None:
    prefix = make_environment(tmp_path / ".venv", make_base(tmp_path / "base"))
    for name in ("example.ipynb", "mine.ipynb", "deep/mine.csv", "__pycache__/x.pyc"):
        write(prefix / "notebooks" / name)
    link(prefix / "linked", tmp_path)
    (site,) = (prefix / "lib").glob("python*/site-packages")
    listed = "../../../notebooks/example.ipynb,,\n../../../linked/x,,\n"
    write(site / "it-1.0.dist-info" / "RECORD", listed)
    assert strangers.names(read(prefix, tmp_path)) == ["linked", "notebooks/deep/mine.csv", "notebooks/mine.ipynb"]


def test_a_folder_that_is_too_large_to_be_looked_through_is_a_persons(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prefix = make_environment(tmp_path / ".venv", make_base(tmp_path / "base"))
    (site,) = (prefix / "lib").glob("python*/site-packages")
    names = [f"data/{number}" for number in range(9)]
    for name in names:
        write(prefix / name)
    write(site / "it-1.0.dist-info" / "RECORD", "".join(f"../../../{name},,\n" for name in names))
    assert strangers.names(read(prefix, tmp_path)) == []
    monkeypatch.setattr(strangers, "ENTRIES_AT_MOST", 8)
    assert strangers.names(read(prefix, tmp_path)) == ["data"]
