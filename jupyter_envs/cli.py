# PYTHON_ARGCOMPLETE_OK
"""The command line: `jupyter envs ...`, also installed as `jupyter-envs`.

Data goes to standard output, progress and warnings to standard error. Exit status: 0 done, 1 could not (one line says
what happened and what to do), 2 wrong usage.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_envs import __version__, managers, naming, terminal
from jupyter_envs.environment import State
from jupyter_envs.errors import EnvsError, NotFound
from jupyter_envs.finder import Finder
from jupyter_envs.host import Host

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from jupyter_envs.environment import Environment
    from jupyter_envs.errors import Problem
    from jupyter_envs.snapshot import Snapshot

EPILOG = "Every environment that is found is offered as a kernel in JupyterLab when it has ipykernel."


def main(words: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit status; no exception leaves it."""
    try:
        host = Host.current()
    except EnvsError as error:
        return _could_not(str(error))
    if sys.stdout is not None:  # None when the caller closed it
        sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]  # a text stream on every platform
    parser = make_parser()
    if host.variable("_ARGCOMPLETE"):
        _complete(parser)
    arguments = parser.parse_args(words)
    try:
        status = _run(arguments, host)
        if sys.stdout is not None:
            sys.stdout.flush()  # here, where a full disk or a reader that went away can still be told
    except EnvsError as error:
        return _could_not(str(error))
    except KeyboardInterrupt:
        return _could_not("Interrupted. Nothing was changed.")
    except BrokenPipeError:
        _drop_output()
        return 1
    except OSError as error:
        _drop_output()
        return _could_not(f"{error.strerror or error}: {error.filename or 'the system'}. Mend that and try again.")
    return status


