"""The finder: snapshots, walks that end early, bad input, collisions, resolving upwards."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jupyter_envs import naming
from jupyter_envs.finder import Finder
from jupyter_envs.managers.base import Sighting
from jupyter_envs.settings import Settings
from jupyter_envs.snapshot import Walked
from jupyter_envs.state import State
from tests.folders import (
    as_somebody_else,
    link,
    make_base,
    make_environment,
    make_kernel_environment,
    make_poetry_project,
    poetry_hash,
    scanned,
    write,
    write_program,
)

if TYPE_CHECKING:
    from jupyter_envs.host import Host
    from jupyter_envs.snapshot import Progress

AS_ROOT = pytest.mark.skipif(os.name == "nt" or os.getuid() != 0, reason="only root can give files to others")


@pytest.fixture
def finder(host: Host) -> Finder:
    return Finder(host, Settings())


def test_nothing_is_found_in_an_empty_home(finder: Finder) -> None:
    snapshot = finder.scan()
    assert snapshot.environments == ()
    assert snapshot.problems == ()
    assert snapshot.complete
    assert snapshot.scanned is not None


def test_without_a_walk_only_the_tools_folders_are_listed(finder: Finder, home: Path, python: Path) -> None:
    central = make_environment(home / ".virtualenvs" / "science", python)
    make_environment(home / "shop" / ".venv", python)
    snapshot = finder.central()
    assert [environment.prefix for environment in snapshot.environments] == [central]
    assert not snapshot.complete
    assert snapshot.scanned is None


def test_environments_come_sorted_by_id_and_each_once(finder: Finder, home: Path, python: Path) -> None:
    for name in ("c", "a", "b"):
        make_environment(home / name / ".venv", python)
        link(home / name / "venv", ".venv")
    make_environment(home / ".virtualenvs" / "science", python)
    ids = [environment.id for environment in finder.scan().environments]
    assert ids == sorted(ids)
    assert len(ids) == len(set(ids)) == 4


def test_a_refresh_reads_again_what_a_walk_saw(finder: Finder, home: Path, python: Path) -> None:
    shop = make_kernel_environment(home / "shop" / ".venv", python)
    first = finder.scan()
    science = make_environment(home / ".virtualenvs" / "science", python)
    (shop / "bin" / "python").unlink()
    make_environment(home / "new" / "inner" / ".venv", python)
    second = finder.refresh(first.walked)
    found = {environment.prefix: environment for environment in second.environments}
    assert set(found) == {shop, science}
    assert found[shop].state is State.BROKEN
    assert (second.complete, second.scanned) == (first.complete, first.scanned)


def test_a_walk_that_is_cancelled_says_so_and_keeps_what_it_saw(finder: Finder, home: Path, python: Path) -> None:
    before = finder.refresh(Walked(sightings=(Sighting(make_environment(home / "far" / "off", python), "before"),)))
    make_environment(home / "shop" / ".venv", python)
    snapshot = finder.scan(cancelled=lambda: True, before=before)
    assert not snapshot.complete
    assert home / "far" / "off" in {environment.prefix for environment in snapshot.environments}
    assert [problem.code.value for problem in snapshot.problems] == ["walk-incomplete"]


def test_a_walk_tells_how_far_it_is(finder: Finder, home: Path, python: Path) -> None:
    make_environment(home / "shop" / ".venv", python)
    seen: list[Progress] = []
    assert finder.scan(progress=seen.append).complete
    assert seen[-1].environments == 1
    assert seen[-1].folders >= 2


def test_a_walk_ends_when_its_time_is_over(finder: Finder, home: Path, python: Path) -> None:
    make_environment(home / "shop" / ".venv", python)
    snapshot = finder.scan(seconds=0)
    assert not snapshot.complete
    assert snapshot.problems[0].code == "walk-incomplete"
    assert "scan_seconds" in snapshot.problems[0].fix


def test_only_after_a_complete_walk_is_anything_called_an_orphan(finder: Finder, home: Path, python: Path) -> None:
    make_environment(home / ".cache/pypoetry/virtualenvs" / f"shop-{poetry_hash(home / 'gone')}-py3.12", python)
    assert finder.scan().environments[0].orphan is True
    assert finder.scan(seconds=0).environments[0].orphan is None


@pytest.fixture
def lonely(home: Path, python: Path) -> Path:
    """An environment of Poetry's, whose project no walk of these tests meets."""
    name = f"shop-{poetry_hash(home / 'somewhere')}-py3.12"
    return make_kernel_environment(home / ".cache/pypoetry/virtualenvs" / name, python)


