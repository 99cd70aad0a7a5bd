"""The stages of the short runs; `python -m tests.faults` does the same for longer."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

if sys.platform != "linux":
    collect_ignore_glob = ["test_*.py"]
else:
    from tests.faults.stage import Stage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.faults.counts import Count


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """A furnished one."""
    return Stage(tmp_path_factory.mktemp("stage").resolve()).furnish()


def check(counts: Iterator[Count]) -> None:
    """Nothing went wrong in any of the rounds."""
    for count in counts:
        assert count.holds, count.words()
