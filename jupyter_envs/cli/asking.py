"""Asking the person who sits at the terminal, where one does."""

from __future__ import annotations

import sys

_YES = frozenset({"y", "yes"})


def is_asked() -> bool:
    """Whether somebody is there who can answer."""
    return bool(sys.stdin and sys.stdin.isatty())


def agreed(question: str) -> bool:
    """Whether the person says yes; raises EOFError where nobody answers any more."""
    sys.stderr.write(f"{question} [y/N] ")
    sys.stderr.flush()
    answer = sys.stdin.readline()
    if not answer:
        sys.stderr.write("\n")
        raise EOFError
    return answer.strip().lower() in _YES


def has_consent(question: str, *, yes: bool = False) -> bool | None:
    """Whether something shall be done: as `--yes` said, or the person says now; None where nobody can be asked."""
    if yes:
        return True
    if not is_asked():
        return None
    try:
        return agreed(question)
    except EOFError:
        return False


def how(*, consent: bool | None) -> str:
    """What gives the consent that was not given."""
    return "Nobody can be asked here: give --yes" if consent is None else "Answer y, or give --yes,"
