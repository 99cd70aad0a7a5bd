"""What each command takes: its arguments and options, with what their help says and how a shell completes them."""

from __future__ import annotations

from jupyter_envs.state import State

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

STATES = {
    State.READY: "as it is",
    State.NEEDS_IPYKERNEL: "the table says borrowed, borrows, no ipykernel or unsound",
    State.BROKEN: "it cannot start",
    State.FOREIGN: "the table says not trusted",
}
ENVIRONMENT = "an id or its beginning, a name, a prefix, a project folder or a notebook"


def add_list(parser: argparse.ArgumentParser) -> None:
    """What `list` shows, and whether it walks."""
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
    finish(parser, "listing", "run")


def add_show(parser: argparse.ArgumentParser) -> None:
    """The one environment."""
    add_environment(parser)
    finish(parser, "looking", "show")


def add_which(parser: argparse.ArgumentParser) -> None:
    """The path."""
    parser.add_argument("path", nargs="?", default=".", metavar="PATH", help="a notebook or folder (default: here)")
    finish(parser, "looking", "which")


def add_pin(parser: argparse.ArgumentParser, function: str = "pin") -> None:
    """The environment, and taking it back."""
    add_environment(parser)
    parser.add_argument("--off", action="store_true", help="take it back")
    finish(parser, "pinning", function)


def add_hide(parser: argparse.ArgumentParser) -> None:
    """As for `pin`."""
    add_pin(parser, "hide")


def add_adopt(parser: argparse.ArgumentParser) -> None:
    """The notebooks, and whether it asks."""
    parser.add_argument("notebook", nargs="+", metavar="NOTEBOOK", help="a notebook, or a folder for all below it")
    parser.add_argument("--yes", action="store_true", help="change them without asking")
    finish(parser, "adopting", "adopt")


def add_doctor(parser: argparse.ArgumentParser) -> None:
    """Whether it mends."""
    parser.add_argument("--fix", action="store_true", help="offer to mend what can be, one by one")
    finish(parser, "doctoring", "doctor")


def add_register(parser: argparse.ArgumentParser) -> None:
    """One environment or all."""
    add_environment(parser, optional=True)
    parser.add_argument("--name", metavar="N", help="the kernel's name (default: the environment's id)")
    parser.add_argument("--all", action="store_true", help="all environments that are offered as kernels")
    finish(parser, "registering", "register")


def add_unregister(parser: argparse.ArgumentParser) -> None:
    """One kernel, the stale ones or all."""
    add_environment(parser, optional=True, text=f"the kernel's name, or of its environment {ENVIRONMENT}")
    parser.add_argument("--stale", action="store_true", help="those that cannot start any more")
    parser.add_argument("--all", action="store_true", help="all that `register` wrote")
    parser.add_argument("--yes", action="store_true", help="remove all without asking")
    finish(parser, "registering", "unregister")


def add_borrow(parser: argparse.ArgumentParser) -> None:
    """Its three actions."""
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    build = actions.add_parser("build", help="prepare one", formatter_class=parser.formatter_class)
    build.add_argument("--python", metavar="P", help="a version, an interpreter or ENV (default: the server's own)")
    build.add_argument("--system", action="store_true", help="for everybody on this machine; needs an administrator")
    build.add_argument("--yes", action="store_true", help="download without asking")
    finish(build, "borrowing", "build")
    finish(actions.add_parser("list", help="list them", formatter_class=parser.formatter_class), "borrowing", "show")
    remove = actions.add_parser("remove", help="remove one of yours, or all", formatter_class=parser.formatter_class)
    remove.add_argument("tag", nargs="?", metavar="TAG", help="as `list` tells it, or a version of Python")
    remove.add_argument("--system", action="store_true", help="those for everybody; needs an administrator")
    remove.add_argument("--yes", action="store_true", help="remove all without asking")
    finish(remove, "borrowing", "remove")


def add_environment(parser: argparse.ArgumentParser, *, optional: bool = False, text: str = ENVIRONMENT) -> None:
    """ENV, which a shell completes."""
    argument = parser.add_argument("environment", metavar="ENV", help=text, nargs="?" if optional else None)
    argument.completer = known_ids  # type: ignore[attr-defined]  # argcomplete's own protocol


def finish(parser: argparse.ArgumentParser, module: str, function: str) -> argparse.Action:
    """What each command has: `--json`, which it answers, and the function of `cli/<module>.py` that runs it."""
    parser.set_defaults(run=(module, function), parser=parser)
    return parser.add_argument("--json", action="store_true", help="answer in JSON, for programs")


def known_ids(prefix: str, **_: object) -> list[str]:
    """The ids that begin so, by argcomplete's own protocol."""
    from jupyter_envs.cli.looking import known_ids as known

    return known(prefix)
