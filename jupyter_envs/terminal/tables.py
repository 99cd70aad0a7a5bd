"""Environments and interpreters, a line each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jupyter_envs import naming
from jupyter_envs.terminal.layout import GAP, cells, cut, cut_left, padded, told, width_of
from jupyter_envs.terminal.words import count, short, state

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jupyter_envs.environment import Environment, Interpreter
    from jupyter_envs.host import Host

NAME_AT_LEAST, NAME_AT_MOST = 14, 28


def table(environments: Sequence[Environment], host: Host, *, long: bool = False) -> Iterator[str]:
    """One line an environment, and below it what is wrong and how to mend it, within the terminal's width.

    By name, with bare interpreters at the end: they are seldom what a person looks for.
    """
    if not environments:
        return
    environments = sorted(environments, key=lambda one: (one.bare, one.name))
    rows = [("NAME", "MANAGER", "PYTHON", "STATE", "PROJECT"), *(_row(one, host) for one in environments)]
    widths = _widths(rows, width_of(host))
    yield _line(rows[0], widths)
    for environment, row in zip(environments, rows[1:], strict=True):
        yield _line(row, widths)
        if long:
            yield f"    {environment.id}"
            yield f"    {naming.shown_path(str(environment.prefix))}"
        for problem in environment.problems:
            yield from told(problem.message, problem.fix, host)
    kernels = sum(environment.kernel for environment in environments)
    yield ""
    yield f"{count(len(environments), 'environment')}, {count(kernels, 'kernel')} in Jupyter."


def interpreters(found: Sequence[Interpreter], host: Host) -> Iterator[str]:
    """One line an interpreter, the newest first."""
    if not found:
        return
    rows = [
        ("PYTHON", "FROM", "PATH"),
        *(
            (
                one.version if one.implementation == "cpython" else f"{one.implementation} {one.version}",
                one.manager,
                short(one.path, host),
            )
            for one in found
        ),
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(2)]
    for version, manager, path in rows:
        yield f"{version:<{widths[0]}}{GAP}{manager:<{widths[1]}}{GAP}{path}"


def _row(environment: Environment, host: Host) -> tuple[str, ...]:
    project = short(environment.project, host) if environment.project else ""
    if environment.orphan and project:
        project += " (gone)"
    return (environment.name, environment.manager, environment.version or "?", state(environment), project)


def _widths(rows: Sequence[tuple[str, ...]], width: int) -> list[int]:
    """Column widths: manager, version and state whole; name and project share what is left."""
    widths = [max(cells(row[column]) for row in rows) for column in range(5)]
    left = width - sum(widths[1:4]) - 4 * len(GAP)
    widths[0] = min(widths[0], NAME_AT_MOST, max(NAME_AT_LEAST, left - widths[4]))
    widths[4] = max(left - widths[0], len("PROJECT"))
    return widths


def _line(row: tuple[str, ...], widths: list[int]) -> str:
    cells = [padded(cut(text, width), width) for text, width in zip(row[:4], widths[:4], strict=True)]
    return GAP.join([*cells, cut_left(row[4], widths[4])]).rstrip()
