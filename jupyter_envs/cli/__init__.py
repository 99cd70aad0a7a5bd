# PYTHON_ARGCOMPLETE_OK
"""The command line: `jupyter envs ...`, also installed as `jupyter-envs`.

Data goes to standard output, progress and warnings to standard error. Exit status: 0 done, 1 could not (one line says
what happened and what to do), 2 wrong usage. Each command's own module is loaded when it is run: starting takes longer
than most of them.
"""

from __future__ import annotations

import argparse
import functools
import os
import sys
from contextlib import suppress
from importlib import import_module

from jupyter_envs import __version__
from jupyter_envs.cli.saying import could_not
from jupyter_envs.errors import EnvsError
from jupyter_envs.host import Host
from jupyter_envs.state import State

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

EPILOG = (
    "Environments are kernels in JupyterLab: with their own ipykernel, or with one that they borrow. "
    "`list` tells which are not, and what to do."
)
STATES = {
    State.READY: "as it is",
    State.NEEDS_IPYKERNEL: "the table says borrowed, borrows, no ipykernel or unsound",
    State.BROKEN: "it cannot start",
    State.FOREIGN: "the table says not trusted",
}
WIDTH = 78
ENVIRONMENT = "an id or its beginning, a name, a prefix, a project folder or a notebook"


class WrongUsage(Exception):
    """The words of a command make no sense together; argparse tells it with the usage."""


