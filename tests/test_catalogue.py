"""What a server knows: read without waiting, refreshed beside, never lost by a walk that ended early."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from jupyter_envs import catalogue as module
from jupyter_envs.catalogue import Catalogue
from jupyter_envs.finder import Finder
from jupyter_envs.settings import Settings
from jupyter_envs.snapshot import Progress, Snapshot, Walked
from tests.folders import make_environment, make_kernel_environment, write

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from jupyter_envs.environment import Environment
    from jupyter_envs.host import Host


@pytest.fixture
def catalogue(host: Host) -> Catalogue:
    return Catalogue(Finder(host, Settings()))


def prefixes(snapshot: Snapshot) -> set[Path]:
    return {environment.prefix for environment in snapshot.environments}


def test_at_first_nothing_is_known(catalogue: Catalogue) -> None:
    assert catalogue.snapshot == Snapshot()
    assert not catalogue.is_filled


def test_a_refresh_lists_the_tools_folders(catalogue: Catalogue, home: Path, python: Path) -> None:
    science = make_environment(home / ".virtualenvs" / "science", python)
    make_environment(home / "shop" / ".venv", python)
    assert prefixes(catalogue.refresh()) == {science}
    assert prefixes(catalogue.snapshot) == {science}
    assert catalogue.is_filled


def test_a_rescan_walks_and_later_refreshes_keep_what_it_saw(catalogue: Catalogue, home: Path, python: Path) -> None:
    shop = make_environment(home / "shop" / ".venv", python)
    assert prefixes(catalogue.rescan()) == {shop}
    assert catalogue.snapshot.complete
    make_environment(home / "later" / "deeper" / ".venv", python)
    science = make_environment(home / ".virtualenvs" / "science", python)
    assert prefixes(catalogue.refresh()) == {shop, science}


def test_a_complete_rescan_forgets_what_is_gone(catalogue: Catalogue, home: Path, python: Path) -> None:
    shop = make_environment(home / "shop" / ".venv", python)
    catalogue.rescan()
    (shop / "pyvenv.cfg").unlink()
    assert prefixes(catalogue.refresh()) == set()
    make_environment(home / "new" / ".venv", python)
    assert prefixes(catalogue.rescan()) == {home / "new" / ".venv"}


def test_a_rescan_that_is_cancelled_loses_nothing(catalogue: Catalogue, home: Path, python: Path) -> None:
    for name in "abc":
        make_environment(home / name / ".venv", python)
    before = prefixes(catalogue.rescan())
    new = make_environment(home / ".virtualenvs" / "new", python)
    assert prefixes(catalogue.rescan(cancelled=lambda: True)) == before | {new}
    assert not catalogue.snapshot.complete


def test_a_rescan_tells_its_progress(catalogue: Catalogue, home: Path, python: Path) -> None:
    make_environment(home / "shop" / ".venv", python)
    seen: list[int] = []
    catalogue.rescan(progress=lambda progress: seen.append(progress.environments))
    assert seen[-1] == 1


def test_a_new_environment_is_there_at_once(catalogue: Catalogue, home: Path, python: Path) -> None:
    catalogue.rescan()
    write(home / "shop" / "pyproject.toml")
    prefix = make_kernel_environment(home / "shop" / "my-python", python)
    environment = catalogue.finder.inspect(prefix, "made here")
    assert environment is not None
    found = {one.prefix: one for one in catalogue.add(environment).environments}
    assert found[prefix].kernel
    assert found[prefix].projects == (home / "shop",)
    assert prefix in prefixes(catalogue.refresh())


def test_the_project_of_a_new_environment_is_known_at_once_wherever_it_lies(
    catalogue: Catalogue, home: Path, python: Path
) -> None:
    catalogue.rescan()
    write(home / "a" / "b" / "new" / "pyproject.toml", "[tool.poetry]\n")
    prefix = make_kernel_environment(home / "central" / "new", python)
    environment = catalogue.finder.inspect(prefix, "made here")
    assert environment is not None
    project = home / "a" / "b" / "new"
    walked = catalogue.add(replace(environment, projects=(project,))).walked
    assert dict(walked.projects)[project] == {"pyproject.toml"}


@pytest.mark.parametrize("cut_short", [False, True], ids=["complete", "cut short"])
def test_what_is_made_during_a_walk_stays_when_it_ends(
    catalogue: Catalogue, home: Path, python: Path, *, cut_short: bool
) -> None:
    old = make_environment(home / "shop" / ".venv", python)
    (home / "zoo").mkdir()
    made: list[Path] = []

    def make_behind_the_walk(progress: Progress) -> None:
        if made or progress.environments == 0:
            return
        made.append(make_environment(home / "early" / ".venv", python))
        environment = catalogue.finder.inspect(made[0], "made here")
        assert environment is not None
        catalogue.add(environment)

    catalogue.rescan(make_behind_the_walk, lambda: cut_short and bool(made))
    assert prefixes(catalogue.snapshot) == {old, *made}
    assert catalogue.snapshot.complete != cut_short
    assert len(made) == 1
    (made[0] / "pyvenv.cfg").unlink()
    assert prefixes(catalogue.rescan()) == {old}


def test_what_is_asked_for_is_at_most_a_second_old(
    catalogue: Catalogue, home: Path, python: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = make_environment(home / ".virtualenvs" / "first", python)
    assert prefixes(asyncio.run(catalogue.fresh(at_most=30))) == {first}
    second = make_environment(home / ".virtualenvs" / "second", python)
    monkeypatch.setattr(module, "FRESH_FOR", 1000.0)
    assert prefixes(asyncio.run(catalogue.fresh(at_most=30))) == {first}
    monkeypatch.setattr(module, "FRESH_FOR", 0.0)
    assert prefixes(asyncio.run(catalogue.fresh(at_most=30))) == {first, second}


class SlowFinder(Finder):
    """A finder whose disk answers when the test lets it."""

    __slots__ = ()
    gate = threading.Event()
    started: list[str] = []  # noqa: RUF012  # shared on purpose: the finder itself is frozen

    def refresh(self, walked: Walked, known: Iterable[Environment] = ()) -> Snapshot:
        self.started.append(threading.current_thread().name)
        self.gate.wait(30)
        return super().refresh(walked, known)


def test_a_slow_disk_keeps_nobody_waiting_and_is_asked_once(host: Host, home: Path, python: Path) -> None:
    prefix = make_environment(home / ".virtualenvs" / "science", python)
    finder = SlowFinder(host, Settings())
    finder.gate.clear()
    finder.started.clear()
    catalogue = Catalogue(finder)

    async def ask() -> tuple[Snapshot, Snapshot]:
        early = [await catalogue.fresh(at_most=0.01) for _ in range(3)]
        assert early == [Snapshot()] * 3
        finder.gate.set()
        return early[0], await catalogue.fresh(at_most=30)

    _, late = asyncio.run(ask())
    assert prefixes(late) == {prefix}
    assert len(finder.started) == 1
    assert finder.started != [threading.main_thread().name]


class BrokenFinder(Finder):
    """A finder with a defect."""

    __slots__ = ()

    def refresh(self, walked: Walked, known: Iterable[Environment] = ()) -> Snapshot:
        raise RuntimeError("a defect")


def test_a_refresh_that_fails_leaves_what_is_known_and_is_in_the_log(
    host: Host, caplog: pytest.LogCaptureFixture
) -> None:
    catalogue = Catalogue(BrokenFinder(host, Settings()))
    for _ in range(2):
        assert asyncio.run(catalogue.fresh(at_most=30)) == Snapshot()
    assert not catalogue.is_filled
    assert [record.getMessage() for record in caplog.records if record.name == module.__name__] == [
        "jupyter_envs: looking for environments failed: RuntimeError: a defect"
    ]


def test_what_another_server_found_is_known_and_told(host: Host, home: Path, python: Path) -> None:
    shop = make_environment(home / "shop" / ".venv", python)
    finders = [Finder(host, Settings()) for _ in range(3)]
    first, second, third = (Catalogue(finder, finder.index) for finder in finders)
    told: list[set[Path]] = []
    second.on_change = lambda snapshot: told.append(prefixes(snapshot))
    assert prefixes(second.refresh()) == set()
    assert prefixes(first.rescan()) == {shop}
    assert prefixes(second.refresh()) == {shop}
    assert told[-1] == {shop}
    assert prefixes(third.refresh()) == {shop}
    assert third.snapshot.complete
    third.rest()
    assert prefixes(third.refresh()) == {shop}


def test_many_threads_may_ask_at_once(catalogue: Catalogue, home: Path, python: Path) -> None:
    for number in range(20):
        make_environment(home / ".virtualenvs" / str(number), python)
    failures: list[BaseException] = []

    def work(act: str) -> None:
        try:
            for _ in range(5):
                assert len(getattr(catalogue, act)().environments) == 20
        except BaseException as error:  # noqa: BLE001  # told to the test's own thread
            failures.append(error)

    threads = [threading.Thread(target=work, args=(act,)) for act in ("refresh", "rescan") * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
