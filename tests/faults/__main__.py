"""Making and removing under faults, many times over: run by hand, for some minutes to an hour.

python -m tests.faults [--rounds N] [--folder DIR] [killing | filling | swapping | hanging | rivalry]...
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.faults import filling, hanging, killing, rivalry, swapping
from tests.faults.counts import HEAD, Count, summary
from tests.real.outside import MissingError

PARTS = {
    "killing": killing.measure,
    "filling": filling.measure,
    "swapping": swapping.measure,
    "hanging": hanging.measure,
    "rivalry": rivalry.measure,
}


def main() -> int:
    """Prints the table, each line when its rounds are done; 1 where anything went wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description="Make and remove under faults.")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"some of: {', '.join(PARTS)} (default: all)")
    parser.add_argument("--rounds", type=int, default=200, metavar="N", help="of each work (default: 200)")
    parser.add_argument("--folder", type=Path, metavar="DIR", help="where the homes are made (default: a new one)")
    options = parser.parse_args()
    if unknown := set(options.parts) - PARTS.keys():
        parser.error(f"there is no part {', '.join(sorted(unknown))}")
    counts: list[Count] = []
    print(HEAD, flush=True)
    with tempfile.TemporaryDirectory(dir=options.folder) as temporary:
        for name in options.parts or PARTS:
            (folder := Path(temporary).resolve() / name).mkdir()
            try:
                for count in PARTS[name](folder, options.rounds):
                    print(count, flush=True)
                    counts.append(count)
            except MissingError as missing:
                print(f"{name}: left out, because it {missing}", file=sys.stderr)
    print(summary(counts))
    return 0 if all(count.holds for count in counts) else 1


if __name__ == "__main__":
    sys.exit(main())
