"""The parts of the child, in this process: what a disk does when it fails, and what threads do for one another."""

from __future__ import annotations

import _thread
import errno
import json
import marshal
import os
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from jupyter_envs.walk import crew, listing, times
from jupyter_envs.walk.order import Order, Root
from jupyter_envs.walk.places import Places
from jupyter_envs.walk.walking import Walking
from tests.dead_mount import dead_mount
from tests.folders import link, make_environment, write

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Told = dict[str, Any]


@pytest.fixture(autouse=True)
def threads_that_are_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    """The child does without `threading`; in here its threads are such as the measuring of coverage knows."""

    def start(work: Callable[[], None], arguments: tuple[()]) -> None:
        threading.Thread(target=work, args=arguments, daemon=True).start()

    monkeypatch.setattr(_thread, "start_new_thread", start)


@pytest.fixture
def order(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Order:
    monkeypatch.chdir(tmp_path)  # a walk goes elsewhere
    return Order((Root(str(home), 6),), frozenset({"pyproject.toml"}), times=str(tmp_path / "times"), patience=1.2)


@pytest.fixture
def walked(capfd: pytest.CaptureFixture[str]) -> Callable[[Order], Told]:
    """Walks in this process; what it told, with `met` as the paths of folders."""

    def walk(order: Order) -> Told:
        walking = Walking(marshal.loads(order.encoded()))  # noqa: S302 -- our own
        walking.run()
        walking.remember()
        told: Told = {"met": []}
        for line in capfd.readouterr().out.splitlines():
            part = json.loads(line)
            told["met"] = [] if "anew" in part else told["met"] + [met[0] for met in part.pop("met", [])]
            told.update(part)
        return told

    return walk


def test_a_walk_and_its_rescan_tell_the_same(
    order: Order, home: Path, python: Path, walked: Callable[[Order], Told]
) -> None:
    prefix = make_environment(home / "shop" / ".venv", python)
    write(home / "a" / "b" / "pyproject.toml")
    link(home / "a" / "env", "nowhere")
    for path, _, _ in os.walk(home):
        os.utime(path, (1e9, 1e9))
    for _ in range(2):
        for _ in range(3):
            told = walked(replace(order, own_clock=True))
            assert sorted(map(str, told["met"])) == [str(home / "a"), str(home / "a" / "b"), str(prefix)]
        (home / "a" / "more").mkdir(exist_ok=True)
    assert (told["done"], told["folders"], told["error"]) == (1, 6, None)


def test_an_unfinished_configuration_is_asked_again(
    order: Order, home: Path, python: Path, walked: Callable[[Order], Told]
) -> None:
    prefix = make_environment(home / "shop" / "env", python)
    config = (prefix / "pyvenv.cfg").read_text()
    (prefix / "pyvenv.cfg").write_text("# nothing yet")
    for path, _, _ in os.walk(home):
        os.utime(path, (1e9, 1e9))
    assert walked(order)["met"] == []
    (prefix / "pyvenv.cfg").write_text("version = 3.12\n" + config)  # the folder does not change
    assert walked(order)["met"] == [str(prefix)]


def failing(monkeypatch: pytest.MonkeyPatch, name: str, place: str, number: int) -> None:
    """A call of the system that fails for one folder."""
    real = getattr(os, name)

    def fail(path: bytes) -> object:
        if path.endswith(place.encode()):
            raise OSError(number, os.strerror(number), path)
        return real(path)

    monkeypatch.setattr(os, name, fail)


@pytest.mark.parametrize("name", ["lstat", "scandir"])
def test_a_file_system_that_fails_is_unreachable_and_kept(
    order: Order, home: Path, monkeypatch: pytest.MonkeyPatch, walked: Callable[[Order], Told], name: str
) -> None:
    write(home / "a" / "bad" / "x" / "pyproject.toml")
    write(home / "a" / "good" / "pyproject.toml")
    both = [str(home / "a" / "bad" / "x"), str(home / "a" / "good")]
    assert sorted(map(str, walked(order)["met"])) == both
    with monkeypatch.context() as broken:
        failing(broken, name, "/bad", errno.EIO)
        for _ in range(2):
            told = walked(order)
            assert (told["unreachable"], sorted(map(str, told["met"]))) == ([str(home / "a" / "bad")], both)
    assert (walked(order)["unreachable"], walked(order)["done"]) == ([], 1)


@pytest.mark.parametrize("name", ["lstat", "scandir"])
@pytest.mark.parametrize("fresh", [True, False])
def test_a_folder_that_is_closed_is_told_until_it_opens(  # noqa: PLR0917
    order: Order,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    walked: Callable[[Order], Told],
    name: str,
    fresh: bool,  # noqa: FBT001
) -> None:
    write(home / "a" / "closed" / "x" / "pyproject.toml")
    write(home / "b" / "pyproject.toml")
    for path, _, _ in os.walk(home):
        os.utime(path, (1e9, 1e9))
    if not fresh:
        walked(order)
        os.utime(home / "a" / "closed")
    with monkeypatch.context() as broken:
        failing(broken, name, "/closed", errno.EACCES)
        if name == "lstat":
            failing(broken, name, "/closed/x", errno.EACCES)
        for _ in range(2):
            told = walked(order)
            assert told["unreadable"] in ([str(home / "a")], [str(home / "a" / "closed")])
            assert told["met"] == [str(home / "b")]
    assert sorted(map(str, walked(order)["met"])) == [str(home / "a" / "closed" / "x"), str(home / "b")]


def test_a_root_that_is_closed_is_told(
    order: Order, home: Path, monkeypatch: pytest.MonkeyPatch, walked: Callable[[Order], Told]
) -> None:
    write(home / "a" / "pyproject.toml")
    order = replace(order, roots=(Root(str(home / "a"), 3), Root(str(home / "b"), 3)))
    write(home / "b" / "pyproject.toml")
    assert len(walked(order)["met"]) == 2
    with monkeypatch.context() as broken:
        failing(broken, "lstat", "/a", errno.EACCES)
        for _ in range(2):
            told = walked(order)
            assert (told["unreadable"], told["met"]) == ([str(home / "a")], [str(home / "b")])
    assert len(walked(order)["met"]) == 2


def test_an_entry_of_unknown_kind_hides_no_other(
    order: Order, home: Path, monkeypatch: pytest.MonkeyPatch, walked: Callable[[Order], Told]
) -> None:
    """A file system that tells no kinds with names (some network ones) is asked again, and may refuse."""
    write(home / "shop" / "pyproject.toml")
    real = os.scandir
    monkeypatch.setattr(os, "scandir", lambda path: [Refusing(path + b"/odd"), *real(path)])
    told = walked(order)
    assert told["met"] == [str(home / "shop")]
    assert set(map(str, told["unreadable"])) == {str(home / "odd"), str(home / "shop" / "odd")}


class Refusing:
    """An entry whose kind the system does not tell."""

    def __init__(self, path: bytes) -> None:
        self.path = path
        self.name = path.rpartition(b"/")[2]

    def is_dir(self, *, follow_symlinks: bool) -> bool:
        raise PermissionError(13, "Permission denied", self.path)


def test_what_hangs_and_comes_back_is_walked_after_all(
    order: Order, home: Path, monkeypatch: pytest.MonkeyPatch, walked: Callable[[Order], Told]
) -> None:
    for number in range(20):
        write(home / "slow" / f"{number}" / "pyproject.toml")
    real = os.lstat

    def slow(path: bytes) -> os.stat_result:
        if path.endswith(b"/slow"):
            time.sleep(crew.HANGING + 0.5)
        return real(path)

    with monkeypatch.context() as broken:
        broken.setattr(os, "lstat", slow)
        for _ in range(2):
            told = walked(replace(order, patience=20))
            assert (len(told["met"]), told["unreachable"], told["done"]) == (20, [], 1)


def test_a_slow_disk_gets_more_threads(
    order: Order, home: Path, monkeypatch: pytest.MonkeyPatch, walked: Callable[[Order], Told]
) -> None:
    for number in range(400):
        write(home / f"{number}" / "pyproject.toml")
    real = os.lstat

    def slow(path: bytes) -> os.stat_result:
        time.sleep(0.005)
        return real(path)

    monkeypatch.setattr(os, "lstat", slow)
    began = time.monotonic()
    assert len(walked(order)["met"]) == 400
    assert time.monotonic() - began < 400 * 0.005
    paths = times.read(os.fsencode(str(order.times)), marshal.loads(order.encoded())["key"], 1 << 30)  # noqa: S302
    assert paths is not None
    assert paths.paths[0] == b"."


def test_a_dead_root_is_given_up_here_too(
    order: Order, home: Path, tmp_path: Path, walked: Callable[[Order], Told]
) -> None:
    write(home / "dead" / "a" / "pyproject.toml")
    write(home / "b" / "pyproject.toml")
    order = replace(order, roots=(Root(str(home / "dead"), 3),))
    assert walked(order)["met"] == [str(home / "dead" / "a")]
    with dead_mount(home / "dead"):
        told = walked(order)
    assert (told["unreachable"], told["met"]) == ([str(home / "dead")], [str(home / "dead" / "a")])
    assert walked(order)["met"] == [str(home / "dead" / "a")]


def test_a_walk_without_memory_says_so(
    order: Order, home: Path, monkeypatch: pytest.MonkeyPatch, walked: Callable[[Order], Told]
) -> None:
    write(home / "a" / "pyproject.toml")

    def none_left(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(listing, "look", none_left)
    told = walked(order)
    assert (told["done"], told["error"]) == (0, "memory")
    assert not (home.parent / "times").exists()


def test_paths_are_short_below_a_root_that_holds_all_others(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(home)
    root = os.fsencode(home)
    places = Places([root, root + b"/a"])
    for path in (root, root + b"/a", root + b"/a/b"):
        assert places.full(places.short(path)) == path
    assert (places.short(root), places.short(root + b"/a"), places.short(root + b"x")) == (b".", b"./a", root + b"x")
    apart = Places([root, b"/elsewhere"])
    assert apart.short(root) == apart.full(root) == root
    lost = Places([root + b"/absent"])
    assert (lost.short(root + b"/absent/a"), lost.remembered(root + b"/absent/a")) == (root + b"/absent/a", b"./a")
    everything = Places([b"/"])
    assert [everything.full(everything.short(path)) for path in (b"/", b"/a")] == [b"/", b"/a"]


def test_times_that_fit_no_table_are_not_remembered(tmp_path: Path) -> None:
    place = os.fsencode(tmp_path / "times")
    assert not times.write(place, b"key", times.Known([b"."], [1 << 70], [1], [], []))
    assert times.write(place, b"key", times.Known([], [], [], [], []))
    found = times.read(place, b"key", 1000)
    assert found is not None
    assert found.paths == found.told == found.over == []
    assert times.read(place, b"other", 1000) is None


def test_nobody_is_hired_for_nothing(order: Order, home: Path) -> None:
    for number in range(30):
        (home / str(number)).mkdir()
    for _ in range(2):
        walking = Walking(marshal.loads(order.encoded()))  # noqa: S302 -- our own
        walking.run()
        walking.remember()
        assert len(walking.crew.workers) == 1


def test_nothing_is_remembered_where_the_clock_was_set(
    order: Order, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(home / "a" / "pyproject.toml")
    walking = Walking(marshal.loads(replace(order, own_clock=True).encoded()))  # noqa: S302 -- our own
    walking.run()
    now = time.time_ns()
    monkeypatch.setattr(time, "time_ns", lambda: now - 10**9)
    walking.remember()
    assert not os.path.exists(str(order.times))  # noqa: PTH110