def test_what_a_whole_walk_of_the_home_does_not_meet_is_gone(host: Host, home: Path, lonely: Path) -> None:
    for settings in (Settings(), Settings(roots=("~", str(home.parent / "opt"))), Settings(roots=(str(home.parent),))):
        found = scanned(host, settings)[lonely]
        assert (found.orphan, found.kernel) == (True, False)
        roots = " and ".join(map(str, Finder(host, settings).roots()))
        assert [problem.message for problem in found.problems] == [f"No project for it was found below {roots}."]


@pytest.mark.parametrize(
    "settings",
    [
        Settings(roots=("~/work",)),
        Settings(max_depth=1),
        Settings(exclude=("deep",)),
        Settings(exclude=("{home}/work",)),
    ],
    ids=["other roots", "too deep", "excluded name", "excluded path"],
)
def test_what_was_not_looked_for_everywhere_is_no_orphan(
    host: Host, home: Path, lonely: Path, settings: Settings
) -> None:
    write(home / "work" / "deep" / "a" / "notes.txt")
    settings = replace(settings, exclude=tuple(text.format(home=home) for text in settings.exclude))
    snapshot = Finder(host, settings).scan()
    found = next(one for one in snapshot.environments if one.prefix == lonely)
    assert (found.orphan, found.kernel, found.problems) == (None, True, ())
    assert snapshot.complete
    assert snapshot.problems == ()


def test_what_may_lie_in_an_unreadable_folder_is_no_orphan(open_folder: Path) -> None:
    python = make_base(open_folder / "opt" / "python", "3.12.1")
    name = f"shop-{poetry_hash(open_folder / 'home' / 'closed' / 'shop')}-py3.12"
    make_kernel_environment(open_folder / "home" / ".cache/pypoetry/virtualenvs" / name, python)
    for name in ("closed", "shut"):
        (open_folder / "home" / name).mkdir()
        (open_folder / "home" / name).chmod(0)
    code = (
        "from pathlib import Path\n"
        "place = host.Host(home=Path(sys.argv[1]), uid=os.getuid(), prefix=Path('/nonexistent'))\n"
        "snapshot = finder.Finder(place, settings.Settings()).scan()\n"
        "print([(one.orphan, one.kernel, one.problems) for one in snapshot.environments], len(snapshot.problems))\n"
        "print(snapshot.problems[0].message)\n"
    )
    told = as_somebody_else(code, open_folder / "home").splitlines()
    for name in ("closed", "shut"):
        (open_folder / "home" / name).chmod(0o755)
    assert told[0] == "[(None, True, ())] 1"
    assert told[1].endswith(" and one more folder could not be read, so nothing in there is listed.")


def test_a_root_of_a_tools_may_be_absent(host: Host, home: Path, lonely: Path) -> None:
    host = replace(host, variables={"PROJECT_HOME": str(home.parent / "absent")})
    snapshot = Finder(host, Settings()).scan()
    assert snapshot.complete
    assert "walk-incomplete" not in [problem.code for problem in snapshot.problems]
    assert snapshot.environments[0].orphan is True


@pytest.mark.parametrize("seconds", [10**400, 1e300])
def test_a_walk_may_be_given_any_time(finder: Finder, seconds: float) -> None:
    assert finder.scan(seconds=seconds).complete


def test_a_path_that_is_too_long_loses_no_listing(finder: Finder, home: Path, python: Path) -> None:
    shop = make_environment(home / "shop" / ".venv", python)
    odd = make_environment(home / "odd" / ".venv", python)
    (odd / "bin" / "python").unlink()
    shutil.rmtree(odd / "lib" / "python3.12")
    link(odd / "bin" / "python", write_program(home.parent / "opt" / "odd" / "bin" / "python"))
    write(odd / "pyvenv.cfg", f"home = {python.parent}\nimplementation = {'x' * 300}\nversion = 3.12.1\n")
    assert {environment.prefix for environment in finder.scan().environments} == {shop, odd}
    assert finder.resolve(home / ("x" * 300)).reason.startswith("No folder")


def test_roots_are_real_folders_each_once(host: Host, home: Path) -> None:
    link(home / "alias", home)
    settings = Settings(roots=("~", "~/alias", "~/work"))
    assert Finder(host, settings).roots() == [home, home / "work"]


