"""Environments that are made with the real pipenv, which then says that they are its own."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jupyter_envs.creator import Wish
from jupyter_envs.errors import ToolFailed
from tests.creator.scene import Told, creator_of, making_of
from tests.creator.writing import writings
from tests.folders import write
from tests.real.outside import UV, run, variables

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from jupyter_envs.creator import Creator
    from jupyter_envs.host import Host

pytestmark = pytest.mark.skipif(os.name == "nt", reason="environments are not made on Windows")

PIPFILE = """
[[source]]
name = "here"
url = "{index}"
verify_ssl = false

[packages]
"""
LOCK = """{
    "_meta": {
        "hash": {"sha256": "0"}, "pipfile-spec": 6, "requires": {},
        "sources": [{"name": "here", "url": "INDEX", "verify_ssl": false}]
    },
    "default": {},
    "develop": {"tiny": {"index": "here", "version": "==1.2"}}
}
"""
ODD = "été $a 'b\"c"


@pytest.fixture
def tools(toolbox: Callable[[str], Path]) -> Mapping[str, Path]:
    return {"uv": Path(UV), "pipenv": toolbox("pipenv") / "pipenv"}


@pytest.fixture
def creator(host: Host, tools: Mapping[str, Path]) -> Creator:
    return creator_of(host, tools=dict(tools))


@pytest.fixture
def pipenv(tools: Mapping[str, Path], host: Host) -> Callable[[Path], str]:
    """Where pipenv says that a project's environment is, when its person asks."""

    def answer(project: Path) -> str:
        return run([tools["pipenv"], "--venv"], variables(host.home), project).strip("\n")

    return answer


@pytest.fixture
def shop(home: Path, index: str) -> Path:
    """A project in a folder that careless programs stumble over."""
    return write(home / ODD / "new\nshop" / "Pipfile", PIPFILE.format(index=index)).parent


def test_a_central_environment_is_made_where_pipenv_looks_and_filled_as_it_is_locked(
    home: Path, shop: Path, index: str, creator: Creator, pipenv: Callable[[Path], str]
) -> None:
    locked = write(shop / "Pipfile.lock", LOCK.replace("INDEX", index)).read_text()  # of an older Pipfile
    told = Told()
    found = making_of(creator, Wish(shop, manager="pipenv", install=True)).do(told)
    assert found.prefix.parent == home / ".local/share/virtualenvs"
    assert pipenv(shop) == str(found.prefix)
    assert (found.manager, found.project, found.active) == ("pipenv", shop, True)
    assert (found.prefix / ".project").read_text() == str(shop)
    assert not [line for line in told.lines if "Creating a virtualenv" in line or "Recreating" in line]
    subprocess.run([found.python, "-I", "-c", "import tiny"], check=True)
    assert (shop / "Pipfile.lock").read_text() == locked


def test_one_in_the_project_gets_an_ipykernel(
    home: Path, index: str, creator: Creator, pipenv: Callable[[Path], str]
) -> None:
    text = f"{PIPFILE.format(index=index)}\n[pipenv]\nvenv_in_project = true\n"
    pipfile = write(home / ODD / "Pipfile", text)
    found = making_of(creator, Wish(pipfile.parent, manager="pipenv")).do(Told())
    assert found.prefix == pipfile.parent / ".venv"
    assert pipenv(pipfile.parent) == str(found.prefix)
    added = creator.prepare_ipykernel(found).do(Told())
    assert added is not None
    assert (added.ipykernel, added.state) == ("7.4.0", "ready")
    assert "ipykernel" in pipfile.read_text()


def test_what_pipenv_could_not_install_leaves_nothing(shop: Path, index: str, creator: Creator) -> None:
    locked = write(shop / "Pipfile.lock", LOCK.replace("INDEX", index).replace("1.2", "9")).read_text()
    making = making_of(creator, Wish(shop, manager="pipenv", install=True))
    with pytest.raises(ToolFailed, match=r"(?s)Installing what the project declares failed.*tiny==9"):
        making.do(Told())
    assert not making.prefix.exists()
    assert (shop / "Pipfile.lock").read_text() == locked


def test_each_command_writes_what_is_said_of_it(shop: Path, creator: Creator) -> None:
    wish = Wish(shop, manager="pipenv", install=True)
    write(shop / "Pipfile", f"{(shop / 'Pipfile').read_text()}tiny = '*'\n")
    pipfile, lock, other = (shop / name for name in ("Pipfile", "Pipfile.lock", "pylock.toml"))
    files = {pipfile, lock, other}
    assert writings(making_of(creator, wish)) == [("install", files, {lock})]
    write(pipfile, pipfile.read_text().replace("tiny", "Tiny"))  # which pipenv would spell otherwise
    assert writings(making_of(creator, wish)) == [("sync", set(), set())]
