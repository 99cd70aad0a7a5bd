"""The main promise: each real environment is listed as what it is, by the account of its own interpreter and tool."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from packaging.version import Version

from tests.real import homes, table
from tests.real.listing import jupyter_envs
from tests.real.outside import interpreters, pyenv_root, pyenv_versions

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.real.truth import Truth
    from tests.real.workshop import Home, Tree

    Truths = Callable[[Home], list[Truth]]

pytestmark = pytest.mark.timeout(900)
HOMES = [plan.name for plan in homes.PLANS]
FEWEST = 25
QUESTION = """
import platform, sysconfig
threads = "t" if sysconfig.get_config_var("Py_GIL_DISABLED") else ""
print(platform.python_version() + threads + " " + platform.python_implementation().lower())
"""


@pytest.fixture(params=HOMES)
def home(request: pytest.FixtureRequest, tree: Tree) -> Home:
    return tree.home(request.param)


@pytest.fixture
def say(capfd: pytest.CaptureFixture[str]) -> Callable[[list[str]], None]:
    def to_the_log(lines: list[str]) -> None:
        with capfd.disabled():
            print("\n" + "\n".join(lines))

    return to_the_log


def by_prefix(home: Home) -> dict[str, dict[str, Any]]:
    answer = jupyter_envs(home.folder, "list", "--json", moved=home.moved)
    assert answer.status == 0, answer.errors
    assert answer.json()["complete"], answer.output[-1000:]
    return {each["prefix"]: each for each in answer.environments()}


def test_the_tree_has_at_least_25_environments(tree: Tree) -> None:
    assert sum(len(home.made) for home in tree.homes) >= FEWEST


def test_every_environment_is_listed_as_what_it_is(
    home: Home, truths: Truths, say: Callable[[list[str]], None]
) -> None:
    listed = by_prefix(home)
    skipped = [f"skipped: {each.label}: {each.reason}" for each in home.skipped]
    say([*table.lines(home.folder, truths(home), listed), *skipped])
    wrong = {each.label: table.differences(each, listed.get(str(each.prefix))) for each in truths(home)}
    assert {label: cells for label, cells in wrong.items() if cells} == {}


def test_nothing_else_is_listed(home: Home) -> None:
    made = {str(each.prefix) for each in home.made}
    ours = [prefix for prefix in by_prefix(home) if prefix.startswith(str(home.folder))]
    assert [prefix for prefix in ours if prefix not in made] == []


def test_a_link_to_an_environment_is_its_alias_and_serves_its_own_project(tree: Tree) -> None:
    home = tree.home("main")
    listed = by_prefix(home)
    for made in (each for each in home.made if each.aliases):
        row = listed[str(made.prefix)]
        assert [row["project"], *map(str, made.also)] == row["projects"]
        assert [str(each) for each in made.aliases] == row["aliases"]


def test_the_ids_are_all_different_and_kernels_can_be_named_by_them(home: Home) -> None:
    ids = [each["id"] for each in by_prefix(home).values()]
    assert len(set(ids)) == len(ids)
    assert all(set(each) <= set("abcdefghijklmnopqrstuvwxyz0123456789._-") for each in ids)


def test_every_skipped_row_is_one_that_would_have_been_made(tree: Tree) -> None:
    known = {each.__name__.replace("_", " ") for plan in homes.PLANS for each in plan.builders}
    assert {skipped.label for home in tree.homes for skipped in home.skipped} <= known


@pytest.mark.parametrize(
    "builder", [each for plan in homes.PLANS for each in plan.builders], ids=lambda each: each.__name__
)
def test_this_machine_could_make(builder: Callable[..., object], tree: Tree) -> None:
    name = builder.__name__.replace("_", " ")
    for home in tree.homes:
        for skipped in home.skipped:
            if skipped.label == name:
                pytest.skip(skipped.reason)


def test_the_pythons_that_are_listed_run_and_are_what_they_are_said_to_be(tree: Tree) -> None:
    home = tree.home("main")
    listed = jupyter_envs(home.folder, "pythons", "--json", moved=home.moved).json()["pythons"]
    for python in listed:
        said = subprocess.run([python["path"], "-c", QUESTION], capture_output=True, check=True).stdout.decode().split()
        assert said == [python["version"], python["implementation"]], python
    expected = {str(prefix) for prefix in pyenv_versions(pyenv_root().resolve())}
    found = [python["path"] for python in listed if python["manager"] == "pyenv"]
    assert {path.rsplit("/bin/", 1)[0] for path in found} == expected
    assert len(found) == len(set(expected))


def test_the_pythons_are_listed_with_the_best_to_choose_first(tree: Tree) -> None:
    home = tree.home("main")
    listed = jupyter_envs(home.folder, "pythons", "--json", moved=home.moved).json()["pythons"]
    there = {each.executable.resolve() for each in interpreters().found if each.executable.is_relative_to(pyenv_root())}
    assert there <= {Path(python["path"]).resolve() for python in listed}
    ranks = [_rank(python["version"]) for python in listed if python["implementation"] == "cpython"]
    assert ranks == sorted(ranks, reverse=True)


def _rank(version: str) -> tuple[bool, bool, Version]:
    """Stable releases before others, those with the GIL before those without, then by number."""
    number = Version(version.removesuffix("t"))
    return not number.is_prerelease, not version.endswith("t"), number


def test_a_folder_gets_the_environment_that_its_tool_would_use(home: Home, truths: Truths) -> None:
    activated = [each for each in truths(home) if each.cells.get("active") is True]
    assert activated
    for each in activated:
        assert gets(home, str(each.cells["project"])) == str(each.prefix)


def test_other_folders_that_an_environment_serves_get_it(home: Home) -> None:
    for made in home.made:
        for folder in made.also:
            assert gets(home, str(folder)) == str(made.prefix)


def test_a_folder_gets_none_where_its_tool_would_use_none_of_those_that_there_are(tree: Tree, truths: Truths) -> None:
    home = tree.home("main")
    used: dict[object, list[object]] = {}
    for each in truths(home):
        if each.cells.get("project") and not each.cells["orphan"]:
            used.setdefault(each.cells["project"], []).append(each.cells.get("active", True))
    served = {str(folder) for made in home.made for folder in made.also}
    unused = [project for project, active in used.items() if not any(active) and str(project) not in served]
    assert unused
    assert [gets(home, str(project)) for project in unused] == [None for _ in unused]


def gets(home: Home, folder: str) -> str | None:
    """The prefix that `which` answers for a folder, without a walk."""
    answer = jupyter_envs(home.folder, "which", folder, "--json", moved=home.moved)
    found = answer.json()["environment"]
    assert answer.status == (0 if found else 1), answer.errors
    return str(found["prefix"]) if found else None
