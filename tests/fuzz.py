"""Tries many more command lines than the tests do, each time others; a thousand take about half a minute.

python -m tests.fuzz [NUMBER]
"""

from __future__ import annotations

import argparse
import os
import sys

import pytest


def main() -> int:
    """Runs the fuzz test of the command line with that many examples; its exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description="Try command lines of any words.")
    parser.add_argument("number", nargs="?", type=int, default=5000, help="how many (default: 5000)")
    os.environ["FUZZ_EXAMPLES"] = str(parser.parse_args().number)
    return int(pytest.main(["tests/test_cli_fuzz.py", "-q", "-k", "no_command_line", "--hypothesis-seed=random"]))


if __name__ == "__main__":
    sys.exit(main())
