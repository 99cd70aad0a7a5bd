"""Pinning and hiding: what is kept on disk, and what it does to the kernels that are offered."""

from __future__ import annotations

import json
import os
import threading
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jupyter_envs import index, pins
from jupyter_envs.errors import Refused
from jupyter_envs.files import names
from jupyter_envs.finder import Finder
from jupyter_envs.managers.base import Scene
from jupyter_envs.pins import Mark
from jupyter_envs.settings import Settings
from jupyter_envs.state import State
from tests.folders import (
    add_ipykernel,
    as_somebody_else,
    link,
    make_environment,
    make_kernel_environment,
    make_poetry_project,
    poetry_hash,
    scanned,
    site_of,
    write,
)

if TYPE_CHECKING:
    from jupyter_envs.host import Host

AS_ROOT = pytest.mark.skipif(os.name == "nt" or os.getuid() != 0, reason="only root can give files to others")
pytestmark = pytest.mark.skipif(os.name == "nt", reason="the folders are written for Unix")


@pytest.fixture
def shop(home: Path, python: Path) -> Path:
    """A ready environment."""
    return make_kernel_environment(home / "shop" / ".venv", python)


@pytest.fixture
def orphan(home: Path, python: Path) -> Path:
    """A ready environment of Poetry's whose project is gone."""
    return make_kernel_environment(home / ".cache" / "pypoetry" / "virtualenvs" / "gone-Xb3_k2Qd-py3.12", python)


def mark(host: Host, prefix: Path, mark: Mark, *, on: bool = True) -> None:
    pins.change(host, prefix, mark, on=on)


def known(host: Host) -> pins.Pins:
    return pins.read(Scene(host))


def test_nothing_is_pinned_and_nothing_written_at_first(host: Host, shop: Path) -> None:
    found = scanned(host)[shop]
    assert (found.pinned, found.hidden, found.kernel) == (False, False, True)
    assert not host.own_state_folder().exists()


def test_a_hidden_one_is_not_offered_and_keeps_its_name(host: Host, shop: Path) -> None:
    mark(host, shop, Mark.HIDE)
    found = scanned(host)[shop]
    assert (found.hidden, found.kernel, found.kernel_name) == (True, False, found.id)
    assert found.state is State.READY
    mark(host, shop, Mark.HIDE, on=False)
    assert scanned(host)[shop].kernel


def test_a_pinned_orphan_is_offered(host: Host, orphan: Path) -> None:
    assert not scanned(host)[orphan].kernel
    mark(host, orphan, Mark.PIN)
    found = scanned(host)[orphan]
    assert (found.pinned, found.kernel, found.orphan) == (True, True, True)


def test_a_pinned_one_that_cannot_start_is_not_offered(host: Host, home: Path, python: Path) -> None:
    prefix = make_environment(home / "bare" / ".venv", python)
    mark(host, prefix, Mark.PIN)
    found = scanned(host, Settings(borrow_ipykernel="never"))[prefix]
    assert (found.pinned, found.kernel, found.state) == (True, False, State.NEEDS_IPYKERNEL)
    add_ipykernel(site_of(prefix))
    assert scanned(host)[prefix].kernel


def test_offer_pinned_offers_only_those(host: Host, home: Path, shop: Path, python: Path) -> None:
    other = make_kernel_environment(home / "other" / ".venv", python)
    mark(host, shop, Mark.PIN)
    found = scanned(host, Settings(offer="pinned"))
    assert (found[shop].kernel, found[other].kernel) == (True, False)


def test_offer_all_does_not_offer_what_is_hidden(host: Host, shop: Path) -> None:
    mark(host, shop, Mark.HIDE)
    assert not scanned(host, Settings(offer="all"))[shop].kernel


def test_what_the_rules_leave_out_can_be_pinned(host: Host, home: Path, python: Path) -> None:
    project = make_poetry_project(home / "shop")
    name = f"shop-{poetry_hash(project)}"
    central = home / ".cache" / "pypoetry" / "virtualenvs"
    inactive = make_kernel_environment(central / f"{name}-py3.11", python)
    write(central / "envs.toml", f'[{name}]\nminor = "3.12"\npatch = "3.12.1"\n')
    make_kernel_environment(central / f"{name}-py3.12", python)
    leftover = make_kernel_environment(central / f"shop-of-old-{poetry_hash(project)}-py3.12", python)
    assert [scanned(host)[one].kernel for one in (inactive, leftover)] == [False, False]
    mark(host, inactive, Mark.PIN)
    mark(host, leftover, Mark.PIN)
    assert [scanned(host)[one].kernel for one in (inactive, leftover)] == [True, True]


def test_a_pin_is_of_the_real_path(host: Host, home: Path, shop: Path) -> None:
    alias = link(home / "again" / ".venv", shop)
    mark(host, shop, Mark.HIDE)
    found = scanned(host)[shop]
    assert found.hidden
    assert found.aliases == (alias,)


def test_pinning_takes_hiding_back_and_the_reverse(host: Host, shop: Path, orphan: Path) -> None:
    mark(host, shop, Mark.HIDE)
    mark(host, orphan, Mark.HIDE)
    mark(host, shop, Mark.PIN)
    assert known(host) == pins.Pins(frozenset([shop]), frozenset([orphan]))
    mark(host, shop, Mark.HIDE)
    assert known(host) == pins.Pins(frozenset(), frozenset([shop, orphan]))
    mark(host, shop, Mark.PIN, on=False)
    assert known(host).hidden == {shop, orphan}