def test_a_root_that_cannot_be_entered_is_told(host: Host, home: Path, python: Path) -> None:
    shop = make_environment(home / "shop" / ".venv", python)
    snapshot = Finder(host, Settings(roots=("~", "~/absent"))).scan()
    assert [environment.prefix for environment in snapshot.environments] == [shop]
    assert not snapshot.complete
    assert [problem.code.value for problem in snapshot.problems] == ["walk-incomplete"]
    assert str(home / "absent") in snapshot.problems[0].message


def test_roots_replace_the_home(host: Host, home: Path, python: Path) -> None:
    make_environment(home / "shop" / ".venv", python)
    other = make_environment(home.parent / "srv" / "x" / ".venv", python)
    assert set(scanned(host, Settings(roots=(str(home.parent / "srv"),)))) == {other}


def test_settings_bound_a_walk(host: Host, home: Path, python: Path) -> None:
    shallow = make_environment(home / "a" / ".venv", python)
    deep = make_environment(home / "a" / "b" / "c" / ".venv", python)
    make_environment(home / "data" / "x" / ".venv", python)
    assert set(scanned(host, Settings(max_depth=2))) == {shallow}
    assert set(scanned(host, Settings(exclude=("data",)))) == {shallow, deep}


def test_names_in_settings_that_mean_nothing_are_told(host: Host) -> None:
    settings = Settings(managers=("poetry", "conda-forge"), trusted_owners=("root", "no such user"))
    problems = Finder(host, settings).scan().problems
    assert [problem.code.value for problem in problems] == ["bad-settings", "bad-settings"]
    assert "conda-forge" in problems[0].message
    assert "no such user" in problems[1].message


def test_on_macos_protected_folders_are_roots_or_left_alone(host: Host, home: Path, python: Path) -> None:
    host = replace(host, platform="darwin")
    documents = make_environment(home / "Documents" / "shop" / ".venv", python)
    work = make_environment(home / "work" / "Documents" / ".venv", python)
    assert set(scanned(host)) == {work}
    assert set(scanned(host, Settings(roots=("~/Documents",)))) == {documents}
    link(home.parent / "alias", home)
    assert set(scanned(replace(host, home=home.parent / "alias"))) == {work}


def test_equal_names_get_the_folder_that_they_lie_in(host: Host, home: Path, python: Path) -> None:
    first = make_environment(home / "work" / "shop" / ".venv", python)
    second = make_environment(home / "play" / "shop" / ".venv", python)
    third = make_environment(home / "other" / ".venv", python)
    found = scanned(host)
    assert found[first].display_name == "shop (venv, Python 3.12) [work]"
    assert found[second].display_name == "shop (venv, Python 3.12) [play]"
    assert found[third].display_name == "other (venv, Python 3.12)"


def test_folders_of_equal_names_are_told_apart_further_up(host: Host, home: Path, python: Path) -> None:
    found = scanned_names(host, [make_environment(home / name / "x" / "app" / ".venv", python) for name in "ab"])
    assert found == ["app (venv, Python 3.12) [a/x]", "app (venv, Python 3.12) [b/x]"]


def test_environments_in_one_folder_are_told_apart_by_their_own(host: Host, home: Path, python: Path) -> None:
    shop = make_poetry_project(home / "shop")
    prefixes = [
        make_environment(home / folder / f"shop-{poetry_hash(shop)}-py3.12", python)
        for folder in (".cache/pypoetry/virtualenvs", ".virtualenvs")
    ]
    found = scanned_names(host, prefixes)
    assert len(set(found)) == 2
    assert [name.rpartition(" [")[2].partition("/")[0] for name in found] == ["virtualenvs", ".virtualenvs"]


def scanned_names(host: Host, prefixes: list[Path]) -> list[str]:
    found = scanned(host)
    return [found[prefix].display_name for prefix in prefixes]


def test_ids_that_collide_get_a_longer_hash_and_both_are_kernels(host: Host, home: Path, python: Path) -> None:
    first, second = (home / name / "x" / ".venv" for name in colliding_names(home))
    for prefix in (first, second):
        make_kernel_environment(prefix, python)
    found = scanned(host)
    assert naming.environment_id(first, home) == naming.environment_id(second, home)
    for prefix in (first, second):
        assert found[prefix].id == naming.environment_id(prefix, home, digits=16)
        assert found[prefix].kernel_name == found[prefix].id
        assert found[prefix].kernel


