"""Environments that are put aside, and then whoever did it is killed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jupyter_envs.creator import holding, parking
from jupyter_envs.creator.shell import Shell
from tests.creator.scene import names_in
from tests.folders import make_environment, write

if TYPE_CHECKING:
    from pathlib import Path

    from jupyter_envs.creator.parking import Parked
    from jupyter_envs.host import Host


def old_one(prefix: Path, python: Path) -> Path:
    """An environment with something of its person's own."""
    make_environment(prefix, python)
    write(prefix / "old")
    write(prefix / "bin" / "postactivate", "mine").chmod(0o755)
    return prefix


def park(prefix: Path, host: Host) -> Parked:
    """Put aside, and then killed: nobody holds it any more."""
    with holding.hold(prefix, host) as held:
        return parking.park(held, host)


def succeed(prefix: Path, host: Host, python: Path) -> Parked:
    """Put aside, made again, and then killed before the old one was deleted."""
    with holding.hold(prefix, host) as held:
        parked = parking.park(held, host)
        shell = Shell(prefix)
        make_environment(prefix, python)
        parking.announce(parked, held, host)
        shell.finish()
        shell.close()
        return parked


def notes(host: Host) -> list[str]:
    folder = host.own_state_folder() / parking.NOTES
    return names_in(folder) if folder.exists() else []
