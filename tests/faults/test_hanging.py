"""A tool that hangs or floods, and an index that is lost: it ends in time, in words, with all that was started."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest

from tests.faults.checking import Order
from tests.faults.conftest import check
from tests.faults.hanging import KINDS, TOOLS, hung, refused, silent
from tests.faults.stage import ADD_IPYKERNEL, CREATE

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.faults.counts import Count
    from tests.faults.stage import Stage

TAKING_TURNS = list(zip(TOOLS, itertools.cycle(KINDS), strict=False))
"""Each misbehaviour in one of the works: they all run their tools in the same way."""


@pytest.fixture(scope="module")
def order(stage: Stage) -> Order:
    return Order.of(stage)


@pytest.mark.parametrize(("name", "kind"), TAKING_TURNS)
def test_a_tool_that_misbehaves_is_ended_with_all_that_it_started(
    stage: Stage, order: Order, name: str, kind: str
) -> None:
    check(iter([hung(stage, order, name, [kind])]))


@pytest.mark.parametrize(("lost", "kind"), [(silent, CREATE), (refused, ADD_IPYKERNEL)])
def test_a_lost_index_is_told(stage: Stage, order: Order, lost: Callable[..., Count], kind: str) -> None:
    check(iter([lost(stage, order, [kind])]))
