"""Whatever is killed and when: nothing half-made is listed, and the second try succeeds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.faults.conftest import check
from tests.faults.killing import killed_in_steps
from tests.faults.stage import KINDS

if TYPE_CHECKING:
    from tests.faults.stage import Stage


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_killed_leaves_nothing_half_made_and_nothing_in_the_way(stage: Stage, kind: str) -> None:
    check(iter([killed_in_steps(stage, 4, kind)]))
