"""Where borrowed ipykernels lie, what they are called, and that one in use is held."""

from __future__ import annotations

import fcntl
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jupyter_envs import pyvenv
from jupyter_envs.overlay import store
from tests.folders import make_base, make_environment, read, write

if TYPE_CHECKING:
    from jupyter_envs.pyvenv import Reading

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="nothing is borrowed on Windows")
MACHINE = os.uname().machine


def environment(home: Path, version: str, threads: str = "", kind: str = "python") -> Reading:
    base = home.parent / f"{kind}-{version}{threads}"
    return read(make_environment(home / version / ".venv", make_base(base, version, threads, kind)), home)


@pytest.mark.parametrize("version", ["3.8.18", "3.12.1", "3.14.0"])
def test_the_tag_names_the_interpreter(home: Path, version: str) -> None:
    minor = version.rpartition(".")[0]
    assert store.tag(environment(home, version)) == f"cpython-{minor}-{sys.platform}-{MACHINE}"


@pytest.mark.parametrize("version", ["2.7.18", "3.7.16", "3.15.0"])
def test_nothing_is_borrowed_for_a_python_that_is_too_old_or_too_new(home: Path, version: str) -> None:
    assert store.tag(environment(home, version)) is None


def test_nothing_is_borrowed_for_another_implementation_or_what_is_unknown(home: Path) -> None:
    assert store.tag(environment(home, "3.11.9", kind="pypy")) is None
    reading = environment(home, "3.12.1")
    reading.minor = None
    assert store.tag(reading) is None


def test_free_threads_are_another_build(home: Path) -> None:
    assert str(store.tag(environment(home, "3.13.0", threads="t"))).startswith("cpython-3.13t-")


@pytest.mark.parametrize(
    ("name", "build"),
    [
        (f"_sysconfigdata__linux_{MACHINE}-linux-musl.py", f"{MACHINE}-linux-musl"),
        (f"_sysconfigdata_d_linux_{MACHINE}-linux-gnu.py", f"linux_{MACHINE}-linux-gnu"),
        ("_sysconfigdata__darwin_darwin.py", f"darwin_darwin-{MACHINE}"),
        ("_sysconfigdata__linux_sparc-linux-gnu.txt", f"{sys.platform}-{MACHINE}"),
    ],
)
def test_two_builds_of_one_version_have_two_tags(home: Path, name: str, build: str) -> None:
    reading = environment(home, "3.12.1")
    write(home.parent / "python-3.12.1" / "lib" / "python3.12" / name)
    tag = store.tag(reading)
    assert tag is not None
    assert tag.endswith(build)


def test_the_running_pythons_tag_is_its_own_platform() -> None:
    python = Path(sys.executable).resolve()
    reading = pyvenv.read_interpreter(str(python.parent.parent), "/", str(python))
    assert reading is not None
    assert str(store.tag(reading)).startswith(f"cpython-{sys.version_info[0]}.{sys.version_info[1]}-")


def test_places_are_the_machines_and_then_the_persons(home: Path) -> None:
    first, second = store.places({"XDG_DATA_HOME": "/data"}, str(home), "/machine")
    assert first == "/machine/usr/local/share/jupyter-envs/ipykernel"
    assert second == "/data/jupyter-envs/ipykernel"


@pytest.mark.parametrize("variables", [{}, {"XDG_DATA_HOME": "relative", "XDG_CACHE_HOME": ""}])
@pytest.mark.parametrize(
    ("platform", "data", "cache"),
    [
        ("linux", ".local/share", ".cache"),
        ("darwin", "Library/Application Support", "Library/Caches"),
    ],
)
def test_without_a_variable_folders_are_the_platforms_own(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], platform: str, data: str, cache: str
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    assert store.data_folder(variables, "/h") == f"/h/{data}"
    assert store.cache_folder(variables, "/h") == f"/h/{cache}"


def test_the_cache_can_be_moved() -> None:
    assert store.cache_folder({"XDG_CACHE_HOME": "/c"}, "/h") == "/c"


def test_the_newest_is_the_highest_generation_in_the_first_place_that_has_one(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for name in ("t.2", "t.10", "t.x", "t.٣", "t", "u.99", "t.1.3"):
        (second / name).mkdir(parents=True)
    looked_in = [str(first), str(second)]
    assert store.newest("t", looked_in) == str(second / "t.10")
    (first / "t.1").mkdir(parents=True)
    assert store.newest("t", looked_in) == str(first / "t.1")
    assert store.newest("v", looked_in) is None


@pytest.fixture
def overlay(tmp_path: Path) -> Path:
    write(tmp_path / "o.1" / store.DESCRIPTION, "{}")
    return tmp_path / "o.1"


def is_free(overlay: Path) -> bool:
    """Whether somebody who wants to remove it could."""
    with (overlay / store.DESCRIPTION).open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def test_one_that_is_held_cannot_be_removed_and_two_can_hold_it(overlay: Path) -> None:
    held = [store.hold(str(overlay)) for _ in range(2)]
    for descriptor in held:
        assert descriptor is not None
        assert os.get_inheritable(descriptor)
        assert not is_free(overlay)
        os.close(descriptor)
    assert is_free(overlay)


def test_one_that_is_being_removed_cannot_be_held(overlay: Path) -> None:
    with (overlay / store.DESCRIPTION).open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert store.hold(str(overlay)) is None


def test_one_that_is_gone_cannot_be_held(overlay: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert store.hold(str(overlay / "gone")) is None
    locked = fcntl.flock

    def removed_meanwhile(descriptor: int, operation: int) -> None:
        locked(descriptor, operation)
        (overlay / store.DESCRIPTION).unlink()

    monkeypatch.setattr(fcntl, "flock", removed_meanwhile)
    assert store.hold(str(overlay)) is None


def test_a_disk_without_locks_keeps_no_kernel_from_starting(overlay: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_locks(_descriptor: int, _operation: int) -> None:
        raise OSError(37, "No locks available")

    monkeypatch.setattr(fcntl, "flock", no_locks)
    descriptor = store.hold(str(overlay))
    assert descriptor is not None
    os.close(descriptor)
