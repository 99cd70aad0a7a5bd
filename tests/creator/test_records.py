"""What a tool changed beside an environment is as it was when nothing came of that environment."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from jupyter_envs.creator import contents
from jupyter_envs.creator.contents import REPLACED
from jupyter_envs.creator.records import Kept, remove
from jupyter_envs.creator.sharing import Shared
from jupyter_envs.host import Host
from jupyter_envs.managers.plans import Command, Plan, Table
from tests.creator.scene import Told, names_in

pytestmark = pytest.mark.skipif(os.name == "nt", reason="environments are not made on Windows")

COMMAND = Command(("tool",), Path("/"), "Running it")
OTHERS = "# mine\n[other]\nminor = '3.9'\n"
OURS = '\n[shop]\nminor = "3.12"\n'


def kept(*files: Path, tables: tuple[Table, ...] = ()) -> Kept:
    beside = (*files, *(table.path for table in tables))[0].parent
    return Kept(Plan(Path("/nowhere"), (), touched=files, tables=tables), Shared(Host(beside / "home")))


def test_a_file_that_changed_is_put_back_with_its_mode(tmp_path: Path) -> None:
    lock = tmp_path / "poetry.lock"
    lock.write_bytes(b"old \xff\r\n")
    lock.chmod(0o640)
    before = kept(lock)
    with before.watch(COMMAND, Told()):
        lock.write_text("new")
        lock.chmod(0o600)
    before.put_back(Told())
    assert lock.read_bytes() == b"old \xff\r\n"
    assert lock.stat().st_mode & 0o777 == 0o640
    assert names_in(tmp_path) == ["poetry.lock"]


def test_a_file_that_did_not_change_is_not_written(tmp_path: Path) -> None:
    lock = tmp_path / "uv.lock"
    lock.write_text("same")
    before, status = kept(lock), lock.stat()
    before.put_back(Told())
    assert (lock.stat().st_ino, lock.stat().st_mtime_ns) == (status.st_ino, status.st_mtime_ns)


def test_a_file_that_was_not_there_goes_and_one_that_went_comes_back(tmp_path: Path) -> None:
    new, old = tmp_path / ".python-version", tmp_path / "pyproject.toml"
    old.write_text("mine")
    before = kept(new, old)
    with before.watch(COMMAND, Told()):
        new.write_text("3.12")
        old.unlink()
    before.put_back(Told())
    assert not new.exists()
    assert old.read_text() == "mine"
    kept(new).put_back(Told())
    assert not new.exists()


def test_what_somebody_wrote_or_deleted_meanwhile_stays_and_is_told(tmp_path: Path) -> None:
    project, lock, gone = (tmp_path / name for name in ("pyproject.toml", "uv.lock", ".python-version"))
    project.write_text("old")
    gone.write_text("3.12")
    before, told = kept(project, lock, gone), Told()
    with before.watch(COMMAND, Told()):
        project.write_text("by the tool")
    project.write_text("mine")
    lock.write_text("mine")
    gone.unlink()
    before.put_back(told)
    assert (project.read_text(), lock.read_text(), gone.exists()) == ("mine", "mine", False)
    assert [line.rpartition("/")[2] for line in told.warnings] == [
        f"{name} was changed meanwhile, and stays as it is."
        for name in ("pyproject.toml", "uv.lock", ".python-version")
    ]


def test_what_somebody_wrote_before_a_command_is_what_comes_back(tmp_path: Path) -> None:
    project, told = tmp_path / "pyproject.toml", Told()
    project.write_text("old")
    before = kept(project)
    with before.watch(COMMAND, Told()):
        project.write_text("by the tool")
    project.write_text("mine")
    with before.watch(COMMAND, Told()):
        project.write_text("mine, and the tool's")
    before.put_back(told)
    assert project.read_text() == "mine"


def test_what_a_person_may_have_written_meanwhile_is_kept_before_it_is_replaced(tmp_path: Path, host: Host) -> None:
    project, lock, told = tmp_path / "pyproject.toml", tmp_path / "uv.lock", Told()
    project.write_text("old")
    before = Kept(Plan(Path("/nowhere"), (), touched=(project, lock)), Shared(host))
    with before.watch(COMMAND, told):
        project.write_text("the tool's, and mine")
        lock.write_text("by the tool")
    before.put_back(told)
    (kept,) = (host.own_state_folder() / REPLACED).iterdir()
    assert (project.read_text(), kept.read_text(), lock.exists()) == ("old", "the tool's, and mine", False)
    assert kept.stat().st_mode & 0o777 == 0o600
    (warning,) = told.warnings
    assert str(kept) in warning


def test_what_cannot_be_kept_is_not_replaced(tmp_path: Path) -> None:
    project, told = tmp_path / "pyproject.toml", Told()
    project.write_text("old")
    (tmp_path / "home").write_text("no folder")
    before = kept(project)
    with before.watch(COMMAND, told):
        project.write_text("mine")
    before.put_back(told)
    assert (project.read_text(), len(told.warnings)) == ("mine", 1)


def test_what_a_command_does_not_write_is_somebody_elses_also_while_it_runs(tmp_path: Path) -> None:
    project, lock, told = tmp_path / "pyproject.toml", tmp_path / "uv.lock", Told()
    project.write_text("old")
    before = kept(project, lock)
    with before.watch(replace(COMMAND, writes=(lock, tmp_path / "other")), Told()):
        project.write_text("mine")
        lock.write_text("by the tool")
    before.put_back(told)
    assert (project.read_text(), lock.exists(), len(told.warnings)) == ("mine", False, 1)


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    real, link = tmp_path / "real.toml", tmp_path / "pyproject.toml"
    real.write_text("mine")
    link.symlink_to(real)
    before = kept(link)
    with before.watch(COMMAND, Told()):
        link.write_text("theirs")
    before.put_back(Told())
    assert link.is_symlink()
    assert real.read_text() == "mine"


def test_what_is_no_file_or_far_too_long_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    (tmp_path / "long").write_text("12345")
    monkeypatch.setattr(contents, "AT_MOST", 4)
    before = kept(tmp_path / "pipe", tmp_path / "folder", tmp_path / "long")
    with before.watch(COMMAND, Told()):
        (tmp_path / "long").write_text("changed")
    before.put_back(Told())
    assert (tmp_path / "long").read_text() == "changed"


def test_what_cannot_be_put_back_keeps_nothing_else_from_it(tmp_path: Path) -> None:
    folder, lock = tmp_path / "gone" / "a.lock", tmp_path / "b.lock"
    folder.parent.mkdir()
    folder.write_text("old")
    lock.write_text("old")
    before = kept(folder, lock)
    with before.watch(COMMAND, Told()):
        folder.unlink()
        folder.parent.rmdir()
        lock.write_text("new")
    before.put_back(Told())
    assert lock.read_text() == "old"


@pytest.mark.parametrize("was", [None, "", OTHERS, OTHERS + OURS, OURS])
@pytest.mark.parametrize("now", [OTHERS + OURS, OTHERS + '\n[shop]\nminor = "3.13"\n', OTHERS, OURS, "[shop]\n"])
def test_the_table_of_one_environment_is_as_it_was_and_all_others_as_they_are(
    tmp_path: Path, was: str | None, now: str
) -> None:
    file = tmp_path / "envs.toml"
    if was is not None:
        file.write_text(was)
    before = kept(tables=(Table(file, "shop"),))
    with before.watch(COMMAND, Told()):
        file.write_text(now)
    before.put_back(Told())
    text = file.read_text() if file.exists() else ""
    assert ("[other]" in text) == ("[other]" in now)
    assert ("# mine" in text) == ("# mine" in now)
    assert ('[shop]\nminor = "3.12"\n' in text) == ("[shop]" in (was or ""))
    assert text.count("[shop]") == (was or "").count("[shop]")
    if was is None and now == "[shop]\n":
        assert not file.exists()


def test_where_nothing_else_changed_the_file_is_the_same_byte_for_byte(tmp_path: Path) -> None:
    file = tmp_path / "envs.toml"
    file.write_bytes(OTHERS.encode())
    before = kept(tables=(Table(file, "shop"),))
    with before.watch(COMMAND, Told()):
        file.write_text(OTHERS + OURS)
    before.put_back(Told())
    assert file.read_bytes() == OTHERS.encode()


def test_a_file_of_tables_that_is_damaged_now_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "envs.toml"
    file.write_text(OTHERS)
    before = kept(tables=(Table(file, "shop"),))
    with before.watch(COMMAND, Told()):
        file.write_text("[shop")
    before.put_back(Told())
    assert file.read_text() == "[shop"


def test_a_table_is_removed_and_nothing_else(tmp_path: Path, host: Host) -> None:
    file = tmp_path / "envs.toml"
    file.write_text(OTHERS + OURS)
    file.chmod(0o640)
    assert remove(Table(file, "shop"), host)
    assert file.read_text() == OTHERS + "\n"
    assert file.stat().st_mode & 0o777 == 0o640
    assert remove(Table(file, "shop"), host)
    assert remove(Table(tmp_path / "absent.toml", "shop"), host)
    assert not (tmp_path / "absent.toml").exists()
    file.write_text("[shop")
    assert not remove(Table(file, "shop"), host)
    assert not remove(Table(tmp_path, "shop"), host)


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path, host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "envs.toml"
    file.write_text(OTHERS + OURS)

    def no_room(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", no_room)
    with pytest.raises(OSError, match="No space"):
        remove(Table(file, "shop"), host)
    assert file.read_text() == OTHERS + OURS
    assert names_in(tmp_path) == ["envs.toml", "home"]