def _drop_output() -> None:
    """Send what is still buffered nowhere, so that the interpreter does not fail on it once more at its end."""
    with suppress(AttributeError, OSError):  # no standard output, or none that is a file
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def make_parser() -> argparse.ArgumentParser:
    """The parser of all commands; its help is the reference."""
    parser = argparse.ArgumentParser(
        prog="jupyter envs", description="Find every Python environment you have, and use it in Jupyter.", epilog=EPILOG
    )
    parser.add_argument("--version", action="version", version=f"jupyter-envs {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_list(commands.add_parser("list", help="list all environments, with what is wrong and how to mend it"))
    show = commands.add_parser("show", help="tell everything that is known of one environment")
    _add_environment(show, _show)
    which = commands.add_parser("which", help="tell which environment a notebook or folder gets, and why")
    which.add_argument("path", nargs="?", default=".", metavar="PATH", help="a notebook or folder (default: here)")
    _finish(which, _which)
    pythons = commands.add_parser("pythons", help="list the interpreters that environments can be made with")
    _finish(pythons, _pythons)
    return parser


def _add_list(parser: argparse.ArgumentParser) -> None:
    names = [manager.name for manager in managers.every()]
    parser.add_argument(
        "--manager", action="append", choices=names, metavar="M", help=f"only those of: {', '.join(names)}"
    )
    states = [state.value for state in State]
    parser.add_argument(
        "--state", action="append", choices=states, metavar="S", help=f"only those that are: {', '.join(states)}"
    )
    parser.add_argument(
        "--root", action="append", metavar="DIR", help="walk this folder instead of the configured ones"
    )
    parser.add_argument("--rescan", action="store_true", help="walk all folders again, whatever is remembered")
    parser.add_argument("--no-wait", action="store_true", help="do not walk: only the tools' own folders")
    parser.add_argument("--long", action="store_true", help="show the id (the kernel's name) and the prefix, too")
    _finish(parser, _list)


def _add_environment(parser: argparse.ArgumentParser, run: Callable[[argparse.Namespace, Finder], int]) -> None:
    help_text = "an id or its beginning, a name, a prefix, a project folder or a notebook"
    argument = parser.add_argument("environment", metavar="ENV", help=help_text)
    argument.completer = _known_ids  # type: ignore[attr-defined]  # argcomplete's own protocol
    _finish(parser, run)


def _finish(parser: argparse.ArgumentParser, run: Callable[[argparse.Namespace, Finder], int]) -> None:
    parser.add_argument("--json", action="store_true", help="answer in JSON, for programs")
    parser.set_defaults(run=run)


def _run(arguments: argparse.Namespace, host: Host) -> int:
    settings, problems = host.settings()
    _warn(problems)
    status: int = arguments.run(arguments, Finder(host, settings))
    return status


def _list(arguments: argparse.Namespace, finder: Finder) -> int:
    if arguments.root:
        roots = tuple(str(Path.cwd() / root) for root in arguments.root)
        finder = replace(finder, settings=replace(finder.settings, roots=roots))
    snapshot = finder.central() if arguments.no_wait else _scan(finder)
    shown = [one for one in snapshot.environments if _is_wanted(one, arguments)]
    if arguments.json:
        _print_json(replace(snapshot, environments=tuple(shown)).as_json())
    else:
        _warn(snapshot.problems)
        for line in terminal.table(shown, finder.host, long=arguments.long):
            print(line)
        if not shown:
            print(_nothing_found(finder, filtered=bool(snapshot.environments)))
    return 0


def _show(arguments: argparse.Namespace, finder: Finder) -> int:
    environment = _find(arguments.environment, finder)
    if arguments.json:
        _print_json({"version": 1, "environment": environment.as_json()})
    else:
        for line in terminal.details(environment, finder.host):
            print(line)
    return 0


def _which(arguments: argparse.Namespace, finder: Finder) -> int:
    path = Path(arguments.path)
    if not path.exists():
        raise NotFound(f"{path} does not exist.", "Name a notebook or a folder that is there.")
    resolution = finder.resolve(path)
    if arguments.json:
        _print_json(resolution.as_json())
    elif resolution.environment is not None:
        for line in terminal.resolution(resolution, finder.host):
            print(line)
    if resolution.environment is None:
        _say(f"jupyter-envs: {resolution.reason} Make one there, or choose a kernel by its name.")
    return 0 if resolution.environment is not None else 1


def _pythons(arguments: argparse.Namespace, finder: Finder) -> int:
    found = finder.interpreters()
    if arguments.json:
        _print_json({"version": 1, "pythons": [interpreter.as_json() for interpreter in found]})
        return 0
    for line in terminal.interpreters(found, finder.host):
        print(line)
    if not found:
        print("No interpreter was found. Install one with pyenv, uv or your system's packages.")
    return 0


def _find(text: str, finder: Finder) -> Environment:
    """The one environment that a person means; raises NotFound, naming the candidates where there are several."""
    snapshot = _scan(finder)
    found = snapshot.match(text)
    if not found and Path(text).exists():
        path = Path(text).resolve()
        environment = finder.inspect(path) or finder.resolve(path).environment
        found = [snapshot.get(environment.id) or environment] if environment else []
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join(environment.id for environment in found)
        raise NotFound(f"'{text}' can mean several environments: {names}.", "Name one of them.")
    raise NotFound(f"There is no environment '{text}'.", "See them all with: jupyter envs list")


def _scan(finder: Finder) -> Snapshot:
    """A walk with progress on a terminal; Ctrl-C ends it, and what was found until then counts."""
    with terminal.Bar(finder.host) as bar:
        return finder.scan(seconds=finder.settings.scan_seconds, progress=bar.show, cancelled=bar.was_interrupted)


def _is_wanted(environment: Environment, arguments: argparse.Namespace) -> bool:
    managed = not arguments.manager or environment.manager in arguments.manager
    return managed and (not arguments.state or environment.state.value in arguments.state)


def _nothing_found(finder: Finder, *, filtered: bool) -> str:
    if filtered:
        return "No environment is like that. See them all with: jupyter envs list"
    roots = ", ".join(terminal.short(root, finder.host) for root in finder.roots())
    return (
        f"No environments were found below {roots} or in the folders of Poetry, virtualenvwrapper and pyenv.\n"
        "Make one (python3 -m venv .venv, in a project's folder), or name another folder: jupyter envs list --root DIR"
    )


def _known_ids(prefix: str, **_: object) -> list[str]:
    """Completions of ENV: ids from the tools' own folders and from here, without a walk."""
    host = Host.current()
    finder = Finder(host, host.settings()[0])
    here = finder.resolve(Path.cwd()).environment
    known = [*finder.central().environments, *([here] if here else [])]
    return sorted({environment.id for environment in known if environment.id.startswith(prefix)})


def _complete(parser: argparse.ArgumentParser) -> None:
    try:
        import argcomplete  # optional, and only when a shell asks for completions
    except ImportError:
        return
    argcomplete.autocomplete(parser)


def _print_json(answer: object) -> None:
    print(json.dumps(answer, indent=2))


def _warn(problems: Iterable[Problem]) -> None:
    for problem in problems:
        _say(f"jupyter-envs: {problem}")


def _could_not(message: str) -> int:
    _say(f"jupyter-envs: {message}")
    return 1


def _say(line: str) -> None:
    print(naming.shown_path(line), file=sys.stderr)
