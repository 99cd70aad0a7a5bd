"""A manager's plan is carried out whole or leaves nothing, whatever the manager is and its commands do."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jupyter_envs import unfinished
from jupyter_envs.creator import making
from jupyter_envs.creator.means import Means
from jupyter_envs.creator.places import Places
from jupyter_envs.errors import EnvsError, Occupied, Refused, ToolFailed
from jupyter_envs.managers.base import CreateRequest, EnvironmentManager
from jupyter_envs.managers.plans import Command, Plan, Table
from jupyter_envs.pyvenv import MARKER
from jupyter_envs.settings import Settings
from tests.creator.scene import Told, creator_of, finder_of, made, names_in, plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jupyter_envs.creator.making import Making
    from jupyter_envs.environment import Interpreter
    from jupyter_envs.host import Host
    from jupyter_envs.managers.base import Scene

pytestmark = pytest.mark.skipif(os.name == "nt", reason="environments are not made on Windows")


@dataclass(frozen=True)
class Small(EnvironmentManager):
    """A manager of another package, with a plan of its own."""

    plan: Plan
    program: str | None = None  # type: ignore[misc]  # this class stands for many managers
    name = "small"
    title = "Small"

    def plan_create(self, request: CreateRequest, scene: Scene, tools: Mapping[str, Path]) -> Plan:
        return self.plan


@pytest.fixture
def means(host: Host) -> Means:
    finder = finder_of(host)
    return Means(finder, {}, Places.of(finder, [host.home]))


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Interpreter:
    """The newest interpreter of this machine."""
    from tests.creator.scene import REAL

    return finder_of(replace(REAL, home=tmp_path_factory.mktemp("home"))).interpreters()[0]


def of(prefix: Path, base: Interpreter, *scripts: str) -> Plan:
    """A plan that makes an environment, then runs scripts in its folder's project."""
    words = (os.fspath(base.path), "-I", "-m", "venv", "--without-pip", os.fspath(prefix))
    commands = tuple(Command(("/bin/sh", "-c", text), Path("/"), "Filling it") for text in scripts)
    return Plan(prefix, commands, (Command(words, Path("/"), "Making the environment"),))


def planned(means: Means, plan: Plan, base: Interpreter, **more: str) -> Making:
    return making.planned(means, Small(plan, **more), CreateRequest(base))


def test_files_are_written_into_the_environment_before_its_commands_run(
    means: Means, project: Path, base: Interpreter
) -> None:
    prefix = project / ".venv"
    reading = Command(("cat", os.fspath(prefix / "bin" / "hook")), Path("/"), "Filling it")
    files = ((".project", "/a/\udcff/project\n"), ("bin/hook", "hooked\n"))
    plan = replace(of(prefix, base), files=files, commands=(reading,))
    told = Told()
    environment = planned(means, plan, base).do(told)
    assert told.lines[-1] == "hooked"
    assert told.phases == ["Making the environment", "Filling it", "Writing to the disk"]
    assert told.fractions == [0.5, 1.0]
    assert (environment.prefix / ".project").read_bytes() == b"/a/\xff/project\n"


def test_what_commands_changed_outside_is_put_back_on_failure(means: Means, host: Host, base: Interpreter) -> None:
    lock, new, envs = host.home / "poetry.lock", host.home / ".python-version", host.home / "envs.toml"
    lock.write_text("old")
    envs.write_text("[other]\nminor = '3.9'\n")
    script = (
        f"cd '{host.home}'; echo new > poetry.lock; echo 3.12 > .python-version; echo '[shop]' >> envs.toml; exit 1"
    )
    plan = replace(of(host.home / "env", base, script), touched=(lock, new), tables=(Table(envs, "shop"),))
    with pytest.raises(ToolFailed, match="Filling it failed"):
        planned(means, plan, base).do(Told())
    assert set(names_in(host.home)) - {".local"} == {"envs.toml", "poetry.lock"}
    assert not unfinished.is_left(host)
    assert lock.read_text() == "old"
    assert envs.read_text() == "[other]\nminor = '3.9'\n"


def test_missing_folders_on_the_way_are_made_and_go_again_on_failure(
    means: Means, host: Host, base: Interpreter
) -> None:
    prefix = host.home / ".cache" / "tool" / "envs" / "shop"
    with pytest.raises(ToolFailed):
        planned(means, of(prefix, base, "exit 1"), base).do(Told())
    assert names_in(host.home) == []
    assert planned(means, of(prefix, base), base).do(Told()).prefix == prefix
    assert names_in(prefix.parent) == ["shop"]


def test_a_tool_may_know_the_place_by_a_link_of_the_persons_own(means: Means, host: Host, base: Interpreter) -> None:
    (host.home / "big disk").mkdir()
    (host.home / "envs").symlink_to("big disk")
    environment = planned(means, of(host.home / "envs" / "shop", base), base).do(Told())
    assert environment.prefix == host.home / "big disk" / "shop"


@pytest.mark.parametrize("what", ["envs", "envs/shop"])
def test_nothing_is_done_in_a_folder_that_was_swapped_for_a_link(
    means: Means, host: Host, tmp_path: Path, base: Interpreter, what: str
) -> None:
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "shop").mkdir(parents=True)
    (host.home / "envs").mkdir()
    target = elsewhere if what == "envs" else elsewhere / "shop"
    swap = f"cd '{host.home}' && mv {what} aside && ln -s '{target}' {what}"
    plan = of(host.home / "envs" / "shop", base, swap, f"touch '{host.home}/envs/shop/harm'")
    with pytest.raises(Occupied, match="was moved while it was being made"):
        planned(means, plan, base).do(Told())
    assert names_in(elsewhere) == ["shop"]
    assert names_in(elsewhere / "shop") == []


