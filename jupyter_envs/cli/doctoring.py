"""The command `doctor`: what is not as it should be, how much room environments take, and mending after asking."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_envs import disk_usage
from jupyter_envs import doctor as examining
from jupyter_envs.borrowing import Borrower
from jupyter_envs.cli import WrongUsage, asking, listing, report, reviving
from jupyter_envs.cli.saying import failed, print_json, say
from jupyter_envs.errors import Cancelled, EnvsError, ProblemCode
from jupyter_envs.finder import Finder
from jupyter_envs.terminal import Bar, count

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from jupyter_envs.borrowing import Borrowed
    from jupyter_envs.disk_usage import Sizes, Usage
    from jupyter_envs.doctor import Finding
    from jupyter_envs.host import Host
    from jupyter_envs.mending import Mend
    from jupyter_envs.snapshot import Snapshot


def doctor(arguments: argparse.Namespace, host: Host) -> int:
    """What is wrong; the exit status is 1 while anything is."""
    if arguments.fix and arguments.json:
        raise WrongUsage("--fix asks before each change, so it cannot be combined with --json")
    if arguments.fix and not asking.is_asked():
        raise WrongUsage("--fix asks before each change, so it needs a terminal")
    settings, problems = host.settings()
    finder = Finder(host, settings)
    snapshot = listing.snapshot_of(finder)
    findings = [*reviving.offered(examining.examine(finder, snapshot, problems), snapshot, finder)]
    mended = 0
    if arguments.json:
        print_json(_as_json(findings, _sizes(snapshot, host), snapshot, _lent(host)))
    else:
        sizes, lent = (None, []) if arguments.fix else (_sizes(snapshot, host), _lent(host))
        for line in report.lines(findings, sizes, snapshot, host, lent):
            print(line)
    if arguments.fix:
        mended = _mend(findings)
    return 1 if sum(not finding.note for finding in findings) > mended else 0


def _sizes(snapshot: Snapshot, host: Host) -> Sizes:
    """The room of each environment that is one and can be looked at."""
    prefixes = [
        one.prefix
        for one in snapshot.environments
        if not one.bare and all(problem.code is not ProblemCode.UNREACHABLE for problem in one.problems)
    ]
    with Bar(host) as bar:

        def progress(number: int, prefix: Path) -> None:
            bar.draw(f"Adding up sizes: {number} of {count(len(prefixes), 'environment')}; {prefix}")

        return disk_usage.measure(prefixes, progress, bar.was_interrupted)


def _lent(host: Host) -> list[tuple[Borrowed, Usage]]:
    """The borrowed ipykernels with the room that each takes, the largest first."""
    known = {Path(one.folder): one for one in Borrower(host).overlays()}
    return [(known[usage.prefix], usage) for usage in disk_usage.measure(known).environments]


def _as_json(
    findings: Sequence[Finding], sizes: Sizes, snapshot: Snapshot, lent: Sequence[tuple[Borrowed, Usage]]
) -> dict[str, object]:
    known = {one.prefix: one for one in snapshot.environments}
    environments = [
        {"id": known[each.prefix].id, "prefix": str(each.prefix), "size": each.size, "freed": each.freed}
        for each in sizes.environments
    ]
    return {
        "version": 1,
        "ok": all(finding.note for finding in findings),
        "findings": [finding.as_json() for finding in findings],
        "sizes": {
            "total": sizes.total,
            "complete": sizes.complete,
            "environments": environments,
            "borrowed": [{**one.as_json(), "size": usage.size, "freed": usage.freed} for one, usage in lent],
        },
    }


def _mend(findings: Sequence[Finding]) -> int:
    """Asks for each thing that can be mended, and mends it on a yes; how many were."""
    mended, asked = 0, [finding for finding in findings if finding.mend is not None]
    try:
        for finding in asked:
            mended += _mended(finding, finding.mend) if finding.mend else 0
    except (EOFError, KeyboardInterrupt):
        say("")
        say("Stopped.")
    if not asked:
        say("Nothing here can be mended by this program.")
    elif mended:
        say("")
        say(f"{count(mended, 'thing')} mended. See what is left with: jupyter envs doctor")
    else:
        say("")
        say("Nothing was changed.")
    return mended


def _mended(finding: Finding, mend: Mend) -> bool:
    """Whether the person said yes to it, and it was done; raises EOFError where nobody answers any more."""
    say("")
    say(f"{finding.subject}: {finding.message}")
    try:
        for sentence in mend.tells():
            say(sentence)
        if not asking.agreed(mend.question):
            return False
        say(mend.act())
    except Cancelled as error:
        failed(error, as_json=False)
        raise KeyboardInterrupt from error
    except EnvsError as error:
        failed(error, as_json=False)
        return False
    return True
