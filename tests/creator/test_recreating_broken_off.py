"""Whatever breaks off or hinders making an environment again, the old one or the new one stands."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from jupyter_envs.creator import holding, parking
from jupyter_envs.errors import Cancelled, Occupied, Refused
from jupyter_envs.settings import Settings
from tests.creator.changing import (
    WAITS,
    environment_at,
    is_old,
    recreation_of,
    running,
    version_of,
)
from tests.creator.scene import Told, creator_of, listed, names_in
from tests.folders import write

if TYPE_CHECKING:
    from pathlib import Path

    from jupyter_envs.creator.making import Making
    from jupyter_envs.host import Host

pytestmark = pytest.mark.skipif(os.name == "nt", reason="environments are not made on Windows")


@pytest.mark.parametrize("phase", ["Making the environment", "Choosing versions", "Installing packages"])
def test_cancelled_the_old_one_is_back(host: Host, prefix: Path, phase: str) -> None:
    number = prefix.stat().st_ino
    with pytest.raises(Cancelled):
        recreation_of(host, prefix).do(Told(stop_at=phase))
    assert prefix.stat().st_ino == number
    assert is_old(prefix)
    assert names_in(prefix.parent) == [".venv", "requirements.txt"]
    assert listed(host) == [prefix]


def test_a_kernel_that_runs_is_in_the_way(host: Host, prefix: Path) -> None:
    work = recreation_of(host, prefix)
    with running([prefix / "bin" / "python", "-c", WAITS, "-f", "kernel.json"]):
        with pytest.raises(Occupied, match="Its kernel"):
            recreation_of(host, prefix)
        with pytest.raises(Occupied, match="Its kernel"):
            work.do(Told())
    assert is_old(prefix)


def test_two_at_once_are_one(host: Host, prefix: Path) -> None:
    work = recreation_of(host, prefix)
    with holding.hold(prefix, host), pytest.raises(Occupied, match="is being changed right now"):
        work.do(Told())
    assert is_old(prefix)


def test_killed_at_any_moment_the_old_or_the_new_one_stands(host: Host, prefix: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from tests.creator.changing import recreation_of;"
        "from tests.creator.scene import Told; from jupyter_envs.host import Host; import os;"
        "host = Host(home=Path(sys.argv[1]), variables=dict(os.environ), uid=os.getuid());"
        "work = recreation_of(host, Path(sys.argv[2])); print('here', flush=True); work.do(Told())"
    )
    creator = creator_of(host)
    for delay in (0.03, 0.1, 0.25):
        with subprocess.Popen(
            [sys.executable, "-c", code, host.home, prefix], stdout=subprocess.PIPE, env=dict(host.variables)
        ) as child:
            assert child.stdout is not None
            assert child.stdout.readline() == b"here\n"
            time.sleep(delay)
            child.kill()
        assert set(listed(host)) <= {prefix}
        end = time.monotonic() + 10
        while listed(host) != [prefix] and time.monotonic() < end:  # a tool of the dead one may still work
            creator.recover()
            time.sleep(0.02)
        assert listed(host) == [prefix]
        assert version_of(prefix, "six") == "1.15.0"
    creator.recover()
    recreation_of(host, prefix).do(Told())
    assert names_in(prefix.parent) == [".venv", "requirements.txt"]
    assert names_in(host.own_state_folder() / parking.NOTES) == []


@pytest.mark.skipif(os.name == "nt" or os.getuid() != 0, reason="only root can make a file that stays")
def test_what_is_left_of_the_old_one_is_told(host: Host, prefix: Path) -> None:
    kept = write(prefix / ".lock")
    if subprocess.run(["chattr", "+i", kept], capture_output=True, check=False).returncode:
        pytest.skip("this disk knows no immutable files")
    told = Told()
    try:
        environment = recreation_of(host, prefix).do(told)
    finally:
        subprocess.run(["chattr", "-R", "-i", prefix.parent], capture_output=True, check=False)
    assert environment is not None
    assert told.warnings[-1] == "This of the old environment could not be deleted: .lock (Operation not permitted)."
    assert listed(host) == [prefix]


def test_a_place_of_the_new_one_that_is_taken_is_told(
    host: Host, prefix: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from jupyter_envs.creator import recreating

    def elsewhere(*_: object) -> Making:
        return replace(made, prefix=prefix.parent)

    made = recreation_of(host, prefix).making
    monkeypatch.setattr(recreating, "planned", elsewhere)
    with pytest.raises(Occupied, match="is there already"):
        recreation_of(host, prefix)


def test_it_can_be_switched_off(host: Host, prefix: Path) -> None:
    for settings in (Settings(allow_create=False), Settings(allow_remove=False)):
        with pytest.raises(Refused, match="switched off"):
            creator_of(host, settings).prepare_recreation(environment_at(host, prefix))
