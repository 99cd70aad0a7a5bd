"""The facts of an environment are read once, and again when its files change."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from jupyter_envs import sites
from jupyter_envs.facts import Memory
from jupyter_envs.looks import Looks, still_hold
from jupyter_envs.trust import Trust
from tests.folders import (
    add_distribution,
    add_ipykernel,
    make_base,
    make_environment,
    make_kernel_environment,
    site_of,
    write,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from jupyter_envs.host import Host

LONG_AGO = 1_600_000_000


@pytest.fixture
def memory(host: Host) -> Memory:
    return Memory(host, Trust(host.uid))


def age(top: Path) -> None:
    for folder, _, names in os.walk(top):
        for name in (*names, "."):
            os.utime(f"{folder}/{name}", (LONG_AGO, LONG_AGO), follow_symlinks=False)


def test_what_holds_is_not_read_again(
    memory: Memory, home: Path, python: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prefix = make_kernel_environment(home / "venv", python)
    age(home.parent)
    first = memory.facts(prefix, Looks(), bare=False)
    monkeypatch.setattr(sites, "ipykernel", lambda _: pytest.fail("it was read again"))
    looks = Looks()
    assert memory.facts(prefix, looks, bare=False) is first
    assert first is not None
    assert looks.seen.keys() >= first.seen.keys()
    assert memory.known(prefix) is first


def test_why_an_ipykernel_is_not_sound_is_read_again_when_packages_come(
    memory: Memory, home: Path, python: Path
) -> None:
    prefix = make_kernel_environment(home / "venv", python)
    add_distribution(site_of(prefix), "ipykernel", "7.9.0", "traitlets>=5")
    age(home.parent)
    first = memory.facts(prefix, Looks(), bare=False)
    assert first is not None
    assert first.conflict == "ipykernel 7.9.0 needs traitlets>=5, and that is not there."
    add_distribution(site_of(prefix), "traitlets", "5.1")
    second = memory.facts(prefix, Looks(), bare=False)
    assert second is not None
    assert second.conflict is None


def test_what_is_broken_or_without_an_ipykernel_is_not_judged(memory: Memory, home: Path, python: Path) -> None:
    bare, broken = make_environment(home / "bare", python), make_kernel_environment(home / "broken", python)
    for prefix in (bare, broken):
        add_distribution(site_of(prefix), "ipykernel", "7.9.0", "traitlets>=5")
    (broken / "bin" / "python").unlink()
    found = [memory.facts(prefix, Looks(), bare=False) for prefix in (bare, broken)]
    assert [one.conflict if one else "" for one in found] == [None, None]


CHANGES: dict[str, Callable[[Path], object]] = {
    "ipykernel": lambda prefix: add_ipykernel(site_of(prefix), "7.9"),
    "interpreter": lambda prefix: (prefix / "bin" / "python").unlink(),
    "configuration": lambda prefix: write(prefix / "pyvenv.cfg", "home = /nowhere\n"),
    "permissions": lambda prefix: site_of(prefix).chmod(0o777),
    "its own kernels": lambda prefix: write(prefix / "share/jupyter/kernels/ir/kernel.json", "{}"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_changed_is_read_again(memory: Memory, home: Path, python: Path, change: Callable[[Path], object]) -> None:
    prefix = make_environment(home / "venv", python)
    site_of(prefix).chmod(0o755)
    age(home.parent)
    first = memory.facts(prefix, Looks(), bare=False)
    change(prefix)
    assert memory.facts(prefix, Looks(), bare=False) is not first


def test_what_is_gone_is_forgotten_and_its_coming_back_noticed(memory: Memory, home: Path, python: Path) -> None:
    prefix = make_environment(home / "venv", python)
    assert memory.facts(prefix, Looks(), bare=False)
    shutil.rmtree(prefix)
    looks = Looks()
    assert memory.facts(prefix, looks, bare=False) is None
    assert memory.known(prefix) is None
    assert str(prefix / "pyvenv.cfg") in looks.seen


def test_a_base_interpreter_is_one_only_where_it_is_asked_for_as_that(memory: Memory, home: Path) -> None:
    prefix = make_base(home / "base").parent.parent
    assert memory.facts(prefix, Looks(), bare=False) is None
    found = memory.facts(prefix, Looks(), bare=True)
    assert found is not None
    assert found.bare
    assert memory.facts(prefix, Looks(), bare=False) is None


def test_only_what_is_still_asked_for_is_kept(memory: Memory, home: Path, python: Path) -> None:
    kept, dropped = (make_environment(home / name, python) for name in ("kept", "dropped"))
    for prefix in (kept, dropped):
        memory.facts(prefix, Looks(), bare=False)
    memory.forget_all_but({kept})
    assert memory.known(kept)
    assert memory.known(dropped) is None


def test_a_moved_environment_tells_where_it_was(memory: Memory, home: Path, python: Path) -> None:
    make_environment(home / "old", python).rename(home / "new")
    found = memory.facts(home / "new", Looks(), bare=False)
    assert found is not None
    assert found.moved_from == str(home / "old")
    write(home / "new" / "bin" / "activate", f'VIRTUAL_ENV="{home / "new"}"\n')
    again = memory.facts(home / "new", Looks(), bare=False)
    assert again is not None
    assert again.moved_from is None


def test_a_permission_that_was_mended_is_noticed(memory: Memory, home: Path, python: Path) -> None:
    prefix = make_kernel_environment(home / "shop" / "venv", python)
    for path in (prefix / "bin", prefix.parent, site_of(prefix)):
        path.chmod(0o777)
        age(home.parent)
        found = Memory(memory._host, memory._trust).facts(prefix, looks := Looks(), bare=False)
        assert found is not None
        assert found.distrust
        assert still_hold(looks.seen)
        path.chmod(0o755)
        assert not still_hold(looks.seen)


def test_an_ipykernel_that_comes_for_the_person_alone_is_noticed(memory: Memory, home: Path, python: Path) -> None:
    """Into a folder that was not there: `pip install --user` made none yet."""
    prefix = make_environment(home / "venv", python, system=True)
    age(home.parent)
    before = memory.facts(prefix, Looks(), bare=False)
    add_ipykernel(home / ".local" / "lib" / "python3.12" / "site-packages")
    after = memory.facts(prefix, Looks(), bare=False)
    assert before is not None
    assert after is not None
    assert (before.ipykernel, after.ipykernel) == (None, "7.4.0")


def test_an_editable_ipykernel_is_noticed_when_it_comes_and_goes(memory: Memory, home: Path, python: Path) -> None:
    prefix, source = make_environment(home / "venv", python), home / "ipykernel"
    source.mkdir()
    path = write(site_of(prefix) / "x.pth", f"{home / 'other'}\n")
    age(home.parent)
    versions = [memory.facts(prefix, Looks(), bare=False)]
    add_ipykernel(source, "9.9")
    write(path, f"{source}\n")
    age(home.parent)
    versions.append(memory.facts(prefix, Looks(), bare=False))
    (source / "ipykernel_launcher.py").unlink()
    versions.append(memory.facts(prefix, Looks(), bare=False))
    assert [bool(facts and facts.ipykernel) for facts in versions] == [False, True, False]


def test_a_path_that_can_be_none_spoils_nothing(memory: Memory, home: Path, python: Path) -> None:
    prefix = make_kernel_environment(home / "venv", python)
    (site_of(prefix) / "x.pth").write_bytes(b"a\0b\n\xff\xfe\n")
    found = memory.facts(prefix, Looks(), bare=False)
    assert found is not None
    assert found.ipykernel == "7.4.0"
