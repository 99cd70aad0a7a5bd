"""What a child process reads for a server: the same as without it, told as it changes, and ended with its server."""

from __future__ import annotations

import asyncio
import io
import json
import os
import signal
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from jupyter_envs import beside, looker, passing
from jupyter_envs.beside import CatalogueBeside
from jupyter_envs.errors import ToolFailed
from jupyter_envs.finder import Finder
from jupyter_envs.looker import Looker
from jupyter_envs.settings import Settings
from tests.folders import make_environment, make_kernel_environment, write

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jupyter_envs.host import Host
    from jupyter_envs.snapshot import Progress, Snapshot


@pytest.fixture
def catalogue(host: Host) -> Iterator[CatalogueBeside]:
    made = CatalogueBeside(host, Settings())
    yield made
    made.rest()


def prefixes(snapshot: Snapshot) -> set[Path]:
    return {environment.prefix for environment in snapshot.environments}


def pid_of(catalogue: CatalogueBeside) -> int:
    assert catalogue._link is not None
    return catalogue._link._child._program.pid


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_it_tells_what_a_finder_finds(catalogue: CatalogueBeside, home: Path, python: Path) -> None:
    make_kernel_environment(home / ".virtualenvs" / "science", python)
    make_environment(home / "shop" / ".venv", python)
    walked = catalogue.rescan()
    alone = catalogue.finder.scan()
    assert [one.as_json() for one in walked.environments] == [one.as_json() for one in alone.environments]
    assert walked.complete
    assert walked.scanned is not None
    assert walked.problems == alone.problems


def test_where_nothing_changed_the_environments_stay_the_same_object(
    catalogue: CatalogueBeside, home: Path, python: Path
) -> None:
    make_environment(home / ".virtualenvs" / "science", python)
    first = catalogue.refresh()
    assert catalogue.refresh().environments is first.environments
    catalogue.rest()
    assert catalogue.refresh().environments is first.environments


def test_only_what_changed_is_made_anew(catalogue: CatalogueBeside, home: Path, python: Path) -> None:
    make_environment(home / ".virtualenvs" / "a", python)
    changed: list[Snapshot] = []
    catalogue.on_change = changed.append
    first = catalogue.refresh()
    make_environment(home / ".virtualenvs" / "b", python)
    second = catalogue.refresh()
    assert len(second.environments) == 2
    assert second.environments[0] is first.environments[0]
    assert [len(one.environments) for one in changed] == [1, 2]


def test_an_environment_that_was_just_made_is_there_at_once(
    catalogue: CatalogueBeside, home: Path, python: Path
) -> None:
    catalogue.rescan()
    write(home / "shop" / "pyproject.toml")
    prefix = make_kernel_environment(home / "shop" / "my-python", python)
    environment = catalogue.finder.inspect(prefix, "made here")
    assert environment is not None
    assert prefixes(catalogue.add(environment)) == {prefix}
    (prefix / "pyvenv.cfg").unlink()
    assert prefixes(catalogue.add(environment)) == set()


def test_a_rescan_tells_its_progress_and_can_be_cancelled(catalogue: CatalogueBeside, home: Path, python: Path) -> None:
    make_environment(home / "shop" / ".venv", python)
    seen: list[Progress] = []
    catalogue.rescan(seen.append)
    assert seen[-1].environments == 1
    assert not catalogue.rescan(cancelled=lambda: True).complete
    assert prefixes(catalogue.snapshot) == {home / "shop" / ".venv"}


def test_a_child_that_was_killed_is_replaced(catalogue: CatalogueBeside, home: Path, python: Path) -> None:
    catalogue.refresh()
    pid = pid_of(catalogue)
    os.kill(pid, signal.SIGKILL)
    link = catalogue._link
    while link and not link.has_ended:
        time.sleep(0.01)
    science = make_environment(home / ".virtualenvs" / "science", python)
    assert prefixes(catalogue.refresh()) == {science}
    assert pid_of(catalogue) != pid


