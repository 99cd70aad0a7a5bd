"""Overlays of the very files that a lock file names, from the index that pip is set to."""

from __future__ import annotations

import os
import re
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jupyter_envs import process
from jupyter_envs.borrowing import Borrower, choosing, contents, index_made
from jupyter_envs.borrowing.index_made import IndexMade, runnable
from jupyter_envs.borrowing.trial import Trial
from jupyter_envs.errors import Cancelled, NotFound, Refused, ToolFailed
from jupyter_envs.finder import Finder
from jupyter_envs.overlay import store
from jupyter_envs.settings import Settings
from tests.borrowing import packages
from tests.borrowing.conftest import Told, left_in, own_place, reading_of
from tests.borrowing.packages import MINOR, make_index
from tests.folders import make_base, make_environment, write, write_program

if TYPE_CHECKING:
    from jupyter_envs.host import Host
    from jupyter_envs.pyvenv import Reading

pytestmark = pytest.mark.skipif(os.name == "nt", reason="nothing is borrowed on Windows")

DEAD = "http://somebody:secret@127.0.0.1:9/simple"


def test_what_is_pinned_is_installed_and_compiled(indexed: Host, real: Reading, told: Told) -> None:
    folder = Path(Borrower(indexed).build(real, told))
    found = contents.description(str(folder))
    assert found is not None
    assert (found.ipykernel, found.source, found.python) == ("7.4.0", "index", MINOR)
    assert list((folder / "site" / "zmq" / "__pycache__").glob("backend.*.pyc"))
    assert told.phases == ["Downloading ipykernel 7.4.0 and what it requires", "Compiling it"]
    assert any("ipykernel==7.4.0" in line for line in told.lines)


def test_what_is_there_is_made_anew_only_when_something_else_is_pinned(
    indexed: Host, real: Reading, told: Told, tmp_path: Path
) -> None:
    borrower = Borrower(indexed)
    first = borrower.build(real, told)
    assert borrower.build(real, told) == first
    make_index(tmp_path / "wheels", tmp_path / "locks", "7.5.0")
    assert borrower.build(real, told, renew=False) == first
    second = borrower.build(real, told)
    assert left_in(own_place(indexed)) == [Path(second).name]
    assert Path(second).suffix == ".2"


def test_an_older_one_stays_while_a_kernel_runs_on_it(indexed: Host, real: Reading, told: Told, tmp_path: Path) -> None:
    borrower = Borrower(indexed)
    held = store.hold(borrower.build(real, told))
    assert held is not None
    make_index(tmp_path / "wheels", tmp_path / "locks", "7.5.0")
    assert [Path(borrower.build(real, told)).suffix, len(left_in(own_place(indexed)))] == [".2", 2]
    os.close(held)


def test_a_file_with_another_hash_is_not_taken(indexed: Host, real: Reading, told: Told, tmp_path: Path) -> None:
    lock = tmp_path / "locks" / f"py{MINOR}.txt"
    lock.write_text(re.sub(r"sha256:[0-9a-f]{64}", f"sha256:{'0' * 64}", lock.read_text()))
    with pytest.raises(ToolFailed, match=r"uv ended with status 1.*[Hh]ash"):
        Borrower(indexed).build(real, told)
    assert left_in(own_place(indexed)) == []


def test_without_a_network_the_reason_is_told_and_no_secret(indexed: Host, real: Reading, told: Told) -> None:
    variables = {**indexed.variables, "PIP_NO_INDEX": "", "PIP_FIND_LINKS": "", "PIP_INDEX_URL": DEAD}
    host = replace(indexed, variables={**variables, "UV_HTTP_RETRIES": "0"})
    with pytest.raises(ToolFailed, match=r"could not be prepared: uv ended with status \d.*127.0.0.1") as caught:
        Borrower(host).build(real, told)
    assert "network" in caught.value.fix
    assert "secret" not in str(caught.value) + "".join(told.lines)
    assert left_in(own_place(host)) == []


