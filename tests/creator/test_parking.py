"""What was put aside comes back, or goes when its successor stands, whatever was killed and when."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from jupyter_envs.creator import holding, parking
from jupyter_envs.creator.shell import Shell
from jupyter_envs.errors import Occupied
from jupyter_envs.pyvenv import MARKER
from tests.creator.parked import notes, old_one, park
from tests.creator.scene import listed, names_in
from tests.folders import make_base, make_environment, write

if TYPE_CHECKING:
    from pathlib import Path

    from jupyter_envs.host import Host


@pytest.fixture
def python(tmp_path: Path) -> Path:
    return make_base(tmp_path / "base")


@pytest.fixture
def prefix(project: Path, python: Path) -> Path:
    return old_one(project / ".venv", python)


def test_what_is_put_aside_is_not_listed_and_its_name_is_free(prefix: Path, host: Host) -> None:
    parked = park(prefix, host)
    assert names_in(prefix.parent) == [parked.place.name, "requirements.txt"]
    assert listed(host) == []
    assert len(notes(host)) == 1


def test_it_gets_its_name_back(prefix: Path, host: Host) -> None:
    with holding.hold(prefix, host) as held:
        parked = parking.park(held, host)
        parking.restore(parked, held, host)
    assert listed(host) == [prefix]
    assert (prefix / "old").exists()
    assert notes(host) == []


def test_it_does_not_take_the_place_of_something_new(prefix: Path, host: Host) -> None:
    with holding.hold(prefix, host) as held:
        parked = parking.park(held, host)
        write(prefix / "somebody's")
        with pytest.raises(Occupied, match="Something new lies at"):
            parking.restore(parked, held, host)
    parking.recover(host)  # and so does not what was killed
    assert (prefix / "somebody's").exists()
    assert (parked.place / "old").exists()
    (prefix / "somebody's").unlink()
    prefix.rmdir()
    parking.recover(host)
    assert listed(host) == [prefix]


def test_what_was_killed_right_after_comes_back(prefix: Path, host: Host) -> None:
    park(prefix, host)
    parking.recover(host)
    assert listed(host) == [prefix]
    assert not (prefix / MARKER).exists()
    assert notes(host) == []


def test_what_was_killed_when_the_new_folder_was_empty_comes_back(prefix: Path, host: Host) -> None:
    parked = park(prefix, host)
    prefix.mkdir()
    assert parking.recover(host) == ()
    assert listed(host) == [prefix]
    assert (prefix / "old").exists()
    assert not parked.place.exists()
    assert notes(host) == []


def test_what_was_killed_while_the_new_one_was_made_comes_back(prefix: Path, host: Host) -> None:
    park(prefix, host)
    shell = Shell(prefix)
    write(prefix / "pyvenv.cfg", "home = /usr/bin\n")
    parking.recover(host)
    assert (prefix / "pyvenv.cfg").read_text() == "home = /usr/bin\n"  # somebody still makes it
    shell.close()
    parking.recover(host)
    assert (prefix / "old").exists()
    assert listed(host) == [prefix]


def test_a_copy_of_what_was_put_aside_stays_and_is_told(prefix: Path, host: Host) -> None:
    parked = park(prefix, host)
    saved = parked.place.with_name("saved")
    shutil.copytree(parked.place, saved, symlinks=True)
    shutil.rmtree(parked.place)
    (prefix.parent / "taken").mkdir()  # perhaps by the number that became free
    saved.rename(parked.place)
    (told,) = parking.recover(host)
    assert "copy" in told
    assert MARKER in told
    assert len(notes(host)) == 1
    (parked.place / MARKER).unlink()
    parked.place.rename(prefix)
    assert parking.recover(host) == ()
    assert listed(host) == [prefix]


def test_what_was_killed_while_a_note_was_written_is_cleared_away(
    prefix: Path, host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    folder = host.own_state_folder() / parking.NOTES
    kept = [f"ab.json.{os.getpid()}", "ab.json.x", "ab.7"]
    for name in [*kept, f"ab.json.{ended.pid}", "ab.json.99999999999999999999"]:
        write(folder / name, "{")
    parking.recover(host)
    assert notes(host) == sorted(kept)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with holding.hold(prefix, host) as held, pytest.raises(OSError, match="No space"):
        parking.park(held, host)
    assert notes(host) == sorted(kept)


def test_what_was_killed_before_it_got_its_other_name_is_listed_again(prefix: Path, host: Host) -> None:
    with holding.hold(prefix, host) as held:
        parked = parking.Parked(prefix, held.number)
        parking._write_note(parked, host)
        parking._mark(held.folder)
        parking.recover(host)  # somebody still holds it
        assert (prefix / MARKER).exists()
    assert listed(host) == []
    with pytest.raises(Occupied):
        Shell(prefix)  # and nobody takes it for an attempt that may be swept
    parking.recover(host)
    assert listed(host) == [prefix]


def test_a_note_on_what_is_gone_goes(prefix: Path, host: Host, tmp_path: Path) -> None:
    gone = parking.Parked(tmp_path / "gone" / ".venv", 7, device=tmp_path.stat().st_dev)
    note = gone.note(host)
    parking._write_note(gone, host)
    parking._write_note(parking.Parked(prefix, 7), host)  # another folder by now
    assert note.exists()
    parking.recover(host)
    assert notes(host) == []
    assert listed(host) == [prefix]


def test_a_note_on_what_lies_on_a_disk_that_is_away_stays(prefix: Path, host: Host) -> None:
    note = park(prefix, host).note(host)
    told = json.loads(note.read_text())
    note.write_text(json.dumps({**told, "device": told["device"] + 1}))  # its disk, which is not that below it
    away = prefix.parent.rename(prefix.parent.with_name("away"))
    parking.recover(host)
    assert notes(host) == [note.name]
    away.rename(prefix.parent)
    parking.recover(host)
    assert listed(host) == [prefix]
    assert notes(host) == []


def test_what_fails_when_it_has_its_other_name_gives_it_its_own_back(
    prefix: Path, host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(parking, "_check", fail)
    with holding.hold(prefix, host) as held, pytest.raises(OSError, match="Input/output"):
        parking.park(held, host)
    assert listed(host) == [prefix]
    assert notes(host) == []
    monkeypatch.setattr(os, "write", fail)  # of the marker
    with holding.hold(prefix, host) as held, pytest.raises(OSError, match="Input/output"):
        parking.park(held, host)
    assert listed(host) == [prefix]
    assert notes(host) == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"prefix": "/x", "number": "many", "successor": null}',
        '{"prefix": "/x", "number": 1, "successor": [1]}',
        "[" * 9999,
    ],
)
def test_a_note_that_makes_no_sense_is_left_alone(host: Host, text: str) -> None:
    write(host.own_state_folder() / parking.NOTES / "0123.json", text)
    parking.recover(host)
    assert notes(host) == ["0123.json"]


def test_a_note_of_another_name_is_left_alone(prefix: Path, host: Host) -> None:
    parked = park(prefix, host)
    note = parked.note(host)
    note.rename(note.with_name("other.json"))
    parking.recover(host)
    assert parked.place.exists()


def test_names_that_are_no_text_are_remembered(host: Host, project: Path, tmp_path: Path) -> None:
    odd = project / os.fsdecode(b"caf\xe9 \n")
    make_environment(odd, make_base(tmp_path / "base"))
    park(odd, host)
    assert json.loads(next((host.own_state_folder() / parking.NOTES).iterdir()).read_text())["prefix"] == str(odd)
    parking.recover(host)
    assert (odd / "pyvenv.cfg").exists()


def test_a_folder_that_takes_its_place_meanwhile_keeps_its_name(
    prefix: Path, host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark = parking._mark

    def swap(folder: int) -> None:
        mark(folder)
        prefix.rename(prefix.with_name("moved"))
        write(prefix / "other")

    monkeypatch.setattr(parking, "_mark", swap)
    with holding.hold(prefix, host) as held, pytest.raises(Occupied, match="is being changed"):
        parking.park(held, host)
    assert (prefix / "other").exists()
    assert not (prefix.with_name("moved") / MARKER).exists()
    assert notes(host) == []
