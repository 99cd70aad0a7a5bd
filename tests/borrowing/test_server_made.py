"""Overlays out of the packages that the server itself runs with."""

from __future__ import annotations

import json
import os
import py_compile
import re
import time
from dataclasses import replace
from importlib import util
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from jupyter_envs import process
from jupyter_envs.borrowing import Borrower, Incomplete, server_made
from jupyter_envs.errors import Cancelled
from jupyter_envs.host import Host
from jupyter_envs.overlay import distributions, lending, store
from tests.borrowing.conftest import Told, left_in, own_place
from tests.borrowing.packages import files_of
from tests.folders import write

if TYPE_CHECKING:
    from jupyter_envs.pyvenv import Reading

pytestmark = pytest.mark.skipif(os.name == "nt", reason="nothing is borrowed on Windows")


def test_what_ipykernel_requires_is_copied_and_described(borrower: Borrower, shop: Reading, told: Told) -> None:
    folder = Path(borrower.build(shop, told, download=False))
    assert folder.suffix == ".1"
    found = distributions.of_overlay(str(folder))
    assert {name: each.version for name, each in found.items()} == {"ipykernel": "7.4.0", "pyzmq": "27.1.0"}
    assert found["pyzmq"].modules == ("zmq",)
    description = json.loads((folder / "overlay.json").read_text())
    assert (description["version"], description["source"], description["python"]) == (1, "server", "3.12")
    assert description["ipykernel"] == "7.4.0"
    assert told.phases == ["Copying the server's own ipykernel"]


def test_only_files_inside_site_packages_are_copied_with_their_times(
    borrower: Borrower, shop: Reading, told: Told, server: Path, host: Host
) -> None:
    write(host.prefix / "bin" / "ipykernel", "#!/bin/sh\n")
    os.utime(server / "zmq" / "backend.py", (1_000_000_000, 1_000_000_000))
    folder = Path(borrower.build(shop, told))
    assert (folder / "site" / "zmq" / "backend.py").stat().st_mtime == 1_000_000_000
    assert {path.name for path in folder.iterdir()} - {store.UNWRITTEN} == {"overlay.json", "site"}
    assert not list(folder.rglob("bin"))


def test_what_is_compiled_is_copied_where_it_holds_and_made_where_not(
    borrower: Borrower, shop: Reading, told: Told, server: Path
) -> None:
    by_time = py_compile.PycInvalidationMode.TIMESTAMP
    compiled = Path(str(py_compile.compile(str(server / "zmq" / "backend.py"), invalidation_mode=by_time)))
    stale = Path(util.cache_from_source(str(server / "zmq" / "__init__.py")))
    write(stale, "stale")
    folder = Path(borrower.build(shop, told))
    made = folder / "site" / "zmq" / "__pycache__"
    assert (made / compiled.name).read_bytes() == compiled.read_bytes()
    assert (made / stale.name).read_bytes()[:4] == util.MAGIC_NUMBER
    assert not (folder / "to-compile").exists()


def test_compiling_ends_when_its_time_is_over(
    borrower: Borrower, shop: Reading, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_made, "SECONDS", 0.0)
    folder = Path(borrower.build(shop, told))
    compiled = sorted(path.name.partition(".")[0] for path in (folder / "site" / "zmq" / "__pycache__").iterdir())
    assert compiled == ["__init__"]  # what was imported to try it


INFO = "pyzmq-27.1.0.dist-info"


@pytest.mark.parametrize(
    ("path", "text", "message"),
    [
        (f"{INFO}/RECORD", "", "does not tell which files"),
        (
            f"{INFO}/direct_url.json",
            '{"dir_info": {"editable": true}}',
            "installed in editable form",
        ),
        (f"{INFO}/METADATA", "Name: pyzmq\nVersion: 27.1.0\nRequires-Dist: gone\n", "has no gone"),
        (f"{INFO}/METADATA", "Name: pyzmq\nRequires-Dist: ???\n", "which makes no sense"),
    ],
)
def test_a_server_whose_own_packages_are_not_whole_says_which(  # noqa: PLR0917 -- fixtures are parameters
    borrower: Borrower, shop: Reading, server: Path, path: str, text: str, message: str
) -> None:
    write(server / path, text)
    with pytest.raises(Incomplete, match=re.escape(message)):
        borrower.build(shop, Told(), download=False)
    assert message in (borrower.needs_download(shop) or "")


