"""Managers of other packages: the example of the documentation end to end, and what goes wrong with others."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from jupyter_envs.errors import Problem, ProblemCode
from jupyter_envs.kernels.specs import logos
from jupyter_envs.managers.base import Candidate, Claim, EnvironmentManager, Link, Scene, Sighting
from jupyter_envs.managers.guarded import Guarded
from tests.folders import ROOT, make_environment, make_kernel_environment, read, write

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jupyter_envs.host import Host

EXAMPLE = ROOT / "tests" / "example_manager"


def install_example(site: Path) -> None:
    """What `pip install` leaves of the example: its module, and its entry point."""
    project = tomllib.loads((EXAMPLE / "pyproject.toml").read_text("utf-8"))["project"]
    points = project["entry-points"]["jupyter_envs.managers"]
    write(site / "jupyter_envs_cellar.py", (EXAMPLE / "jupyter_envs_cellar.py").read_text("utf-8"))
    install(site, project["name"], points)


def install(site: Path, name: str, points: Mapping[str, str]) -> None:
    """The metadata of a package with entry points for managers."""
    folder = site / f"{name.replace('-', '_')}-1.0.dist-info"
    write(folder / "METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    lines = "".join(f"{key} = {value}\n" for key, value in points.items())
    write(folder / "entry_points.txt", f"[jupyter_envs.managers]\n{lines}")


def ask(host: Host, site: Path, *words: str) -> tuple[Any, str]:
    """What the command line answers with these packages installed, and what it says on standard error."""
    done = run(host, site, *words, "--json")
    return json.loads(done.stdout), done.stderr


def run(host: Host, site: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """The command line, with the packages of `site` installed."""
    measured = {name: value for name, value in os.environ.items() if name.startswith("COVERAGE")}
    path = os.pathsep.join([str(site), str(ROOT)])
    variables = {**measured, "HOME": str(host.home), "PATH": "/usr/bin:/bin", "PYTHONPATH": path}
    argv = [sys.executable, "-m", "jupyter_envs", *words]
    done = subprocess.run(argv, env=variables, cwd=host.home, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return done


@pytest.fixture
def site(home: Path) -> Path:
    """A folder of installed packages."""
    return home.parent / "site"


@pytest.fixture
def shop(home: Path, python: Path) -> Path:
    """A project with an environment in the cellar."""
    write(home / "shop" / "pyproject.toml")
    prefix = make_kernel_environment(home / ".cellar" / "red", python)
    write(prefix / "cellar-project", f"{home / 'shop'}\n")
    return home / "shop"


def test_the_example_lists_and_claims_its_environments(host: Host, site: Path, shop: Path, python: Path) -> None:
    install_example(site)
    make_environment(host.home / ".cellar" / "white", python)
    lost = make_environment(host.home / ".cellar" / "old", python)
    write(lost / "cellar-project", str(host.home / "gone"))
    answer, _ = ask(host, site, "list")
    listed = {Path(one["prefix"]).name: one for one in answer["environments"]}
    assert {name: one["manager"] for name, one in listed.items()} == dict.fromkeys(("red", "white", "old"), "cellar")
    red = listed["red"]
    assert (red["display_name"], red["project"], red["active"]) == ("red (Cellar, Python 3.12)", str(shop), True)
    assert red["found_by"] == "cellar: its folder"
    assert listed["old"]["orphan"] is True


def test_the_example_answers_which(host: Host, site: Path, shop: Path) -> None:
    install_example(site)
    (shop / "notebooks").mkdir()
    answer, _ = ask(host, site, "which", str(shop / "notebooks"))
    assert answer["environment"]["prefix"] == str(host.home / ".cellar" / "red")
    assert (answer["project"], answer["reason"]) == (str(shop), "The cellar keeps it for the project.")


def test_a_manager_without_an_icon_gets_that_of_venv() -> None:
    assert Path(logos("cellar")) == ROOT / "jupyter_envs" / "kernels" / "logos" / "venv"


BROKEN = """
from jupyter_envs.managers.base import EnvironmentManager
class Raising(EnvironmentManager):
    name, title = "raising", "Raising"
    def find(self, scene):
        raise RuntimeError("the cellar is\\nflooded")
    def also_serves(self, candidate, scene):
        raise RuntimeError("no links")
class Taken(EnvironmentManager):
    name, title = "venv", "Taken"
class Unnamed(EnvironmentManager):
    pass
class Odd(EnvironmentManager):
    name, title = "No Name", "Odd"
class Stranger:
    name, title = "stranger", "Stranger"
class Leaving(EnvironmentManager):
    name = "leaving"
    def __init__(self):
        raise SystemExit(3)
