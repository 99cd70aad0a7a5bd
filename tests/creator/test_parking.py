"""What was put aside comes back, or goes when its successor stands, whatever was killed and when."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from jupyter_envs.creator import holding, parking, remaking
from jupyter_envs.creator.shell import Shell
from jupyter_envs.errors import Occupied
from jupyter_envs.pyvenv import MARKER
from tests.creator.scene import listed, names_in
from tests.folders import make_base, make_environment, write

if TYPE_CHECKING:
    from pathlib import Path

    from jupyter_envs.creator.parking import Parked
    from jupyter_envs.host import Host


@pytest.fixture
def prefix(project: Path, tmp_path: Path) -> Path:
    make_environment(project / ".venv", make_base(tmp_path / "base"))
    write(project / ".venv" / "old")
    write(project / ".venv" / "bin" / "postactivate", "mine").chmod(0o755)
    return project / ".venv"


def park(prefix: Path, host: Host, *carried: str) -> Parked:
    """Put aside, and then killed: nobody holds it any more."""
    with holding.hold(prefix, host) as held:
        return parking.park(held, host, carried)


def notes(host: Host) -> list[str]:
    folder = host.own_state_folder() / parking.NOTES
    return names_in(folder) if folder.exists() else []


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


def test_what_was_killed_when_the_new_one_stood_goes(prefix: Path, host: Host, tmp_path: Path) -> None:
    parked = park(prefix, host, "bin/postactivate")
    make_environment(prefix, tmp_path / "base" / "bin" / "python3.12")
    parking.recover(host)
    assert not parked.place.exists()
    assert not (prefix / "old").exists()
    assert (prefix / "bin" / "postactivate").read_text() == "mine"
    assert os.access(prefix / "bin" / "postactivate", os.X_OK)
    assert notes(host) == []


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
    note = parking.Parked(tmp_path / "gone", 7).note(host)
    parking._write_note(parking.Parked(tmp_path / "gone", 7), host)
    parking._write_note(parking.Parked(prefix, 7), host)  # another folder by now
    assert note.exists()
    parking.recover(host)
    assert notes(host) == []
    assert listed(host) == [prefix]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"prefix": "/x", "number": "many", "carried": []}', "[" * 9999])
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


def test_what_is_carried_over_keeps_its_modes_and_links(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    write(old / "bin" / "hook", "mine").chmod(0o750)
    (old / "link").symlink_to("bin/hook")
    write(old / "src" / "thing" / "code.py", "one")
    (old / "src" / "up").symlink_to("..")
    write(new / "bin" / "hook", "theirs")
    remaking.carry(old, new, ["bin/hook", "link", "src", "absent"])
    assert (new / "bin" / "hook").read_text() == "mine"
    assert (new / "bin" / "hook").stat().st_mode & 0o777 == 0o750
    assert (new / "link").readlink().name == "hook"
    assert (new / "src" / "thing" / "code.py").read_text() == "one"
    assert (new / "src" / "up").is_symlink()
    assert not (new / "absent").exists()
