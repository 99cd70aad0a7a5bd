"""A Poetry project's environment is made again by the real Poetry, which names it by its Python."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jupyter_envs.creator import Wish
from jupyter_envs.finder import Finder
from jupyter_envs.settings import Settings
from tests.creator.changing import uv, version_of
from tests.creator.scene import Told, creator_of, made
from tests.folders import write
from tests.real.outside import UV

if TYPE_CHECKING:
    from collections.abc import Callable

    from jupyter_envs.environment import Environment
    from jupyter_envs.host import Host

pytestmark = [
    pytest.mark.skipif(os.name == "nt", reason="environments are not made on Windows"),
    pytest.mark.timeout(300),
]
PROJECT = '[project]\nname = "shop"\nversion = "1"\nrequires-python = ">=3.9"\n[tool.poetry]\npackage-mode = false\n'


def of(host: Host, project: Path) -> Environment:
    """The environment that the project gets."""
    found = Finder(host, Settings()).resolve(project).environment
    assert found is not None
    return found


def test_on_another_python_the_old_one_goes_after_the_new_one_and_poetry_knows(
    host: Host, home: Path, toolbox: Callable[[str], Path]
) -> None:
    known = Finder(host, Settings()).interpreters()
    minors = [".".join(one.version.split(".")[:2]) for one in known if one.implementation == "cpython"]
    minors = [each for each in dict.fromkeys(minors) if each in {"3.10", "3.11", "3.12", "3.13"}]
    if len(minors) < 2:
        pytest.skip("there is one Python only")
    creator = creator_of(host, tools={"uv": Path(UV), "poetry": toolbox("poetry") / "poetry"})
    shop = write(home / "shop" / "pyproject.toml", PROJECT).parent
    old = made(creator, Wish(shop, manager="poetry", python=minors[0]))
    uv("pip", "install", "--python", old.python, "six==1.15.0")
    work = creator.prepare_recreation(of(host, shop), minors[1])
    assert work.tells[1] == f"The new one will lie at {work.prefix}."
    assert work.prefix.name == old.prefix.name.replace(minors[0], minors[1])
    work.do(Told())
    assert not old.prefix.exists()
    assert of(host, shop).prefix == work.prefix
    assert version_of(work.prefix, "six") == "1.15.0"
    table = work.prefix.with_name("envs.toml")
    assert f'minor = "{minors[1]}"' in table.read_text()
    creator.prepare_removal(of(host, shop)).do(Told())
    assert not work.prefix.exists()
    assert table.read_text().strip() == ""
