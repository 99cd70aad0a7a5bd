"""What its person had in an old environment is copied into the new one, over nothing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from jupyter_envs.creator.carrying import Carrying, some
from jupyter_envs.errors import Cancelled, Refused
from jupyter_envs.host import Host
from tests.creator.scene import Told
from tests.folders import link, write

pytestmark = pytest.mark.skipif(os.name == "nt", reason="environments are not made on Windows")


@pytest.fixture
def old(tmp_path: Path) -> Path:
    return tmp_path / "put aside"


@pytest.fixture
def new(tmp_path: Path) -> Path:
    (tmp_path / "new").mkdir()
    return tmp_path / "new"


def carried(old: Path, new: Path, *names: str, prefix: str | None = None) -> Told:
    """From one that is made again at its place, or was called `prefix`."""
    sites = (["lib/a/site-packages"], "lib/b/site-packages")
    told, work = Told(), Carrying(str(old), prefix or str(new), str(new), Host(old.parent), *sites)
    work.carry(names, told)
    work.tell(told)
    return told


def test_files_keep_their_modes_and_times_and_links_lead_where_they_led(old: Path, new: Path) -> None:
    write(old / "bin" / "mine", "echo\n").chmod(0o750)
    os.utime(old / "bin" / "mine", (1, 2))
    write(old / "etc" / "secret" / "key").parent.chmod(0o700)
    link(old / "bin" / "linked", "mine")
    write(old / "lib" / "a" / "site-packages" / "mine.pth")
    names = ("bin/mine", "bin/linked", "etc/secret/key", "lib/a/site-packages/mine.pth")
    told = carried(old, new, *names)
    status = (new / "bin" / "mine").stat()
    assert (status.st_mode & 0o777, status.st_mtime) == (0o750, 2)
    assert (new / "etc" / "secret").stat().st_mode & 0o777 == 0o700
    assert (new / "bin" / "linked").readlink().name == "mine"
    assert (new / "lib" / "b" / "site-packages" / "mine.pth").exists()
    assert told.lines == [f"Carried over: {', '.join(names)}"]
    assert told.warnings == []


def test_what_the_new_one_has_stays_and_is_told_unless_it_is_equal(old: Path, new: Path, tmp_path: Path) -> None:
    for name in ("bin/same", "bin/other", "share/deep/x", "etc/x"):
        write(old / name, "old")
    link(old / "bin" / "one", "a")
    link(old / "bin" / "two", "a")
    write(new / "bin" / "same", "old")
    write(new / "bin" / "other", "new")
    write(new / "share" / "deep", "a file")
    link(new / "bin" / "one", "a")
    link(new / "bin" / "two", "b")
    link(new / "etc", tmp_path)
    told = carried(old, new, "bin/same", "bin/other", "bin/one", "bin/two", "share/deep/x", "etc/x")
    (warning,) = told.warnings
    assert warning.startswith(
        "These were not carried over, as the new environment has its own. Yours are kept: bin/other"
    )
    kept = dict(one.split(" in ") for one in warning.partition("kept: ")[2].removesuffix(".").split(", "))
    texts = {name: Path(place).read_text() for name, place in kept.items()}
    assert texts == {"bin/other": "old", "bin/two": "a", "share/deep/x": "old", "etc/x": "old"}
    assert (new / "bin" / "other").read_text() == "new"
    assert not (tmp_path / "x").exists()


def test_what_cannot_be_read_or_kept_fails_it(old: Path, new: Path) -> None:
    (old / "etc").mkdir(parents=True)
    os.mkfifo(old / "etc" / "pipe")
    for name in ("etc/gone", "etc/pipe"):
        with pytest.raises(Refused, match=f"{name} .*, and would be lost"):
            carried(old, new, name)
    write(new / "etc" / "taken")
    (old / "etc" / "pipe").rename(old / "etc" / "taken")
    with pytest.raises(Refused, match="etc/taken could not be read"):
        carried(old, new, "etc/taken")


def test_what_lies_in_the_library_goes_into_that_of_the_new_python(old: Path, new: Path) -> None:
    write(old / "lib" / "python3.9" / "mine.py")
    told = Told()
    Carrying(str(old), str(new), str(new), Host(new.parent), (), "lib/python3.12/site-packages").carry(
        ["lib/python3.9/mine.py"], told
    )
    assert (new / "lib" / "python3.12" / "mine.py").exists()


def test_in_another_place_scripts_and_links_name_that_one(old: Path, new: Path) -> None:
    write(old / "bin" / "mine", "#!/was/here/bin/python3.9 -u\nprint('/was/here/bin')\n")
    write(old / "bin" / "other", "#!/bin/sh\n")
    write(old / "share" / "kernel.json", '{"argv": ["/was/here/bin/python"]}')
    link(old / "bin" / "abs", "/was/here/share/x")
    link(old / "bin" / "out", "../../beside")
    link(old / "bin" / "in", "../share/x")
    names = ("bin/mine", "bin/other", "share/kernel.json", "bin/abs", "bin/out", "bin/in")
    told = carried(old, new, *names, prefix="/was/here")
    assert (new / "bin" / "mine").read_text() == f"#!{new}/bin/python -u\nprint('/was/here/bin')\n"
    assert (new / "bin" / "other").read_text() == "#!/bin/sh\n"
    led = [str((new / "bin" / name).readlink()) for name in ("abs", "out", "in")]
    assert led == [f"{new}/share/x", "/was/beside", "../share/x"]
    assert told.warnings == [
        "These were carried over, and still name what the old one had: bin/mine, share/kernel.json."
    ]


def test_what_names_a_python_that_is_gone_is_told(old: Path, new: Path) -> None:
    write(new / "bin" / "python3.12")
    for minor in (9, 12):
        write(old / "share" / f"{minor}.json", f'["{new}/bin/python3.{minor}"]')
    told = carried(old, new, "share/9.json", "share/12.json")
    assert told.warnings == ["These were carried over, and still name what the old one had: share/9.json."]


def test_a_script_gets_a_python_that_is_there(old: Path, new: Path) -> None:
    write(new / "bin" / "python3.12")
    for minor in (9, 12):
        write(old / "bin" / f"on-{minor}", f"#!{new}/bin/python3.{minor}\n")
    assert carried(old, new, "bin/on-9", "bin/on-12").warnings == []
    assert (new / "bin" / "on-9").read_text() == f"#!{new}/bin/python\n"
    assert (new / "bin" / "on-12").read_text() == f"#!{new}/bin/python3.12\n"


def test_it_can_be_cancelled(old: Path, new: Path) -> None:
    told = Told()
    told.cancel.set()
    with pytest.raises(Cancelled):
        Carrying(str(old), str(new), str(new), Host(new.parent)).carry(["bin/mine"], told)


def test_of_many_names_the_first_are_told() -> None:
    assert some(list("abcde")) == "a, b, c, d, e"
    assert some(list("abcdefg")) == "a, b, c, d, e and 2 more"
