"""What `doctor` prints: findings in groups, then the room that environments take."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from jupyter_envs import doctor
from jupyter_envs.errors import ProblemCode
from jupyter_envs.state import State
from jupyter_envs.terminal import GAP, count, short, told, width_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jupyter_envs.borrowing import Borrowed
    from jupyter_envs.disk_usage import Sizes, Usage
    from jupyter_envs.doctor import Finding
    from jupyter_envs.host import Host
    from jupyter_envs.snapshot import Snapshot

LARGEST = 10
_GROUPS = {
    "Broken": frozenset(
        {
            ProblemCode.INTERPRETER_MISSING,
            ProblemCode.BASE_MISSING,
            ProblemCode.BASE_CHANGED,
            ProblemCode.OTHER_PLATFORM,
            ProblemCode.UNREADABLE,
        }
    ),
    "Not trusted": frozenset({ProblemCode.FOREIGN}),
    "Without a project": frozenset({ProblemCode.PROJECT_GONE}),
    "Kernel specs": frozenset({doctor.STALE_SPEC, doctor.DAMAGED_SPEC, doctor.OWN_KERNEL}),
}
_OTHERS, _NOTES = "Places, settings and files", "Good to know"


def lines(
    findings: Sequence[Finding],
    sizes: Sizes | None,
    snapshot: Snapshot,
    host: Host,
    lent: Sequence[tuple[Borrowed, Usage]] = (),
) -> Iterator[str]:
    """The whole report within the terminal's width; without sizes where those were not asked for.

    `lent` are the borrowed ipykernels with the room that each takes.
    """
    width = width_of(host)
    for title in (*_GROUPS, _OTHERS, _NOTES):
        group = [finding for finding in findings if _group(finding) == title]
        if group:
            yield f"{title} ({len(group)})"
            for finding in group:
                yield from _told(finding, sizes, host)
            yield ""
    if sizes is not None and sizes.environments:
        yield from _sizes(sizes, snapshot, width)
        yield ""
    if lent:
        yield from _borrowed(lent, host)
        yield ""
    yield _verdict(findings)


def human(size: int) -> str:
    """A number of bytes as people say it, in steps of a thousand."""
    amount = float(size)
    for unit in ("B", "kB", "MB", "GB"):
        if amount < 999.5:  # noqa: PLR2004  # from here on it is one of the next
            return f"{amount:.0f} {unit}" if unit in {"B", "kB", "MB"} else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} TB"


def _group(finding: Finding) -> str:
    if finding.note:
        return _NOTES
    return next((title for title, codes in _GROUPS.items() if finding.code in codes), _OTHERS)


def _told(finding: Finding, sizes: Sizes | None, host: Host) -> Iterator[str]:
    usage = sizes.of(finding.prefix) if sizes and finding.prefix else None
    frees = ""
    if usage and (finding.code == ProblemCode.PROJECT_GONE or finding.code in _GROUPS["Broken"]):
        frees = f" It takes {human(usage.size)}."
    yield f"  {finding.subject}"
    yield from told(finding.message + frees, finding.fix, host)


def _sizes(sizes: Sizes, snapshot: Snapshot, width: int) -> Iterator[str]:
    known = {one.prefix: one for one in snapshot.environments}
    largest = [(known[each.prefix], each) for each in sizes.environments[:LARGEST]]
    sure = "" if sizes.complete else "at least "
    yield f"Disk: {sure}{human(sizes.total)} in {count(len(sizes.environments), 'environment')}"
    rows = [("SIZE", "FREED", "ENVIRONMENT")]
    rows += [(human(each.size), human(each.freed), environment.display_name) for environment, each in largest]
    first, second = (max(len(row[column]) for row in rows) for column in (0, 1))
    for size, freed, name in rows:
        yield f"  {size:>{first}}{GAP}{freed:>{second}}{GAP}{name}"[:width].rstrip()
    if len(sizes.environments) > LARGEST:
        yield f"  and {count(len(sizes.environments) - LARGEST, 'smaller one')}"
    useless = {one.prefix for one in snapshot.environments if one.orphan or one.state is State.BROKEN}
    freed_by = [each for each in sizes.environments if each.prefix in useless]
    if freed_by:
        text = f"Without those that are broken or have no project: {human(sum(each.freed for each in freed_by))} less."
        yield f"  {text}"
    yield from _explained(width)


def _borrowed(lent: Sequence[tuple[Borrowed, Usage]], host: Host) -> Iterator[str]:
    yield f"Borrowed ipykernels: {human(sum(usage.size for _, usage in lent))} in {len(lent)}"
    rows = [("SIZE", "FREED", "IPYKERNEL"), *(_lent(one, usage, host) for one, usage in lent)]
    first, second = (max(len(row[column]) for row in rows) for column in (0, 1))
    yield from (f"  {size:>{first}}{GAP}{freed:>{second}}{GAP}{name}" for size, freed, name in rows)
    yield "  To remove them: jupyter envs borrow remove"


def _lent(one: Borrowed, usage: Usage, host: Host) -> tuple[str, str, str]:
    name = f"{one.ipykernel or 'damaged'} for Python {one.python or '?'} in {short(usage.prefix.parent, host)}"
    return human(usage.size), human(usage.freed), name


def _explained(width: int) -> Iterator[str]:
    text = "FREED is what removing that one alone would free: files that others or a cache share stay."
    yield from textwrap.wrap(text, width, initial_indent="  ", subsequent_indent="  ")


def _verdict(findings: Sequence[Finding]) -> str:
    wrong = [finding for finding in findings if not finding.note]
    mendable = sum(finding.mend is not None for finding in wrong)
    if not wrong:
        return "Nothing is wrong."
    can = f" Of these, {mendable} can be mended by: jupyter envs doctor --fix" if mendable else ""
    return f"{count(len(wrong), 'thing')} to mend.{can}"
