"""The plan of a launch: remembered while the packages are as they were, and never taken from somebody else."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jupyter_envs.overlay import plan, store
from jupyter_envs.overlay.plan import Plan
from tests.folders import ROOT, make_environment, read, site_of, write

if TYPE_CHECKING:
    from jupyter_envs.pyvenv import Reading

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no launcher, so no plans")
BORROWED = Plan("/data/cpython-3.12-x.1", ("traitlets", "zmq"), ("pyzmq", "traitlets"))


@pytest.fixture
def shop(home: Path, python: Path) -> Reading:
    return read(make_environment(home / "shop" / ".venv", python), home)


@pytest.fixture
def cache(home: Path) -> str:
    return str(home / ".cache")


def remember(cache: str, reading: Reading, planned: Plan = BORROWED) -> Path:
    plan.save(cache, reading, planned, plan.signature(reading))
    (path,) = Path(cache, plan.FOLDER).iterdir()
    return path


def words(planned: Plan | None) -> tuple[object, ...]:
    assert planned is not None
    return planned.overlay, planned.modules, planned.distributions


@pytest.mark.parametrize("planned", [Plan(), Plan("/data/o.1"), BORROWED])
def test_what_was_saved_is_loaded(cache: str, shop: Reading, planned: Plan) -> None:
    remember(cache, shop, planned)
    assert words(plan.load(cache, shop)) == words(planned)


def test_nothing_is_loaded_where_nothing_was_saved(cache: str, shop: Reading) -> None:
    assert plan.load(cache, shop) is None


def test_a_path_that_is_not_utf8_is_remembered(home: Path, cache: str, python: Path) -> None:
    prefix = make_environment(home / os.fsdecode(b"sh\xff\np") / ".venv", python)
    reading, place = read(prefix, home), os.fsdecode(b"/d\xff\na/o.1")
    remember(cache, reading, Plan(place))
    assert words(plan.load(cache, reading))[0] == place


def test_a_package_that_came_or_went_makes_it_void(cache: str, shop: Reading) -> None:
    remember(cache, shop)
    site = shop.sites()[0]
    os.utime(site, ns=(1, 1))
    assert plan.load(cache, shop) is None


def test_a_package_in_a_folder_that_a_path_file_adds_makes_it_void(cache: str, shop: Reading, home: Path) -> None:
    linked = home / "sources"
    linked.mkdir()
    write(site_of(home / "shop" / ".venv") / "a.pth", f"{linked}\n/gone\n\0\nimport os\n")
    remember(cache, shop)
    assert plan.load(cache, shop) is not None
    write(linked / "new.py")
    os.utime(linked, ns=(1, 1))
    assert plan.load(cache, shop) is None


def test_another_python_makes_it_void(home: Path, cache: str, shop: Reading) -> None:
    remember(cache, shop)
    shop.minor = "3.13"
    assert plan.load(cache, shop) is None


def test_another_environment_in_the_same_file_is_not_taken(home: Path, cache: str, shop: Reading, python: Path) -> None:
    """Two prefixes may have the same checksum."""
    path = remember(cache, shop)
    other = read(make_environment(home / "other" / ".venv", python), home)
    path.rename(plan._file(cache, other.prefix))
    assert plan.load(cache, other) is None


@pytest.mark.parametrize("text", ["", "1", "x\0" * 6, "\0" * 6, "3\0\0\0-\0-\0-\0-", "\xff" * 70_000])
def test_a_file_of_anything_else_counts_as_absent(cache: str, shop: Reading, text: str) -> None:
    remember(cache, shop).write_text(text)
    assert plan.load(cache, shop) is None


def test_another_overlay_in_the_same_place_makes_it_void(home: Path, cache: str, shop: Reading) -> None:
    """After `borrow remove` and `borrow build` numbers begin anew."""
    overlay = home / "data" / "cpython-3.12-x.1"
    description = write(overlay / store.DESCRIPTION, "{}")
    remember(cache, shop, Plan(str(overlay), ("zmq",), ("pyzmq",)))
    assert words(plan.load(cache, shop)) == (str(overlay), ("zmq",), ("pyzmq",))
    write(overlay / "new", "{}").rename(description)
    assert plan.load(cache, shop) is None


def test_what_a_killed_one_left_is_in_nobodys_way(cache: str, shop: Reading) -> None:
    path = remember(cache, shop)
    write(path.with_name(f"{path.name}.{os.getpid()}"))
    plan.save(cache, shop, Plan(), plan.signature(shop))
    assert words(plan.load(cache, shop)) == (None, (), ())


def test_a_file_that_others_may_write_counts_as_absent(cache: str, shop: Reading) -> None:
    path = remember(cache, shop)
    for mode in (0o620, 0o602):
        path.chmod(mode)
        assert plan.load(cache, shop) is None


@pytest.mark.skipif(os.name == "nt" or os.getuid() != 0, reason="only root can give files to others")
def test_a_file_of_somebody_else_counts_as_absent(cache: str, shop: Reading) -> None:
    os.chown(remember(cache, shop), 4_000_000_001, -1)
    assert plan.load(cache, shop) is None


def test_a_link_or_a_pipe_counts_as_absent_and_is_not_waited_for(cache: str, shop: Reading, home: Path) -> None:
    path = remember(cache, shop)
    path.rename(home / "elsewhere")
    path.symlink_to(home / "elsewhere")
    assert plan.load(cache, shop) is None
    path.unlink()
    os.mkfifo(path, 0o600)
    assert plan.load(cache, shop) is None


def test_what_was_looked_at_before_a_change_is_not_taken_for_what_came_after(cache: str, shop: Reading) -> None:
    before = plan.signature(shop)
    os.utime(shop.sites()[0], ns=(1, 1))
    plan.save(cache, shop, BORROWED, before)
    assert plan.load(cache, shop) is None


def test_only_its_owner_reads_what_is_remembered(cache: str, shop: Reading) -> None:
    path = remember(cache, shop)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_nothing_is_remembered_where_that_cannot_be(home: Path, cache: str, shop: Reading) -> None:
    write(home / ".cache", "a file")
    plan.save(cache, shop, BORROWED, plan.signature(shop))
    plan.save(f"{cache}\0", shop, BORROWED, "")
    assert plan.load(cache, shop) is None


def test_it_loads_bare(home: Path) -> None:
    code = "import sys; sys.path.append(sys.argv[1]); from jupyter_envs.overlay import plan, store; print(*sys.modules)"
    words = [sys.executable, "-I", "-S", "-c", code, str(ROOT)]
    loaded = set(subprocess.run(words, capture_output=True, text=True, check=True).stdout.split())
    assert not loaded & {"json", "pathlib", "re", "dataclasses", "typing", "enum", "hashlib"}
