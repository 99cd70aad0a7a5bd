"""The file that remembers: whatever happens to it and to who writes it, it is whole or counts as none."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jupyter_envs import walks
from jupyter_envs.walk import times
from tests.folders import make_environment, write
from tests.walk.exploring import JUST_NOW, age, check, known, met

if TYPE_CHECKING:
    from jupyter_envs.walk.order import Order

CHILD = Path(walks.__file__).parent / "walk" / "child.py"


@pytest.mark.parametrize("times_of_it", ["deleted", "folder", "fifo", "link"])
def test_a_file_that_is_none_counts_as_none(order: Order, home: Path, python: Path, times_of_it: str) -> None:
    make_environment(home / "shop" / ".venv", python)
    age(home)
    place = Path(str(order.times))
    met(order)
    place.rename(place.with_name("kept"))
    if times_of_it == "folder":
        place.mkdir()
    elif times_of_it == "fifo":
        os.mkfifo(place)
    elif times_of_it == "link":
        place.symlink_to("kept")
    check(order)
    assert set(met(order)) == {"shop/.venv"}


def test_a_damaged_file_counts_as_none(order: Order, home: Path, python: Path) -> None:
    make_environment(home / "shop" / ".venv", python)
    age(home)
    time.sleep(JUST_NOW)
    met(order)
    place = Path(str(order.times))
    whole = place.read_bytes()
    key = whole.split()[5]
    for damaged in _damages(whole):
        place.write_bytes(damaged)
        assert times.read(os.fsencode(place), key, 1 << 30) is None
    place.write_bytes(whole[:-1])
    check(order)
    assert place.read_bytes() == whole


def _damages(whole: bytes) -> list[bytes]:
    cut = [whole[:length] for length in (0, 1, 100, 255, 256, 257, len(whole) - 1)]
    flipped = [whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :] for at in range(255)]
    flipped += [whole[:at] + bytes([whole[at] ^ 64]) + whole[at + 1 :] for at in range(256, len(whole), 11)]
    return [*cut, *flipped, whole + b"x", b"\0" * len(whole), whole.replace(b"times 2", b"times 1")]


def test_a_file_of_somebody_else_or_open_to_others_counts_as_none(order: Order, home: Path) -> None:
    write(home / "a" / "pyproject.toml")
    age(home)
    met(order)
    place = Path(str(order.times))
    key = place.read_bytes().split()[5]
    assert times.read(os.fsencode(place), key, 1 << 30)
    assert times.read(os.fsencode(place), key, 100) is None
    place.chmod(0o666)
    assert times.read(os.fsencode(place), key, 1 << 30) is None
    check(order)
    if os.getuid() == 0:
        os.chown(place, 65534, 65534)
        assert times.read(os.fsencode(place), key, 1 << 30) is None
        check(order)
        assert place.stat().st_uid == 0


def test_without_a_folder_for_it_all_still_works(order: Order, home: Path, tmp_path: Path) -> None:
    write(home / "a" / "pyproject.toml")
    for place in (tmp_path / "absent" / "times", home / "a" / "pyproject.toml" / "times", Path("/proc/times")):
        assert set(met(replace(order, times=str(place)))) == {"a"}
    assert not (tmp_path / "absent").exists()


def test_two_walks_at_the_same_time_leave_one_good_file(order: Order, home: Path, tmp_path: Path) -> None:
    for number in range(200):
        write(home / f"team{number % 20}" / f"p{number}" / "pyproject.toml")
    threads = [threading.Thread(target=check, args=(order,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(known(order).paths) == 221
    assert {path.name for path in (tmp_path / "cache").iterdir()} <= {"times", "times.new"}


def test_a_walk_that_is_killed_leaves_no_damage(order: Order, home: Path, tmp_path: Path) -> None:
    for number in range(400):
        write(home / f"team{number % 20}" / f"p{number}" / "pyproject.toml")
    age(home)
    encoded = order.encoded()
    chance = random.Random(12)  # noqa: S311
    for step in range(40):
        with subprocess.Popen(
            [sys.executable, "-I", "-S", str(CHILD)], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
        ) as child:
            assert child.stdin is not None
            child.stdin.write(b"%d\n%s" % (len(encoded), encoded))
            child.stdin.flush()
            time.sleep(chance.random() * 0.06)
            child.kill()
        if step % 4 == 0:
            write(home / f"team{step % 20}" / "more" / f"p{step}" / "pyproject.toml")
        if Path(str(order.times)).exists():
            known(order)
    assert {path.name for path in (tmp_path / "cache").iterdir()} <= {"times", "times.new"}
    check(order)
    check(order)
