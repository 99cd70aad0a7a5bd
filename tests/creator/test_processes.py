"""Whatever runs on an environment is found, however it was started."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jupyter_envs.creator import processes
from jupyter_envs.errors import Occupied, Refused
from tests.creator.changing import WAITS, made_by_hand, running

if TYPE_CHECKING:
    from jupyter_envs.host import Host

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")


@pytest.fixture
def prefix(project: Path) -> Path:
    return made_by_hand(project / ".venv")


def found(prefix: Path, host: Host) -> list[int]:
    return [one.pid for one in processes.users(prefix, host)]


def test_a_program_that_was_started_by_its_path_is_found(prefix: Path, host: Host) -> None:
    with running([prefix / "bin" / "python", "-c", WAITS]) as pid:
        assert found(prefix, host) == [pid]
        assert found(prefix.with_name(".ven"), host) == []
    assert found(prefix, host) == []


def test_a_program_that_was_started_by_a_relative_path_is_found(prefix: Path, host: Host) -> None:
    with running([".venv/bin/python", "-c", WAITS], prefix.parent) as pid:
        assert found(prefix, host) == [pid]


def test_a_program_that_was_started_through_a_link_to_the_environment_is_found(prefix: Path, host: Host) -> None:
    other = prefix.with_name("other")
    other.symlink_to(".venv")
    with running([other / "bin" / "python", "-c", WAITS]) as pid:
        assert found(prefix, host) == [pid]


def test_a_program_that_an_activated_shell_started_is_found(prefix: Path, host: Host) -> None:
    path = f"{prefix / 'bin'}:{os.environ['PATH']}"
    with running(["/bin/sh", "-c", f'python -c "{WAITS}"; true'], PATH=path, VIRTUAL_ENV=str(prefix)) as shell:
        pids = found(prefix, host)
        assert len(pids) == 1
        assert pids != [shell]
        subprocess.run(["kill", str(pids[0])], check=True)


def test_a_kernel_that_says_by_its_variables_whose_it_is_is_found(prefix: Path, host: Host) -> None:
    words: list[str | Path] = [sys.executable, "-c", WAITS, "-f", "kernel-1.json"]
    with running(words, VIRTUAL_ENV=str(prefix)) as pid:
        assert found(prefix, host) == [pid]
        with pytest.raises(Occupied) as refusal:
            processes.refuse_while_used(prefix, host)
    assert refusal.value.message == f"Its kernel (process {pid}) runs."
    assert refusal.value.fix == "Shut it down, then try again."


def test_what_runs_on_the_base_only_is_none_of_it(prefix: Path, host: Host) -> None:
    base = (prefix / "bin" / "python").resolve()
    with running([base, "-c", WAITS]), running([base, "-c", WAITS], PATH="/nowhere", VIRTUAL_ENV=str(prefix)):
        assert found(prefix, host) == []
        processes.refuse_while_used(prefix, host)


def test_a_program_that_is_no_kernel_is_told_with_its_words(prefix: Path, host: Host) -> None:
    with (
        running([prefix / "bin" / "python", "-c", WAITS, "x" * 300]) as pid,
        pytest.raises(Occupied, match=f"process {pid}: .*bin/python -c import time.*…") as refusal,
    ):
        processes.refuse_while_used(prefix, host)
    assert refusal.value.fix == "End them, then try again."


def test_several_kernels_are_told_by_their_numbers(prefix: Path, host: Host) -> None:
    words: list[str | Path] = [prefix / "bin" / "python", "-c", WAITS, "ipykernel_launcher"]
    with running(words) as first, running(words) as second, pytest.raises(Occupied) as refusal:
        processes.refuse_while_used(prefix, host)
    numbers = ", ".join(map(str, sorted([first, second], key=str)))
    assert refusal.value.message == f"Its kernels (processes {numbers}) run."


def test_what_others_run_is_not_looked_at(prefix: Path, host: Host) -> None:
    with running([prefix / "bin" / "python", "-c", WAITS]):
        assert found(prefix, replace(host, uid=12345)) == []
        assert found(prefix, replace(host, platform="win32")) == []


@pytest.mark.skipif(not Path("/bin/ps").exists(), reason="there is no ps here")
def test_elsewhere_ps_tells(prefix: Path, host: Host) -> None:
    with running([prefix / "bin" / "python", "-c", WAITS, "-f", "kernel.json"]) as pid:
        assert found(prefix, replace(host, platform="darwin")) == [pid]


def test_a_kernel_that_ps_tells_first_is_found_however_long_its_listing_is(
    host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prefix = tmp_path / "my é\tproject" / ".venv"
    first = f"7 {os.getuid()} {prefix}/bin/python -m ipykernel_launcher -f kernel.json"
    rest = f"i=0; while [ $i -lt 3000 ]; do echo 8 0 /bin/{'x' * 200}; i=$((i+1)); done"
    monkeypatch.setattr(processes, "_PS", ("/bin/sh", "-c", f"echo '{first}'; {rest}"))
    assert [(one.pid, one.kernel) for one in processes.users(prefix, replace(host, platform="darwin"))] == [(7, True)]


def test_where_ps_fails_nothing_is_taken_for_unused(prefix: Path, host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "_PS", ("/bin/sh", "-c", "exit 3"))
    with pytest.raises(Refused, match=r"could not be found out: .* ended with status 3"):
        processes.refuse_while_used(prefix, replace(host, platform="darwin"))


def test_a_listing_by_ps_is_understood(tmp_path: Path) -> None:
    lines = [
        "",
        "  7   501 /Users/me/my project/.venv/bin/python -m ipykernel_launcher -f kernel.json",
        "  8   502 /Users/me/my project/.venv/bin/python another's",
        "  9   501 /Users/me/my project/.venv/bin/jupyter lab",
        " 10   501 /Users/me/my project/.venv2/bin/python",
        "PID   UID COMMAND",
    ]
    told = list(processes.of_ps(lines, "/Users/me/my project/.venv", 501))
    assert [(one.pid, one.kernel) for one in told] == [(7, True), (9, False)]


def test_a_process_without_words_or_that_is_gone_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "1").mkdir()
    (tmp_path / "2").mkdir()
    (tmp_path / "2" / "cmdline").write_bytes(b"bin/python\0x\0")  # without a working directory to be read
    (tmp_path / "3").symlink_to("nowhere")
    (tmp_path / "self").mkdir()
    monkeypatch.setattr(processes, "PROC", str(tmp_path))
    assert list(processes._of_proc("/x", os.getuid())) == []


def test_the_same_program_in_another_environment_is_none_of_it(prefix: Path, host: Host) -> None:
    other = prefix.with_name("copy")
    shutil.copytree(prefix, other, symlinks=True)
    with running([other / "bin" / "python", "-c", WAITS]) as pid:
        assert found(prefix, host) == []
        assert found(other, host) == [pid]


def test_a_program_of_anything_inside_is_found_and_one_that_only_stands_there_is_not(prefix: Path, host: Host) -> None:
    inner = made_by_hand(prefix / "projects" / "x" / ".venv")
    sleep = shutil.copy(shutil.which("sleep") or "", prefix / "lib" / "node")
    with subprocess.Popen(["nothing-of-it", "60"], executable=sleep) as mapped:
        try:
            with running([inner / "bin" / "python", "-c", WAITS]) as pid:
                assert sorted(found(prefix, host)) == sorted([pid, mapped.pid])
        finally:
            mapped.kill()
    with running([sys.executable, "-c", WAITS], prefix / "lib"):
        assert found(prefix, host) == []
