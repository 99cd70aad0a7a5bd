"""What cannot be removed, with whom to ask or what to do."""

from __future__ import annotations

import errno
import os
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from jupyter_envs.borrowing import removing
from tests.folders import write

if TYPE_CHECKING:
    from pathlib import Path

    from jupyter_envs.host import Host

pytestmark = pytest.mark.skipif(os.name == "nt", reason="nothing is borrowed on Windows")


@pytest.mark.parametrize(
    ("number", "fix"),
    [
        (errno.EROFS, "Remove it where that disk can be written."),
        (errno.EACCES, "Give yourself the permission to write there, then try again."),
        (errno.EIO, "Mend that, then try again."),
    ],
)
def test_one_that_cannot_be_removed_keeps_no_other(
    host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, fix: str
) -> None:
    bad, good = (str(write(tmp_path / "place" / name / "overlay.json").parent) for name in ("a.1", "b.1"))
    real = os.rename

    def rename(source: str, target: str) -> None:
        if source == bad:
            raise OSError(number, os.strerror(number), source)
        real(source, target)

    monkeypatch.setattr(os, "rename", rename)  # a disk that refuses one folder
    done = removing.remove([bad, good], str(tmp_path / "place"), host)
    assert (done.gone, done.in_use, done.complete) == ((good,), (), False)
    assert done.failed == (removing.Failure(bad, f"{bad} cannot be removed: {os.strerror(number)}.", fix),)


def test_the_owner_is_asked_or_where_that_cannot_be_known_nobody(host: Host, tmp_path: Path) -> None:
    error, somebody = PermissionError(errno.EPERM, "no"), replace(host, uid=os.getuid() + 1)
    assert removing._failure(str(tmp_path), error, somebody).fix.endswith("who made it, to remove it.")
    assert removing._failure(str(tmp_path / "gone"), error, somebody).fix.startswith("Give yourself")


def test_one_that_is_gone_is_gone(host: Host, tmp_path: Path) -> None:
    assert removing.remove([str(tmp_path / "a.1")], str(tmp_path), host).complete
