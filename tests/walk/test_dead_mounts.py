"""A mount that never answers costs the others nothing, and what was known in it is kept."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from jupyter_envs import walks
from jupyter_envs.walk.order import Order, Root
from tests.dead_mount import dead_mount
from tests.folders import link, make_environment, write

if TYPE_CHECKING:
    from pathlib import Path

ORDER = Order((), frozenset({"pyproject.toml"}), patience=1.5)


def paths(found: walks.Explored) -> set[str]:
    return {folder.path for folder in found.folders}


def test_a_dead_mount_in_a_root_is_not_entered(home: Path, python: Path) -> None:
    shop = make_environment(home / "shop" / ".venv", python)
    with dead_mount(home / "dead") as dead:
        began = time.monotonic()
        found = walks.explore(replace(ORDER, roots=(Root(str(home), 6),), mounts=frozenset({str(dead)})))
        assert time.monotonic() - began < 1
    assert (found.complete, found.elsewhere, paths(found)) == (True, 1, {str(shop)})


def test_a_dead_mount_that_nobody_knew_of_costs_the_others_nothing(home: Path, python: Path) -> None:
    made = {str(make_environment(home / name / ".venv", python)) for name in ("a", "b", "z")}
    with dead_mount(home / "m" / "dead") as dead:
        began = time.monotonic()
        found = walks.explore(replace(ORDER, roots=(Root(str(home), 6),)))
        assert time.monotonic() - began < 6
    assert (found.unreachable, paths(found), found.error) == ((str(dead),), made, None)
    assert not found.thorough
    assert "does not answer" in found.problems()[0].message


def test_a_root_that_is_a_dead_mount_costs_the_others_nothing(home: Path, python: Path) -> None:
    shop = make_environment(home / "shop" / ".venv", python)
    with dead_mount(home.parent / "dead") as dead:
        for roots in ([dead, home], [home, dead], [dead]):
            found = walks.explore(replace(ORDER, roots=tuple(Root(str(root), 6) for root in roots)))
            assert found.unreachable == (str(dead),)
            assert paths(found) == ({str(shop)} if home in roots else set())


def test_a_link_to_a_dead_mount_is_told_and_not_touched(home: Path) -> None:
    with dead_mount(home.parent / "dead") as dead:
        link(home / "shop" / ".venv", dead / "shop")
        began = time.monotonic()
        found = walks.explore(replace(ORDER, roots=(Root(str(home), 6),)))
        assert time.monotonic() - began < 1
    assert [folder.links for folder in found.folders] == [(str(home / "shop" / ".venv"),)]


def test_what_was_known_below_is_kept_and_told(home: Path, python: Path, tmp_path: Path) -> None:
    order = replace(ORDER, roots=(Root(str(home), 6),), times=str(tmp_path / "times"))
    made = {str(make_environment(home / name / ".venv", python)) for name in ("a", "m/dead/x", "m/dead/y", "z")}
    write(home / "m" / "dead" / "pyproject.toml")
    then = time.time() - 3600
    for folder, _, _ in os.walk(home):
        os.utime(folder, (then, then))
    assert paths(walks.explore(order)) == {*made, str(home / "m" / "dead")}
    with dead_mount(home / "m" / "dead") as dead:
        for _ in range(2):
            found = walks.explore(order)
            assert (found.unreachable, paths(found)) == ((str(dead),), {*made, str(dead)})
    assert paths(walks.explore(order)) == {*made, str(home / "m" / "dead")}
    assert walks.explore(order).thorough


def test_a_walk_in_a_dead_mount_ends_when_it_is_cancelled(home: Path) -> None:
    with dead_mount(home / "dead"):
        began = time.monotonic()
        found = walks.explore(replace(ORDER, roots=(Root(str(home), 6),), patience=60), cancelled=lambda: True)
        assert time.monotonic() - began < 3
    assert not found.complete
