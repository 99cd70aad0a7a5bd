"""A Python that pyenv builds is there whole in the end, or nothing is."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from jupyter_envs.errors import ToolFailed
from jupyter_envs.pyvenv import MARKER
from tests.creator.scene import Told, creator_of, names_in
from tests.folders import make_base, write, write_program

if TYPE_CHECKING:
    from pathlib import Path

    from jupyter_envs.creator import Creator
    from jupyter_envs.host import Host

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Pythons are not built on Windows")


def builder(host: Host, script: str) -> Creator:
    """A person whose pyenv knows Python 3.12.99, and does what the script says to install it."""
    pyenv = host.home.parent / "pyenv"
    write(pyenv / "plugins" / "python-build" / "share" / "python-build" / "3.12.99")
    program = write_program(pyenv / "bin" / "pyenv", f"#!/bin/sh\n{script}\n")
    host = replace(host, variables={**host.variables, "PYENV_ROOT": os.fspath(host.home / ".pyenv")})
    return creator_of(host, tools={"pyenv": program})


@pytest.fixture
def versions(host: Host) -> Path:
    return host.home / ".pyenv" / "versions"


def test_what_pyenv_built_is_there_without_a_marker(host: Host, versions: Path) -> None:
    base = make_base(host.home.parent / "built", "3.12.99").parent.parent
    work = builder(host, f"cp -a '{base}/.' \"$PYENV_ROOT/versions/3.12.99/\"").prepare_python("3.12.99")
    assert work.do(Told()) is None
    assert (versions / "3.12.99" / "bin" / "python").exists()
    assert not (versions / "3.12.99" / MARKER).exists()


@pytest.mark.parametrize("script", ["exit 0", "exit 1", 'mkdir -p "$PYENV_ROOT/versions/3.12.99/bin"; exit 0'])
def test_of_what_pyenv_did_not_build_nothing_is_left(host: Host, versions: Path, script: str) -> None:
    with pytest.raises(ToolFailed):
        builder(host, script).prepare_python("3.12.99").do(Told())
    assert not versions.exists() or names_in(versions) == []
