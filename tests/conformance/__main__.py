"""Runs all of the conformance tests, also the rows that the test command leaves out: python -m tests.conformance."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.conformance import FULL

if __name__ == "__main__":
    os.environ[FULL] = "yes"
    sys.exit(pytest.main([str(Path(__file__).parent), *sys.argv[1:]]))