def test_a_file_that_is_gone_is_named_and_nothing_is_left(
    borrower: Borrower, shop: Reading, told: Told, server: Path, host: Host
) -> None:
    (server / "zmq" / "backend.py").unlink()
    with pytest.raises(Incomplete, match=r"lacks its file .*backend.py"):
        borrower.build(shop, told, download=False)
    assert left_in(own_place(host)) == []


def test_damaged_direct_url_is_not_taken_for_editable(borrower: Borrower, shop: Reading, server: Path) -> None:
    for text in ("{", "[]", '{"dir_info": []}'):
        write(server / "pyzmq-27.1.0.dist-info" / "direct_url.json", text)
        assert borrower.needs_download(shop) is None


def test_a_copy_that_does_not_run_is_not_kept(
    borrower: Borrower, shop: Reading, server: Path, told: Told, host: Host
) -> None:
    write(server / "zmq" / "__init__.py", "raise ImportError('libzmq.so.5: cannot open shared object file')\n")
    with pytest.raises(Incomplete, match=r"does not run from another folder: .*libzmq\.so\.5: cannot open"):
        borrower.build(shop, told, download=False)
    assert left_in(own_place(host)) == []


def test_an_import_of_what_is_copied_last_is_tried_again(
    borrower: Borrower, shop: Reading, server: Path, told: Told
) -> None:
    """An older IPython imports jedi at once, which may be there in part while the rest is tried."""
    for path, text in files_of("jedi", "1.0", [], {"jedi/__init__.py": "x = 1\n"}).items():
        write(server / path, text)
    write(server / "zmq" / "__init__.py", "import jedi\njedi.x\n")
    write(server / "pyzmq-27.1.0.dist-info" / "METADATA", "Name: pyzmq\nVersion: 27.1.0\nRequires-Dist: jedi\n")
    assert borrower.build(shop, told, download=False)


def test_what_conda_linked_to_its_own_libraries_is_not_copied(borrower: Borrower, shop: Reading, server: Path) -> None:
    """Its libzmq is found from conda's interpreter and folder only, and not from another one of the same kind."""
    info = server / "pyzmq-27.1.0.dist-info"
    write(info / "INSTALLER", "conda\n")
    assert borrower.needs_download(shop) is None
    with (info / "RECORD").open("a") as record:
        record.write("zmq/backend/cython/_zmq.cpython-312-x86_64-linux-gnu.so,,\n")
    assert "was installed by conda" in (borrower.needs_download(shop) or "")


def test_the_compiler_has_the_lock_of_the_bench(
    borrower: Borrower, shop: Reading, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    inherited: list[tuple[int, ...]] = []
    run = process.run

    def noted(*arguments: Any, **more: Any) -> process.Outcome:  # noqa: ANN401 -- as they come
        inherited.append(more["inherit"])
        return run(*arguments, **more)

    monkeypatch.setattr(process, "run", noted)
    borrower.build(shop, told)
    assert len(inherited) == 2
    assert all(len(each) == 1 for each in inherited)


def test_extras_are_followed(shop: Reading, server: Path) -> None:
    metadata = "Name: pyzmq\nVersion: 27.1.0\nRequires-Dist: ipykernel[test]\n"
    write(server / "pyzmq-27.1.0.dist-info" / "METADATA", metadata)
    with pytest.raises(Incomplete, match="has no x of its own"):
        server_made.closure([os.fspath(server)])


def test_another_python_is_not_the_servers(borrower: Borrower, real: Reading, server: Path, told: Told) -> None:
    assert "not the one that the server runs on" in (borrower.needs_download(real) or "")
    with pytest.raises(Incomplete):
        borrower.build(real, told, download=False)


def test_cancelling_leaves_nothing(borrower: Borrower, shop: Reading, host: Host) -> None:
    with pytest.raises(Cancelled):
        borrower.build(shop, Told(stop_at="Copying"))
    assert left_in(own_place(host)) == []


def test_the_real_servers_own_packages_are_copied_within_seconds(
    home: Path, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", os.fspath(home))
    host = replace(Host.current(), system=home / "machine")
    own = lending.own_reading(host)
    assert own is not None
    if reason := Borrower(host).needs_download(own):
        pytest.skip(reason)
    began = time.monotonic()
    folder = Borrower(host).build(own, told, download=False)
    print(f"{time.monotonic() - began:.2f} s")
    assert time.monotonic() - began < 20  # the bound is for a quiet machine, in tests/bench
    assert {"ipykernel", "pyzmq", "tornado"} <= distributions.of_overlay(folder).keys()
