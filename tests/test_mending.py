"""Mending: nothing is lost, and nothing is changed that is no longer as it was found."""

from __future__ import annotations

import os
import shlex
import subprocess
import time
from pathlib import Path

import pytest

from jupyter_envs import mending
from jupyter_envs.errors import Refused
from tests.folders import as_somebody_else, link, write

AS_ROOT = pytest.mark.skipif(os.name == "nt" or os.getuid() != 0, reason="only root can give files to others")
pytestmark = pytest.mark.skipif(os.name == "nt", reason="permissions are those of Unix")


def test_what_is_set_aside_can_be_brought_back_by_the_sentence_that_is_said(tmp_path: Path) -> None:
    spec = tmp_path / "it's old"
    write(spec / "kernel.json", "{")
    said = mending.set_aside(spec, tmp_path / "aside", still=lambda: True).act()
    assert not spec.exists()
    assert (tmp_path / "aside").stat().st_mode & 0o777 == 0o700
    command = said.partition("To bring it back: ")[2]
    assert shlex.split(command)[0] == "mv"
    subprocess.run(["/bin/sh", "-c", command], check=True)
    assert (spec / "kernel.json").read_text() == "{"


def test_two_of_one_name_do_not_replace_each_other(tmp_path: Path) -> None:
    for text in ("first", "second", "third"):
        spec = write(tmp_path / "spec", text)
        mending.set_aside(spec, tmp_path / "aside", still=lambda: True).act()
    assert sorted(path.read_text() for path in (tmp_path / "aside").iterdir()) == ["first", "second", "third"]


def test_there_is_an_end_to_trying(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mending, "_TRIES", 1)
    for text in ("first", "second"):
        spec = write(tmp_path / "spec", text)
        mend = mending.set_aside(spec, tmp_path / "aside", still=lambda: True)
        if text == "second":
            monkeypatch.setattr(time, "strftime", lambda _: next((tmp_path / "aside").iterdir()).name[:15])
            with pytest.raises(Refused, match="could not be moved: File exists"):
                mend.act()
        else:
            mend.act()
    assert (tmp_path / "spec").read_text() == "second"


def test_a_link_is_moved_and_not_what_it_leads_to(tmp_path: Path) -> None:
    target = write(tmp_path / "target" / "kernel.json").parent
    spec = link(tmp_path / "spec", target)
    mending.set_aside(spec, tmp_path / "aside", still=lambda: True).act()
    assert (target / "kernel.json").exists()
    assert not spec.is_symlink()


def test_what_is_no_longer_as_it_was_is_left_alone(tmp_path: Path) -> None:
    spec = write(tmp_path / "spec", "mended")
    with pytest.raises(Refused, match="not as it was"):
        mending.set_aside(spec, tmp_path / "aside", still=lambda: False).act()
    assert spec.read_text() == "mended"
    assert not (tmp_path / "aside").exists()


def test_another_disk_is_said_and_nothing_is_copied(tmp_path: Path) -> None:
    other = Path("/dev/shm")  # noqa: S108
    if not other.is_dir() or other.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("needs a second file system")
    spec = write(tmp_path / "spec", "here")
    folder = other / f"jupyter-envs-test-{os.getpid()}"
    try:
        with pytest.raises(Refused, match="on another disk"):
            mending.set_aside(spec, folder, still=lambda: True).act()
        assert list(folder.iterdir()) == []
    finally:
        folder.rmdir()
    assert spec.read_text() == "here"


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    spec = write(tmp_path / "spec")
    with pytest.raises(Refused, match=r"could not be moved: .* Mend that"):
        mending.set_aside(spec, write(tmp_path / "file") / "aside", still=lambda: True).act()
    assert spec.exists()


@pytest.mark.parametrize("mode", [0o777, 0o666, 0o2777, 0o1777])
def test_everybodys_permission_is_taken_from_exactly_that_path(tmp_path: Path, mode: int) -> None:
    folder = tmp_path / "open"
    folder.mkdir()
    inner = write(folder / "inner")
    for path in (inner, folder):
        path.chmod(mode)
    mend = mending.take_write(folder, os.getuid())
    assert mend is not None
    assert str(folder) in mend.question
    assert "Only you and your group" in mend.act()
    assert folder.stat().st_mode & 0o7777 == mode & ~0o002
    assert inner.stat().st_mode & 0o002


def test_only_what_everybody_may_write_and_is_ones_own_is_offered(tmp_path: Path) -> None:
    mine = write(tmp_path / "mine")
    mine.chmod(0o644)
    assert mending.take_write(mine, os.getuid()) is None
    mine.chmod(0o666)
    assert mending.take_write(mine, os.getuid() + 1) is None
    assert mending.take_write(link(tmp_path / "link", mine), os.getuid()) is None
    assert mending.take_write(tmp_path / "gone", os.getuid()) is None


def test_another_file_in_its_place_is_left_alone(tmp_path: Path) -> None:
    path = write(tmp_path / "mine")
    path.chmod(0o666)
    mend = mending.take_write(path, os.getuid())
    assert mend is not None
    path.rename(tmp_path / "aside")
    write(path).chmod(0o666)
    with pytest.raises(Refused, match="another file now"):
        mend.act()
    assert path.stat().st_mode & 0o777 == 0o666
    path.unlink()
    link(path, tmp_path / "aside")
    with pytest.raises(Refused, match="could not be changed"):
        mend.act()
    assert (tmp_path / "aside").stat().st_mode & 0o777 == 0o666


@AS_ROOT
def test_what_became_somebody_elses_is_left_alone(tmp_path: Path) -> None:
    path = write(tmp_path / "mine")
    path.chmod(0o666)
    mend = mending.take_write(path, os.getuid())
    assert mend is not None
    os.chown(path, 4_000_000_001, -1)
    with pytest.raises(Refused):
        mend.act()
    assert path.stat().st_mode & 0o777 == 0o666


def test_what_may_not_be_opened_is_said_with_the_command(open_folder: Path) -> None:
    open_folder.chmod(0o777)
    code = (
        "from pathlib import Path\n"
        "from jupyter_envs import mending\n"
        "from jupyter_envs.errors import Refused\n"
        "path = Path(sys.argv[1]) / 'closed'\n"
        "path.mkdir()\n"
        "path.chmod(0o002)\n"
        "try:\n"
        "    mending.take_write(path, os.getuid()).act()\n"
        "except Refused as error:\n"
        "    print(error)\n"
    )
    said = as_somebody_else(code, open_folder)
    assert "could not be changed: Permission denied. Do it yourself: chmod o-w" in said
