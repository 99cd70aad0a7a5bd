"""What a new environment gets of the old one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jupyter_envs.creator import remaking
from tests.folders import write

if TYPE_CHECKING:
    from pathlib import Path


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
