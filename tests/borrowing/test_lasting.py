"""An overlay that a power cut may have damaged is not used."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jupyter_envs.borrowing import lasting
from jupyter_envs.overlay import store
from tests.borrowing.conftest import Told
from tests.folders import write

if TYPE_CHECKING:
    from jupyter_envs.borrowing import Borrower
    from jupyter_envs.pyvenv import Reading

pytestmark = pytest.mark.skipif(store.boot() is None, reason="this system does not tell one start from another")


def written_out(overlay: str) -> None:
    """Waits until the thread of a build has written out what that made."""
    end = time.monotonic() + 60
    while Path(overlay, store.UNWRITTEN).exists():
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.mark.parametrize("noted", ["another start of the machine", ""])
def test_one_that_was_not_written_out_before_the_machine_stopped_is_made_anew(
    borrower: Borrower, shop: Reading, told: Told, noted: str
) -> None:
    tag, first = str(store.tag(shop)), borrower.build(shop, told)
    written_out(first)
    write(Path(first, store.UNWRITTEN), noted)
    assert borrower.newest(tag) is None
    assert store.hold(first) is None
    second = borrower.build(shop, Told(), renew=False)
    assert (borrower.newest(tag), second == first, Path(first).exists()) == (second, False, False)


def test_one_that_is_not_written_out_yet_is_used_until_then(borrower: Borrower, shop: Reading, told: Told) -> None:
    folder = borrower.build(shop, told)
    written_out(folder)
    lasting.mark(folder)
    assert borrower.newest(str(store.tag(shop))) == folder
    held = store.hold(folder)
    assert held is not None
    os.close(held)
    lasting.write_out_later(folder).join(60)
    assert not Path(folder, store.UNWRITTEN).exists()


def test_one_that_was_removed_meanwhile_is_no_matter(tmp_path: Path) -> None:
    lasting.write_out_later(str(tmp_path / "gone")).join(60)


def test_where_one_start_is_not_told_from_another_nothing_is_noted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "boot", lambda: None)
    lasting.mark(str(tmp_path))
    assert not list(tmp_path.iterdir())
