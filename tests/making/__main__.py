"""Makes and removes an environment with each tool from both faces; `pytest` runs the slow ones from one face only.

python -m tests.making [PYTEST'S OWN OPTIONS]...
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.making.faces import EVERY_FACE


def main() -> int:
    """What pytest answers."""
    os.environ[EVERY_FACE] = "1"
    return pytest.main([os.fspath(Path(__file__).parent), "--durations=20", *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
