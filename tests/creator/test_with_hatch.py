"""Environments that are made with the real Hatch, which then says that they are its own."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jupyter_envs.creator import Wish
from jupyter_envs.errors import Refused
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
name = "Shop.Tool"
version = "1.0"
requires-python = ">=3.9"
[project.optional-dependencies]
more = ["tiny-more @ {beside}"]
[tool.hatch.metadata]
allow-direct-references = true
[tool.hatch.envs.default]
features = ["more"]
dependencies = ["six"]
[tool.hatch.envs.default.scripts]
env = "touch ran"
true = "touch ran"
python = "touch ran"
"""
ODD = "été $(touch ran) 'b\"c\nnew"


@pytest.fixture
def tools(toolbox: Callable[[str], Path]) -> Mapping[str, Path]:
    return {"uv": Path(UV), "hatch": toolbox("hatch") / "hatch"}


@pytest.fixture
def hatch(tools: Mapping[str, Path], host: Host) -> Callable[..., str]:
    """What Hatch prints when its person runs it in a project."""

    def answer(project: Path, *words: str) -> str:
        return run([tools["hatch"], "--no-color", *words], variables(host.home), project).strip("\n")

    return answer


@pytest.fixture
def creator(host: Host, tools: Mapping[str, Path]) -> Creator:
    return creator_of(host, tools=dict(tools))


@pytest.fixture
def shop(home: Path) -> Path:
    """A project with a feature, a dependency of its environment alone, and scripts called like any program."""
    return make_two(home, home / ODD / "shop", PROJECT)


def test_hatch_takes_it_for_its_own_and_has_filled_it(
    shop: Path, creator: Creator, hatch: Callable[..., str], home: Path, host: Host
) -> None:
    before = sorted(shop.iterdir())
    found = made(creator, Wish(shop, manager="hatch", install=True))
    assert (found.manager, found.project, found.active) == ("hatch", shop, True)
    assert version_of(found.prefix, "shop-tool") == "1.0"
    assert version_of(found.prefix, "tiny-more") == "3.0"
    assert version_of(found.prefix, "six")
    assert not (found.prefix / MARKER).exists()
    creator.prepare_removal(environment_at(host, found.prefix)).do(Told())
    assert not found.prefix.exists()
    again = making_of(creator, Wish(shop, manager="hatch"))
    assert [command.words[0] for command in again.plan.commands] == ["rm"]  # hatch remembers what that one had
    assert hatch(shop, "env", "find") == str(found.prefix)
    assert sorted(shop.iterdir()) == before
    assert not (home / "ran").exists()


def test_hatch_does_not_make_again_what_was_made_empty(shop: Path, creator: Creator, hatch: Callable[..., str]) -> None:
    found = made(creator, Wish(shop, manager="hatch"))
    kept = found.prefix.stat().st_ino
    hatch(shop, "env", "create")
    assert found.prefix.stat().st_ino == kept
    write(shop / "hatch.toml", '[[envs.default.matrix]]\npython = ["3.11", "3.12"]\n')
    with pytest.raises(Refused, match="is several"):
        creator.prepare(Wish(shop, manager="hatch"))


@pytest.mark.parametrize(
    ("name", "settings", "lock"),
    [
        ("default", "", None),
        ("default", "locked = true", "pylock.toml"),
        ("a.b", "locked = true", "pylock.a-b.toml"),
        ("docs", 'locked = true\nlock-filename = "docs.lock"', "docs.lock"),
    ],
)
def test_it_writes_the_lock_that_the_project_asks_for_and_no_other(
    home: Path, index: str, host: Host, tools: Mapping[str, Path], *, name: str, settings: str, lock: str | None
) -> None:
    given = {"UV_DEFAULT_INDEX": index, "PIP_INDEX_URL": index}
    creator = creator_of(replace(host, variables={**host.variables, **given}), tools=dict(tools))
    shop = home / "shop"
    write(shop / "pyproject.toml", '[project]\nname = "shop"\nversion = "1"\n')
    write(
        shop / "hatch.toml",
        f'locker = "uv"\n[envs."{name}"]\ninstaller = "uv"\nskip-install = true\ndependencies = ["tiny"]\n{settings}\n',
    )
    files = {shop / lock} if lock else set()
    making = making_of(creator, Wish(shop, name=name, manager="hatch", install=True))
    assert set(making.plan.touched) == files
    assert writings(making) == [("env", files, files)]
