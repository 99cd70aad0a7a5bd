"""A disk that fills up: the failure says so, nothing half-made is listed, and the second try succeeds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.faults.conftest import check
from tests.faults.disks import small_disk
from tests.faults.filling import MEBIBYTES, filled
from tests.faults.stage import Stage
from tests.real.outside import MissingError

if TYPE_CHECKING:
    from pathlib import Path


def test_a_full_disk_is_told_and_leaves_nothing_half_made(tmp_path: Path) -> None:
    home = tmp_path.resolve() / "home"
    home.mkdir()
    try:
        with small_disk(home, MEBIBYTES) as disk:
            check(filled(Stage(home.parent).furnish(), disk, 2))
    except MissingError as missing:
        pytest.skip(str(missing))
