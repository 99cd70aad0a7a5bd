"""Which Python, which place and which tool a wish leads to."""

from __future__ import annotations

import os
import shlex
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jupyter_envs.creator import Creator, Wish
from jupyter_envs.errors import BadRequest, NotFound, Occupied, Refused
from jupyter_envs.settings import Settings
from tests.creator.scene import creator_of, finder_of, made, making_of, names_in, plain
from tests.folders import make_base, make_environment

if TYPE_CHECKING:
    from jupyter_envs.host import Host

pytestmark = pytest.mark.skipif(os.name == "nt", reason="environments are not made on Windows")


def requires(project: Path, python: str) -> None:
    (project / "pyproject.toml").write_text(f'[project]\nname = "shop"\nrequires-python = "{python}"\n')


def test_the_newest_python_that_suits_the_project_is_taken(host: Host, project: Path, creator: Creator) -> None:
    versions = [one.version for one in finder_of(host).interpreters()]
    minors = list(dict.fromkeys(".".join(version.split(".")[:2]) for version in versions if version[:2] == "3."))
    if len(minors) == 1:
        pytest.skip("only one minor version of Python is here")
    requires(project, f"<{minors[0]}")
    assert making_of(creator, plain(project)).request.python.version.startswith(f"{minors[1]}.")
    requires(project, ">=3")
    assert making_of(creator, plain(project)).request.python.version == versions[0]


def test_a_project_that_no_python_suits_is_told_what_it_wants(project: Path, creator: Creator) -> None:
    requires(project, ">=3.98")
    with pytest.raises(NotFound, match=r"no Python that the project wants \(>=3\.98\) here\. Choose one of these"):
        creator.prepare(plain(project))


def test_a_person_may_choose_a_python_that_the_project_does_not_want(host: Host, project: Path) -> None:
    requires(project, ">=3.98")
    newest = finder_of(host).interpreters()[0]
    chosen = making_of(creator_of(host), plain(project, python=newest.version)).request.python
    assert chosen.version == newest.version


@pytest.mark.parametrize("python", ["not a specifier", ""])
def test_a_requirement_that_cannot_be_understood_means_any_python(project: Path, creator: Creator, python: str) -> None:
    requires(project, python)
    making_of(creator, plain(project))


def test_any_path_of_an_interpreter_means_it(host: Host, project: Path, creator: Creator) -> None:
    newest = finder_of(host).interpreters()[0]
    (host.home / "python").symlink_to(newest.path)
    for path in (newest.path, Path(os.path.realpath(newest.path)), host.home / "python"):
        assert making_of(creator, plain(project, python=os.fspath(path))).request.python == newest
    for none in ("/nul\0", "/nowhere/python"):
        with pytest.raises(NotFound, match="Choose one of these"):
            creator.prepare(plain(project, python=none))


def test_a_missing_version_is_told_with_the_command_that_installs_it(project: Path, creator: Creator) -> None:
    with pytest.raises(NotFound) as refusal:
        creator.prepare(plain(project, python="3.14.99"))
    assert refusal.value.message == "There is no Python '3.14.99' here."
    assert refusal.value.fix.startswith("Install it (jupyter envs pythons install 3.14.99), or choose one of these: 3.")


def test_in_a_terminal_a_person_may_name_a_place_of_its_own(host: Host, tmp_path: Path) -> None:
    creator = Creator(finder_of(host))
    making = making_of(creator, Wish(None, prefix=tmp_path / "new" / "env"))
    assert making.prefix == tmp_path.resolve() / "new" / "env"
    assert making.below == tmp_path.resolve()
    assert making.request.project is None
    with pytest.raises(BadRequest, match="cannot be the place"):
        creator.prepare(Wish(None, prefix=Path("env")))


def test_nothing_to_go_by_is_refused(creator: Creator) -> None:
    with pytest.raises(BadRequest, match="Choose a project or a folder"):
        creator.prepare(plain(None))


def test_a_file_of_requirements_is_handed_on(host: Host, project: Path, creator: Creator) -> None:
    file = project / "requirements.txt"
    assert making_of(creator, plain(project, requirements=file)).request.requirements == file
    (host.home.parent / "secret.txt").write_text("six")
    for outside in (host.home.parent / "secret.txt", project / ".." / ".." / "secret.txt"):
        with pytest.raises(Refused, match="outside of your folders"):
            creator.prepare(plain(project, requirements=outside))


