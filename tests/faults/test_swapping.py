"""A folder that somebody exchanges for a link while something is made or removed there: nothing outside is harmed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.faults.conftest import check
from tests.faults.stage import CREATE, REMOVE, Stage
from tests.faults.swapping import swapped

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(("kind", "rounds"), [(REMOVE, 4), (CREATE, 2)])
def test_a_link_in_place_of_a_folder_harms_nothing_outside(tmp_path: Path, kind: str, rounds: int) -> None:
    check(swapped(Stage(tmp_path.resolve()).furnish(), kind, rounds))
