"""What holds for the plans of every manager, also of those that are yet to come: data that harms nobody."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest

from jupyter_envs import managers
from jupyter_envs.environment import Interpreter
from jupyter_envs.errors import BadRequest, Refused
from jupyter_envs.managers.base import (
    Candidate,
    Claim,
    Command,
    CreateRequest,
    EnvironmentManager,
    Link,
    Owned,
    Plan,
    RemovalPlan,
    Scene,
)
from jupyter_envs.managers.guarded import Guarded
from jupyter_envs.pyvenv import Reading
from tests.folders import make_base, write, write_program

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from jupyter_envs.host import Host


PROGRAMS = ("uv", "poetry", "pipenv", "hatch", "pdm", "virtualenvwrapper.sh", "pyenv", "conda")
PYPROJECT = '[project]\nname = "shop"\nversion = "1"\nrequires-python = ">=3.9"\n'
ODD = "shop; $(touch pwned) 'é\" -x"


def tree(home: Path) -> list[Path]:
    """Every path below a folder."""
    return sorted(home.rglob("*"))


def _candidate(prefix: Path) -> Candidate:
    return Candidate(Reading(str(prefix), {"home": "/opt"}, "/nonexistent"), prefix, "test")


@dataclass(frozen=True)
class Desk:
    """A project, an interpreter of pyenv's, and every tool: enough for any manager to make a plan."""

    scene: Scene
    tools: dict[str, Path]
    request: CreateRequest

    def plan(self, manager: EnvironmentManager, **changes: object) -> Plan:
        """What a manager would do for the request with some things changed."""
        return manager.plan_create(replace(self.request, **changes), self.scene, self.tools)  # type: ignore[arg-type]


@pytest.fixture
def desk(host: Host) -> Desk:
    """A desk for the project with an odd path."""
    base = host.home / ".pyenv" / "versions" / "3.12.1"
    python = make_base(base, "3.12.1")
    tools = {name: write_program(host.home / ".local" / "bin" / name) for name in PROGRAMS}
    write_program(host.home / ".pyenv" / "plugins" / "pyenv-virtualenv" / "bin" / "pyenv-virtualenv")
    write(host.home / ".pyenv" / "plugins" / "python-build" / "share" / "python-build" / "3.12.4")
    write(host.home / ODD / "pyproject.toml", PYPROJECT)
    write(host.home / ODD / "Pipfile", "[packages]\n")
    write(host.home / "requirements.txt", "six\n")
    request = CreateRequest(Interpreter(python, "3.12.1", "cpython", "pyenv"), host.home / ODD)
    return Desk(Scene(host), tools, request)


def commands_of(plan: Plan) -> Iterator[Command]:
    """Every command of a plan, with those that are run where one fails."""
    for command in (*plan.shell, *plan.commands):
        yield command
        if command.otherwise is not None:
            yield command.otherwise


CREATING = pytest.mark.parametrize(
    "manager", [each for each in managers.every() if each.creates], ids=lambda manager: manager.name
)


EVERY = pytest.mark.parametrize("manager", managers.every(), ids=lambda manager: manager.name)


@EVERY
def test_plans_are_made_only_by_managers_that_create(manager: EnvironmentManager, desk: Desk) -> None:
    before = tree(desk.scene.host.home)
    if manager.creates:
        assert isinstance(desk.plan(manager), Plan)
    else:
        with pytest.raises(BadRequest) as caught:
            desk.plan(manager)
        assert caught.value.fix
    assert tree(desk.scene.host.home) == before


@CREATING
def test_a_plan_is_data_that_can_be_carried_out(manager: EnvironmentManager, desk: Desk) -> None:
    file = desk.scene.host.home / "requirements.txt"
    for changes in ({}, {"packages": ("six",), "requirements": file, "install": True, "ipykernel": True}):
        plan = desk.plan(manager, **changes)
        assert isinstance(Guarded(Planned(plan)).plan_create(desk.request, desk.scene, desk.tools), Plan)
        assert plan.shell
        assert plan.prefix.is_absolute()
        assert ".." not in plan.prefix.parts


@CREATING
def test_what_a_person_typed_is_one_word_and_never_part_of_a_program(manager: EnvironmentManager, desk: Desk) -> None:
    plan = desk.plan(manager, packages=("six>=1; python_version>'3'",), install=True)
    found = 0
    for command in commands_of(plan):
        for number, word in enumerate(command.words):
            if "touch pwned" in word:
                assert word.startswith((str(desk.scene.host.home), "--prompt="))
                assert "-c" not in command.words[number - 1 : number]
            if word.startswith("six"):
                found += 1
                assert word == "six>=1; python_version>'3'"
                assert "--" in command.words[:number]
    assert found


