"""Environments that are made with the real Poetry, which then says that they are its own."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jupyter_envs.creator import Wish
from jupyter_envs.errors import ToolFailed
from jupyter_envs.pyvenv import MARKER
from tests.creator.scene import Told, creator_of, made, making_of
from tests.creator.writing import writings
from tests.faults.wheels import make_wheel
from tests.folders import write
from tests.real import outside
from tests.real.workshop import uv_venv

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from jupyter_envs.creator import Creator
    from jupyter_envs.host import Host

pytestmark = pytest.mark.skipif(os.name == "nt", reason="environments are not made on Windows")

PROJECT = """
[tool.poetry]
name = "Shop.One"
version = "1.0"
description = ""
authors = []
packages = [{ include = "inside" }]

[tool.poetry.dependencies]
python = "^3.9"
beside = { path = "../beside-1.0-py3-none-any.whl" }

[build-system]
requires = ["poetry-core"]
build-backend = "poetry.core.masonry.api"
"""
SOURCE = """
[[tool.poetry.source]]
name = "here"
url = "{index}"
priority = "primary"
"""
ODD = "été $a 'b\"c"


@pytest.fixture
def tools(toolbox: Callable[[str], Path]) -> Mapping[str, Path]:
    return {"uv": Path(outside.UV), "poetry": toolbox("poetry") / "poetry"}


@pytest.fixture
def poetry(tools: Mapping[str, Path], host: Host) -> Callable[..., str]:
    """What Poetry prints when its person runs it in a project."""

    def answer(project: Path, *words: str, **more: str) -> str:
        return outside.run([tools["poetry"], "--no-ansi", *words], outside.variables(host.home, **more), project).strip(
            "\n"
        )

    return answer


@pytest.fixture
def creator(host: Host, tools: Mapping[str, Path]) -> Creator:
    return creator_of(host, tools=dict(tools))


@pytest.fixture
def shop(home: Path) -> Path:
    """A project of a package, which needs another one beside it, in a folder that careless programs stumble over."""
    folder = home / ODD / "new\nshop"
    write(folder / "inside" / "__init__.py")
    make_wheel(home / ODD, "beside", "1.0", {"beside.py": ""})
    write(folder / "pyproject.toml", PROJECT)
    return folder


def test_a_central_environment_is_made_where_poetry_looks_and_filled_by_it(
    shop: Path, creator: Creator, poetry: Callable[..., str]
) -> None:
    found = made(creator, Wish(shop, manager="poetry", install=True))
    assert poetry(shop, "env", "info", "--path") == str(found.prefix)
    assert poetry(shop, "env", "list") == f"{found.prefix.name} (Activated)"
    assert (found.manager, found.project, found.active) == ("poetry", shop, True)
    assert not (found.prefix / MARKER).exists()
    subprocess.run([found.python, "-I", "-c", "import beside"], check=True)
    assert (shop / "poetry.lock").is_file()
    creator.prepare_removal(replace(found, stamp="")).do(Told())  # the import above left a folder in it
    assert not found.prefix.exists()
    assert not (found.prefix.parent / "envs.toml").read_text().strip()


def test_one_in_the_project_is_made_around_the_marker_and_added_to(
    host: Host, home: Path, index: str, tools: Mapping[str, Path], poetry: Callable[..., str]
) -> None:
    other = uv_venv(home / "conda", outside.interpreters().default.executable)  # from which the server was started
    variables = {**host.variables, "CONDA_PREFIX": str(other), "CONDA_DEFAULT_ENV": "conda"}
    creator = creator_of(replace(host, variables=variables), tools=dict(tools))
    shop = home / ODD
    write(shop / "poetry.toml", "[virtualenvs]\nin-project = true\n")
    write(shop / "pyproject.toml", f"[tool.poetry]\npackage-mode = false\n{SOURCE.format(index=index)}")
    told = Told()
    found = making_of(creator, Wish(shop, manager="poetry", packages=("tiny>=1",))).do(told)
    assert found.prefix == shop / ".venv"
    assert poetry(shop, "env", "info", "--path") == str(shop / ".venv")
    assert not [line for line in told.lines if "ecreating" in line or "Creating virtualenv" in line]
    subprocess.run([found.python, "-I", "-c", "import tiny"], check=True)
    added = creator.prepare_ipykernel(found).do(told)
    assert added is not None
    assert (added.ipykernel, added.state) == ("7.4.0", "ready")
    declared = (shop / "pyproject.toml").read_text()
    assert "tiny" in declared
    assert not list(other.glob("lib/*/site-packages/*.dist-info"))
    assert "ipykernel" in declared


def test_a_note_of_another_patch_version_deletes_nothing(
    shop: Path, creator: Creator, poetry: Callable[..., str]
) -> None:
    making = making_of(creator, Wish(shop, manager="poetry"))
    (table,) = making.plan.tables
    minor = ".".join(making.request.python.version.split(".")[:2])
    write(table.path, f'[{table.name}]\nminor = "{minor}"\npatch = "{minor}.99"\n')
    making, told = making_of(creator, Wish(shop, manager="poetry")), Told()
    found = making.do(told)
    assert not [line for line in told.lines if "ecreating" in line]
    assert poetry(shop, "env", "info", "--path") == str(found.prefix)
    assert f'patch = "{making.request.python.version}"' in table.path.read_text()


def test_what_poetry_could_not_install_leaves_nothing(shop: Path, creator: Creator) -> None:
    making = making_of(creator, Wish(shop, manager="poetry", install=True))
    (table,) = making.plan.tables
    write(table.path, '[other-aaaaaaaa]\nminor = "3.9"\npatch = "3.9.1"\n')
    write(shop / "poetry.lock", "this is no lock file\n")
    with pytest.raises(ToolFailed, match=r"(?s)Installing what the project declares failed.*lock"):
        making.do(Told())
    assert not making.prefix.exists()
    assert table.path.read_text() == '[other-aaaaaaaa]\nminor = "3.9"\npatch = "3.9.1"\n'
    assert (shop / "poetry.lock").read_text() == "this is no lock file\n"


def test_each_command_writes_what_is_said_of_it(
    host: Host, home: Path, index: str, tools: Mapping[str, Path], creator: Creator
) -> None:
    shop = home / ODD
    write(shop / "pyproject.toml", f"[tool.poetry]\npackage-mode = false\n{SOURCE.format(index=index)}")
    wish = Wish(shop, manager="poetry", install=True, ipykernel=True)
    making = making_of(creator, wish)
    project, lock, envs = shop / "pyproject.toml", shop / "poetry.lock", making.plan.tables[0].path
    both = {project, lock}
    assert writings(making) == [
        ("env", {envs}, {envs}),
        ("install", {lock}, {lock}),
        ("add", both, both),
    ]
    write(envs, envs.read_text().replace('patch = "', 'patch = "9'))
    again = making_of(creator, wish)  # all of it is in the project by now
    told = writings(again)
    assert told[:2] == [("env", {envs}, {envs})] * 2
    assert told[2:] == [("install", set(), set())] * 2
