"""From files to what is told: states, versions, problems in order, names, owners."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from jupyter_envs import pins
from jupyter_envs.finder import Finder
from jupyter_envs.pins import Mark
from jupyter_envs.settings import Settings
from jupyter_envs.state import State
from tests.folders import (
    add_distribution,
    add_ipykernel,
    as_somebody_else,
    codes,
    link,
    make_base,
    make_environment,
    make_kernel_environment,
    make_overlay,
    scanned,
    site_of,
    write,
)

if TYPE_CHECKING:
    from pathlib import Path

    from jupyter_envs.host import Host

AS_ROOT = pytest.mark.skipif(os.name == "nt" or os.getuid() != 0, reason="only root can give files to others")
OTHER = 4_000_000_001


@pytest.fixture
def shop(home: Path, python: Path) -> Path:
    """A ready environment."""
    return make_kernel_environment(home / "shop" / ".venv", python)


def test_a_ready_environment_has_no_problem_and_is_a_kernel(host: Host, shop: Path) -> None:
    found = scanned(host)[shop]
    assert found.state is State.READY
    assert found.problems == ()
    assert found.kernel
    assert found.kernel_name == found.id
    assert found.version == "3.12.1"
    assert found.python == shop / "bin" / "python"
    assert found.owner == host.user_name(os.getuid())


def test_without_ipykernel_it_says_how_to_get_one(host: Host, home: Path, python: Path) -> None:
    prefix = make_environment(home / "shop" / ".venv", python)
    found = scanned(host)[prefix]
    assert (found.state, found.kernel, found.borrowed) == (State.NEEDS_IPYKERNEL, True, None)
    assert codes(found) == ["no-ipykernel"]
    assert found.problems[0].message == "It has no ipykernel of its own."
    assert found.problems[0].fix.startswith("Borrow one: jupyter envs borrow build --python 3.12, or install it: ")


@pytest.mark.parametrize(
    ("version", "kind", "choice"),
    [("3.7.16", "python", "ask"), ("3.11.9", "pypy", "ask"), ("3.12.1", "python", "never")],
)
def test_what_cannot_borrow_is_no_kernel(host: Host, home: Path, version: str, kind: str, choice: str) -> None:
    prefix = make_environment(home / "shop" / ".venv", make_base(home.parent / "base", version, kind=kind))
    found = scanned(host, Settings(borrow_ipykernel=choice))[prefix]
    assert (found.state, found.kernel, codes(found)) == (State.NEEDS_IPYKERNEL, False, ["no-ipykernel"])
    assert found.problems[0].message == "It has no ipykernel, so no notebook can run on it."
    assert found.problems[0].fix.startswith("Install it: ")


def test_what_is_downloaded_unasked_is_no_problem(host: Host, home: Path, python: Path) -> None:
    prefix = make_environment(home / "shop" / ".venv", python)
    found = scanned(host, Settings(borrow_ipykernel="always"))[prefix]
    assert (found.kernel, found.borrowed, found.problems) == (True, None, ())


def test_a_borrowed_ipykernel_that_is_there_is_told(host: Host, home: Path, python: Path) -> None:
    prefix = make_environment(home / "shop" / ".venv", python)
    make_overlay(host, prefix, "7.2.0", number=2)
    make_overlay(host, prefix, "7.4.0", number=10)
    found = scanned(host)[prefix]
    assert (found.state, found.kernel, found.borrowed) == (State.NEEDS_IPYKERNEL, True, "7.4.0")
    assert (found.ipykernel, found.problems) == (None, ())
    unwilling = scanned(host, Settings(borrow_ipykernel="never"))[prefix]
    assert (unwilling.kernel, unwilling.borrowed, codes(unwilling)) == (False, None, ["no-ipykernel"])


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"ipykernel": 7}', "[" * 100_000])
def test_a_damaged_overlay_has_no_version(host: Host, home: Path, python: Path, text: str) -> None:
    prefix = make_environment(home / "shop" / ".venv", python)
    write(make_overlay(host, prefix) / "overlay.json", text)
    assert scanned(host)[prefix].borrowed is None


def test_one_of_the_servers_own_python_needs_nothing(host: Host, home: Path, python: Path) -> None:
    make_environment(host.prefix, python)
    prefix = make_environment(home / "shop" / ".venv", python)
    found = scanned(host)[prefix]
    assert (found.kernel, found.borrowed, found.problems) == (True, None, ())


def test_a_ready_one_borrows_nothing(host: Host, shop: Path) -> None:
    make_overlay(host, shop, "7.9.0")
    assert (scanned(host)[shop].ipykernel, scanned(host)[shop].borrowed) == ("7.4.0", None)


def test_an_ipykernel_that_lacks_something_is_not_relied_on(host: Host, home: Path, python: Path) -> None:
    prefix = make_environment(home / "shop" / ".venv", python)
    add_ipykernel(site_of(prefix), "6.0.0")
    add_distribution(site_of(prefix), "ipykernel", "6.0.0", "traitlets>=5")
    add_distribution(site_of(prefix), "traitlets", "4.3.3")
    found = scanned(host)[prefix]
    assert (found.state, found.kernel, codes(found)) == (State.NEEDS_IPYKERNEL, True, ["inconsistent-ipykernel"])
    sentence = "Its ipykernel is not sound: ipykernel 6.0.0 needs traitlets>=5, and there is traitlets 4.3.3."
    assert found.problems[0].message == sentence
    assert found.problems[0].fix.startswith("Borrow one: jupyter envs borrow build --python 3.12, or install it: ")
    make_overlay(host, prefix, "7.9.0")
    found = scanned(host)[prefix]
    assert (found.ipykernel, found.borrowed) == ("6.0.0", "7.9.0")
    assert found.problems[0].fix.startswith("A borrowed one is used until it is mended. Install it: ")


def test_where_none_can_be_borrowed_an_unsound_ipykernel_is_used(host: Host, home: Path, python: Path) -> None:
    prefix = make_environment(home / "shop" / ".venv", python)
    add_ipykernel(site_of(prefix), "6.0.0")
    add_distribution(site_of(prefix), "ipykernel", "6.0.0", "traitlets>=5")
    found = scanned(host, Settings(borrow_ipykernel="never"))[prefix]
    assert (found.state, found.kernel, codes(found)) == (State.READY, True, ["inconsistent-ipykernel"])
    assert found.problems[0].message.endswith("ipykernel 6.0.0 needs traitlets>=5, and that is not there.")
    assert found.problems[0].fix.startswith("It is used all the same, and may fail. Install it: ")


def test_an_interpreter_borrows_only_where_somebody_wants_that(host: Host, home: Path) -> None:
    bare = home / ".pyenv" / "versions" / "3.12.1"
    make_base(bare)
    found = scanned(host)[bare]
    assert (found.bare, found.state, found.kernel, found.problems) == (True, State.NEEDS_IPYKERNEL, False, ())
    assert scanned(host, Settings(offer="all"))[bare].kernel
    pins.change(host, bare, Mark.PIN, on=True)
    assert scanned(host)[bare].kernel


@pytest.mark.parametrize(("version", "borrow"), [("3.12.1", True), ("3.7.16", False)])
def test_an_interpreter_that_somebody_wants_says_what_it_lacks(
    host: Host, home: Path, version: str, *, borrow: bool
) -> None:
    bare = home / ".pyenv" / "versions" / version
    python = make_base(bare, version)
    write(site_of(bare) / "pip" / "__main__.py")
    pins.change(host, bare, Mark.PIN, on=True)
    for found in (scanned(host)[bare], scanned(host, Settings(offer="all"))[bare]):
        assert (found.kernel, codes(found)) == (borrow, ["no-ipykernel"])
        assert "jupyter envs borrow build --python 3.12, or " in found.problems[0].fix or not borrow
        assert found.problems[0].fix.lower().endswith(f"install it: {bare}/bin/python -m pip install ipykernel".lower())
    assert python.is_relative_to(bare)


def test_a_broken_one_is_no_kernel_and_keeps_its_name(host: Host, shop: Path, python: Path) -> None:
    before = scanned(host)[shop]
    shutil.rmtree(python.parent.parent)
    found = scanned(host)[shop]
    assert found.state is State.BROKEN
    assert not found.kernel
    assert (found.id, found.kernel_name, found.version) == (before.id, before.id, "3.12.9")
    assert codes(found) == ["interpreter-missing"]
    assert str(python) in found.problems[0].message
    assert "3.12" in found.problems[0].message


@AS_ROOT
def test_a_foreign_one_is_never_a_kernel_and_names_its_owner(host: Host, shop: Path) -> None:
    os.chown(shop, OTHER, -1)
    found = scanned(host)[shop]
    assert found.state is State.FOREIGN
    assert not found.kernel
    assert found.kernel_name is None
    assert found.owner == str(OTHER)
    assert codes(found) == ["foreign"]
    assert str(OTHER) in found.problems[0].message
    assert "trusted_owners" in found.problems[0].fix


@AS_ROOT
def test_broken_comes_before_foreign_and_both_are_told(host: Host, shop: Path) -> None:
    os.chown(shop, OTHER, -1)
    (shop / "bin" / "python").unlink()
    found = scanned(host)[shop]
    assert found.state is State.BROKEN
    assert codes(found)[:2] == ["interpreter-missing", "foreign"]


@AS_ROOT
def test_trusted_owners_are_named_in_settings(host: Host, shop: Path) -> None:
    os.chown(shop, OTHER, -1)
    found = scanned(host, Settings(trusted_owners=(str(OTHER), "no such user")))[shop]
    assert found.state is State.READY


def test_what_everybody_may_write_says_how_to_mend_it(host: Host, shop: Path) -> None:
    (shop / "bin").chmod(0o777)
    found = scanned(host)[shop]
    assert found.state is State.FOREIGN
    assert found.problems[0].fix == f"Take the permission away with: chmod o-w {shop / 'bin'}"
    assert "everybody" in found.problems[0].message


def test_a_system_without_owners_knows_none(host: Host, shop: Path) -> None:
    found = scanned(replace(host, uid=None))[shop]
    assert found.owner is None
    assert found.state is State.READY


def test_a_base_that_was_upgraded_is_told(host: Host, home: Path) -> None:
    base = home.parent / "opt" / "python3"
    prefix = make_kernel_environment(home / "shop" / ".venv", make_base(base, "3.11.7"))
    (prefix / "bin" / "python").unlink()
    link(prefix / "bin" / "python", base / "bin" / "python3")
    shutil.rmtree(base)
    make_base(base, "3.12.1")
    found = scanned(host)[prefix]
    assert (found.version, found.state, found.ipykernel) == ("3.12.1", State.NEEDS_IPYKERNEL, None)
    assert codes(found) == ["base-changed", "no-ipykernel"]
    assert not found.kernel
    assert "3.11" in found.problems[0].message
    assert "3.12" in found.problems[0].message


def test_a_copy_whose_base_changed_is_broken(host: Host, home: Path, python: Path) -> None:
    prefix = make_kernel_environment(home / "shop" / ".venv", python)
    (prefix / "bin" / "python").unlink()
    shutil.copy(python, prefix / "bin" / "python")
    assert scanned(host)[prefix].state is State.READY
    shutil.rmtree(python.parent)
    assert codes(scanned(host)[prefix]) == ["base-missing"]
    make_base(python.parent.parent, "3.13.0")
    shutil.rmtree(python.parent.parent / "lib" / "python3.12")
    assert codes(scanned(host)[prefix]) == ["base-changed"]


def test_an_unreadable_interpreter_is_its_owners_business(open_folder: Path) -> None:
    python = make_base(open_folder / "opt" / "python", "3.12.1")
    make_kernel_environment(open_folder / "home" / "shop" / ".venv", python)
    python.parent.parent.chmod(0)
    code = (
        "from pathlib import Path\n"
        "place = host.Host(home=Path(sys.argv[1]), uid=os.getuid(), prefix=Path('/nonexistent'))\n"
        "for one in finder.Finder(place, settings.Settings()).scan().environments:\n"
        "    print(one.state.value, one.problems[0].code.value, one.problems[0])\n"
    )
    told = as_somebody_else(code, open_folder / "home")
    python.parent.parent.chmod(0o755)
    assert told == (f"broken unreadable You may not read {python.parent}. Ask its owner, or mend the permissions.\n")


@pytest.mark.parametrize(
    ("header", "config", "version"),
    [
        ("3.12.1", "version = 3.12.0\n", "3.12.1"),
        (None, "version = 3.12.4\n", "3.12.4"),
        (None, "version_info = 3.12.4.final.0\n", "3.12.4"),
        (None, "version_info = 3.12\n", "3.12"),
        (None, "version = 3.12.0+\n", "3.12.0"),
        (None, "version = 3.11.9\n", "3.12"),
        (None, "", "3.12"),
    ],
)
def test_the_patch_level_comes_from_the_base_then_from_the_configuration(
    host: Host, home: Path, header: str | None, config: str, version: str
) -> None:
    python = make_base(home.parent / "opt" / "python", "3.12.1")
    if header is None:
        shutil.rmtree(python.parent.parent / "include")
    prefix = make_environment(home / "shop" / ".venv", python, config=f"home = {python.parent}\n{config}")
    assert scanned(host)[prefix].version == version


def test_an_environment_that_tells_nothing_has_no_version(host: Host, home: Path) -> None:
    write(home / "shop" / ".venv" / "pyvenv.cfg", "home = /gone\n")
    found = scanned(host)[home / "shop" / ".venv"]
    assert (found.version, found.implementation, found.minor) == (None, None, None)
    assert found.display_name == "shop (venv, Python ?)"


def test_the_display_name_follows_its_template(host: Host, shop: Path) -> None:
    settings = Settings(display_name_template="{manager}/{name}/{version}")
    assert scanned(host, settings)[shop].display_name == "venv/shop/3.12"


def test_names_are_shown_without_what_could_deceive(host: Host, home: Path, python: Path) -> None:
    prefix = make_kernel_environment(home / "sh\x1b[31mop\u202e\n<b>" / ".venv", python)
    found = scanned(host)[prefix]
    assert found.name == "sh[31mop<b>"
    assert found.display_name == "sh[31mop<b> (venv, Python 3.12)"
    assert found.kernel


@pytest.mark.parametrize("evil", ["3.12.\x1b[31m", "\x1b[31m.\x07", "3.12." + "9" * 50, "3.\u202e1.2", "²"])
def test_versions_that_a_configuration_makes_up_are_not_shown(host: Host, home: Path, evil: str) -> None:
    config = f"home = /gone\nversion = {evil}\nimplementation = \x1b[31mPython\n"
    write(home / "shop" / ".venv" / "pyvenv.cfg", config)
    add_ipykernel(home / "shop" / ".venv" / "lib" / "python3.12" / "site-packages", "\x1b[31m7")
    found = scanned(host)[home / "shop" / ".venv"]
    assert found.version == "3.12"
    for text in (found.display_name, found.implementation or "", found.ipykernel or ""):
        assert "\x1b" not in text
        assert "\u202e" not in text


def test_a_revision_follows_the_files(host: Host, shop: Path) -> None:
    first = scanned(host)[shop].revision
    assert scanned(host)[shop].revision == first
    write(site_of(shop) / "new.py")
    second = scanned(host)[shop].revision
    assert second != first
    config = shop / "pyvenv.cfg"
    config.write_text(config.read_text() + "prompt = x\n")
    assert scanned(host)[shop].revision != second


def test_offer_all_offers_what_can_start_and_nothing_else(host: Host, home: Path, shop: Path, python: Path) -> None:
    lost = make_kernel_environment(home / ".virtualenvs" / "lost", python)
    write(lost / ".project", "/gone\n")
    old = make_environment(home / "old" / ".venv", make_base(home.parent / "opt" / "python-3.7", "3.7.16"))
    bare = make_environment(home / "bare" / ".venv", python)
    found = scanned(host)
    assert [found[prefix].kernel for prefix in (shop, lost, old, bare)] == [True, False, False, True]
    found = scanned(host, Settings(offer="all"))
    assert [found[prefix].kernel for prefix in (shop, lost, old, bare)] == [True, True, False, True]
    found = scanned(host, Settings(offer="all", borrow_ipykernel="never"))
    assert [found[prefix].kernel for prefix in (shop, lost, old, bare)] == [True, True, False, False]


def test_only_the_managers_that_are_wanted_are_listed(host: Host, home: Path, shop: Path, python: Path) -> None:
    make_environment(home / ".virtualenvs" / "science", python)
    assert set(scanned(host, Settings(managers=("venv",)))) == {shop}


def test_an_environment_of_uv_that_can_be_activated_elsewhere_was_not_moved(host: Host, shop: Path, home: Path) -> None:
    for text in ('VIRTUAL_ENV="$(cd .. && pwd)"\n', "VIRTUAL_ENV='{shop}'\n", "    export VIRTUAL_ENV={shop}\n", ""):
        write(shop / "bin" / "activate", text.format(shop=shop))
        assert codes(scanned(host)[shop]) == []
    link(home / "alias", "shop")
    write(shop / "bin" / "activate", f"VIRTUAL_ENV='{home}/alias/.venv'\n")
    assert codes(scanned(host)[shop]) == []


def test_a_base_interpreter_is_told_to_be_bare(host: Host, home: Path, shop: Path) -> None:
    make_base(home / ".pyenv" / "versions" / "3.12.1", "3.12.1")
    found = scanned(host)
    assert found[home / ".pyenv" / "versions" / "3.12.1"].bare
    assert not found[shop].bare


def test_python_2_with_its_own_ipykernel_is_a_kernel(host: Host, home: Path) -> None:
    python = make_base(home.parent / "opt" / "python2", "2.7.18")
    prefix = make_environment(home / "old" / ".venv", python)
    assert scanned(host)[prefix].state is State.NEEDS_IPYKERNEL
    add_ipykernel(site_of(prefix), "4.10.1")
    found = scanned(host)[prefix]
    assert (found.state, found.version, found.ipykernel, found.kernel) == (State.READY, "2.7.18", "4.10.1", True)


def test_a_home_that_is_a_link_gives_the_same_ids(host: Host, shop: Path) -> None:
    link(host.home.parent / "alias", host.home)
    linked = replace(host, home=host.home.parent / "alias")
    assert scanned(linked)[shop].id == scanned(host)[shop].id
    assert Finder(linked, Settings()).resolve(shop.parent).environment is not None