def test_cancelling_ends_the_tool_and_leaves_nothing(indexed: Host, real: Reading) -> None:
    for phase in ("Downloading", "Compiling"):
        with pytest.raises(Cancelled):
            Borrower(indexed).build(real, Told(stop_at=phase))
        assert left_in(own_place(indexed)) == []


def test_what_would_bend_the_installation_is_not_handed_on(indexed: Host, real: Reading, told: Told) -> None:
    bent = {"UV_SYSTEM_PYTHON": "1", "UV_CONSTRAINT": "/gone.txt", "UV_NO_BINARY": "1", "UV_OVERRIDE": "/gone.txt"}
    host = replace(indexed, variables={**indexed.variables, **bent, "JUPYTERHUB_API_TOKEN": "secret"})
    assert Borrower(host).build(real, told)


def test_settings_of_uv_do_not_change_what_is_installed_nor_how_it_lies(
    indexed: Host, real: Reading, told: Told
) -> None:
    pip = 'python-version = "3.8"\nno-binary = [":all:"]\nlink-mode = "symlink"\ncompile-bytecode = false\n'
    write(own_place(indexed) / "uv.toml", f"[pip]\n{pip}")
    write(indexed.home / ".config" / "uv" / "uv.toml", f'exclude-newer = "2001-01-01"\n[pip]\n{pip}')
    given = write(indexed.home / "given.toml", "[pip]\nno-index = true\n[pip]\n")
    bent = {"UV_LINK_MODE": "symlink", "UV_EXCLUDE_NEWER": "2001-01-01", "UV_PYTHON_PREFERENCE": "only-managed"}
    bent |= {"UV_CONFIG_FILE": os.fspath(given), "UV_WORKING_DIR": "/gone", "UV_NO_BINARY_PACKAGE": "pyzmq"}
    bent |= {"UV_MANAGED_PYTHON": "1", "UV_PROJECT": "/gone"}
    host = replace(indexed, variables={**indexed.variables, **bent})
    folder = Path(Borrower(host).build(real, told))
    backend = folder / "site" / "zmq" / "backend.py"
    assert (backend.is_symlink(), backend.stat().st_nlink > 1) == (False, True)


