# PYTHON_ARGCOMPLETE_OK
"""The command line: `jupyter envs ...`, also installed as `jupyter-envs`.

Data goes to standard output, progress and warnings to standard error. Exit status: 0 done, 1 could not (one line says
what happened and what to do), 2 wrong usage or a path outside of the allowed folders. Each command's own module is
loaded when it is run: starting takes longer than most of them.
"""

from __future__ import annotations

import argparse
import functools
import os
import sys
from contextlib import suppress
from importlib import import_module

from jupyter_envs import __version__
from jupyter_envs.cli import changing_options, options
from jupyter_envs.cli.saying import could_not, failed
from jupyter_envs.errors import EnvsError
from jupyter_envs.host import Host

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import NoReturn

EPILOG = (
    "Environments are kernels in JupyterLab: with their own ipykernel, or with one that they borrow. "
    "`list` tells which are not, and what to do."
)
WIDTH = 78
TRACEBACKS = "JUPYTER_ENVS_TRACEBACKS"
"""The variable with which a defect shows where it is."""


class WrongUsage(Exception):
    """The words of a command make no sense together; argparse tells it with the usage."""


class Parser(argparse.ArgumentParser):
    """Tells what is wrong without what only a terminal would understand."""

    def error(self, message: str) -> NoReturn:
        """Ends the program with the usage, a sentence and the status 2."""
        from jupyter_envs import naming  # a listing that goes well says nothing

        super().error(naming.shown_path(message))


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
    except BrokenPipeError:
        _drop_output()
        return 1
    except (Exception, KeyboardInterrupt) as error:
        if host.variable(TRACEBACKS) and not isinstance(error, EnvsError):
            raise
        return _told(error, arguments)
    return status


def _told(error: BaseException, arguments: argparse.Namespace) -> int:
    """What went wrong, in words, and the exit status."""
    if isinstance(error, EnvsError):
        return failed(error, as_json=arguments.json)
    if isinstance(error, KeyboardInterrupt):
        return could_not("Interrupted. Nothing was changed.")
    _drop_output()
    if isinstance(error, OSError):
        return could_not(f"{error.strerror or error}: {error.filename or 'the system'}. Mend that and try again.")
    what = f"Something unexpected went wrong: {type(error).__name__}: {error}."
    return could_not(f"{what} Report it, with what the command prints where {TRACEBACKS}=1 is set.")


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
    parser = Parser(
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


def _complete(parser: argparse.ArgumentParser) -> None:
    try:
        import argcomplete  # optional, and only when a shell asks for completions
    except ImportError:
        return
    argcomplete.autocomplete(parser)


COMMANDS: dict[str, tuple[str, Callable[[argparse.ArgumentParser], None]]] = {
    "list": ("list all environments, with what is wrong and how to mend it", options.add_list),
    "show": ("tell everything that is known of one environment", options.add_show),
    "which": ("tell which environment a notebook or folder gets, and why", options.add_which),
    "create": ("make an environment, with the tool of your choice", changing_options.add_create),
    "remove": ("remove an environment, and what its tool notes of it", changing_options.add_remove),
    "recreate": ("make an environment again, on a mended or another Python", changing_options.add_recreate),
    "add-ipykernel": ("install an ipykernel into an environment, by its own tool", changing_options.add_ipykernel),
    "pythons": ("list the interpreters that environments can be made with; install one", changing_options.add_pythons),
    "pin": ("offer an environment as a kernel, whatever the rules say", options.add_pin),
    "hide": ("do not offer an environment; it still starts by its name", options.add_hide),
    "adopt": ("give notebooks with a machine's own or a dead kernel name the portable one", options.add_adopt),
    "register": ("write a kernel spec on disk for an environment, for other tools", options.add_register),
    "unregister": ("take that back, by the environment or the kernel's name", options.add_unregister),
    "borrow": ("prepare, list and remove ipykernels that environments without one borrow", options.add_borrow),
    "doctor": ("tell what is not as it should be, and mend what can be mended", options.add_doctor),
}
"""Each command with its line of help and what adds its options."""
