"""The command `pythons install`: a Python that is missing, by pyenv or uv, after asking."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jupyter_envs import terminal
from jupyter_envs.cli import asking, words, working
from jupyter_envs.cli.looking import creator_of, finder_of
from jupyter_envs.cli.saying import Warnings, could_not, print_json, say
from jupyter_envs.errors import PythonMissing

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from jupyter_envs.creator import Creator, Work
    from jupyter_envs.environment import Interpreter
    from jupyter_envs.finder import Finder
    from jupyter_envs.host import Host


def install(arguments: argparse.Namespace, host: Host) -> int:
    """Installs a base Python, after asking."""
    words.check("a version of Python", arguments.version)
    finder = finder_of(host)
    work = creator_of(finder).prepare_python(arguments.version, arguments.program)
    working.tell(work, quiet=arguments.json)
    consent = asking.has_consent("Install it?", yes=arguments.yes)
    if not consent:
        return could_not(f"Nothing was installed. {asking.how(consent=consent)} to install it.")
    warnings = Warnings(as_json=arguments.json)
    working.carried_out(work, host, warnings)
    found = _installed(work, finder)
    if arguments.json:
        print_json({"version": 1, "python": None if found is None else found.as_json(), "warnings": warnings.kept})
    elif found is not None:
        print(f"Python {found.version} is installed: {terminal.short(found.path, host)}")
    return 0


def with_python(prepare: Callable[[], Work], creator: Creator, host: Host, *, quiet: bool) -> Work:
    """What will be done; where its Python is missing, and somebody agrees, that is installed first."""
    try:
        return prepare()
    except PythonMissing as error:
        if quiet or not asking.is_asked() or not _was_installed(error.version, creator, host):
            raise
    return prepare()


def _was_installed(version: str, creator: Creator, host: Host) -> bool:
    """Whether somebody who is asked wants a missing Python installed, and it was."""
    work = creator.prepare_python(version)
    say(f"There is no Python {version} here.")
    working.tell(work, quiet=False)
    if not asking.has_consent("Install it?", yes=False):
        return False
    working.carried_out(work, host, Warnings(as_json=False))
    return True


def _installed(work: Work, finder: Finder) -> Interpreter | None:
    """The interpreter that is there now."""
    return next((one for one in finder.interpreters() if one.path.is_relative_to(work.prefix)), None)
