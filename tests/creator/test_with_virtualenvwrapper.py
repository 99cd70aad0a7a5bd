"""Environments that are made by virtualenvwrapper's real shell functions, with a person's own hooks."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jupyter_envs.creator import Wish
from jupyter_envs.pyvenv import MARKER
from tests.creator.changing import environment_at, recreation_of
from tests.creator.scene import Told, creator_of, made, making_of
from tests.folders import write, write_program
from tests.real.outside import UV, run

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from jupyter_envs.creator import Creator
    from jupyter_envs.host import Host

pytestmark = [
    pytest.mark.skipif(os.name == "nt", reason="environments are not made on Windows"),
    pytest.mark.timeout(300),
]

SAYS = '#!/bin/sh\necho "%s $*" >> "$HOME/log"\n'
ODD = "été $(touch ran) 'b\"c"


@pytest.fixture
def tools(toolbox: Callable[[str], Path]) -> Mapping[str, Path]:
    return {"uv": Path(UV), "virtualenvwrapper.sh": toolbox("virtualenvwrapper") / "virtualenvwrapper.sh"}


@pytest.fixture
def host(host: Host) -> Host:
    """A person who says in a start file of their shell where environments are, and has hooks there."""
    envs = host.home / 'My "envs" é'
    write(host.home / ".bashrc", f"export WORKON_HOME='{envs}'\n")
    for name in ("premkvirtualenv", "prermvirtualenv", "postrmvirtualenv"):
        write_program(envs / name, SAYS % name)
    write(envs / "postmkvirtualenv", 'echo "postmkvirtualenv $VIRTUAL_ENV $PWD" >> "$HOME/log"\n')
    names = {name: value for name, value in host.variables.items() if not name.startswith(("WORKON", "VIRTUALENVW"))}
    return replace(host, variables=names)


@pytest.fixture
def creator(host: Host, tools: Mapping[str, Path]) -> Creator:
    return creator_of(host, tools=dict(tools))


@pytest.fixture
def shop(home: Path) -> Path:
    """A project in a folder that careless programs stumble over."""
    return write(home / ODD / "shop" / "pyproject.toml").parent


def log(host: Host) -> list[str]:
    return (host.home / "log").read_text("utf-8").splitlines()


def test_the_hooks_run_around_making_and_removing(shop: Path, creator: Creator, host: Host) -> None:
    found = made(creator, Wish(shop, manager="virtualenvwrapper"))
    assert (found.manager, found.project, found.name) == ("virtualenvwrapper", shop, "shop")
    assert not (found.prefix / MARKER).exists()
    assert log(host) == ["premkvirtualenv shop", f"postmkvirtualenv {found.prefix} {shop}"]
    assert (found.prefix / "bin" / "postactivate").is_file()
    assert (found.prefix / "bin" / "pip").is_file()
    creator.prepare_removal(environment_at(host, found.prefix)).do(Told())
    assert log(host)[2:] == ["prermvirtualenv shop", "postrmvirtualenv shop"]
    assert not found.prefix.exists()
    assert not list(host.home.rglob("ran"))


def test_virtualenvwrapper_itself_works_on_it_and_shows_its_project(
    shop: Path, creator: Creator, host: Host, tools: Mapping[str, Path]
) -> None:
    found = made(creator, Wish(shop, manager="virtualenvwrapper", name="science.1"))
    script = tools["virtualenvwrapper.sh"]
    seen = {
        "HOME": str(host.home),
        "PATH": f"{script.parent}:/usr/bin:/bin",
        "WORKON_HOME": str(found.prefix.parent),
        "VIRTUALENVWRAPPER_PYTHON": str(script.parent / "python"),
    }
    told = run(["bash", "-c", 'source "$1" && workon "$2" && pwd && which python', "x", script, "science.1"], seen)
    assert told.splitlines() == [str(shop), str(found.prefix / "bin" / "python")]


def test_a_persons_own_hooks_of_an_environment_live_on_when_it_is_made_again(
    shop: Path, creator: Creator, host: Host, tools: Mapping[str, Path]
) -> None:
    found = made(creator, Wish(shop, manager="virtualenvwrapper"))
    write(found.prefix / "bin" / "postactivate", "echo mine\n")
    again = recreation_of(host, found.prefix, tools=dict(tools)).do(Told())
    assert again is not None
    assert (again.prefix, again.project) == (found.prefix, shop)
    assert (found.prefix / "bin" / "postactivate").read_text("utf-8") == "echo mine\n"


def test_without_its_script_our_own_shell_is_linked_to_the_project(shop: Path, host: Host) -> None:
    making, told = making_of(creator_of(host, tools={"uv": Path(UV)}), Wish(shop, manager="virtualenvwrapper")), Told()
    found = making.do(told)
    assert (found.manager, found.project) == ("virtualenvwrapper", shop)
    assert (found.prefix / "bin" / "pip").is_file()
    assert told.phases[0].endswith("(virtualenvwrapper.sh is not found, so your hooks are not run)")
    assert not (host.home / "log").exists()