def test_the_file_is_for_its_owner_alone_and_holds_any_path(host: Host) -> None:
    odd = Path(os.fsdecode(b"/home/me/caf\xe9 \n'/.venv"))
    mark(host, odd, Mark.PIN)
    assert known(host).pinned == {odd}
    folder = host.own_state_folder()
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / "pins.json").stat().st_mode & 0o777 == 0o600
    assert names(os.fspath(folder)) == ["pins.json", "pins.json.lock"]
    content = json.loads((folder / "pins.json").read_text())
    assert content.keys() == {"version", "pinned", "hidden"}


def test_a_pin_outlives_its_environment(host: Host, home: Path, shop: Path) -> None:
    mark(host, shop, Mark.HIDE)
    mark(host, home / "other", Mark.PIN)
    shop.rename(home / "aside")
    mark(host, home / "third", Mark.PIN)
    (home / "aside").rename(shop)
    assert scanned(host)[shop].hidden


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        "{}",
        '{"version": 2, "pinned": [], "hidden": []}',
        '{"version": 1, "pinned": {}, "hidden": []}',
        '{"version": 1, "pinned": [1], "hidden": []}',
        '{"version": 1, "pinned": ["relative"], "hidden": []}',
        "[" * 100_000,
    ],
)
def test_a_damaged_file_counts_as_absent_is_told_and_is_not_overwritten(host: Host, shop: Path, text: str) -> None:
    path = write(pins.file_of(host), text)
    snapshot = Finder(host, Settings()).scan()
    assert [one.prefix for one in snapshot.environments if one.kernel] == [shop]
    assert [problem.code for problem in snapshot.problems] == ["bad-settings"]
    assert str(path) in snapshot.problems[0].message
    with pytest.raises(Refused, match="doctor --fix"):
        mark(host, shop, Mark.PIN)
    assert path.read_text() == text


def test_a_fifo_or_a_folder_in_its_place_is_not_waited_for(host: Host, shop: Path) -> None:
    path = pins.file_of(host)
    path.parent.mkdir(parents=True)
    os.mkfifo(path)
    assert known(host).problem is not None
    path.unlink()
    path.mkdir()
    assert known(host).problem is not None


@AS_ROOT
def test_a_file_of_somebody_else_counts_as_absent(host: Host, shop: Path) -> None:
    mark(host, shop, Mark.HIDE)
    os.chown(pins.file_of(host), 4_000_000_001, -1)
    assert scanned(host)[shop].kernel
    problem = known(host).problem
    assert problem is not None
    assert "belongs to 4000000001" in problem.message


def test_where_files_have_no_owners_nobody_asks_for_one(host: Host, shop: Path) -> None:
    nobody = replace(host, uid=None)
    mark(nobody, shop, Mark.PIN)
    assert known(nobody).pinned == {shop}


def test_a_home_that_may_not_be_written_is_a_clear_refusal(open_folder: Path) -> None:
    code = (
        "mine = host.Host(__import__('pathlib').Path(sys.argv[1]), platform='linux', uid=os.getuid())\n"
        "from jupyter_envs import pins\n"
        "from jupyter_envs.errors import Refused\n"
        "try:\n"
        "    pins.change(mine, mine.home / 'shop', pins.Mark.PIN, on=True)\n"
        "except Refused as error:\n"
        "    print(error)\n"
    )
    open_folder.chmod(0o555)
    told = as_somebody_else(code, open_folder)
    assert "Pins cannot be kept in" in told
    assert "Permission denied" in told


def test_a_full_disk_leaves_what_was_there(host: Host, shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mark(host, shop, Mark.HIDE)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Refused, match="No space left"):
        mark(host, shop, Mark.PIN)
    monkeypatch.undo()
    assert known(host).hidden == {shop}
    assert names(os.fspath(host.own_state_folder())) == ["pins.json", "pins.json.lock"]


def test_two_who_pin_at_the_same_time_lose_nothing(host: Host, home: Path) -> None:
    paths = [home / str(number) for number in range(20)]
    threads = [threading.Thread(target=mark, args=(host, path, Mark.PIN)) for path in paths]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert known(host).pinned == set(paths)


def test_one_that_never_lets_go_is_waited_for_and_then_named(
    host: Host, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fcntl = pytest.importorskip("fcntl")
    mark(host, home / "one", Mark.PIN)
    monkeypatch.setattr(pins, "_LOCK_SECONDS", 0.05)
    with (host.own_state_folder() / "pins.json.lock").open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(Refused, match="Pins cannot be kept"):
            mark(host, home / "two", Mark.PIN)


def test_an_answer_that_is_remembered_no_longer_holds_after_a_pin(host: Host, shop: Path) -> None:
    before = Finder(host, Settings()).scan()
    mark(host, shop, Mark.HIDE)
    assert not index.holds(before.rests, host.mounts())


@pytest.mark.parametrize(
    ("platform", "variables", "place"),
    [
        ("linux", {}, ".local/state/jupyter-envs"),
        ("linux", {"XDG_STATE_HOME": "/var/me"}, "/var/me/jupyter-envs"),
        ("linux", {"XDG_STATE_HOME": "relative"}, ".local/state/jupyter-envs"),
        ("darwin", {}, "Library/Application Support/jupyter-envs"),
        ("win32", {"LOCALAPPDATA": "/Users/me/AppData/Local"}, "/Users/me/AppData/Local/jupyter-envs"),
    ],
)
def test_the_state_folder_is_the_platforms(
    host: Host, home: Path, platform: str, variables: dict[str, str], place: str
) -> None:
    assert replace(host, platform=platform, variables=variables).own_state_folder() == home / place