@CREATING
@pytest.mark.parametrize("name", ["..", ".", "a/b", "-x", "a\nb", "/etc", "", "$(touch pwned)", "a\0b"])
def test_no_name_leads_elsewhere(manager: EnvironmentManager, desk: Desk, name: str) -> None:
    usual = desk.plan(manager).prefix
    with suppress(BadRequest, Refused):
        plan = desk.plan(manager, name=name)
        assert plan.prefix.parent == usual.parent
        assert name in {"", plan.prefix.name} or plan.prefix == usual


@CREATING
def test_a_place_is_taken_or_refused(manager: EnvironmentManager, desk: Desk) -> None:
    elsewhere = desk.scene.host.home / "elsewhere" / "env"
    with suppress(BadRequest, Refused):
        assert desk.plan(manager, prefix=elsewhere).prefix == elsewhere


@CREATING
def test_the_place_of_an_environment_gives_the_same_place_again(manager: EnvironmentManager, desk: Desk) -> None:
    prefix = desk.plan(manager).prefix
    assert desk.plan(manager, prefix=prefix).prefix == prefix


@CREATING
def test_without_its_program_a_manager_says_so(manager: EnvironmentManager, desk: Desk) -> None:
    if manager.program is None:
        return
    with pytest.raises((BadRequest, Refused)) as caught:
        manager.plan_create(desk.request, desk.scene, {})
    assert caught.value.fix


@EVERY
def test_removing_is_planned_or_refused_with_the_tools_own_way(manager: EnvironmentManager, desk: Desk) -> None:
    prefix = desk.scene.host.home / ODD / ".venv"
    for project in (None, desk.scene.host.home / ODD):
        links = (Link(project, 0, "test"),) if project else ()
        owned = Owned(_candidate(prefix), manager, Claim(links=links))
        if manager.removes:
            plan = manager.plan_remove(owned, desk.scene, desk.tools)
            guarded = Guarded(Planned(removal=plan))
            assert guarded.plan_remove(owned, desk.scene, desk.tools) == plan
            continue
        with pytest.raises(Refused) as caught:
            manager.plan_remove(owned, desk.scene, desk.tools)
        fix = caught.value.fix
        assert fix
        assert fix == manager.how_to_remove(prefix, project)
        assert "$(touch" not in fix or "'" in fix


@EVERY
def test_an_ipykernel_is_added_by_a_plan_without_a_shell_or_refused(manager: EnvironmentManager, desk: Desk) -> None:
    owned = Owned(_candidate(desk.scene.host.home / ODD / ".venv"), manager, Claim())
    if not manager.creates:
        with pytest.raises((BadRequest, Refused)) as caught:
            manager.plan_add_ipykernel(owned, desk.scene, desk.tools)
        assert caught.value.fix
        return
    plan = manager.plan_add_ipykernel(owned, desk.scene, desk.tools)
    assert plan.shell == ()
    assert plan.prefix == owned.candidate.prefix
    assert any("ipykernel" in command.words for command in plan.commands)


@EVERY
def test_a_bare_folder_is_proposed_to_nobody_by_name(manager: EnvironmentManager, host: Host) -> None:
    if manager is not managers.LAST:
        assert manager.proposes(host.home, Scene(host)) is None


@EVERY
def test_only_a_manager_that_says_so_installs_pythons(manager: EnvironmentManager, desk: Desk) -> None:
    if manager.installs is not None:
        version = "3.12" if manager.name == "pyenv" else "cpython-3.12.4-linux-x86_64-gnu"
        assert manager.plan_install(version, desk.scene, desk.tools).commands
        return
    with pytest.raises(BadRequest) as caught:
        manager.plan_install("3.12", desk.scene, desk.tools)
    assert caught.value.fix


class Planned(EnvironmentManager):
    """Answers with plans that somebody else made, so that they can be looked at as those of another package are."""

    name = "planned"
    title = "Planned"

    def __init__(self, plan: Plan | None = None, removal: RemovalPlan | None = None) -> None:
        self.plan, self.removal = plan, removal

    def plan_create(self, request: CreateRequest, scene: Scene, tools: Mapping[str, Path]) -> Plan:
        return self.plan  # type: ignore[return-value]  # each test gives the one that it asks for

    def plan_remove(self, owned: Owned, scene: Scene, tools: Mapping[str, Path]) -> RemovalPlan:
        return self.removal  # type: ignore[return-value]  # as above
