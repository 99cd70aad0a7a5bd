"""What was put aside goes only for the very environment that was made in its place."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from jupyter_envs import naming
from jupyter_envs.creator import deleting, holding, parking
from jupyter_envs.creator.shell import Shell
from jupyter_envs.errors import Occupied
from tests.creator.parked import notes, old_one, park, succeed
from tests.creator.scene import listed, names_in
from tests.folders import make_base, make_environment

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from jupyter_envs.host import Host


@pytest.fixture
def python(tmp_path: Path) -> Path:
    return make_base(tmp_path / "base")


@pytest.fixture
def prefix(project: Path, python: Path) -> Path:
    return old_one(project / ".venv", python)


def test_what_was_killed_when_the_new_one_stood_goes(prefix: Path, host: Host, python: Path) -> None:
    parked = succeed(prefix, host, python)
    assert parking.recover(host) == ()
    assert not parked.place.exists()
    assert not (prefix / "old").exists()
    assert names_in(prefix.parent) == [".venv", "requirements.txt"]
    assert notes(host) == []


def test_what_was_killed_just_before_the_new_one_stood_comes_back(prefix: Path, host: Host, python: Path) -> None:
    with holding.hold(prefix, host) as held:
        parked = parking.park(held, host)
        shell = Shell(prefix)
        make_environment(prefix, python)
        parking.announce(parked, held, host)
        shell.close()
    assert parking.recover(host) == ()
    assert (prefix / "old").exists()
    assert listed(host) == [prefix]


def make_by_hand(prefix: Path, python: Path) -> None:
    make_environment(prefix, python)


def make_in_its_stead(prefix: Path, python: Path) -> None:
    """The folder has the number of the successor that was deleted, as disks give a number again."""
    shutil.rmtree(prefix / "bin")
    (prefix / "pyvenv.cfg").unlink()
    make_environment(prefix, python)


def make_a_link(prefix: Path, python: Path) -> None:
    make_environment(prefix.with_name("elsewhere"), python)
    prefix.symlink_to("elsewhere")


@pytest.mark.parametrize("make", [make_by_hand, make_a_link])
def test_what_its_person_made_in_its_place_meanwhile_is_no_successor(
    prefix: Path, host: Host, python: Path, make: Callable[[Path, Path], None]
) -> None:
    parked = park(prefix, host)
    make(prefix, python)
    for _ in range(2):
        (told,) = parking.recover(host)
        assert naming.shown_path(str(parked.place)) in told
    assert (parked.place / "old").exists()
    assert not (prefix / "bin" / "postactivate").exists()
    assert len(notes(host)) == 1
    shutil.rmtree(parked.place)
    assert parking.recover(host) == ()
    assert notes(host) == []


@pytest.mark.parametrize("make", [make_in_its_stead, make_a_link])
def test_what_its_person_made_after_the_new_one_stood_is_no_successor(
    prefix: Path, host: Host, python: Path, make: Callable[[Path, Path], None]
) -> None:
    parked = succeed(prefix, host, python)
    if make is make_a_link:
        shutil.rmtree(prefix)
    make(prefix, python)
    assert len(parking.recover(host)) == 1
    assert (parked.place / "old").exists()


def test_the_old_one_is_not_deleted_where_the_new_one_was_swapped_at_last(
    prefix: Path, host: Host, python: Path
) -> None:
    with holding.hold(prefix, host) as held:
        parked = parking.park(held, host)
        make_environment(prefix, python)
        with pytest.raises(Occupied, match="the environment is in"):
            parking.replaced(parked, held, host)
    assert (parked.place / "old").exists()


def test_what_was_killed_while_the_old_one_was_deleted_is_swept(prefix: Path, host: Host, python: Path) -> None:
    parked = succeed(prefix, host, python)
    with holding.hold(parked.place, host) as held:
        assert deleting.set_aside(held.parent, parked.place.name, held.folder)
    assert parking.recover(host) == ()
    assert names_in(prefix.parent) == [".venv", "requirements.txt"]
    assert notes(host) == []
