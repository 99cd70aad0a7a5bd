"""Environments of uv's projects, made with the real uv, which then finds them as they are."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jupyter_envs.creator import Wish
from jupyter_envs.errors import BadRequest, Cancelled, Refused, ToolFailed
from jupyter_envs.managers.base import Scene
from jupyter_envs.managers.uv import Uv
from tests.creator.scene import Told, creator_of, made, making_of
from tests.folders import write
from tests.real.outside import UV, run

if TYPE_CHECKING:
    from jupyter_envs.host import Host

pytestmark = pytest.mark.skipif(os.name == "nt", reason="environments are not made on Windows")

PROJECT = '[project]\nname = "{}"\nversion = "1"\nrequires-python = ">=3.9"\ndependencies = ["tiny"]\n'
TOOLS = {"uv": Path(UV)}


@pytest.fixture
def host(host: Host, index: str) -> Host:
    """Somebody whose uv looks in the index of these tests."""
    return replace(host, variables={**host.variables, "UV_DEFAULT_INDEX": index, "UV_NO_CONFIG": "1"})


@pytest.fixture
def shop(project: Path) -> Path:
    write(project / "pyproject.toml", PROJECT.format("shop"))
    return project


def wish(project: Path, **more: object) -> Wish:
    return Wish(project, manager="uv", **more)  # type: ignore[arg-type]  # each test gives what fits


def uses(host: Host, project: Path) -> str:
    """The environment that uv uses in a folder, as it is."""
    code = "import sys; print(sys.prefix)"
    words = [UV, "--no-python-downloads", "run", "--no-sync", "python", "-c", code]
    return run(words, dict(host.variables), project).strip()


def test_a_project_is_synced_on_exactly_the_chosen_python(host: Host, shop: Path) -> None:
    write(shop / ".python-version", "3.99\n")
    oldest = [one for one in creator_of(host)._finder.interpreters() if one.version.startswith("3.1")][-1]
    environment = made(creator_of(host, tools=TOOLS), wish(shop, python=str(oldest.path), install=True))
    assert environment.prefix == shop / ".venv"
    assert (environment.manager, environment.version) == ("uv", oldest.version)
    subprocess.run([environment.python, "-I", "-c", "import tiny"], check=True)
    (shop / ".python-version").unlink()
    inode = (shop / ".venv").stat().st_ino
    assert uses(host, shop) == str(environment.prefix)
    assert (shop / ".venv").stat().st_ino == inode


def test_packages_and_ipykernel_go_into_the_projects_files(host: Host, shop: Path) -> None:
    write(shop / "pyproject.toml", PROJECT.format("shop").replace('"tiny"', ""))
    told = Told()
    making = making_of(creator_of(host, tools=TOOLS), wish(shop, packages=("tiny",), ipykernel=True))
    assert making.plan.touched == (shop / "pyproject.toml", shop / "uv.lock")
    environment = making.do(told)
    assert environment.ipykernel == "7.4.0"
    text = (shop / "pyproject.toml").read_text()
    assert '"tiny>=1.2"' in text
    assert 'dev = [\n    "ipykernel>=7.4.0",\n]' in text


def test_what_cannot_be_added_leaves_the_projects_files_as_they_were(host: Host, shop: Path) -> None:
    before = (shop / "pyproject.toml").read_bytes()
    with pytest.raises(ToolFailed, match="no-such-package"):
        made(creator_of(host, tools=TOOLS), wish(shop, packages=("no-such-package",)))
    assert (shop / "pyproject.toml").read_bytes() == before
    assert not (shop / ".venv").exists()
    assert not (shop / "uv.lock").exists()


def test_what_its_person_saved_meanwhile_stays_when_it_is_cancelled(host: Host, shop: Path) -> None:
    class Saving(Told):
        def line(self, text: str) -> None:
            super().line(text)
            if "sync" in text and text.startswith("$"):
                write(shop / "pyproject.toml", PROJECT.format("mine"))
            if "add" in text and text.startswith("$"):
                self.cancel.set()

    told = Saving()
    with pytest.raises(Cancelled):
        making_of(creator_of(host, tools=TOOLS), wish(shop, packages=("ipykernel",))).do(told)
    assert (shop / "pyproject.toml").read_text() == PROJECT.format("mine")
    assert not (shop / "uv.lock").exists()


def test_an_empty_one_is_locked_so_that_it_is_uvs(host: Host, shop: Path) -> None:
    environment = made(creator_of(host, tools=TOOLS), wish(shop))
    assert environment.manager == "uv"
    assert (shop / "uv.lock").exists()


def test_a_member_of_a_workspace_gets_the_environment_of_its_root(host: Host, shop: Path) -> None:
    member = shop / "packages" / "one"
    write(shop / "pyproject.toml", PROJECT.format("shop") + '[tool.uv.workspace]\nmembers = ["packages/*"]\n')
    write(member / "pyproject.toml", PROJECT.format("one"))
    environment = made(creator_of(host, tools=TOOLS), wish(member, install=True))
    assert environment.prefix == shop / ".venv"
    assert {member, shop} <= set(environment.projects)
    assert not (member / ".venv").exists()
    assert uses(host, member) == str(environment.prefix)
    creator = creator_of(host, tools=TOOLS)
    work = creator.prepare_ipykernel(environment)
    assert work.do(Told()) is not None
    assert "ipykernel" in (shop / "pyproject.toml").read_text()


def test_where_the_variable_moves_it_there_it_is_made(host: Host, shop: Path) -> None:
    write(host.home / ".profile", "export UV_PROJECT_ENVIRONMENT=envs/mine\n")
    environment = made(creator_of(host, tools=TOOLS), wish(shop, install=True))
    assert environment.prefix == shop / "envs" / "mine"
    assert not (shop / ".venv").exists()


@pytest.mark.parametrize("name", ["UV_PROJECT", "UV_WORKING_DIR"])
def test_a_variable_that_names_another_project_harms_neither(host: Host, shop: Path, tmp_path: Path, name: str) -> None:
    other = tmp_path / "other"
    write(other / "pyproject.toml", PROJECT.format("other"))
    write(other / ".venv" / "pyvenv.cfg", "home = /gone\n")
    host = replace(host, variables={**host.variables, name: str(other), "UV_NO_SYNC": "1", "UV_SYSTEM_PYTHON": "1"})
    environment = made(creator_of(host, tools=TOOLS), wish(shop, packages=("tiny",)))
    subprocess.run([environment.python, "-I", "-c", "import tiny"], check=True)
    assert [path.name for path in sorted(other.iterdir())] == [".venv", "pyproject.toml"]
    assert (other / ".venv" / "pyvenv.cfg").read_text() == "home = /gone\n"


@pytest.mark.parametrize("name", ["UV_FROZEN", "UV_LOCKED"])
def test_a_project_without_a_lock_gets_one_whatever_the_variables_say(host: Host, shop: Path, name: str) -> None:
    host = replace(host, variables={**host.variables, name: "1"})
    making = making_of(creator_of(host, tools=TOOLS), wish(shop, packages=("ipykernel",)))
    assert making.do(Told()).ipykernel == "7.4.0"
    assert (shop / "uv.lock").exists()
    variables = dict(Uv().plan_create(making.request, Scene(host), TOOLS).commands[0].variables)
    assert name not in variables


def test_what_uv_does_not_do_is_refused_before_anything_is_made(host: Host, project: Path) -> None:
    creator = creator_of(host, tools=TOOLS)
    with pytest.raises(BadRequest, match=r"has no pyproject\.toml, so it is no uv project"):
        creator.prepare(wish(project))
    write(project / "pyproject.toml", PROJECT.format("shop"))
    with pytest.raises(BadRequest, match="keeps the project's environment at"):
        creator.prepare(wish(project, name="env"))
    with pytest.raises(BadRequest, match="for a project, and none was named"):
        creator.prepare(Wish(None, manager="uv"))
    with pytest.raises(Refused, match="uv is not installed"):
        creator_of(host, tools={}).prepare(wish(project))


def test_pips_index_does_not_change_where_a_lock_file_takes_packages_from(host: Host, shop: Path, index: str) -> None:
    made(creator_of(host, tools=TOOLS), wish(shop, install=True))
    locked = (shop / "uv.lock").read_text()
    assert index.rstrip("/") in locked
    dead = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "UV_DEFAULT_INDEX": index}
    other = replace(host, variables={**host.variables, **dead})
    shutil.rmtree(shop / ".venv")
    making_of(creator_of(other, tools=TOOLS), wish(shop, install=True)).do(Told())
    assert (shop / "uv.lock").read_text() == locked


def test_removing_takes_the_link_of_one_in_uvs_cache(host: Host, shop: Path) -> None:
    from jupyter_envs.managers.base import Candidate, Claim, Link, Owned
    from jupyter_envs.pyvenv import Reading

    candidate = Candidate(Reading(str(shop / ".venv"), {"home": "/"}, str(host.home)), shop / ".venv", "test")
    owned = Owned(candidate, Uv(), Claim(links=(Link(shop, 0, "test"),)))
    assert Uv().plan_remove(owned, Scene(host), TOOLS).links == (shop / ".venv",)
