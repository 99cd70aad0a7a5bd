"""virtualenvwrapper: where `WORKON_HOME` is, what lies in it, and which project each environment is for."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jupyter_envs.finder import Finder
from jupyter_envs.settings import Settings
from jupyter_envs.state import State
from tests.folders import (
    add_ipykernel,
    as_somebody_else,
    codes,
    link,
    make_base,
    make_environment,
    make_kernel_environment,
    scanned,
    site_of,
    write,
    write_program,
)

if TYPE_CHECKING:
    from jupyter_envs.host import Host

HOOKS = ("preactivate", "postactivate", "predeactivate", "postdeactivate", "get_env_details")


@pytest.fixture
def science(home: Path, python: Path) -> Path:
    """The environment `science` in the default `WORKON_HOME`, ready to be a kernel."""
    return make_kernel_environment(home / ".virtualenvs" / "science", python)


def test_an_environment_in_the_default_folder_is_found(host: Host, science: Path) -> None:
    found = scanned(host)[science]
    assert found.manager == "virtualenvwrapper"
    assert found.name == "science"
    assert found.display_name == "science (virtualenvwrapper, Python 3.12)"
    assert found.projects == ()
    assert found.active is None
    assert found.orphan is False
    assert found.kernel
    assert found.state is State.READY


@pytest.mark.parametrize(
    ("value", "folder"),
    [
        ("~/.e n v s", "home/.e n v s"),
        ("$HOME/.envs", "home/.envs"),
        ("relative", "home/relative"),
        ("{tmp}/envs", "envs"),
        ("$DATA/envs", "data/envs"),
    ],
)
def test_workon_home_moves_the_folder(host: Host, python: Path, value: str, folder: str) -> None:
    tmp = host.home.parent
    host = replace(host, variables={"WORKON_HOME": value.format(tmp=tmp), "DATA": str(tmp / "data")})
    prefix = make_environment(tmp / folder / "science", python)
    assert scanned(host)[prefix].manager == "virtualenvwrapper"


def test_the_folder_of_its_documents_is_known(host: Host, python: Path) -> None:
    prefix = make_environment(host.home / "Envs" / "science", python)
    assert scanned(host)[prefix].manager == "virtualenvwrapper"


def test_with_workon_home_the_default_folder_is_not_its_own(host: Host, science: Path, python: Path) -> None:
    host = replace(host, variables={"WORKON_HOME": "~/.envs"})
    prefix = make_environment(host.home / ".envs" / "science", python)
    assert science not in scanned(host)
    assert prefix in scanned(host)


def test_a_server_without_the_variable_reads_the_shell_start_files(host: Host, python: Path) -> None:
    write(host.home / ".bashrc", 'export WORKON_HOME="$HOME/my envs"  # moved\nsource virtualenvwrapper.sh\n')
    prefix = make_environment(host.home / "my envs" / "science", python)
    assert scanned(host)[prefix].manager == "virtualenvwrapper"


def test_a_missing_workon_home_is_told_and_the_rest_is_listed(host: Host, python: Path) -> None:
    host = replace(host, variables={"WORKON_HOME": "~/absent"})
    other = make_environment(host.home / "shop" / ".venv", python)
    snapshot = Finder(host, Settings()).scan()
    assert [environment.prefix for environment in snapshot.environments] == [other]
    assert [problem.code.value for problem in snapshot.problems] == ["missing-folder"]
    assert str(host.home / "absent") in snapshot.problems[0].message


def test_only_direct_children_that_can_be_activated_count(host: Host, science: Path, python: Path) -> None:
    folder = science.parent
    (make_environment(folder / "cannot-be-activated", python) / "bin" / "activate").unlink()
    make_environment(folder / "deep" / "inner", python)
    write(folder / "not-an-environment" / "bin" / "activate")
    write(folder / "initialize", "#!/bin/sh\n")
    assert set(scanned(host)) == {science}


def test_a_windows_environment_is_listed_and_explained(host: Host) -> None:
    prefix = host.home / ".virtualenvs" / "science"
    write(prefix / "pyvenv.cfg", "home = C:\\Python312\nversion = 3.12.1\n")
    write(prefix / "Scripts" / "python.exe", "MZ")
    write(prefix / "Scripts" / "activate.bat")
    found = scanned(host)[prefix]
    assert found.state is State.BROKEN
    assert codes(found)[0] == "other-platform"


@pytest.mark.parametrize("ending", ["\n", "", "\r\n", "\n# more\n"])
def test_the_first_line_of_its_file_names_the_project(host: Host, science: Path, ending: str) -> None:
    shop = host.home / "shop"
    shop.mkdir()
    write(science / ".project", f"{shop}{ending}")
    found = scanned(host)[science]
    assert found.projects == (shop,)
    assert found.active is True
    assert found.orphan is False
    resolution = Finder(host, Settings()).resolve(shop / "a.ipynb")
    assert resolution.environment is not None
    assert resolution.environment.prefix == science
    assert resolution.reason == "virtualenvwrapper links it to the project."


@pytest.mark.parametrize("name", ["a $HOME b", "~", " trailing ", "größe", os.fsdecode(b"sh\xffp"), "$PATH"])
def test_the_projects_path_is_taken_literally(host: Host, science: Path, name: str) -> None:
    shop = host.home / "work" / name
    shop.mkdir(parents=True)
    write(science / ".project", f"{shop}\n")
    assert scanned(replace(host, variables={"PATH": "/bin"}))[science].projects == (shop,)


def test_a_linked_project_is_known_by_its_real_path(host: Host, science: Path) -> None:
    (host.home / "real").mkdir()
    link(host.home / "alias", "real")
    write(science / ".project", f"{host.home / 'alias'}\n")
    assert scanned(host)[science].projects == (host.home / "real",)


def test_the_name_of_its_file_can_be_changed(host: Host, science: Path) -> None:
    (host.home / "shop").mkdir()
    write(science / ".workdir", f"{host.home / 'shop'}\n")
    write(science / ".project", "/elsewhere\n")
    host = replace(host, variables={"VIRTUALENVWRAPPER_PROJECT_FILENAME": ".workdir"})
    assert scanned(host)[science].projects == (host.home / "shop",)


def test_one_whose_project_is_gone_is_an_orphan_with_its_lost_path(host: Host, science: Path) -> None:
    gone = host.home / "gone"
    write(science / ".project", f"{gone}\n")
    found = scanned(host)[science]
    assert (found.orphan, found.lost_project, found.kernel) == (True, gone, False)
    assert codes(found) == ["project-gone"]


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\0\n", b"x\0y\n"])
def test_a_file_that_names_nothing_is_no_project(host: Host, science: Path, content: bytes) -> None:
    (science / ".project").write_bytes(content)
    found = scanned(host)[science]
    assert (found.projects, found.orphan) == ((), False)


def test_one_environment_can_be_the_second_choice_of_a_project(host: Host, science: Path, python: Path) -> None:
    shop = host.home / "shop"
    own = make_kernel_environment(shop / ".venv", python)
    write(science / ".project", f"{shop}\n")
    found = scanned(host)
    assert (found[own].active, found[science].active) == (True, False)
    assert found[science].kernel


def test_project_home_is_walked_too(host: Host, python: Path) -> None:
    projects = host.home.parent / "projects"
    prefix = make_environment(projects / "shop" / ".venv", python)
    assert prefix not in scanned(host)
    assert prefix in scanned(replace(host, variables={"PROJECT_HOME": str(projects)}))
    write(host.home / ".zshrc", f"export PROJECT_HOME={projects}\n")
    assert prefix in scanned(host)


def test_hooks_are_never_run(host: Host, science: Path) -> None:
    mark = host.home / "hook-ran"
    for folder in (science / "bin", science.parent):
        for name in HOOKS:
            write_program(folder / name, f"#!/bin/sh\ntouch '{mark}'\n")
    write(science / "bin" / "activate", f"touch '{mark}'\n")
    write(site_of(science) / "_virtualenv_path_extensions.pth", f"import os; open({str(mark)!r}, 'w')\n")
    add_ipykernel(site_of(science))
    assert scanned(host)[science].state is State.READY
    Finder(host, Settings()).resolve(host.home)
    assert not mark.exists()


def test_fixes_speak_its_language(host: Host, science: Path) -> None:
    shop = host.home / "my shop"
    shop.mkdir()
    write(science / ".project", f"{shop}\n")
    (science / "bin" / "python").unlink()
    fix = scanned(host)[science].problems[0].fix
    assert "rmvirtualenv science" in fix
    assert f"mkvirtualenv -a '{shop}' science" in fix
    (science / ".project").unlink()
    assert "mkvirtualenv science" in scanned(host)[science].problems[0].fix


def test_a_project_of_an_impossible_path_loses_nothing(host: Host, science: Path) -> None:
    write(science / ".project", f"/{300 * 'x'}\n")
    found = scanned(host)[science]
    assert found.lost_project == Path(f"/{300 * 'x'}")


def test_a_workon_home_of_an_impossible_path_is_told_and_the_rest_is_listed(host: Host, python: Path) -> None:
    other = make_environment(host.home / "shop" / ".venv", python)
    host = replace(host, variables={"WORKON_HOME": f"~/{300 * 'x'}"})
    snapshot = Finder(host, Settings()).scan()
    assert [environment.prefix for environment in snapshot.environments] == [other]
    assert [problem.code.value for problem in snapshot.problems] == ["missing-folder"]


def test_a_link_to_an_impossible_path_is_passed_over(host: Host, science: Path) -> None:
    link(science.parent / "long", f"/{300 * 'x'}")
    assert set(scanned(host)) == {science}


def test_places_that_may_not_be_entered_lose_nothing(open_folder: Path) -> None:
    """Somebody's closed folder: below it lies a project, it is linked to, and `WORKON_HOME` is in it."""
    closed = open_folder / "closed"
    python = make_base(open_folder / "opt")
    home = open_folder / "home"
    for name in ("open", "science"):
        make_environment(home / ".virtualenvs" / name, python)
    make_environment(home / "shop" / ".venv", python)
    write(home / ".virtualenvs" / "science" / ".project", f"{closed / 'shop'}\n")
    (closed / "shop").mkdir(parents=True)
    make_environment(closed / "envs" / "hidden", python)
    link(home / ".virtualenvs" / "link", closed / "envs" / "hidden")
    closed.chmod(0)
    code = (
        "from pathlib import Path\n"
        "here, closed = map(Path, sys.argv[1:])\n"
        "for variables in ({}, {'WORKON_HOME': str(closed / 'envs')}):\n"
        "    found = finder.Finder(host.Host(here, variables), settings.Settings()).scan()\n"
        "    print(sorted(one.prefix.name for one in found.environments))\n"
    )
    try:
        assert as_somebody_else(code, home, closed) == "['.venv', 'open', 'science']\n['.venv']\n"
    finally:
        closed.chmod(0o755)


def test_a_project_home_that_is_not_there_does_not_cut_the_walk_short(host: Host, python: Path) -> None:
    make_environment(host.home / "shop" / ".venv", python)
    snapshot = Finder(replace(host, variables={"PROJECT_HOME": "~/absent"}), Settings()).scan()
    assert snapshot.complete
    assert snapshot.problems == ()
