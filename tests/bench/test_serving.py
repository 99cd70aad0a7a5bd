"""The benchmark of the server runs, on a small tree; what it measures there proves nothing."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from tests.bench.rows import table
from tests.bench.serving import measure

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_it_prints_three_rows(tmp_path: Path) -> None:
    rows = measure(tmp_path, 3, 30, times=1)
    assert [row.unit for row in rows] == ["ms", "MiB", "ms"]
    assert all(row.control > 0 for row in rows)
    assert len(table(rows).splitlines()) == 5
