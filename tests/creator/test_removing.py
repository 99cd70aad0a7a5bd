"""Only environments are removed, whole, from where that is allowed, and while nothing runs on them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from jupyter_envs import pins
from jupyter_envs.creator import removing, shell, trash
from jupyter_envs.creator.holding import hold
from jupyter_envs.errors import Cancelled, EnvsError, NotFound, Occupied, Refused
from jupyter_envs.managers.base import Command, RemovalPlan, Table
from jupyter_envs.managers.scene import Scene
from jupyter_envs.registered import Mark
from tests.creator.changing import WAITS, made_by_hand, removal_of, running
from tests.creator.scene import Told, listed, names_in
from tests.folders import make_base, make_environment, write

if TYPE_CHECKING:
    from pathlib import Path

    from jupyter_envs.host import Host

pytestmark = pytest.mark.skipif(os.name == "nt", reason="environments are not removed on Windows")


@pytest.fixture
def prefix(project: Path) -> Path:
    return made_by_hand(project / ".venv")


def test_an_environment_is_removed_whole(host: Host, prefix: Path) -> None:
    removal = removal_of(host, prefix)
    assert (removal.kind, removal.prefix) == ("remove", prefix)
    assert removal.tells[0].startswith(f"{prefix} (venv, Python 3.")
    assert "it takes" in removal.tells[0]
    told = Told()
    assert removal.do(told) is None  # type: ignore[func-returns-value]
    assert names_in(prefix.parent) == ["requirements.txt"]
    assert told.phases == ["Deleting the environment", "Putting records right"]
    assert listed(host) == []


def test_a_broken_environment_is_removed_too(host: Host, prefix: Path) -> None:
    (prefix / "bin" / "python").unlink()
    removal_of(host, prefix).do(Told())
    assert not prefix.exists()


def test_what_links_lead_to_stays(host: Host, prefix: Path) -> None:
    outside = prefix.parent / "data"
    write(outside / "mine")
    (prefix / "share").symlink_to(outside)
    (prefix / "lib" / "up").symlink_to("/")
    removal_of(host, prefix).do(Told())
    assert (outside / "mine").exists()


def test_what_is_registered_and_what_lies_inside_is_told_before(host: Host, prefix: Path) -> None:
    mark = Mark("x", "venv", prefix)
    write(
        next(host.data_folders()) / "jupyter" / "kernels" / "shop" / "kernel.json",
        json.dumps({"argv": [], "metadata": {"jupyter_envs": mark.as_json()}}),
    )
    source = prefix / "src" / "thing"
    info = next(prefix.glob("lib/*/site-packages")) / "thing-1.dist-info"
    write(source / "thing.py")
    write(info / "METADATA", "Name: thing\nVersion: 1\n\n")
    write(info / "direct_url.json", f'{{"url": "{source.as_uri()}", "dir_info": {{"editable": true}}}}')
    tells = removal_of(host, prefix).tells
    assert tells[1] == "The registered kernel shop will go with it."
    assert tells[2] == "It holds the sources of editable packages, which go with it: thing."


def test_what_runs_on_it_is_in_the_way_also_when_it_began_later(host: Host, prefix: Path) -> None:
    removal = removal_of(host, prefix)
    with running([prefix / "bin" / "python", "-c", WAITS, "-f", "kernel.json"]) as pid:
        for attempt in (lambda: removal_of(host, prefix), lambda: removal.do(Told())):
            with pytest.raises(Occupied, match=f"Its kernel .process {pid}. runs"):
                attempt()
    assert (prefix / "pyvenv.cfg").exists()
    removal.do(Told())


def test_it_must_still_be_the_one_that_was_decided_on(host: Host, prefix: Path) -> None:
    removal = removal_of(host, prefix)
    prefix.rename(prefix.with_name("elsewhere"))
    with pytest.raises(NotFound, match="is not there any more"):
        removal.do(Told())
    made_by_hand(prefix)
    with pytest.raises(Occupied):
        removal.do(Told())
    changed = removal_of(host, prefix)
    write(next(prefix.glob("lib/*/site-packages")) / "new.py")
    with pytest.raises(Occupied, match="has changed meanwhile"):
        changed.do(Told())
    assert (prefix / "pyvenv.cfg").exists()


def test_two_at_once_are_one(host: Host, prefix: Path) -> None:
    removal = removal_of(host, prefix)
    with hold(prefix, host), pytest.raises(Occupied, match="is being changed right now"):
        removal.do(Told())


def test_of_many_at_once_one_removes_it_and_the_others_are_told(host: Host, prefix: Path) -> None:
    removals = [removal_of(host, prefix) for _ in range(4)]
    ends: list[str] = []

    def remove(removal: removing.Removal) -> None:
        try:
            removal.do(Told())
            ends.append("done")
        except EnvsError as error:
            ends.append(type(error).__name__)

    threads = [threading.Thread(target=remove, args=(each,)) for each in removals]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ends.count("done") == 1
    assert set(ends) <= {"done", "NotFound", "Occupied"}


def test_cancelling_before_it_begins_changes_nothing(host: Host, prefix: Path) -> None:
    told = Told()
    told.cancel.set()
    with pytest.raises(Cancelled):
        removal_of(host, prefix).do(told)
    assert (prefix / "pyvenv.cfg").exists()


def test_cancelling_while_a_hook_runs_changes_nothing_before_and_no_longer_matters_after(
    host: Host, prefix: Path
) -> None:
    removal = removal_of(host, prefix)
    waits = Command(("/bin/sleep", "60"), host.home, "Waiting")
    with pytest.raises(Cancelled):
        replace(removal, plan=RemovalPlan(before=(waits,))).do(Told(stop_at="Waiting"))
    assert (prefix / "pyvenv.cfg").exists()
    replace(removal, plan=RemovalPlan(after=(waits,))).do(Told(stop_at="Waiting"))
    assert not prefix.exists()


@pytest.mark.skipif(os.name == "nt" or os.getuid() != 0, reason="only root can make a file that cannot be deleted")
def test_what_cannot_be_deleted_is_told_and_no_environment_is_left(host: Host, prefix: Path) -> None:
    kept = write(prefix / "lib" / "kept.txt")
    if subprocess.run(["chattr", "+i", kept], capture_output=True, check=False).returncode:
        pytest.skip("this disk knows no immutable files")
    number = prefix.stat().st_ino
    removal = removal_of(host, prefix)
    try:
        with pytest.raises(Refused, match=r": lib/kept\.txt \(Operation not permitted\)\.") as refusal:
            removal.do(Told())
        rest = prefix.with_name(f"{trash.TRASH}{number:x}")
        assert str(rest) in refusal.value.fix
        assert listed(host) == []
    finally:
        subprocess.run(["chattr", "-R", "-i", prefix.parent], capture_output=True, check=False)
    removal_of(host, made_by_hand(prefix)).do(Told())
    assert names_in(prefix.parent) == ["requirements.txt"]


def test_what_is_left_in_a_folder_without_permission_is_told(host: Host, prefix: Path) -> None:
    if os.getuid() == 0:
        pytest.skip("root may delete everything")
    locked = prefix / "lib" / "locked"
    write(locked / "file")
    locked.chmod(0o555)
    with pytest.raises(Refused, match="could not be deleted"):
        removal_of(host, prefix).do(Told())


def test_killed_in_the_middle_nothing_half_is_listed_and_the_next_sweeps(host: Host, project: Path) -> None:
    template = made_by_hand(project / "template")
    for number in range(300):
        write(template / "share" / "many" / str(number % 10) / str(number))
    code = (
        "import sys; from pathlib import Path; from tests.creator.changing import removal_of;"
        "from tests.creator.scene import Told; from jupyter_envs.host import Host; import os;"
        "host = Host(home=Path(sys.argv[1]), variables=dict(os.environ), uid=os.getuid());"
        "work = removal_of(host, Path(sys.argv[2])); print('here', flush=True); work.do(Told())"
    )
    prefix = project / ".venv"
    for delay in (0.0, 0.003, 0.01):
        shutil.copytree(template, prefix, symlinks=True)
        with subprocess.Popen(
            [sys.executable, "-c", code, host.home, prefix], stdout=subprocess.PIPE, env=dict(host.variables)
        ) as child:
            assert child.stdout is not None
            assert child.stdout.readline() == b"here\n"
            time.sleep(delay)
            child.kill()
        if prefix in listed(host):
            assert (prefix / "pyvenv.cfg").exists()
            removal_of(host, prefix).do(Told())
        shell.sweep(prefix)  # as the next does that makes one there, where it was marked and not renamed yet
        assert set(listed(host)) == {template}
        shutil.copytree(template, prefix, symlinks=True)
        removal_of(host, prefix).do(Told())
        assert names_in(project) == ["requirements.txt", "template"]


def test_a_swapped_parent_leads_nowhere_else(host: Host, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    write(victim / ".venv" / "precious")
    write(victim / ".venv" / "pyvenv.cfg", "home = /usr/bin\n")
    parent, aside = host.home / "p", host.home / "aside"
    template = make_environment(host.home / "template" / ".venv", make_base(host.home / "base"))
    stop = threading.Event()

    def swap() -> None:
        while not stop.is_set():
            try:
                parent.rename(aside)
                parent.symlink_to(victim)
                parent.unlink()
                aside.rename(parent)
            except OSError:
                time.sleep(0)

    parent.mkdir()
    ended = []
    for _ in range(20):
        shutil.rmtree(parent / ".venv", ignore_errors=True)
        shutil.copytree(template, parent / ".venv", symlinks=True)
        removal = removal_of(host, parent / ".venv")
        stop.clear()
        swapper = threading.Thread(target=swap)
        swapper.start()
        try:
            removal.do(Told())
            ended.append("done")
        except EnvsError:
            ended.append("refused")
        finally:
            stop.set()
            swapper.join()
        if parent.is_symlink():
            parent.unlink()
        if aside.exists():
            aside.rename(parent)
        assert (victim / ".venv" / "precious").exists()
        assert (victim / ".venv" / "pyvenv.cfg").exists()
    assert ended


def test_the_tools_records_and_the_persons_marks_forget_it(host: Host, prefix: Path) -> None:
    home = host.home
    table = write(home / "envs.toml", '[other]\nminor = "3.11"\n\n[shop]\nminor = "3.12"\n')
    note = write(home / ".pdm-python", f"{prefix}/bin/python")
    others = write(home / "other" / ".pdm-python", "/elsewhere/bin/python")
    link = home / "NAME"
    link.symlink_to(prefix)
    lead_away = home / "AWAY"
    lead_away.symlink_to(home / "other")
    pins.change(host, prefix, pins.Mark.PIN, on=True)
    ran, fails = Command(("/bin/sh", "-c", "echo gone"), home, "Telling"), Command(("/bin/false",), home, "Failing")
    plan = RemovalPlan((fails,), (ran,), (Table(table, "shop"),), (note, others), (link, lead_away))
    told = Told()
    replace(removal_of(host, prefix), plan=plan).do(told)
    assert table.read_text() == '[other]\nminor = "3.11"\n\n'
    assert not note.exists()
    assert others.exists()
    assert not link.is_symlink()
    assert lead_away.is_symlink()
    assert pins.read(Scene(host)).pinned == frozenset()
    assert "gone" in told.lines
    assert any("Failing failed: false ended with status 1" in line for line in told.warnings)


def test_sizes_are_told_as_people_say_them() -> None:
    sizes = [0, 999, 1000, 52_400_000, 3_000_000_000, 4e15]
    assert list(map(removing.room, sizes)) == ["0 bytes", "999 bytes", "1 kB", "52 MB", "3 GB", "4000.0 TB"]
