"""What a walk remembers: never what is wrong, whatever happens to the tree and the clock."""

from __future__ import annotations

import os
import random
import shutil
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from jupyter_envs.walk.order import Order, Root
from tests.folders import link, make_environment, write
from tests.walk.exploring import AN_HOUR, JUST_NOW, age, check, explore, met


def test_a_second_walk_tells_the_same_and_lists_nothing(order: Order, home: Path, python: Path) -> None:
    make_environment(home / "shop" / ".venv", python)
    write(home / "shop" / "pyproject.toml")
    link(home / "shop" / "env", "nowhere")
    age(home)
    time.sleep(JUST_NOW)
    first = met(order)
    assert first == {"shop/.venv": (True, frozenset(), ()), "shop": (False, frozenset({"pyproject.toml"}), ("env",))}
    written = Path(str(order.times)).stat()
    assert met(order) == first
    assert Path(str(order.times)).stat().st_mtime_ns == written.st_mtime_ns
    assert written.st_mode & 0o777 == 0o600


def test_what_changed_is_seen(order: Order, home: Path, python: Path) -> None:
    for name in "abcdef":
        make_environment(home / name / ".venv", python)
        write(home / name / "deep" / "er" / "pyproject.toml")
    age(home)
    check(order)
    shutil.rmtree(home / "a")
    write(home / "b" / "pyproject.toml")
    make_environment(home / "new" / "project" / "env", python)
    (home / "c").rename(home / "moved")
    make_environment(home / "d" / "deep", python)  # what was a folder of projects is an environment now
    (home / "e" / ".venv" / "pyvenv.cfg").unlink()
    shutil.rmtree(home / "f" / "deep")
    link(home / "f" / "deep", home / "b" / "deep")
    check(order)
    check(order)
    age(home)
    check(order)
    check(order)


def test_any_changes_at_all_are_seen(order: Order, home: Path, python: Path) -> None:
    """Hundreds of changes at random, with a walk after every few."""
    chance = random.Random(12)  # noqa: S311
    names = ("a", "b", ".venv", "env", ".hidden", "node_modules", "pyproject.toml", "bin", "lib", "include")
    for step in range(240):
        place = home.joinpath(*(chance.choice("abc") for _ in range(chance.randrange(4))))
        target = place / chance.choice(names)
        _change(chance.randrange(6), target, python)
        if step % 12 == 0:
            age(home, chance.choice([AN_HOUR, -AN_HOUR, 10, 0]))
        if step % 6 == 0:
            check(order)


def _change(kind: int, target: Path, python: Path) -> None:
    try:
        if kind == 0 and target.is_dir() and not target.is_symlink():
            shutil.rmtree(target)
        elif kind == 1:
            target.mkdir(parents=True, exist_ok=True)
        elif kind == 2:
            write(target)
        elif kind == 3:
            link(target, "../b")
        elif kind == 4:
            target.rename(target.parent.parent / "b")
        else:
            make_environment(target, python)
    except OSError:  # it lies in a file, or there is something already
        pass


def test_a_folder_that_changed_just_now_is_listed_again(order: Order, home: Path) -> None:
    write(home / "shop" / "a.txt")
    age(home)
    os.utime(home / "shop")
    met(order)
    status = (home / "shop").stat()
    write(home / "shop" / "pyproject.toml")
    os.utime(home / "shop", ns=(status.st_mtime_ns, status.st_mtime_ns))  # as if in the same tick of a coarse clock
    assert "shop" in met(order)


@pytest.mark.parametrize("seconds", [-30 * 365 * 86_400, -AN_HOUR, -2, 0, 2, 50 * 365 * 86_400])
def test_a_clock_that_jumps_hides_nothing(order: Order, home: Path, python: Path, seconds: float) -> None:
    make_environment(home / "shop" / ".venv", python)
    age(home, seconds)
    check(order)
    make_environment(home / "shop" / "env", python)
    make_environment(home / "late" / "env", python)
    check(order)
    age(home, -seconds)
    check(order)


def test_a_folder_that_was_closed_and_opened_again_is_seen_again(order: Order, home: Path, python: Path) -> None:
    make_environment(home / "a" / "b" / ".venv", python)
    age(home)
    check(order)
    (home / "a").rename(home / "x")
    check(order)
    (home / "x").rename(home / "a")
    check(order)


def test_other_rules_or_roots_begin_anew(order: Order, home: Path) -> None:
    write(home / "a" / "b" / "pyproject.toml")
    age(home)
    check(order)
    check(replace(order, roots=(Root(str(home), 1),)))
    check(replace(order, exclude=frozenset({"b"})))
    check(replace(order, mounts=frozenset({str(home / "a")})))
    check(replace(order, telling=frozenset({"setup.py"})))
    check(replace(order, roots=(Root(str(home), 6), Root(str(home / "a"), 0))))
    check(replace(order, roots=(Root(str(home / "a"), 6), Root(str(home), 1))))
    check(order)


def test_a_root_that_comes_and_goes(order: Order, home: Path) -> None:
    write(home / "a" / "pyproject.toml")
    order = replace(order, roots=(Root(str(home / "a"), 3), Root(str(home / "b"), 3)))
    age(home)
    for _ in range(2):
        found = explore(order)
        assert (found.absent, [one.path for one in found.folders]) == ((str(home / "b"),), [str(home / "a")])
    write(home / "b" / "c" / "pyproject.toml")
    shutil.rmtree(home / "a")
    for _ in range(2):
        found = explore(order)
        assert (found.absent, [one.path for one in found.folders]) == ((str(home / "a"),), [str(home / "b" / "c")])


def test_a_tree_that_changes_while_it_is_walked_is_right_afterwards(order: Order, home: Path, python: Path) -> None:
    for number in range(300):
        (home / f"d{number % 10}" / f"e{number}").mkdir(parents=True)
    stop = threading.Event()

    def change() -> None:
        chance = random.Random(12)  # noqa: S311
        while not stop.is_set():
            target = home / f"d{chance.randrange(10)}" / f"e{chance.randrange(300)}"
            _change(chance.randrange(6), target, python)

    thread = threading.Thread(target=change)
    thread.start()
    try:
        for _ in range(8):
            assert explore(order).error is None
    finally:
        stop.set()
        thread.join()
    check(order)


def test_a_walk_that_was_cut_short_goes_on_the_next_time(order: Order, home: Path) -> None:
    for number in range(50):
        write(home / f"team{number % 5}" / f"p{number}" / "pyproject.toml")
    age(home)
    found = explore(replace(order, seconds=0))
    assert not found.complete
    check(order)
    write(home / "late" / "pyproject.toml")
    again = explore(replace(order, seconds=0))
    assert len(again.folders) >= 50
    check(order)


def test_names_of_any_bytes_are_remembered(order: Order, home: Path, python: Path) -> None:
    for name in (b"a\xff", b"new\nline", b"esc\x1b[31m", "\u05e2\u202e".encode(), b"quo'\"te", b" ", b"back\\slash"):
        make_environment(home / os.fsdecode(name) / ".venv", python)
    age(home)
    for _ in range(3):
        assert len(met(order)) == 7
        check(order)
