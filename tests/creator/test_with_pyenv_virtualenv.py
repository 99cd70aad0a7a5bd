"""Environments that are made with the real pyenv-virtualenv, where this machine has it."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jupyter_envs.creator import Wish
from jupyter_envs.pyvenv import MARKER
from tests.creator.changing import environment_at
from tests.creator.scene import Told, creator_of, made
from tests.real.outside import UV, interpreters, pyenv_root, run

if TYPE_CHECKING:
    from jupyter_envs.creator import Creator
    from jupyter_envs.host import Host

PYENV = pyenv_root() / "bin" / "pyenv"
PLUGIN = pyenv_root() / "plugins" / "pyenv-virtualenv"
pytestmark = [
    pytest.mark.skipif(os.name == "nt", reason="environments are not made on Windows"),
    pytest.mark.skipif(not (PYENV.exists() and PLUGIN.exists()), reason="needs pyenv with pyenv-virtualenv"),
]


def _linked(source: str, target: str) -> None:
    """A file that costs no room, where both are on one disk."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


@pytest.fixture
def host(host: Host) -> Host:
    """A person with a pyenv of their own, and one of the machine's interpreters in it."""
    base = interpreters().default
    if base.prefix.parent != pyenv_root() / "versions":
        pytest.skip("needs an interpreter of pyenv's")
    root = host.home / "pyenv"
    (root / "plugins").mkdir(parents=True)
    (root / "plugins" / PLUGIN.name).symlink_to(PLUGIN)
    left_out = shutil.ignore_patterns("test", "__pycache__", "envs", "*.a", "share", "idlelib")
    copy = root / "versions" / base.prefix.name
    shutil.copytree(base.prefix, copy, symlinks=True, ignore=left_out, copy_function=_linked)
    return replace(host, variables={**host.variables, "PYENV_ROOT": str(root)})


@pytest.fixture
def creator(host: Host) -> Creator:
    return creator_of(host, tools={"uv": Path(UV), "pyenv": PYENV})


def test_pyenv_shows_it_and_the_project_gets_it_until_it_is_removed(host: Host, creator: Creator) -> None:
    shop = host.home / "my $(shop)'s"
    shop.mkdir()
    versions = host.home / "pyenv" / "versions"
    (python,) = versions.iterdir()
    found = made(creator, Wish(shop, manager="pyenv-virtualenv", python=python.name))
    assert found.prefix == python / "envs" / "my-shop-s"
    assert (found.manager, found.project) == ("pyenv-virtualenv", shop)
    assert not (found.prefix / MARKER).exists()
    seen = {"HOME": str(host.home), "PATH": "/usr/bin:/bin", "PYENV_ROOT": str(host.home / "pyenv")}
    assert run([PYENV, "version-name"], seen, shop) == "my-shop-s\n"
    assert run([PYENV, "which", "python"], seen, shop) == f"{versions}/my-shop-s/bin/python\n"
    creator.prepare_removal(environment_at(host, found.prefix)).do(Told())
    assert sorted(versions.iterdir()) == [python]
    assert not found.prefix.exists()