def test_what_cannot_be_imported_is_not_kept(
    indexed: Host, real: Reading, told: Told, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(packages.ZMQ, "zmq/__init__.py", "import zmq.of_another_python\n")
    make_index(tmp_path / "wheels", tmp_path / "locks")
    with pytest.raises(ToolFailed, match=r"does not run: ModuleNotFoundError: No module named 'zmq.of_another_python'"):
        Borrower(indexed).build(real, told)
    assert left_in(own_place(indexed)) == []


def test_one_wrong_digit_of_a_hash_is_enough(indexed: Host, real: Reading, told: Told, tmp_path: Path) -> None:
    lock = tmp_path / "locks" / f"py{MINOR}.txt"
    digit = re.compile(r"(?<=sha256:)[0-9a-f]")
    lock.write_text(digit.sub(lambda found: "1" if found[0] == "0" else "0", lock.read_text(), count=1))
    with pytest.raises(ToolFailed, match=r"uv ended with status 1.*[Hh]ash"):
        Borrower(indexed).build(real, told)


def test_for_everybody_files_are_copied_and_can_be_read(indexed: Host, real: Reading, told: Told) -> None:
    folder = Path(Borrower(indexed).build(real, told, system=True))
    wheel = folder / "site" / "zmq" / "backend.py"
    assert (wheel.stat().st_nlink, wheel.stat().st_mode & 0o777) == (1, 0o644)


def test_without_uv_that_is_said(indexed: Host, real: Reading, tmp_path: Path) -> None:
    trial = Trial(sys.executable, str(tmp_path), {}, -1)
    with pytest.raises(Refused, match="uv, which fetches it, is not installed"):
        IndexMade(real, indexed, {}).make(trial, Told(), shared=False)


def test_a_tool_that_does_not_end_is_said() -> None:
    outcome = process.Outcome(process.Ending.TIMED_OUT, -15, ("half",))
    assert "uv was not done after 15 minutes. half." in str(index_made._failure("/bin/uv", outcome))


def test_a_full_disk_that_a_tool_met_is_said() -> None:
    lines = ("Using CPython", "error: Failed to write", "  cause: No space left on device (os error 28)")
    error = index_made._failure("/bin/uv", process.Outcome(process.Ending.EXITED, 2, lines))
    assert error.fix == "Make room on the disk, then try again."
    assert error.message == (
        "uv ended with status 2. error: Failed to write cause: No space left on device (os error 28)."
    )


@pytest.mark.parametrize(
    ("lines", "fix"),
    [
        (("error: Network connectivity is disabled, but the requested data wasn't found in the cache",), "network"),
        (("error: Failed to download `x==1`", "  cause: operation timed out"), "network"),
        (
            ("  x No solution found when resolving dependencies:", "Because there is no version of x==1, we can"),
            "Let pip's index, or its folder, hold the pinned files",
        ),
        (("error: something else",), "Mend that, then try again."),
    ],
)
def test_what_to_do_fits_what_happened(lines: tuple[str, ...], fix: str) -> None:
    error = index_made._failure("/bin/uv", process.Outcome(process.Ending.EXITED, 1, lines))
    assert fix in error.fix


def test_who_told_uv_to_stay_offline_is_told_so(indexed: Host, real: Reading, told: Told) -> None:
    variables = {**indexed.variables, "PIP_NO_INDEX": "", "PIP_FIND_LINKS": "", "PIP_INDEX_URL": DEAD}
    for value, offline in (("1", True), ("true", True), ("0", False)):
        host = replace(indexed, variables={**variables, "UV_OFFLINE": value, "UV_HTTP_RETRIES": "0"})
        with pytest.raises(ToolFailed, match="could not be prepared: uv ended with status") as caught:
            Borrower(host).build(real, told)
        assert ("uv is told to stay offline (UV_OFFLINE)" in caught.value.fix) is offline


def test_of_a_chain_of_causes_the_last_is_told() -> None:
    causes = [f"  cause: {cause}" for cause in ("error sending request", "client error", "Connection refused")]
    lines = ("Using Python", "error: Failed to fetch: http://x/", *causes, "  Expected: a")
    error = index_made._failure("/bin/uv", process.Outcome(process.Ending.EXITED, 2, lines))
    expected = "uv ended with status 2. error: Failed to fetch: http://x/ cause: Connection refused Expected: a."
    assert error.message == expected


def test_the_base_interpreter_is_run_and_not_the_environments(host: Host, home: Path) -> None:
    base = make_base(home / "opt", "3.12.1")
    linked = reading_of(make_environment(home / "linked", base), host)
    assert runnable(linked) == str(base)
    copied = make_environment(home / "copied", base)
    (copied / "bin" / "python").unlink()
    write_program(copied / "bin" / "python")
    write(copied / "pyvenv.cfg", f"home = {base.parent}\nversion = 3.12.1\n")
    assert runnable(reading_of(copied, host)) == str(base)


@pytest.mark.skipif(sys.platform != "linux", reason="looks for Debian's Python")
def test_a_python_that_its_system_manages_can_be_used(indexed: Host, told: Told, tmp_path: Path) -> None:
    """Debian forbids pip to install into its Python; an overlay is not inside it."""
    python = next(iter(sorted(Path("/usr/bin").glob("python3.*[0-9]"))), None)
    if python is None:
        pytest.skip("there is no Python in /usr/bin")
    minor = python.name.removeprefix("python")
    make_index(tmp_path / "wheels", tmp_path / "locks", minor=minor)
    prefix = make_environment(indexed.home / "debian", python)
    assert Borrower(indexed).build(reading_of(prefix, indexed), told)


def test_a_server_that_does_not_know_its_own_python_says_so(host: Host) -> None:
    with pytest.raises(NotFound, match="not known"):
        choosing.servers_own(Finder(host, Settings()))