def test_a_link_that_leads_elsewhere_meanwhile_is_found_out(
    means: Means, host: Host, tmp_path: Path, base: Interpreter
) -> None:
    (tmp_path / "elsewhere" / "shop").mkdir(parents=True)
    (host.home / "real").mkdir()
    (host.home / "envs").symlink_to("real")
    swap = f"ln -sfn '{tmp_path}/elsewhere' '{host.home}/envs'"
    plan = of(host.home / "envs" / "shop", base, swap, f"touch '{host.home}/envs/shop/harm'")
    with pytest.raises(Occupied, match="was moved"):
        planned(means, plan, base).do(Told())
    assert names_in(tmp_path / "elsewhere" / "shop") == []
    assert names_in(host.home / "real") == []


@pytest.mark.parametrize("what", ["shop", "shop/requirements.txt"])
def test_no_tool_works_where_a_project_or_a_file_was_swapped_for_a_link(
    means: Means, host: Host, tmp_path: Path, base: Interpreter, what: str
) -> None:
    for folder in (host.home / "shop", tmp_path / "shop"):
        folder.mkdir()
        (folder / "requirements.txt").write_text("six")
    swap = f"cd '{host.home}' && mv {what} aside && ln -s '{tmp_path / what}' {what}"
    plan = of(host.home / "envs" / "shop", base, swap, f"touch '{tmp_path}/harm'")
    request = CreateRequest(base, host.home / "shop", requirements=host.home / "shop" / "requirements.txt")
    with pytest.raises(Occupied, match=f"{what} was moved while"):
        making.planned(means, Small(plan), request).do(Told())
    assert not (tmp_path / "harm").exists()
    assert not (host.home / "envs").exists()


def test_a_tool_that_chose_another_python_is_found_out(means: Means, project: Path, base: Interpreter) -> None:
    minor = ".".join(base.version.split(".")[:2])
    others = [one for one in means.finder.interpreters() if one.version.startswith("3.") and minor not in one.version]
    if not others:
        pytest.skip("only one minor version of Python is here")
    plan = of(project / ".venv", others[0])
    with pytest.raises(ToolFailed, match=rf"has Python 3\.\d+t? instead of {minor}"):
        planned(means, plan, base).do(Told())
    assert names_in(project) == ["requirements.txt"]


def test_a_place_outside_of_the_allowed_ones_is_refused(means: Means, tmp_path: Path, base: Interpreter) -> None:
    for prefix in (tmp_path / "env", means.host.home / ".." / "env", Path("env")):
        with pytest.raises(EnvsError, match=r"outside of the folders|cannot be the place"):
            planned(means, of(prefix, base), base)


@pytest.mark.parametrize("name", ["../harm", "/harm", "bin/../../harm"])
def test_a_plan_that_writes_outside_of_its_environment_is_refused(
    means: Means, project: Path, base: Interpreter, name: str
) -> None:
    with pytest.raises(Refused, match="Small would write outside"):
        planned(means, replace(of(project / ".venv", base), files=((name, ""),)), base)


@pytest.mark.parametrize(
    ("program", "how"),
    [("poetry", "uv tool install poetry"), ("uv", "pip install --user uv"), ("pyenv", "pyenv.run")],
)
def test_a_tool_that_is_not_here_is_told_with_how_to_get_it(
    means: Means, project: Path, base: Interpreter, program: str, how: str
) -> None:
    with pytest.raises(Refused, match=r"Small is not installed\. Install it") as refusal:
        planned(means, of(project / ".venv", base), base, program=program)
    assert how in refusal.value.fix
    found = replace(means, tools={program: Path("/bin/true")})
    assert planned(found, of(project / ".venv", base), base, program=program).prefix == project / ".venv"


def test_what_will_be_done_is_told_before(means: Means, project: Path, base: Interpreter) -> None:
    request = CreateRequest(
        base, project, packages=("six", "idna"), requirements=project / "requirements.txt", install=True
    )
    plan = replace(of(project / ".venv", base), touched=(project / "uv.lock",))
    tells = making.planned(means, Small(plan), request).tells
    assert tells[0] == f"{project / '.venv'} will be made by Small, of {base.label}."
    assert "six, idna" in tells[1]
    assert "requirements.txt" in tells[2]
    assert tells[3] == "What the project declares will be installed."
    assert tells[4] == "These files may change: uv.lock."
    assert len(planned(means, of(project / ".venv", base), base).tells) == 1


def test_what_settings_leave_out_of_the_listing_is_told_all_the_same(host: Host, project: Path) -> None:
    creator = creator_of(host, Settings(managers=("poetry",)))
    assert made(creator, plain(project)).prefix == project / ".venv"


def test_the_marker_is_there_until_the_end(means: Means, host: Host, base: Interpreter) -> None:
    prefix = host.home / "env"
    planned(means, of(prefix, base, f"test -e '{prefix}/{MARKER}'"), base).do(Told())
    assert not (prefix / MARKER).exists()
