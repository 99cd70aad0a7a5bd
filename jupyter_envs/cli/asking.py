"""Asking the person who sits at the terminal, where one does."""

from __future__ import annotations

import os
import sys

_YES = frozenset({"y", "yes"})


def is_asked() -> bool:
    """Whether somebody is there who can answer."""
    return bool(sys.stdin and sys.stdin.isatty())


def agreed(question: str) -> bool:
    """Whether the person says yes, after the question; raises EOFError where nobody answers any more."""
    _forget_what_was_typed()
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


def _forget_what_was_typed() -> None:
    """Drops what was typed before a question was seen, in the terminal and in our own buffer."""
    if os.name == "nt" or not is_asked():
        return
    import termios

    try:
        descriptor = sys.stdin.fileno()
    except OSError:  # no real terminal: nothing is typed ahead there
        return
    termios.tcflush(descriptor, termios.TCIFLUSH)
    encoding, errors = sys.stdin.encoding, sys.stdin.errors
    sys.stdin = open(descriptor, encoding=encoding, errors=errors, closefd=False)  # noqa: SIM115  # stays open


def how(*, consent: bool | None) -> str:
    """What gives the consent that was not given."""
    return "Nobody can be asked here: give --yes" if consent is None else "Answer y, or give --yes,"