@pytest.mark.parametrize("manager", ["poetry", "pipenv", "hatch", "pdm"])
def test_a_tool_that_is_not_here_is_refused_with_how_to_get_it(host: Host, project: Path, manager: str) -> None:
    with pytest.raises(Refused, match=f"is not installed. Install it: uv tool install {manager}"):
        creator_of(host, tools={}).prepare(Wish(project, manager=manager))


def test_a_named_environment_that_is_there_is_not_made_again(host: Host, project: Path) -> None:
    host = replace(host, variables={**host.variables, "WORKON_HOME": os.fspath(host.home / "envs")})
    creator, wish = creator_of(host, tools={}), Wish(project, manager="virtualenvwrapper", name="shop")
    assert making_of(creator, wish).prefix == host.home / "envs" / "shop"
    make_environment(host.home / "envs" / "shop", make_base(host.home.parent / "base"))
    with pytest.raises(Occupied, match="already exists: virtualenvwrapper uses it") as refusal:
        creator.prepare(wish)
    place = host.home / "envs" / "shop"
    again, removed = f"jupyter envs recreate {place}", f"jupyter envs remove {place}"
    assert refusal.value.fix == f"To make it again: {again}; or to remove it first: {removed}"


def test_an_environment_that_is_there_can_be_made_again_or_removed_first(host: Host, project: Path) -> None:
    make_environment(project / ".venv", make_base(host.home.parent / "base"))
    with pytest.raises(Occupied, match="already exists: an environment") as refusal:
        creator_of(host, tools={}).prepare(Wish(project, manager="venv"))
    for command in ("recreate", "remove"):
        assert f"jupyter envs {command} {shlex.quote(str(project / '.venv'))}" in refusal.value.fix


def test_a_folder_of_named_environments_is_made_where_it_is_missing(host: Host, project: Path) -> None:
    host = replace(host, variables={**host.variables, "WORKON_HOME": os.fspath(host.home / "deep" / "envs")})
    environment = made(creator_of(host), Wish(project, manager="virtualenvwrapper", name="shop"))
    assert environment.prefix == host.home / "deep" / "envs" / "shop"
    assert environment.projects == (project,)
    assert (host.home / "deep").stat().st_mode & 0o777 == 0o700


def test_a_place_that_the_settings_do_not_allow_is_refused(host: Host, project: Path, tmp_path: Path) -> None:
    (tmp_path / "envs").mkdir()
    creator = creator_of(host, Settings(create_roots=(os.fspath(tmp_path / "envs"),)))
    with pytest.raises(Refused, match="outside of the folders for environments"):
        creator.prepare(plain(project))
    assert names_in(project) == ["requirements.txt"]
    making = making_of(creator, Wish(project, prefix=tmp_path / "envs" / "shop", manager="venv"))
    assert making.prefix == tmp_path.resolve() / "envs" / "shop"


def test_tools_are_looked_for_first_where_the_setting_says(host: Host, tmp_path: Path) -> None:
    for place in ("first", "second"):
        (tmp_path / place).mkdir()
        (tmp_path / place / "poetry").write_text("#!/bin/sh\n")
        (tmp_path / place / "poetry").chmod(0o755)
    host = replace(host, variables={**host.variables, "PATH": os.fspath(tmp_path / "second")})
    assert creator_of(host).tools()["poetry"] == tmp_path / "second" / "poetry"
    for given in (tmp_path / "first", tmp_path / "first" / "poetry"):
        creator = creator_of(host, Settings(tool_paths=(os.fspath(given),)))
        assert creator.tools()["poetry"] == tmp_path / "first" / "poetry"


def test_the_tool_that_a_project_asks_for_is_taken_where_nobody_names_one(host: Host, project: Path) -> None:
    creator = creator_of(host, tools={"uv": Path("/bin/true")})
    assert making_of(creator, Wish(project)).manager.name == "venv"
    requires(project, ">=3.8")
    (project / "uv.lock").write_text("version = 1\n")
    making = making_of(creator, Wish(project))
    assert making.manager.name == "uv"
    assert making.prefix == project / ".venv"
