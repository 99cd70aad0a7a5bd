"""The table of what things cost, each beside its control: run by hand, on a machine with nothing else to do.

python -m tests.bench [--environments N] [--folders N] [--folder DIR]
                      [walking | listing | serving | following | kernelspecs | starting | borrowing | creating]...
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.bench import borrowing, creating, following, kernelspecs, listing, serving, starting, walking
from tests.bench.rows import table

PARTS = {
    "walking": walking.measure,
    "listing": listing.measure,
    "serving": serving.measure,
    "following": following.measure,
    "kernelspecs": kernelspecs.measure,
    "starting": starting.measure,
    "borrowing": borrowing.measure,
    "creating": creating.measure,
}


def main() -> int:
    """Prints the table; 1 where a bound does not hold."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Measure what things cost.")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"some of: {', '.join(PARTS)} (default: all)")
    parser.add_argument("--environments", type=int, default=1000, metavar="N", help="default: 1000")
    parser.add_argument("--folders", type=int, default=40_000, metavar="N", help="default: 40000")
    parser.add_argument("--folder", type=Path, metavar="DIR", help="where the tree is made, and kept for the next time")
    options = parser.parse_args()
    if unknown := set(options.parts) - PARTS.keys():
        parser.error(f"there is no part {', '.join(sorted(unknown))}")
    with tempfile.TemporaryDirectory() as temporary:
        folder = (options.folder or Path(temporary)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        parts = options.parts or PARTS
        rows = [row for name in parts for row in PARTS[name](folder, options.environments, options.folders)]
    print(table(rows))
    return 0 if all(row.within is not False for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
