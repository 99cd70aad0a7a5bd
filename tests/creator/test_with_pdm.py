"""Environments that are made with the real PDM, which then says that they are its own."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jupyter_envs.creator import Wish
from jupyter_envs.errors import ToolFailed
from jupyter_envs.pyvenv import MARKER
from tests.creator.changing import environment_at, version_of
from tests.creator.projects import make_two
from tests.creator.scene import Told, creator_of, made, making_of
from tests.creator.writing import writings
from tests.folders import write
from tests.real.outside import UV, run, variables

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from jupyter_envs.creator import Creator
    from jupyter_envs.host import Host

pytestmark = [
    pytest.mark.skipif(os.name == "nt", reason="environments are not made on Windows"),
    pytest.mark.timeout(300),
]

PROJECT = """
[project]
name = "shop"
version = "1.0"
requires-python = ">=3.9"
dependencies = ["tiny-more @ {beside}"]
[tool.hatch.metadata]
allow-direct-references = true
[tool.pdm.scripts]
post_use = "touch used"
"""
ODD = "été $(touch ran) 'b\"c"


@pytest.fixture
def tools(toolbox: Callable[[str], Path]) -> Mapping[str, Path]:
    return {"uv": Path(UV), "pdm": toolbox("pdm") / "pdm"}


@pytest.fixture
def pdm(tools: Mapping[str, Path], host: Host) -> Callable[..., str]:
    """What PDM prints when its person runs it in a project."""

    def answer(project: Path, *words: str) -> str:
        seen = variables(host.home, PDM_CHECK_UPDATE="0", PDM_IGNORE_ACTIVE_VENV="1")
        return run([tools["pdm"], *words], seen, project).strip("\n")

    return answer


@pytest.fixture
def creator(host: Host, tools: Mapping[str, Path]) -> Creator:
    return creator_of(host, tools=dict(tools))


@pytest.fixture
def shop(home: Path) -> Path:
    """A project that needs another one beside it, with a hook for a new environment."""
    return make_two(home, home / ODD / "shop", PROJECT)


def test_pdm_takes_it_for_its_own_and_has_filled_it(
    shop: Path, creator: Creator, pdm: Callable[..., str], host: Host
) -> None:
    found = made(creator, Wish(shop, manager="pdm", install=True))
    assert (found.manager, found.project, found.active) == ("pdm", shop, True)
    assert found.prefix == shop / ".venv"
    assert not (found.prefix / MARKER).exists()
    assert version_of(found.prefix, "tiny-more") == "3.0"
    assert version_of(found.prefix, "shop") == "1.0"
    assert pdm(shop, "info", "--python") == str(found.prefix / "bin" / "python")
    assert (shop / "pdm.lock").is_file()
    assert not (shop / "used").exists()
    creator.prepare_removal(environment_at(host, found.prefix)).do(Told())
    assert not found.prefix.exists()
    assert not (shop / ".pdm-python").exists()


def test_a_central_one_lies_where_pdm_looks_for_it_is_made_again_and_removed(
    shop: Path, creator: Creator, pdm: Callable[..., str], host: Host
) -> None:
    write(shop / "pdm.toml", "[venv]\nin_project = false\n")
    found = made(creator, Wish(shop, manager="pdm"))
    assert (found.manager, found.project, found.active) == ("pdm", shop, True)
    assert found.prefix.parent != shop
    assert str(found.prefix) in pdm(shop, "venv", "list")
    assert pdm(shop, "info", "--python") == str(found.prefix / "bin" / "python")
    again = creator.prepare_recreation(found).do(Told())
    assert again is not None
    assert (again.prefix, again.projects) == (found.prefix, (shop,))
    creator.prepare_removal(again).do(Told())
    assert not found.prefix.exists()
    assert not (shop / ".pdm-python").exists()


def test_what_pdm_could_not_install_leaves_the_project_as_it_was(shop: Path, creator: Creator, home: Path) -> None:
    before = {path.name: path.read_bytes() for path in shop.iterdir() if path.is_file()}
    (home / "beside" / "pyproject.toml").unlink()
    making = making_of(creator, Wish(shop, manager="pdm", install=True))
    with pytest.raises(ToolFailed, match="Installing what the project declares failed"):
        making.do(Told())
    assert not making.prefix.exists()
    assert {path.name: path.read_bytes() for path in shop.iterdir() if path.is_file()} == before


def test_each_command_writes_what_is_said_of_it(shop: Path, index: str, creator: Creator) -> None:
    source = f'[tool.pdm]\ndistribution = false\n[[tool.pdm.source]]\nname = "pypi"\nurl = "{index}"\n'
    write(shop / "pyproject.toml", f'[project]\nname = "shop"\nversion = "1"\ndependencies = ["tiny"]\n{source}')
    wish = Wish(shop, manager="pdm", install=True, packages=("tiny",))
    choice, project, lock, other = (
        shop / name for name in (".pdm-python", "pyproject.toml", "pdm.lock", "pylock.toml")
    )
    assert writings(making_of(creator, wish)) == [
        ("use", {choice}, {choice}),
        ("install", {lock, other}, {lock}),
        ("add", {project, lock, other}, {project, lock}),
    ]
    wish = Wish(shop, manager="pdm", install=True)
    choice.unlink()
    assert writings(making_of(creator, wish)) == [("use", {choice}, {choice}), ("install", set(), set())]
