"""What the tests of walks share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jupyter_envs.walk.order import Order, Root

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(params=[False, True], ids=["times first", "times afterwards"])
def order(home: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Order:
    """A walk of the home that remembers."""
    (tmp_path / "cache").mkdir()
    times = str(tmp_path / "cache" / "times")
    return Order((Root(str(home), 6),), frozenset({"pyproject.toml"}), times=times, own_clock=request.param)