"""


def test_broken_managers_cost_a_line_or_a_problem_and_never_the_listing(host: Host, site: Path, shop: Path) -> None:
    install_example(site)
    write(site / "broken_managers.py", BROKEN)
    names = ("Raising", "Taken", "Unnamed", "Odd", "Stranger", "Leaving", "Absent")
    install(site, "broken", {**{name.lower(): f"broken_managers:{name}" for name in names}, "none": "no_module:X"})
    answer, errors = ask(host, site, "list")
    assert [one["manager"] for one in answer["environments"]] == ["cellar"]
    assert "Traceback" not in errors
    for name in ("Taken", "Unnamed", "Odd", "Stranger", "Leaving", "Absent"):
        assert f"broken_managers:{name}" in errors
    assert "no_module" in errors
    said = run(host, site, "list").stderr
    assert "The manager Raising failed while it looked for environments: RuntimeError: the cellar is flooded." in said


class Bad(EnvironmentManager):
    """Fails at whatever it is asked."""

    name = "bad"
    title = "Bad"
    creates = True

    def find(self, scene: Scene) -> Iterator[Sighting | Problem]:
        yield Sighting(Path("/first"), "bad: by luck")
        raise ZeroDivisionError("by zero")

    def roots(self, scene: Scene) -> Iterator[Path]:
        yield Path("relative")
        yield Path("/root")
        raise OSError("gone")

    def of_project(self, project: Path, scene: Scene) -> Iterator[Sighting]:
        raise KeyError(project)

    def claim_by_place(self, candidate: Candidate, scene: Scene) -> Claim | None:
        raise RecursionError

    def claim_by_markers(self, candidate: Candidate, scene: Scene) -> Claim | None:
        return Claim(links=(Link(Path("relative"), 0, "why not"),))

    def also_serves(self, candidate: Candidate, scene: Scene) -> Iterator[Link]:
        yield "nothing"  # type: ignore[misc]  # what no type checker would let through
        yield Link(Path("/project"), 0, "It says so.")

    def interpreters(self, scene: Scene) -> Iterator[Path]:
        return iter([Path("/python"), None])  # type: ignore[list-item]  # as above

    def how_to_recreate(self, prefix: Path, project: Path | None) -> str:
        return None  # type: ignore[return-value]  # as above

    def how_to_add_ipykernel(self, candidate: Candidate, project: Path | None) -> str:
        raise UnprintableError


class UnprintableError(Exception):
    """Not even its words can be had."""

    def __str__(self) -> str:
        raise RuntimeError


def test_a_guarded_manager_answers_whatever_it_guards(host: Host, home: Path, python: Path) -> None:
    guarded, scene = Guarded(Bad()), Scene(host)
    prefix = make_environment(home / "somewhere", python)
    some = Candidate(read(prefix, home), prefix, "test")
    sighting, problem = guarded.find(scene)
    assert sighting == Sighting(Path("/first"), "bad: by luck")
    assert isinstance(problem, Problem)
    assert (problem.code, problem.message) == (
        ProblemCode.MANAGER_FAILED,
        "The manager Bad failed while it looked for environments: ZeroDivisionError: by zero.",
    )
    assert list(guarded.roots(scene)) == [Path("/root")]
    assert list(guarded.of_project(home, scene)) == []
    assert guarded.claim_by_place(some, scene) is None
    assert guarded.claim_by_markers(some, scene) is None
    assert list(guarded.also_serves(some, scene)) == [Link(Path("/project"), 0, "It says so.")]
    assert list(guarded.interpreters(scene)) == [Path("/python")]
    assert guarded.how_to_recreate(prefix, None) == "Make it again with Bad."
    assert guarded.how_to_add_ipykernel(some, None).startswith("Install it: ")
    assert (guarded.name, guarded.title, guarded.creates) == ("bad", "Bad", True)


class Nonsense(EnvironmentManager):
    """Answers with things of other kinds."""

    name = "nonsense"
    title = "Nonsense"

    def find(self, scene: Scene) -> Iterator[Sighting | Problem]:
        return iter(["/a/path", Sighting(Path("/there"), "nonsense: x")])  # type: ignore[list-item]  # as above

    def claim_by_place(self, candidate: Candidate, scene: Scene) -> Claim | None:
        return "mine"  # type: ignore[return-value]  # as above

    def claim_by_markers(self, candidate: Candidate, scene: Scene) -> Claim | None:
        return Claim(name="well")


def test_answers_of_another_kind_are_passed_over(host: Host, home: Path, python: Path) -> None:
    guarded, scene = Guarded(Nonsense()), Scene(host)
    prefix = make_environment(home / "somewhere", python)
    some = Candidate(read(prefix, home), prefix, "test")
    sighting, problem = guarded.find(scene)
    assert isinstance(sighting, Sighting)
    assert "TypeError: find() gave '/a/path'" in str(problem)
    assert guarded.claim_by_place(some, scene) is None
    assert guarded.claim_by_markers(some, scene) == Claim(name="well")
