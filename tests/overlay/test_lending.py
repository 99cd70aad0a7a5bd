"""What can be lent to whom; what a listing says of it is tested with the listing."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jupyter_envs.finder import Finder
from jupyter_envs.managers.base import Scene
from jupyter_envs.overlay import lending, shadowing, store
from jupyter_envs.overlay.lending import Lending
from jupyter_envs.settings import Settings
from tests.folders import add_ipykernel, make_base, make_environment, make_overlay, read, site_of

if TYPE_CHECKING:
    from jupyter_envs.environment import Environment
    from jupyter_envs.host import Host
    from jupyter_envs.pyvenv import Reading


@pytest.fixture
def prefix(home: Path, python: Path) -> Path:
    return make_environment(home / "shop" / ".venv", python)


@pytest.fixture
def reading(prefix: Path, home: Path) -> Reading:
    return read(prefix, home)


def lends(host: Host, setting: str = "ask") -> Lending:
    return Lending(Scene(host), setting)


def known(host: Host, prefix: Path) -> Environment:
    found = Finder(host, Settings()).inspect(prefix)
    assert found is not None
    return found


def test_the_machines_overlay_comes_before_the_persons(host: Host, prefix: Path, reading: Reading) -> None:
    own = make_overlay(host, prefix, "7.9.0", number=9)
    assert (lends(host).overlay(reading), lends(host).version(reading)) == (str(own), "7.9.0")
    machines = Path(lending.places_of(host)[0]) / own.with_suffix(".1").name
    machines.parent.mkdir(parents=True)
    own.rename(machines)
    make_overlay(host, prefix, "7.9.0", number=9)
    assert lends(host).overlay(reading) == str(machines)


def test_the_setting_never_lends_nothing(host: Host, prefix: Path, reading: Reading) -> None:
    make_overlay(host, prefix)
    make_environment(host.prefix, Path(str(reading.target)))
    never = lends(host, "never")
    assert not never.can_lend(reading)
    assert not never.is_at_hand(reading)
    assert (never.overlay(reading), never.version(reading)) == (None, None)


def test_what_takes_a_download_is_not_at_hand(host: Host, reading: Reading) -> None:
    assert lends(host).can_lend(reading)
    assert not lends(host).is_at_hand(reading)
    assert lends(host, "always").is_at_hand(reading)
    make_environment(host.prefix, Path(str(reading.target)))
    assert lends(host).is_at_hand(reading)
    assert lends(host).overlay(reading) is None


def test_an_old_python_borrows_nothing(host: Host, home: Path) -> None:
    old = read(make_environment(home / "old", make_base(home.parent / "opt" / "python-3.7", "3.7.16")), home)
    assert not lends(host, "always").can_lend(old)
    assert not lends(host, "always").is_at_hand(old)
    assert lends(host, "always").version(old) is None


def test_an_overlay_that_everybody_can_change_counts_as_absent(host: Host, prefix: Path, reading: Reading) -> None:
    overlay = make_overlay(host, prefix, "7.9.0", number=2)
    overlay.chmod(0o777)
    assert lends(host).overlay(reading) is None
    overlay.chmod(0o755)
    (overlay / "overlay.json").write_text("{}")
    assert lends(host).overlay(reading) is None


def test_the_looks_notice_an_overlay_that_comes(host: Host, prefix: Path, reading: Reading) -> None:
    scene = Scene(host)
    Lending(scene, "ask")
    assert [scene.looks.seen[place] for place in lending.places_of(host)] == [[], []]
    assert str(make_overlay(host, prefix).parent) == lending.places_of(host)[1]
    assert lends(host).version(reading) == "7.4.0"


def test_this_pythons_own_kind_is_read_from_its_files(host: Host) -> None:
    assert lending.own_reading(host) is None
    own = lending.own_reading(replace(host, prefix=Path(sys.prefix)))
    assert own is not None
    assert own.minor == f"{sys.version_info[0]}.{sys.version_info[1]}"
    assert os.path.realpath(own.python) == os.path.realpath(sys.executable)


def test_this_python_without_an_environment_is_one_too(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "prefix", sys.base_prefix)
    monkeypatch.setattr(sys, "executable", os.path.realpath(sys.executable))
    own = lending.own_reading(replace(host, prefix=Path(sys.base_prefix)))
    assert own is not None
    assert store.tag(own) == lends(replace(host, prefix=Path(sys.base_prefix))).own_tag


def test_what_borrows_nothing_shadows_nothing(host: Host, prefix: Path) -> None:
    environment = known(host, prefix)
    assert shadowing.of(environment, host, Settings()) == ()
    overlay = make_overlay(host, prefix)
    add_ipykernel(site_of(prefix))
    assert shadowing.of(known(host, prefix), host, Settings()) == ()
    borrows = replace(environment, borrowed="7.4.0")
    assert [shadow.name for shadow in shadowing.of(borrows, host, Settings())] == ["ipykernel"]
    (overlay / "overlay.json").unlink()
    assert shadowing.of(borrows, host, Settings()) == ()
    (prefix / "pyvenv.cfg").unlink()
    assert shadowing.of(borrows, host, Settings()) == ()


def test_the_command_names_the_version_unless_another_build_might_be_meant(reading: Reading) -> None:
    own = str(store.tag(reading))
    command = "jupyter envs borrow build --python"
    for usual in (own, own.replace("3.12", "3.11"), None):
        assert lending.how_to_build(reading, usual) == f"{command} 3.12"
    assert lending.how_to_build(reading, f"{own}-musl") == f"{command} {reading.prefix}"


def test_a_place_in_a_command_can_be_pasted(home: Path, python: Path) -> None:
    prefix = make_environment(home / "my shop", python)
    assert lending.how_to_build(read(prefix, home), "cpython-3.12-another").endswith(f" --python '{prefix}'")
