"""Two processes at once for the same environment: one wins, and the other is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.faults.conftest import check
from tests.faults.rivalry import rivalled
from tests.faults.stage import KINDS

if TYPE_CHECKING:
    from tests.faults.stage import Stage


@pytest.mark.parametrize("kind", KINDS)
def test_of_two_at_once_one_wins_and_the_other_is_told(stage: Stage, kind: str) -> None:
    check(rivalled(stage, 1, [kind]))
