"""Runs the test suites of jupyter_server and jupyter_client with the stock kernel spec manager and with ours.

python -m tests.upstream [--short] [--workers N] [--folder DIR] [jupyter_server | jupyter_client]...
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.upstream.comparing import compare
from tests.upstream.sources import NotThereError, fetch
from tests.upstream.suites import SUITES


def main() -> int:
    """Prints how many tests passed with each manager; 1 where ours fails what the stock one passes."""
    names = [suite.distribution for suite in SUITES]
    parser = argparse.ArgumentParser(prog="python -m tests.upstream", description="Run the suites of others with ours.")
    parser.add_argument("suites", nargs="*", metavar="SUITE", help=f"some of: {', '.join(names)} (default: all)")
    parser.add_argument("--short", action="store_true", help="a few files of each")
    parser.add_argument("--workers", type=int, default=6, metavar="N", help="tests at a time (default: 6)")
    parser.add_argument("--folder", type=Path, metavar="DIR", help="where the sources are kept for the next time")
    options = parser.parse_args()
    if unknown := set(options.suites) - set(names):
        parser.error(f"there is no suite {', '.join(sorted(unknown))}")
    with tempfile.TemporaryDirectory() as temporary:
        folder: Path = options.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        held = [_report(name, folder, options) for name in options.suites or names]
    return 0 if all(held) else 1


def _report(distribution: str, folder: Path, options: argparse.Namespace) -> bool:
    suite = next(suite for suite in SUITES if suite.distribution == distribution)
    try:
        sources = fetch(distribution, folder)
    except NotThereError as error:
        print(f"python -m tests.upstream: {error}", file=sys.stderr)
        return False
    compared = compare(suite, sources, short=options.short, workers=options.workers)
    print(*compared.lines(), sep="\n", flush=True)
    return compared.holds


if __name__ == "__main__":
    sys.exit(main())
