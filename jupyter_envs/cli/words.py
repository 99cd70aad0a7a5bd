"""Words of the command line that make no sense, whatever the command."""

from __future__ import annotations

from jupyter_envs import naming
from jupyter_envs.cli import WrongUsage


def check(what: str, text: str | None) -> None:
    """Raises `WrongUsage` for a text that is empty, or begins like an option: tools could take it for their own."""
    if text is not None and text.startswith("-"):
        raise WrongUsage(f"'{naming.shown(text)}' is not {what}")
    check_path(what, text)


def check_path(what: str, text: str | None) -> None:
    """Raises `WrongUsage` for a text that is empty, which would mean the current folder; None was not given."""
    if text == "":
        raise WrongUsage(f"'' is not {what}")
