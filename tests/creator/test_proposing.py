"""What suits a project is read from its own files, and nothing is run or changed by asking."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jupyter_envs import managers
from jupyter_envs.creator import Creator
from jupyter_envs.errors import NotFound, Refused
from jupyter_envs.finder import Finder
from jupyter_envs.host import Host
from jupyter_envs.settings import Settings
from tests.folders import make_base, write, write_program

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from jupyter_envs.creator.proposing import Choice, Proposal

TABLE = '[project]\nname = "shop"\nversion = "1"\nrequires-python = ">=3.9"\n'
PROGRAMS = ("uv", "poetry", "pipenv", "hatch", "pdm", "pyenv")


@pytest.fixture
def host(home: Path) -> Host:
    """Somebody with one Python of pyenv's, and nothing else."""
    make_base(home / ".pyenv" / "versions" / "3.12.1", "3.12.1")
    return Host(home=home, variables={"HOME": str(home)}, uid=home.stat().st_uid)


@pytest.fixture
def project(host: Host) -> Path:
    (host.home / "shop").mkdir()
    return host.home / "shop"


@pytest.fixture
def proposed(host: Host, project: Path) -> Callable[..., Proposal]:
    """What is proposed where some tools are installed: programs that must not be run."""

    def ask(*names: str, **settings: object) -> Proposal:
        tools = {name: write_program(host.home / "bin" / name) for name in names}
        finder = Finder(host, Settings(**settings))  # type: ignore[arg-type]  # each test gives what fits
        return Creator(finder, [host.home], tools).propose(project)

    return ask


def choice(proposal: Proposal, name: str) -> Choice:
    return next(one for one in proposal.managers if one.name == name)


@pytest.mark.parametrize(
    ("name", "text", "manager", "declared", "reason"),
    [
        (None, "", "venv", None, "Nothing in the project asks for another tool."),
        ("requirements.txt", "six\n", "venv", "requirements.txt", "Nothing in the project asks for another tool."),
        ("pyproject.toml", TABLE, "venv", "pyproject.toml", "Nothing in the project asks for another tool."),
        ("poetry.lock", "", "poetry", "poetry.lock", "The project has a poetry.lock."),
        ("uv.lock", "", "uv", "uv.lock", "The project has a uv.lock."),
        ("pyproject.toml", TABLE + "[tool.uv]\npackage = false\n", "uv", "pyproject.toml", "has a [tool.uv]."),
        ("pyproject.toml", TABLE + "[tool.uv]\nmanaged = false\n", "venv", "pyproject.toml", "Nothing in the project"),
        ("pyproject.toml", TABLE + '[build-system]\nbuild-backend = "uv_build"\n', "uv", "pyproject.toml", "is built"),
        ("Pipfile", "[packages]\n", "pipenv", "Pipfile", "The project has a Pipfile."),
        ("pdm.lock", "", "pdm", "pdm.lock", "The project has a pdm.lock."),
    ],
)
def test_a_projects_files_say_which_tool_suits(  # noqa: PLR0917 -- what is proposed, part by part
    proposed: Callable[..., Proposal],
    project: Path,
    name: str | None,
    text: str,
    manager: str,
    declared: str | None,
    reason: str,
) -> None:
    if name is not None:
        write(project / name, text)
    found = proposed(*PROGRAMS)
    assert (found.manager, found.declared) == (manager, declared)
    assert reason in found.reason
    assert found.project == project


def test_it_tells_where_each_would_put_it_and_which_cannot(proposed: Callable[..., Proposal], project: Path) -> None:
    write(project / "pyproject.toml", TABLE + '[tool.poetry]\nname = "shop"\n')
    write(project / "requirements-dev.txt", "six\n")
    found = proposed("uv")
    assert {one.name for one in found.managers} == {one.name for one in managers.every() if one.creates}
    assert choice(found, "venv").prefix == choice(found, "uv").prefix == project / ".venv"
    assert choice(found, "poetry").available is False
    assert choice(found, "poetry").reason.startswith("Poetry is not installed. ")
    assert (found.manager, found.prefix, found.central) == ("poetry", None, False)
    assert found.python == ">=3.9"
    assert found.requirements == (project / "requirements-dev.txt",)
    with_poetry = proposed("uv", "poetry")
    assert with_poetry.prefix is not None
    assert with_poetry.central


def test_what_would_lie_outside_of_what_is_allowed_is_told(
    proposed: Callable[..., Proposal], project: Path, host: Host
) -> None:
    found = proposed("uv", create_roots=(str(host.home / "elsewhere"),))
    assert not choice(found, "venv").available
    assert "outside of the folders for environments" in choice(found, "venv").reason


def test_a_member_of_a_workspace_gets_the_environment_of_its_root(host: Host, project: Path) -> None:
    member = project / "packages" / "one"
    write(project / "pyproject.toml", TABLE + '[tool.uv.workspace]\nmembers = ["packages/*"]\n')
    write(member / "pyproject.toml", TABLE)
    tools = {"uv": write_program(host.home / "bin" / "uv")}
    found = Creator(Finder(host, Settings()), [host.home], tools).propose(member)
    assert (found.manager, found.prefix, found.central) == ("uv", project / ".venv", True)
    assert found.reason == f"It belongs to the uv workspace {project}."


def test_where_no_python_suits_the_rest_is_proposed_all_the_same(
    proposed: Callable[..., Proposal], project: Path
) -> None:
    write(project / ".python-version", "3.99\n")
    found = proposed("uv")
    assert (found.python, found.prefix) == ("==3.99.*", project / ".venv")


def test_where_there_is_no_python_nobody_can(
    proposed: Callable[..., Proposal], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Finder, "interpreters", lambda _finder: [])
    found = proposed("uv")
    assert {one.reason for one in found.managers} == {"There is no Python here."}


def test_it_is_told_as_json(proposed: Callable[..., Proposal], project: Path) -> None:
    told = proposed("uv").as_json()
    assert told["prefix"] == f"{project}/.venv"
    places = {one["name"]: one["prefix"] for one in told["managers"]}  # type: ignore[attr-defined]  # a list of them
    assert places["venv"] == f"{project}/.venv"
    assert places["poetry"] is None


def test_nothing_is_proposed_for_a_folder_that_may_not_be_named(host: Host, tmp_path: Path) -> None:
    creator = Creator(Finder(host, Settings()), [host.home], {})
    with pytest.raises(Refused):
        creator.propose(tmp_path)
    with pytest.raises(NotFound):
        creator.propose(host.home / "gone")