def main(words: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit status; no exception leaves it."""
    try:
        host = Host.current()
    except EnvsError as error:
        return could_not(str(error))
    if sys.stdout is not None:  # None when the caller closed it
        sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]  # a text stream on every platform
    words = sys.argv[1:] if words is None else words
    completing = host.variable("_ARGCOMPLETE") is not None
    parser = make_parser(words[0] if words and not completing else None)
    if completing:
        _complete(parser)
    arguments = _parsed(parser, words)
    try:
        status = _run(arguments, host)
        if sys.stdout is not None:
            sys.stdout.flush()  # here, where a full disk or a reader that went away can still be told
    except WrongUsage as error:
        arguments.parser.error(str(error))
    except EnvsError as error:
        return could_not(str(error))
    except KeyboardInterrupt:
        return could_not("Interrupted. Nothing was changed.")
    except BrokenPipeError:
        _drop_output()
        return 1
    except OSError as error:
        _drop_output()
        return could_not(f"{error.strerror or error}: {error.filename or 'the system'}. Mend that and try again.")
    return status


def _parsed(parser: argparse.ArgumentParser, words: Sequence[str]) -> argparse.Namespace:
    """The words of a command; what is wrong is told with the usage of that command, and not of all."""
    arguments, unknown = parser.parse_known_args(words)
    if unknown:
        arguments.parser.error(f"unrecognized arguments: {' '.join(unknown)}")
    return arguments


def _drop_output() -> None:
    """Send what is still buffered nowhere, so that the interpreter does not fail on it once more at its end."""
    with suppress(AttributeError, OSError):  # no standard output, or none that is a file
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _run(arguments: argparse.Namespace, host: Host) -> int:
    module, function = arguments.run
    status: int = getattr(import_module(f"jupyter_envs.cli.{module}"), function)(arguments, host)
    return status


def make_parser(only: str | None = None) -> argparse.ArgumentParser:
    """The parser of all commands, whose help is the reference; or of one, which takes a third of the time."""
    # asking the terminal for its width, which argparse does for every option, loads half of the standard library
    formatter = functools.partial(argparse.HelpFormatter, width=WIDTH)
    parser = argparse.ArgumentParser(
        prog="jupyter envs",
        description="Find every Python environment you have, and use it in Jupyter.",
        epilog=EPILOG,
        formatter_class=formatter,
    )
    parser.add_argument("--version", action="version", version=f"jupyter-envs {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True, prog="jupyter envs")
    for name, (text, add) in COMMANDS.items():
        if only is None or only not in COMMANDS or name == only:
            add(commands.add_parser(name, help=text, formatter_class=formatter))
    return parser


def _add_list(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--manager", action="append", metavar="M", help="only those of this manager (poetry, uv, ...)")
    states = "; ".join(f"{state.value} ({meaning})" for state, meaning in STATES.items())
    parser.add_argument(
        "--state", action="append", choices=[*map(str, STATES)], metavar="S", help=f"only those that are: {states}"
    )
    parser.add_argument(
        "--root", action="append", metavar="DIR", help="walk this folder instead of the configured ones"
    )
    parser.add_argument("--rescan", action="store_true", help="walk all folders again, whatever is remembered")
    parser.add_argument("--no-wait", action="store_true", help="do not walk, even where nothing is remembered")
    parser.add_argument("--long", action="store_true", help="show the id (the kernel's name) and the prefix, too")
    _finish(parser, "listing", "run")


def _add_show(parser: argparse.ArgumentParser) -> None:
    _add_environment(parser)
    _finish(parser, "looking", "show")


def _add_which(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("path", nargs="?", default=".", metavar="PATH", help="a notebook or folder (default: here)")
    _finish(parser, "looking", "which")


def _add_pin(parser: argparse.ArgumentParser, function: str = "pin") -> None:
    _add_environment(parser)
    parser.add_argument("--off", action="store_true", help="take it back")
    _finish(parser, "pinning", function)


def _add_hide(parser: argparse.ArgumentParser) -> None:
    _add_pin(parser, "hide")


def _add_adopt(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("notebook", nargs="+", metavar="NOTEBOOK", help="a notebook, or a folder for all below it")
    parser.add_argument("--yes", action="store_true", help="change them without asking")
    _finish(parser, "adopting", "adopt")


def _add_pythons(parser: argparse.ArgumentParser) -> None:
    _finish(parser, "looking", "pythons")


def _add_doctor(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--fix", action="store_true", help="offer to mend what can be, one by one")
    _finish(parser, "doctoring", "doctor")


def _add_register(parser: argparse.ArgumentParser) -> None:
    _add_environment(parser, optional=True)
    parser.add_argument("--name", metavar="N", help="the kernel's name (default: the environment's id)")
    parser.add_argument("--all", action="store_true", help="all environments that are offered as kernels")
    _finish(parser, "registering", "register")


def _add_unregister(parser: argparse.ArgumentParser) -> None:
    _add_environment(parser, optional=True, text=f"the kernel's name, or of its environment {ENVIRONMENT}")
    parser.add_argument("--stale", action="store_true", help="those that cannot start any more")
    parser.add_argument("--all", action="store_true", help="all that `register` wrote")
    parser.add_argument("--yes", action="store_true", help="remove all without asking")
    _finish(parser, "registering", "unregister")


def _add_borrow(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    build = actions.add_parser("build", help="prepare one", formatter_class=parser.formatter_class)
    build.add_argument("--python", metavar="P", help="a version, an interpreter or ENV (default: the server's own)")
    build.add_argument("--system", action="store_true", help="for everybody on this machine; needs an administrator")
    build.add_argument("--yes", action="store_true", help="download without asking")
    _finish(build, "borrowing", "build")
    _finish(actions.add_parser("list", help="list them", formatter_class=parser.formatter_class), "borrowing", "show")
    remove = actions.add_parser("remove", help="remove one of yours, or all", formatter_class=parser.formatter_class)
    remove.add_argument("tag", nargs="?", metavar="TAG", help="as `list` tells it, or a version of Python")
    remove.add_argument("--system", action="store_true", help="those for everybody; needs an administrator")
    remove.add_argument("--yes", action="store_true", help="remove all without asking")
    _finish(remove, "borrowing", "remove")


def _add_environment(parser: argparse.ArgumentParser, *, optional: bool = False, text: str = ENVIRONMENT) -> None:
    argument = parser.add_argument("environment", metavar="ENV", help=text, nargs="?" if optional else None)
    argument.completer = _known_ids  # type: ignore[attr-defined]  # argcomplete's own protocol


def _finish(parser: argparse.ArgumentParser, module: str, function: str) -> None:
    parser.add_argument("--json", action="store_true", help="answer in JSON, for programs")
    parser.set_defaults(run=(module, function), parser=parser)


def _known_ids(prefix: str, **_: object) -> list[str]:
    from jupyter_envs.cli.looking import known_ids

    return known_ids(prefix)


def _complete(parser: argparse.ArgumentParser) -> None:
    try:
        import argcomplete  # optional, and only when a shell asks for completions
    except ImportError:
        return
    argcomplete.autocomplete(parser)


COMMANDS: dict[str, tuple[str, Callable[[argparse.ArgumentParser], None]]] = {
    "list": ("list all environments, with what is wrong and how to mend it", _add_list),
    "show": ("tell everything that is known of one environment", _add_show),
    "which": ("tell which environment a notebook or folder gets, and why", _add_which),
    "pin": ("offer an environment as a kernel, whatever the rules say", _add_pin),
    "hide": ("do not offer an environment; it still starts by its name", _add_hide),
    "adopt": ("give notebooks with a machine's own or a dead kernel name the portable one", _add_adopt),
    "register": ("write a kernel spec on disk for an environment, for other tools", _add_register),
    "unregister": ("take that back, by the environment or the kernel's name", _add_unregister),
    "borrow": ("prepare, list and remove ipykernels that environments without one borrow", _add_borrow),
    "pythons": ("list the interpreters that environments can be made with", _add_pythons),
    "doctor": ("tell what is not as it should be, and mend what can be mended", _add_doctor),
}
"""Each command with its line of help and what adds its options."""
