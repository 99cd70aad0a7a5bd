"""What several environments share is changed by one piece of work at a time, in whichever process it is done."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from jupyter_envs.creator import Wish, records, sharing
from jupyter_envs.errors import Cancelled, Occupied, Refused
from jupyter_envs.managers.plans import Command, Plan, Table
from tests.creator.scene import Told, making_of, names_in
from tests.folders import write

if TYPE_CHECKING:
    from pathlib import Path

    from jupyter_envs.creator import Creator
    from jupyter_envs.host import Host

pytestmark = pytest.mark.skipif(os.name == "nt", reason="environments are not made on Windows")


def plan_of(project: Path, name: str = "shop", *, writes: tuple[str, ...] = ("a.toml", "a.lock")) -> Plan:
    """A plan whose command notes something in a table of all projects, and writes some of the project's files."""
    envs = project.parent / "envs.toml"
    command = Command(("tool",), project, "Running it", writes=(*(project / each for each in writes), envs))
    touched = (project / "a.toml", project / "a.lock")
    return Plan(project / name, (command,), touched=touched, tables=(Table(envs, name),))


def test_a_second_work_on_the_same_files_is_told_at_once_which(project: Path, host: Host) -> None:
    with sharing.hold(plan_of(project), host):
        with (
            pytest.raises(Occupied, match=r"my \$project's is being made .* the same files \(a.lock, a.toml\)"),
            sharing.hold(plan_of(project, "other"), host),
        ):
            pytest.fail("two at once")
        with sharing.hold(plan_of(project / "inner", "another"), host):
            pass
    with sharing.hold(plan_of(project, "other"), host):
        pass


def test_a_second_work_on_the_same_table_is_told_though_no_file_is_written(project: Path, host: Host) -> None:
    plan = plan_of(project, writes=())
    with (
        sharing.hold(plan, host),
        pytest.raises(Occupied, match=r"of the same project .* noted in"),
        sharing.hold(plan, host),
    ):
        pytest.fail("two at once")
    with sharing.hold(plan_of(project, writes=()), host), sharing.hold(plan_of(project, "other", writes=()), host):
        pass  # another project's table, in the same file


def test_what_reads_only_locks_nothing(project: Path, host: Host) -> None:
    with sharing.hold(Plan(project / ".venv", (), touched=(project / "a.lock",)), host) as shared:
        assert shared.locks == ()
    assert not host.own_state_folder().exists()


def test_a_link_to_the_same_file_is_the_same(project: Path, host: Host) -> None:
    linked = project.with_name("linked")
    linked.symlink_to(project)
    with sharing.hold(plan_of(project), host), pytest.raises(Occupied), sharing.hold(plan_of(linked, "b"), host):
        pytest.fail("two at once")


def test_tools_keep_the_lock_of_whoever_started_them_and_was_killed(project: Path, host: Host) -> None:
    with sharing.hold(plan_of(project), host) as shared:
        words = [sys.executable, "-c", "import sys; sys.stdin.read()"]
        tool = subprocess.Popen(words, stdin=subprocess.PIPE, pass_fds=shared.locks)
    with tool, pytest.raises(Occupied), sharing.hold(plan_of(project), host):
        pytest.fail("the tool still works")
    with sharing.hold(plan_of(project), host):
        pass


def test_the_table_file_of_two_projects_is_written_by_one_after_the_other(project: Path, host: Host) -> None:
    one, two = plan_of(project, writes=()), plan_of(project, "other", writes=())
    order, waits = list[str](), threading.Event()

    class Waiting(Told):
        def phase(self, text: str) -> None:
            super().phase(text)
            waits.set()

    with sharing.hold(one, host) as first, sharing.hold(two, host) as second:

        def write_second() -> None:
            with second.writing(two.commands[0], Waiting()):
                order.append("second")

        thread = threading.Thread(target=write_second)
        with first.writing(one.commands[0], Told()):
            thread.start()
            assert waits.wait(60)
            order.append("first")
        thread.join()
    assert order == ["first", "second"]


def test_who_waits_for_a_table_can_be_cancelled_and_says_that_they_wait(project: Path, host: Host) -> None:
    one, two = plan_of(project, writes=()), plan_of(project, "other", writes=())
    told = Told(stop_at="Waiting for another environment, whose tool is writing envs.toml")
    with (
        sharing.hold(one, host) as first,
        sharing.hold(two, host) as second,
        first.writing(one.commands[0], Told()),
        pytest.raises(Cancelled),
        second.writing(two.commands[0], told),
    ):
        pytest.fail("two at once")


def test_a_command_that_does_not_write_the_table_waits_for_nobody(project: Path, host: Host) -> None:
    one, two = plan_of(project, writes=()), plan_of(project, "other", writes=())
    reads, told = Command(("tool",), project, "Reading", writes=()), Told()
    with (
        sharing.hold(one, host) as first,
        sharing.hold(two, host) as second,
        first.writing(one.commands[0], told),
        second.writing(reads, told),
    ):
        assert told.phases == []


def test_who_takes_a_table_out_waits_and_leaves_it_where_that_lasts(
    project: Path, host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = plan_of(project, writes=())
    (table,) = plan.tables
    text = write(table.path, "[shop]\n[other]\n").read_text()
    monkeypatch.setattr(sharing, "SOON_SECONDS", 0.1)
    with sharing.hold(plan, host) as shared, shared.writing(plan.commands[0], Told()):
        with pytest.raises(Occupied, match="has been writing"):
            records.remove(table, host)
        assert table.path.read_text() == text
    assert records.remove(table, host)
    assert table.path.read_text() == "[other]\n"


def test_what_could_not_be_put_back_for_somebody_else_is_told(
    project: Path, host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan, other, told = plan_of(project, writes=()), plan_of(project, "other", writes=()), Told()
    monkeypatch.setattr(sharing, "SOON_SECONDS", 0.1)
    with sharing.hold(other, host) as shared, shared.writing(other.commands[0], Told()):
        with pytest.raises(KeyError), records.keeping(plan, host, told):
            raise KeyError
        (warning,) = told.warnings
    assert warning.endswith("What it notes of the environment was not put back.")


def test_where_no_lock_can_be_made_that_is_told(project: Path, host: Host) -> None:
    write(host.home / ".local", "no folder")
    with pytest.raises(Refused, match="locks cannot be written"), sharing.hold(plan_of(project), host):
        pytest.fail("no lock")


def test_an_environment_is_not_made_while_another_one_changes_the_projects_files(
    project: Path, creator: Creator, host: Host
) -> None:
    write(project / "pyproject.toml", '[project]\nname = "shop"\nversion = "1"\n')
    making = making_of(creator, Wish(project, manager="uv", install=True))
    before = names_in(project)
    with sharing.hold(making.plan, host):
        with pytest.raises(Occupied, match=r"the same files \(uv.lock\)"):
            making.do(Told())
        assert names_in(project) == before
    assert making.do(Told()).prefix == project / ".venv"
