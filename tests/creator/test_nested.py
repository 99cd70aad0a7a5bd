"""An environment that lies inside of another one does not go with it; what a package brought along is none."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from jupyter_envs import pyvenv
from jupyter_envs.creator import nested, removing
from jupyter_envs.errors import Refused
from tests.creator.changing import environment_at, means_of, recreation_of, removal_of
from tests.creator.scene import Told
from tests.folders import link, make_base, make_environment, site_of, write

if TYPE_CHECKING:
    from pathlib import Path

    from jupyter_envs.host import Host

pytestmark = pytest.mark.skipif(os.name == "nt", reason="environments are not removed on Windows")


@pytest.fixture
def base(host: Host) -> Path:
    return make_base(host.home / "base")


@pytest.fixture
def outer(host: Host, base: Path) -> Path:
    return make_environment(host.home / "outer", base).resolve()


def reading_of(prefix: Path) -> pyvenv.Reading:
    reading = pyvenv.read(os.fspath(prefix), os.fspath(prefix.parent))
    assert reading is not None
    return reading


def inside(prefix: Path) -> list[str]:
    return [os.path.relpath(each, prefix) for each in nested.inside(reading_of(prefix)).prefixes]


@pytest.mark.parametrize("place", ["projects/x/.venv", "share/inner", "src/pkg/.venv", "bin/a/b", "lib/python3.12/e"])
def test_an_environment_inside_of_another_keeps_it(host: Host, outer: Path, base: Path, place: str) -> None:
    inner = make_environment(outer / place, base)
    for decide in (removal_of, recreation_of):
        with pytest.raises(Refused) as refusal:
            decide(host, outer)
        assert refusal.value.message == f"{outer} holds another environment, which would go with it: {inner}."
        assert refusal.value.fix.startswith(f"Remove that one first (jupyter envs remove {inner})")
    assert (inner / "pyvenv.cfg").exists()


def test_several_are_counted_and_three_named(host: Host, outer: Path, base: Path) -> None:
    for number in range(5):
        make_environment(outer / "share" / f"e{number}", base)
    with pytest.raises(Refused, match=r"holds 5 other environments.*share/e0, .*e1, .*share/e2 and 2 more\. Remove"):
        removal_of(host, outer)


def test_one_that_came_after_it_was_decided_is_kept_too(host: Host, outer: Path, base: Path) -> None:
    (outer / "share" / "x").mkdir(parents=True)
    work = removal_of(host, outer)
    inner = make_environment(outer / "share" / "x" / "inner", base)
    with pytest.raises(Refused, match="holds another environment"):
        work.do(Told())
    assert (inner / "pyvenv.cfg").exists()


def test_those_of_conda_and_of_old_virtualenv_count(outer: Path) -> None:
    write(outer / "share" / "conda" / "conda-meta" / "history")
    write(outer / "share" / "old" / "bin" / "activate")
    write(outer / "share" / "old" / "lib" / "python2.7" / "orig-prefix.txt", "/usr")
    write(outer / "share" / "none" / "bin" / "activate")
    assert inside(outer) == ["share/conda", "share/old"]


def test_what_packages_brought_along_is_nobodys_environment(host: Host, outer: Path) -> None:
    site = site_of(outer)
    write(site / "pkg" / "tests" / "data" / "venv" / "pyvenv.cfg", "home = /usr/bin\n")
    write(outer / "share" / "template" / "pyvenv.cfg", "home = /usr/bin\n")
    listed = ("pkg/tests/data/venv/pyvenv.cfg", "../../../share/template/pyvenv.cfg")
    write(site / "pkg-1.0.dist-info" / "RECORD", "".join(f"{name},,\n" for name in listed))
    removal_of(host, outer)
    mine = (site / "mine" / ".venv", site / "pkg" / ".venv")
    for place in mine:
        write(place / "pyvenv.cfg")
    assert inside(outer) == [os.path.relpath(place, outer) for place in mine]


def test_what_a_link_leads_to_stays_and_is_in_nobodys_way(host: Host, outer: Path, base: Path) -> None:
    other = make_environment(host.home / "other", base)
    link(outer / "share" / "other", other)
    removal_of(host, outer).do(Told())
    assert (other / "pyvenv.cfg").exists()
    assert not outer.exists()


def test_what_is_too_large_to_be_looked_through_is_told_and_removed(
    host: Host, outer: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not nested.inside(reading_of(outer), entries=3).complete
    assert not nested.inside(reading_of(outer), seconds=-1).complete
    monkeypatch.setattr(nested, "inside", lambda _reading: nested.Nested((), complete=False))
    work = removing.decide(means_of(host), environment_at(host, outer))
    assert work.tells[-1].startswith(f"{outer} is too large to be looked through in 3 seconds: if another")
    work.do(Told())
    assert not outer.exists()
