"""What killed work left in the files of a project is put back, as far as it is known to be that work's."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest

from jupyter_envs.creator import contents, journal, records, sharing
from jupyter_envs.managers.plans import Command, Plan
from tests.creator.scene import Told
from tests.folders import write

if TYPE_CHECKING:
    from pathlib import Path

    from jupyter_envs.host import Host

pytestmark = pytest.mark.skipif(os.name == "nt", reason="environments are not made on Windows")


def plan_of(project: Path) -> Plan:
    files = (project / "pyproject.toml", project / "a.lock")
    return Plan(project / ".venv", (Command(("tool",), project, "Running it"),), touched=files)


def killed(project: Path, host: Host, text: str = "by the tool", *, within: bool) -> None:
    """Work that is killed while its command runs, or after that."""
    child = os.fork()
    if child == 0:
        plan = plan_of(project)
        with records.keeping(plan, host, Told()) as kept:
            with kept.watch(plan.commands[0], Told()):
                write(project / "pyproject.toml", text)
                write(project / "a.lock", text)
                if within:
                    os.kill(os.getpid(), signal.SIGKILL)
            os.kill(os.getpid(), signal.SIGKILL)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


def broken_off(plan: Plan, host: Host, told: Told) -> None:
    """Work that fails after its command wrote a file."""
    with records.keeping(plan, host, told) as kept:
        with kept.watch(plan.commands[0], told):
            write(plan.touched[0], "by the tool")
        raise KeyError


def left_over(host: Host) -> list[Path]:
    return list((host.own_state_folder() / journal.NOTES).iterdir())


def test_what_a_command_left_before_the_work_was_killed_is_put_back(project: Path, host: Host) -> None:
    write(project / "pyproject.toml", "mine \udcff")
    killed(project, host, within=False)
    (note,) = left_over(host)
    assert note.stat().st_mode & 0o777 == 0o600
    with sharing.hold(plan_of(project), host):
        assert journal.recover(host) == ()  # somebody works on it
    assert (project / "a.lock").exists()
    (told,) = journal.recover(host)
    (kept,) = (host.own_state_folder() / contents.REPLACED).iterdir()
    assert str(kept) in told
    assert kept.read_text() == "by the tool"
    assert (project / "pyproject.toml").read_bytes() == b"mine \xff"
    assert not (project / "a.lock").exists()
    assert left_over(host) == []


def test_nothing_is_put_back_elsewhere_through_a_link(project: Path, host: Host) -> None:
    killed(project, host, within=False)
    elsewhere = project.rename(project.with_name("elsewhere"))
    project.symlink_to(elsewhere)
    assert len(journal.recover(host)) == 2
    assert (elsewhere / "a.lock").read_text() == "by the tool"


@pytest.mark.parametrize("within", [True, False])
def test_what_cannot_be_known_stays_and_the_former_is_kept_and_told(project: Path, host: Host, *, within: bool) -> None:
    write(project / "pyproject.toml", "old")
    killed(project, host, within=within)
    write(project / "pyproject.toml", "mine")
    write(project / "a.lock", "mine")
    told = journal.recover(host)
    (kept,) = (host.own_state_folder() / contents.REPLACED).iterdir()
    assert (kept.read_text(), (project / "pyproject.toml").read_text()) == ("old", "mine")
    assert [line.startswith("Work that was killed may have changed") for line in told] == [True, False, True]
    assert str(kept) in told[1]
    assert left_over(host) == []


def test_the_next_work_puts_right_what_the_last_one_left(project: Path, host: Host) -> None:
    write(project / "pyproject.toml", "mine")
    killed(project, host, within=False)
    with records.keeping(plan_of(project), host, Told()):
        assert (project / "pyproject.toml").read_text() == "mine"
    assert left_over(host) == []


def test_a_project_that_is_away_is_put_right_when_it_is_back(project: Path, host: Host) -> None:
    write(project / "pyproject.toml", "mine")
    killed(project, host, within=False)
    away = project.rename(project.with_name("away"))
    assert journal.recover(host) == ()
    away.rename(project)
    assert len(journal.recover(host)) == 1
    assert (project / "pyproject.toml").read_text() == "mine"
    assert left_over(host) == []


def test_a_note_that_cannot_be_read_now_stays(project: Path, host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    write(project / "pyproject.toml", "mine")
    killed(project, host, within=False)

    def fail(_: Path) -> None:
        raise OSError(24, "Too many open files")

    with monkeypatch.context() as patched:
        patched.setattr(journal, "read", fail)
        assert journal.recover(host) == ()
    assert len(left_over(host)) == 1
    assert len(journal.recover(host)) == 1
    assert (project / "pyproject.toml").read_text() == "mine"


def test_a_damaged_note_is_kept_for_its_person_when_the_same_files_are_changed_again(project: Path, host: Host) -> None:
    killed(project, host, within=False)
    (note,) = left_over(host)
    note.write_text(note.read_text()[:40])
    with records.keeping(plan_of(project), host, told := Told()):
        assert left_over(host) == []
    (kept,) = (host.own_state_folder() / contents.REPLACED).iterdir()
    assert told.warnings == [f"The note on work that was killed is damaged, and kept in {kept}."]


def test_what_could_not_be_put_back_is_tried_again_later(
    project: Path, host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(project / "pyproject.toml", "mine")
    plan, told = plan_of(project), Told()

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(records, "put_back", fail)
        with pytest.raises(KeyError):
            broken_off(plan, host, told)
    assert told.warnings[0].endswith("could not be put back: No space left on device.")
    assert (project / "pyproject.toml").read_text() == "by the tool"
    with records.keeping(plan, host, Told()):
        assert (project / "pyproject.toml").read_text() == "mine"


def test_what_is_done_is_not_undone_and_a_damaged_note_harms_nobody(project: Path, host: Host) -> None:
    plan = plan_of(project)
    with records.keeping(plan, host, Told()) as kept:
        with kept.watch(plan.commands[0], Told()):
            write(project / "pyproject.toml", "by the tool")
        assert len(left_over(host)) == 1
        kept.stand()
        assert left_over(host) == []
    for text in ("", "{", "[3]", '{"held": [], "files": []}', '{"held": ["/a"], "files": [3]}', "[" * 100_000):
        write(host.own_state_folder() / journal.NOTES / "0123.json", text)
        assert journal.recover(host) == ()
    assert (project / "pyproject.toml").read_text() == "by the tool"
