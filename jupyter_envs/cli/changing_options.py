"""What the commands take that make, change and remove: create, remove, recreate, add-ipykernel, pythons."""

from __future__ import annotations

import argparse

from jupyter_envs.cli.options import add_environment, finish

INSTALLERS = ("uv", "pyenv")
_WITH = "the program that installs it (default: pyenv where it is installed and knows the version, otherwise uv)"


def add_create(parser: argparse.ArgumentParser) -> None:
    """Where, with which tool, on which Python, and with what in it."""
    place = parser.add_mutually_exclusive_group()
    place.add_argument("project", nargs="?", metavar="PROJECT", help="the project's folder (default: here)")
    place.add_argument("--prefix", metavar="DIR", help="make it at this very place, for no project")
    manager = parser.add_argument("--manager", metavar="M", help="the tool (default: the project's own, or venv)")
    manager.completer = _managers  # type: ignore[attr-defined]  # argcomplete's own protocol
    parser.add_argument("--name", metavar="N", help="the folder's or the environment's name, where its tool takes one")
    _add_python(parser, "a version such as 3.12, or an interpreter's path (default: the newest that fits)")
    packages = {"action": "append", "default": [], "dest": "packages"}
    parser.add_argument("--with", metavar="REQ", help="install this package; may be given several times", **packages)  # type: ignore[arg-type]  # mypy takes them for one type
    parser.add_argument("--requirements", metavar="FILE", help="install what this file lists")
    parser.add_argument("--install", action="store_true", help="install what the project declares")
    parser.add_argument("--ipykernel", action="store_true", help="install an ipykernel, too, instead of borrowing one")
    finish(parser, "making", "create")


def add_remove(parser: argparse.ArgumentParser) -> None:
    """The environment, and whether it asks."""
    add_environment(parser)
    parser.add_argument("--yes", action="store_true", help="remove it without asking")
    finish(parser, "changing", "remove")


def add_recreate(parser: argparse.ArgumentParser) -> None:
    """The environment, on which Python, and whether it asks."""
    add_environment(parser)
    _add_python(parser, "a version such as 3.12, or an interpreter's path (default: as before)")
    parser.add_argument("--yes", action="store_true", help="make it again without asking")
    finish(parser, "changing", "recreate")


def add_ipykernel(parser: argparse.ArgumentParser) -> None:
    """The environment."""
    add_environment(parser)
    finish(parser, "changing", "add_ipykernel")


def add_pythons(parser: argparse.ArgumentParser) -> None:
    """Nothing, or the version to install."""
    actions = parser.add_subparsers(title="actions", metavar="[ACTION]")
    install = actions.add_parser("install", help="install a Python", formatter_class=parser.formatter_class)
    install.add_argument("version", metavar="VERSION", help="such as 3.12 or 3.12.4")
    install.add_argument("--with", dest="program", choices=INSTALLERS, help=_WITH)
    install.add_argument("--yes", action="store_true", help="install it without asking")
    finish(install, "installing", "install").default = argparse.SUPPRESS  # `pythons --json install` said it before
    finish(parser, "looking", "pythons")


def _add_python(parser: argparse.ArgumentParser, text: str) -> None:
    argument = parser.add_argument("--python", metavar="P", help=text)
    argument.completer = _versions  # type: ignore[attr-defined]  # argcomplete's own protocol


def _managers(prefix: str, **_: object) -> list[str]:
    from jupyter_envs import managers

    return [one.name for one in managers.every() if one.creates and one.name.startswith(prefix)]


def _versions(prefix: str, **_: object) -> list[str]:
    from jupyter_envs.cli.looking import known_versions

    return known_versions(prefix)
