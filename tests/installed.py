"""What the test command installs: absent elsewhere it is a reason to skip a test, and under that command a failure."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest

IS_TEST_COMMAND = bool(os.environ.get("TESTS_RUN"))
"""Whether `tests/run.py` runs, which sets that variable for its steps."""


def absent(what: str) -> NoReturn:
    """Ends a test that needs something which `tests/run.py` installs and which is not there."""
    if IS_TEST_COMMAND:
        pytest.fail(f"{what} is absent, which tests/run.py installs.")
    pytest.skip(f"needs {what}")