def test_who_waits_for_a_child_that_is_killed_is_told(
    catalogue: CatalogueBeside, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalogue.refresh()
    os.kill(pid_of(catalogue), signal.SIGSTOP)
    threading.Timer(0.3, lambda: os.kill(pid_of(catalogue), signal.SIGKILL)).start()
    with pytest.raises(ToolFailed, match="has ended"):
        catalogue.refresh()


def test_a_child_that_cannot_start_is_an_error(catalogue: CatalogueBeside, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beside, "_START", "raise SystemExit('it has no modules')")
    with pytest.raises(ToolFailed, match="has ended"):
        catalogue.refresh()
    monkeypatch.setattr(sys, "executable", "/nonexistent/python")
    with pytest.raises(ToolFailed, match="could not be started"):
        catalogue.refresh()
    assert not catalogue.is_filled


def test_what_goes_wrong_in_the_child_is_told(catalogue: CatalogueBeside) -> None:
    catalogue.refresh()
    with pytest.raises(ToolFailed, match="KeyError"):
        catalogue._order({"do": "add"})


def test_it_ends_when_nobody_will_ask(catalogue: CatalogueBeside) -> None:
    catalogue.rest()
    catalogue.refresh()
    pid = pid_of(catalogue)
    catalogue.rest()
    assert not is_running(pid)
    assert catalogue.is_filled


def test_the_first_who_asks_waits_until_something_is_known(
    catalogue: CatalogueBeside, home: Path, python: Path
) -> None:
    science = make_environment(home / ".virtualenvs" / "science", python)
    assert prefixes(asyncio.run(catalogue.fresh(at_most=0.0))) == {science}


def test_it_resolves_like_a_finder_and_loads_none(catalogue: CatalogueBeside, home: Path, python: Path) -> None:
    prefix = make_kernel_environment(home / "shop" / ".venv", python)
    for path in (home / "shop" / "a.ipynb", home / "shop", home / "nowhere" / "\udcff.ipynb"):
        found, expected = catalogue.resolve(path), Finder(catalogue.host, Settings()).resolve(path)
        assert found.as_json() == expected.as_json()
    assert catalogue.resolve(home / "shop").environment is not None
    assert prefixes(catalogue.snapshot) == set()
    assert not catalogue.is_filled
    assert "finder" not in vars(catalogue)
    assert prefix.exists()


def test_a_host_and_settings_go_there_and_back(host: Host) -> None:
    settings = Settings(roots=("/a\udcff",), exclude=("x",))
    assert passing.understood(json.loads(json.dumps(passing.described(host, settings)))) == (host, settings)


def test_the_program_follows_orders_until_there_are_no_more(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    orders = b'{"number": 1, "do": "refresh"}\n{"number": 1, "do": "cancel"}\n'
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(orders)))
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(said := io.BytesIO()))
    monkeypatch.setattr(os, "nice", lambda _: 0)
    ended = threading.Event()
    monkeypatch.setattr(os, "_exit", lambda _: ended.set())
    looker.main(passing.described(host, Settings()))
    assert ended.is_set()
    end = time.monotonic() + 10
    while b'"done": true' not in said.getvalue():
        assert time.monotonic() < end
        time.sleep(0.01)
    monkeypatch.undo()


def test_orders_are_carried_out_one_line_each(host: Host, home: Path, python: Path) -> None:
    science = make_environment(home / ".virtualenvs" / "science", python)
    said: list[dict[str, Any]] = []
    looking = Looker(Finder(host, Settings()), said.append)
    looking.carry_out({"number": 1, "do": "refresh"})
    assert [sorted(line) for line in said] == [
        ["environment"],
        ["prefixes", "snapshot"],
        ["answer", "done", "error", "far", "number"],
    ]
    assert said[1]["prefixes"] == [str(science)]
    said.clear()
    looking.carry_out({"number": 2, "do": "refresh"})
    assert said == [{"number": 2, "done": True, "error": None, "answer": None, "far": False}]
    said.clear()
    looking.cancel(3)
    looking.carry_out({"number": 3, "do": "rescan"})
    assert said[-1]["done"]
    assert not any(line.get("snapshot", {}).get("complete") for line in said)
    looking.carry_out({"number": 4, "do": "rescan"})
    assert said[-2]["snapshot"]["complete"]
    assert "prefixes" not in said[-2]
    looking.carry_out({"number": 5, "do": "add", "prefix": str(science), "found_by": "made here"})
    looking.carry_out({"number": 6, "do": "add", "prefix": str(home), "found_by": "made here"})
    assert said[-1]["done"]
    looking.carry_out({"number": 7, "do": "add"})
    assert said[-1]["error"] == "KeyError: 'prefix'"
