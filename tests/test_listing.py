"""`jupyter envs list` and what it remembers: always the truth, soon the second time, and nothing lost."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from jupyter_envs import walks
from jupyter_envs.cli import listing
from jupyter_envs.host import Host
from jupyter_envs.terminal import words as saying
from tests.commands import answer, run, start, surroundings
from tests.folders import make_environment, make_kernel_environment, make_overlay, write

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [
    pytest.mark.skipif(os.name == "nt", reason="the folders are written for Unix"),
    pytest.mark.usefixtures("person"),
]
LONG_AGO = 1_600_000_000


@pytest.fixture
def shop(home: Path, python: Path) -> Path:
    write(home / "shop" / "pyproject.toml", '[project]\nname = "shop"\n')
    return make_kernel_environment(home / "shop" / ".venv", python)


@pytest.fixture
def no_walk(monkeypatch: pytest.MonkeyPatch) -> None:
    """A walk fails the test."""
    monkeypatch.setattr(walks, "explore", lambda *_, **__: pytest.fail("it walked"))


def age(top: Path) -> None:
    """Make everything look as if it had not changed for years."""
    for folder, _, names in os.walk(top):
        for name in (*names, "."):
            os.utime(f"{folder}/{name}", (LONG_AGO, LONG_AGO), follow_symlinks=False)


def prefixes(told: dict[str, Any]) -> list[str]:
    return [environment["prefix"] for environment in told["environments"]]


def kept(home: Path) -> Path:
    return home / ".cache" / "jupyter-envs"


def test_the_second_listing_walks_no_more_and_tells_the_same(
    shop: Path, capsys: pytest.CaptureFixture[str], request: pytest.FixtureRequest
) -> None:
    first = answer(capsys, "list")
    assert prefixes(first) == [str(shop)]
    request.getfixturevalue("no_walk")
    assert answer(capsys, "list") == first
    assert answer(capsys, "list", "--no-wait") == first


def test_the_short_way_reads_no_environment(
    home: Path, shop: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    age(home.parent)
    first = answer(capsys, "list")
    monkeypatch.setattr(listing, "_found", lambda *_, **__: pytest.fail("it looked again"))
    assert answer(capsys, "list") == first
    assert run("list") == 0
    assert "shop" in capsys.readouterr().out
    assert shop.exists()


def test_the_short_way_loads_little(home: Path, shop: Path) -> None:
    age(home.parent)
    assert start("list").returncode == 0
    code = "import sys; from jupyter_envs import cli; status = cli.main(['list', '--json']); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], env=surroundings(), capture_output=True, text=True, check=True)
    loaded = set(done.stdout.splitlines()[-1].split())
    assert "jupyter_envs.index" in loaded
    assert not loaded & {"jupyter_envs.finder", "jupyter_envs.managers", "jupyter_envs.terminal"}
    assert shop.exists()


def test_the_first_listing_that_may_not_wait_tells_the_central_folders(
    home: Path, shop: Path, python: Path, capsys: pytest.CaptureFixture[str], no_walk: None
) -> None:
    science = make_environment(home / ".virtualenvs" / "science", python)
    told = answer(capsys, "list", "--no-wait")
    assert prefixes(told) == [str(science)]
    assert (told["complete"], told["scanned"], no_walk) == (False, None, None)
    assert shop.exists()


def test_a_listing_without_a_complete_walk_walks_when_it_may(
    home: Path, shop: Path, python: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    science = make_environment(home / ".virtualenvs" / "science", python)
    answer(capsys, "list", "--no-wait")
    assert prefixes(answer(capsys, "list")) == sorted([str(science), str(shop)])


def test_what_is_new_in_known_places_needs_no_walk(
    home: Path, shop: Path, python: Path, capsys: pytest.CaptureFixture[str], request: pytest.FixtureRequest
) -> None:
    answer(capsys, "list")
    request.getfixturevalue("no_walk")
    new = [
        make_environment(home / ".virtualenvs" / "science", python),
        make_environment(home / "shop" / ".venv39", python),
        make_environment(home / "other" / ".venv", python),
    ]
    assert set(prefixes(answer(capsys, "list"))) == {str(shop), *map(str, new)}


def test_a_borrowed_ipykernel_that_comes_or_goes_is_told_at_once(
    home: Path, python: Path, capsys: pytest.CaptureFixture[str], request: pytest.FixtureRequest
) -> None:
    prefix = make_environment(home / "bare" / ".venv", python)
    age(home.parent)
    assert [one["borrowed"] for one in answer(capsys, "list")["environments"]] == [None]
    request.getfixturevalue("no_walk")
    overlay = make_overlay(Host.current(), prefix, "7.2.0")
    assert [one["borrowed"] for one in answer(capsys, "list")["environments"]] == ["7.2.0"]
    age(home.parent)
    assert [one["borrowed"] for one in answer(capsys, "list")["environments"]] == ["7.2.0"]
    make_overlay(Host.current(), prefix, "7.4.0", number=2)
    assert [one["borrowed"] for one in answer(capsys, "list")["environments"]] == ["7.4.0"]
    shutil.rmtree(overlay.parent)
    assert [one["borrowed"] for one in answer(capsys, "list")["environments"]] == [None]


def test_what_is_far_from_everything_known_needs_one(
    home: Path, shop: Path, python: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "deep" / "down").mkdir(parents=True)
    answer(capsys, "list")
    far = make_environment(home / "deep" / "down" / "project" / ".venv", python)
    assert prefixes(answer(capsys, "list")) == [str(shop)]
    assert set(prefixes(answer(capsys, "list", "--rescan"))) == {str(shop), str(far)}
    assert set(prefixes(answer(capsys, "list"))) == {str(shop), str(far)}


def test_another_root_is_walked_and_not_remembered(
    home: Path, shop: Path, python: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    elsewhere = make_environment(home.parent / "elsewhere" / "x" / ".venv", python)
    assert prefixes(answer(capsys, "list", "--root", home.parent / "elsewhere")) == [str(elsewhere)]
    assert not kept(home).exists()
    assert prefixes(answer(capsys, "list")) == [str(shop)]


def test_what_vanished_is_told_no_more(
    home: Path, shop: Path, python: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = make_environment(home / "other" / ".venv", python)
    age(home.parent)
    answer(capsys, "list")
    shutil.rmtree(shop)
    assert prefixes(answer(capsys, "list")) == [str(other)]


@pytest.mark.parametrize("damage", [b"", b"{", b"\xff" * 5000])
def test_a_damaged_index_costs_a_walk_and_no_word(
    home: Path, shop: Path, capsys: pytest.CaptureFixture[str], damage: bytes
) -> None:
    first = answer(capsys, "list")
    for path in kept(home).iterdir():
        path.write_bytes(damage)
    assert run("list", "--json") == 0
    captured = capsys.readouterr()
    assert prefixes(json.loads(captured.out)) == prefixes(first) == [str(shop)]
    assert captured.err == ""


def test_where_nothing_can_be_written_everything_is_listed_all_the_same(
    home: Path, shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(home / ".cache", "a file")
    for _ in range(2):
        assert run("list", "--json") == 0
        captured = capsys.readouterr()
        assert prefixes(json.loads(captured.out)) == [str(shop)]
        assert captured.err == ""


def test_filters_hold_for_what_is_remembered(
    home: Path, shop: Path, python: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bare = make_environment(home / ".virtualenvs" / "bare", python)
    for _ in range(2):
        age(home.parent)
        assert prefixes(answer(capsys, "list", "--manager", "virtualenvwrapper")) == [str(bare)]
        assert prefixes(answer(capsys, "list", "--state", "ready")) == [str(shop)]
        assert prefixes(answer(capsys, "list", "--manager", "venv", "--state", "broken")) == []


def test_a_manager_that_there_is_not_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run("list", "--manager", "nobody")
    assert ended.value.code == 2
    told = capsys.readouterr().err
    assert "there is no manager 'nobody'" in told
    assert "poetry" in told


AGES = [
    (0, None),
    (59, None),
    (60, "1 minute ago"),
    (7300, "2 hours ago"),
    (86_400, "1 day ago"),
    (10**7, "115 days ago"),
    (-500, None),
]


@pytest.mark.parametrize(("seconds", "words"), AGES)
def test_a_table_says_how_old_its_walk_is(
    shop: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    seconds: int,
    words: str | None,
) -> None:
    assert run("list") == 0
    assert "walked" not in capsys.readouterr().err
    later = datetime.now(UTC) + timedelta(seconds=seconds)
    monkeypatch.setattr(saying, "now", lambda: later)
    assert run("list") == 0
    told = capsys.readouterr().err
    assert told == (f"Your folders were walked {words}. Look again with: jupyter envs list --rescan\n" if words else "")
    assert shop.exists()


def test_two_terminals_at_once_agree(home: Path, shop: Path, python: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    others = [make_environment(home / f"p{number}" / ".venv", python) for number in range(20)]
    with ThreadPoolExecutor() as pool:
        done = list(pool.map(lambda _: start("list", "--json"), range(4)))
    assert [each.returncode for each in done] == [0] * 4
    assert {each.stderr for each in done} == {""}
    for each in (*done, start("list", "--json")):
        assert set(prefixes(json.loads(each.stdout))) == {str(shop), *map(str, others)}


def test_the_index_is_the_servers_too(home: Path, shop: Path, no_walk: None) -> None:
    from jupyter_envs.catalogue import Catalogue
    from jupyter_envs.finder import Finder
    from jupyter_envs.settings import Settings

    assert start("list").returncode == 0
    finder = Finder(replace(Host.current(), variables=surroundings()), Settings(roots=(str(home),)))
    snapshot = Catalogue(finder, finder.index).refresh()
    assert [environment.prefix for environment in snapshot.environments] == [shop]
    assert (snapshot.complete, no_walk) == (True, None)