def colliding_names(home: Path) -> tuple[str, str]:
    """Two folder names whose environments have the same eight digits."""
    seen: dict[str, int] = {}
    for number in range(2_000_000):
        prefix = home / str(number) / "x" / ".venv"
        digest = naming._digest(prefix, home)[:8]
        if digest in seen:
            return str(seen[digest]), str(number)
        seen[digest] = number
    raise AssertionError("no two of two million names collide")


@AS_ROOT
def test_of_two_that_share_an_id_the_trusted_one_is_resolved(host: Host, home: Path, python: Path) -> None:
    mine = make_kernel_environment(home / "a" / ".venv", python)
    theirs = make_kernel_environment(home / "b" / ".venv", python)
    os.chown(theirs, 4_000_000_001, -1)
    snapshot = Finder(host, Settings()).scan()
    same = tuple(replace(environment, id="same") for environment in snapshot.environments)
    for order in (same, same[::-1]):
        found = replace(snapshot, environments=order).get("same")
        assert found is not None
        assert found.prefix == mine
    assert snapshot.get("absent") is None


def test_a_person_may_mean_an_environment_in_several_ways(
    finder: Finder, home: Path, python: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = make_environment(home / "shop" / ".venv", python)
    make_environment(home / "shop-two" / ".venv", python)
    link(home / "alias", shop)
    snapshot = finder.scan()
    identity = naming.environment_id(shop, home)
    monkeypatch.chdir(home / "shop")
    for text in (identity, "shop", "shop (venv, Python 3.12)", str(shop), str(home / "alias"), ".venv", identity[:7]):
        assert [found.prefix for found in snapshot.match(text)] == [shop], text
    assert len(snapshot.match("sho")) == 2
    assert snapshot.match("nothing") == []


def test_one_environment_is_read_afresh_by_its_prefix(finder: Finder, home: Path, python: Path) -> None:
    shop = make_kernel_environment(home / "shop" / ".venv", python)
    found = finder.inspect(shop)
    assert found is not None
    assert found.prefix == shop
    assert found.state is State.READY
    assert found.found_by == "named by its path"
    assert finder.inspect(home) is None
    assert finder.inspect(home / "absent") is None


def test_a_base_interpreter_is_read_by_its_prefix(finder: Finder, home: Path) -> None:
    make_base(home / ".pyenv" / "versions" / "3.12.1", "3.12.1")
    found = finder.inspect(home / ".pyenv" / "versions" / "3.12.1", "test")
    assert found is not None
    assert (found.manager, found.found_by) == ("pyenv", "test")


@pytest.mark.parametrize("start", ["shop", "shop/a.ipynb", "shop/deep/er", "shop/deep/er/a.ipynb", "alias/a.ipynb"])
def test_the_nearest_environment_upwards_is_the_projects(finder: Finder, home: Path, python: Path, start: str) -> None:
    shop = make_environment(home / "shop" / ".venv", python)
    make_environment(home / ".venv", python)
    (home / "shop" / "deep" / "er").mkdir(parents=True)
    link(home / "alias", "shop")
    resolution = finder.resolve(home / start)
    assert resolution.project == home / "shop"
    assert resolution.environment is not None
    assert resolution.environment.prefix == shop


def test_no_environment_above_the_home_or_a_root_is_taken(host: Host, home: Path, python: Path) -> None:
    make_environment(home.parent / ".venv", python)
    (home / "work" / "deep").mkdir(parents=True)
    resolution = Finder(host, Settings()).resolve(home / "work" / "deep")
    assert (resolution.project, resolution.environment) == (None, None)
    assert str(home / "work" / "deep") in resolution.reason
    make_environment(home / ".venv", python)
    assert Finder(host, Settings(roots=("~/work",))).resolve(home / "work" / "deep").environment is None
    assert Finder(host, Settings()).resolve(home / "work" / "deep").environment is not None


def test_a_broken_environment_is_explained_and_not_passed_over(finder: Finder, home: Path, python: Path) -> None:
    make_kernel_environment(home / ".venv", python)
    shop = make_kernel_environment(home / "shop" / ".venv", python)
    (shop / "bin" / "python").unlink()
    resolution = finder.resolve(home / "shop" / "a.ipynb")
    assert resolution.environment is not None
    assert (resolution.environment.prefix, resolution.environment.state) == (shop, State.BROKEN)


def test_what_has_no_environment_says_so(finder: Finder, home: Path) -> None:
    resolution = finder.resolve(home / "a.ipynb")
    assert resolution.as_json()["environment"] is None
    assert resolution.reason == f"No folder from {home} upwards has an environment."
    assert finder.resolve(Path("/")).environment is None


def test_the_tools_own_choice_comes_before_a_folders_content(finder: Finder, home: Path, python: Path) -> None:
    shop = make_poetry_project(home / "shop")
    write(shop / "poetry.toml", "[virtualenvs]\nin-project = false\n")
    make_environment(shop / ".venv", python)
    central = make_environment(home / ".cache/pypoetry/virtualenvs" / f"shop-{poetry_hash(shop)}-py3.12", python)
    resolution = finder.resolve(shop)
    assert resolution.environment is not None
    assert resolution.environment.prefix == central


BAD_CONFIGS = {
    "empty": b"",
    "binary": bytes(range(256)),
    "huge": b"x = y\n" * 1_000_000,
    "only nulls": b"\0" * 100,
    "long line": b"home = " + b"x" * 60_000,
}


@pytest.mark.parametrize("kind", [*BAD_CONFIGS, "folder", "fifo", "link in a circle", "unreadable"])
def test_one_bad_environment_hides_no_other(host: Host, home: Path, python: Path, kind: str) -> None:
    good = make_environment(home / "good" / ".venv", python)
    bad = make_environment(home / "bad" / ".venv", python) / "pyvenv.cfg"
    bad.unlink()
    if kind == "folder":
        bad.mkdir()
    elif kind == "fifo":
        os.mkfifo(bad)
    elif kind == "link in a circle":
        bad.symlink_to("pyvenv.cfg")
    elif kind == "unreadable":
        write(bad, f"home = {python.parent}\n").chmod(0)
    else:
        bad.write_bytes(BAD_CONFIGS[kind])
    found = scanned(host)
    assert good in found
    json.dumps([environment.as_json() for environment in found.values()])


@pytest.mark.parametrize(
    "name", [b"a\xff", b"new\nline", b"e\x1bc", "\u202e\u05e2\u05d1".encode(), b"'\"$HOME`x`{}", b" "]
)
def test_projects_of_any_name_are_listed_and_told_in_json(host: Host, home: Path, python: Path, name: bytes) -> None:
    prefix = make_kernel_environment(home / os.fsdecode(name) / ".venv", python)
    found = scanned(host)[prefix]
    told = json.loads(json.dumps(found.as_json()))
    assert os.fsencode(told["prefix"]) == os.fsencode(prefix)
    assert found.display_name.isprintable() or "\u202e" not in found.display_name
    assert found.kernel


def test_what_may_not_be_read_is_passed_over_by_another_user(open_folder: Path) -> None:
    python = make_base(open_folder / "opt" / "python", "3.12.1")
    make_kernel_environment(open_folder / "home" / "open" / ".venv", python)
    closed = make_kernel_environment(open_folder / "home" / "closed" / ".venv", python)
    secret = make_kernel_environment(open_folder / "home" / "secret" / ".venv", python)
    closed.parent.chmod(0)
    (secret / "pyvenv.cfg").chmod(0)
    code = (
        "from pathlib import Path\n"
        "place = host.Host(home=Path(sys.argv[1]), uid=os.getuid(), prefix=Path('/nonexistent'))\n"
        "snapshot = finder.Finder(place, settings.Settings()).scan()\n"
        "print([(one.name, one.state.value) for one in snapshot.environments], snapshot.complete,"
        " [problem.message for problem in snapshot.problems])\n"
    )
    found = as_somebody_else(code, open_folder / "home")
    closed.parent.chmod(0o755)
    told = f"{open_folder}/home/closed could not be read, so nothing in there is listed."
    assert found == f"[('open', 'ready')] True {[told]}\n"


def test_finding_changes_nothing(finder: Finder, home: Path, python: Path) -> None:
    shop = make_kernel_environment(home / "shop" / ".venv", python)
    before = {path: path.lstat().st_mtime_ns for path in home.rglob("*")}
    finder.scan()
    finder.inspect(shop)
    finder.resolve(shop)
    finder.interpreters()
    assert {path: path.lstat().st_mtime_ns for path in home.rglob("*")} == before
