"""Which ipykernel a launch runs: its own, a borrowed one, or none with the reason."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from jupyter_envs.borrowing import Borrower, index_made, workshop
from jupyter_envs.errors import EnvsError, LaunchRefused, ToolFailed
from jupyter_envs.finder import Finder
from jupyter_envs.kernels import planning
from jupyter_envs.kernels.checks import Check
from jupyter_envs.overlay import plan, store
from jupyter_envs.settings import Settings
from tests.borrowing.conftest import Told, own_place, reading_of
from tests.borrowing.packages import MINOR, files_of, make_index, make_runnable, make_server, running_python
from tests.folders import add_ipykernel, make_base, make_environment, make_kernel_environment, site_of, write

if TYPE_CHECKING:
    from jupyter_envs.host import Host
    from jupyter_envs.pyvenv import Reading

pytestmark = pytest.mark.skipif(os.name == "nt", reason="nothing is borrowed on Windows")


def check(host: Host, setting: str = "ask", prepare: planning.Prepare | None = None) -> Check:
    return Check(Finder(host, Settings(borrow_ipykernel=setting)), prepare)


@pytest.fixture
def python(python: Path) -> Path:
    """The interpreter of that base Python 3.12, which tries what is made for it."""
    return make_runnable(python)


@pytest.fixture
def server(host: Host, python: Path) -> Path:
    """The server's own environment, on the base Python 3.12 of the tests' folders."""
    return make_server(host.prefix, python)


@pytest.fixture
def shop(home: Path, python: Path) -> str:
    """An environment without ipykernel on the same base."""
    return str(make_environment(home / "shop" / ".venv", python))


def remembered(host: Host, prefix: str) -> plan.Plan | None:
    return plan.load(store.cache_folder(host.variables, str(host.home)), reading_of(Path(prefix), host))


def test_a_sound_ipykernel_of_its_own_is_used_and_that_is_remembered(host: Host, home: Path, python: Path) -> None:
    prefix = str(make_kernel_environment(home / "shop" / ".venv", python))
    assert check(host, "never").at(prefix).plan.overlay is None
    found = remembered(host, prefix)
    assert found is not None
    assert found.overlay is None


def test_the_servers_own_packages_are_lent_without_asking(host: Host, server: Path, shop: str) -> None:
    start = check(host).at(shop)
    assert start.reading.prefix == str(start.environment.prefix) == shop
    assert start.plan.overlay is not None
    assert Path(start.plan.overlay).parent == own_place(host)
    found = remembered(host, shop)
    assert found is not None
    assert found.overlay == start.plan.overlay
    assert check(host).at(shop).plan.overlay == start.plan.overlay


def test_nothing_is_written_into_the_environment(host: Host, server: Path, shop: str) -> None:
    before = sorted(os.walk(shop))
    check(host).at(shop)
    assert sorted(os.walk(shop)) == before


def test_what_is_too_old_in_the_environment_comes_from_the_overlay(host: Host, server: Path, shop: str) -> None:
    for path, text in files_of("pyzmq", "18.0.0", [], {"zmq/__init__.py": ""}).items():
        write(site_of(Path(shop)) / path, text)
    start = check(host).at(shop)
    assert (start.plan.modules, start.plan.distributions) == (("zmq",), ("pyzmq",))


def test_an_ipykernel_of_its_own_that_is_not_sound_is_not_used(host: Host, server: Path, shop: str) -> None:
    for name, version, requires in (("ipykernel", "4.10.1", ["pyzmq>=25"]), ("pyzmq", "18.0.0", [])):
        for path, text in files_of(name, version, requires, {}).items():
            write(site_of(Path(shop)) / path, text)
    write(site_of(Path(shop)) / "ipykernel_launcher.py")
    assert check(host).at(shop).plan.overlay is not None
    assert check(host, "never").at(shop).plan.overlay is None  # better than none at all


def test_what_is_there_already_is_borrowed_whatever_it_was_made_of(indexed: Host) -> None:
    prefix = running_python(indexed)
    folder = Borrower(indexed).build(reading_of(prefix, indexed), Told())
    assert check(indexed).at(str(prefix)).plan.overlay == folder


def test_without_consent_nothing_is_downloaded_and_the_fix_is_told(indexed: Host) -> None:
    prefix = str(running_python(indexed))
    with pytest.raises(LaunchRefused, match=r"shop \(venv, Python .*\) cannot start. It has no ipykernel") as caught:
        check(indexed).at(prefix)
    assert f"jupyter envs borrow build --python {MINOR}" in caught.value.fix
    assert not own_place(indexed).exists()


def test_a_server_whose_own_ipykernel_is_not_whole_asks_as_for_another_python(
    host: Host, server: Path, shop: str
) -> None:
    (server / "pyzmq-27.1.0.dist-info" / "RECORD").unlink()
    with pytest.raises(LaunchRefused, match="no ipykernel") as caught:
        check(host).at(shop)
    assert "jupyter envs borrow build --python 3.12" in caught.value.fix


def test_forbidden_is_forbidden_also_where_one_is_there(host: Host, server: Path, shop: str) -> None:
    check(host).at(shop)
    with pytest.raises(LaunchRefused, match="It has no ipykernel") as caught:
        check(host, "never").at(shop)
    assert "borrow build" not in caught.value.fix


def test_what_was_remembered_is_forgotten_where_borrowing_is_forbidden_now(host: Host, server: Path, shop: str) -> None:
    check(host).at(shop)
    assert remembered(host, shop) is not None
    with pytest.raises(LaunchRefused):
        check(host, "never").at(shop)
    assert remembered(host, shop) is None


def test_a_python_that_none_can_be_borrowed_for_is_told_to_install_one(host: Host, home: Path) -> None:
    prefix = make_environment(home / "old" / ".venv", make_base(home.parent / "opt" / "python-3.7", "3.7.16"))
    with pytest.raises(LaunchRefused, match="It has no ipykernel") as caught:
        check(host, "always").at(str(prefix))
    assert f"pip install --python {prefix}/bin/python ipykernel" in caught.value.fix


def test_a_bare_interpreter_borrows_too(host: Host, server: Path, python: Path) -> None:
    assert check(host).at(str(python.parents[1])).plan.overlay is not None


def test_without_a_server_it_is_downloaded_at_once_where_that_is_always_allowed(indexed: Host) -> None:
    prefix = str(running_python(indexed))
    said: list[str] = []
    asking = replace(check(indexed, "always"), say=said.append)
    overlay = asking.at(prefix).plan.overlay
    assert overlay is not None
    assert Path(overlay).is_dir()
    assert said == [f"Preparing an ipykernel for Python {MINOR}, once; it is downloaded."]
    assert asking.at(prefix).plan.overlay == overlay
    assert len(said) == 1


def test_in_a_server_it_is_prepared_beside_and_the_start_is_refused_meanwhile(indexed: Host) -> None:
    asked: list[Reading] = []
    prefix = str(running_python(indexed))
    with pytest.raises(LaunchRefused) as caught:
        check(indexed, "always", asked.append).at(prefix)
    expected = f"An ipykernel for Python {MINOR} is being prepared. Start the kernel again in a moment."
    assert str(caught.value) == expected
    assert [reading.prefix for reading in asked] == [prefix]


def test_why_preparing_failed_is_told(indexed: Host) -> None:
    def failed(_reading: Reading) -> EnvsError:
        return ToolFailed("An ipykernel for Python 3.12 could not be prepared: no network.", "Mend the network.")

    with pytest.raises(LaunchRefused, match=r"cannot start. An ipykernel .* no network.") as caught:
        check(indexed, "always", failed).at(str(running_python(indexed)))
    assert caught.value.fix == "Mend the network."


def test_why_building_failed_is_told(indexed: Host, tmp_path: Path) -> None:
    (tmp_path / "locks" / f"py{MINOR}.txt").write_text(f"ipykernel==7.4.0 \\\n    --hash=sha256:{'0' * 64}\n")
    with pytest.raises(LaunchRefused, match=r"cannot start. An ipykernel .*uv ended with status"):
        check(indexed, "always").at(str(running_python(indexed)))


def test_a_start_waits_for_another_one_that_makes_the_same_but_not_for_ever(
    host: Host, server: Path, shop: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planning, "PATIENCE", 0.1)
    tag = str(store.tag(reading_of(Path(shop), host)))
    with (
        workshop.bench(str(own_place(host)), tag, Told()),
        pytest.raises(LaunchRefused, match=r"An ipykernel for Python 3.12 is being prepared. Start"),
    ):
        check(host).at(shop)


@pytest.mark.skipif(os.name == "nt" or os.getuid() != 0, reason="only root can give files to others")
def test_an_overlay_that_somebody_else_could_change_is_not_used_but_replaced(
    host: Host, server: Path, shop: str
) -> None:
    overlay = check(host).at(shop).plan.overlay
    assert overlay is not None
    os.chown(overlay, 4_000_000_001, -1)
    tag = str(store.tag(reading_of(Path(shop), host)))
    assert Borrower(host).newest(tag) is None
    newer = check(host).at(shop).plan.overlay
    assert newer is not None
    assert (Path(overlay).suffix, Path(newer).suffix) == (".1", ".2")


@pytest.fixture
def indexed(host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Host:
    """A person whose pip is set to a folder of wheels, which the lock file pins, with the machine's tools."""
    make_index(tmp_path / "wheels", tmp_path / "locks")
    monkeypatch.setattr(index_made, "LOCKS", tmp_path / "locks")
    variables: dict[str, Any] = {
        "PATH": os.environ["PATH"],
        "PIP_FIND_LINKS": os.fspath(tmp_path / "wheels"),
        "PIP_NO_INDEX": "1",
        "UV_CACHE_DIR": os.fspath(tmp_path / "cache"),
    }
    return replace(host, variables=variables)


def test_when_it_gets_an_ipykernel_of_its_own_that_one_is_used(host: Host, server: Path, shop: str) -> None:
    assert check(host).at(shop).plan.overlay is not None
    add_ipykernel(site_of(Path(shop)))
    assert check(host).at(shop).plan.overlay is None
