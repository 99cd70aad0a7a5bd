"""What one environment's kernel takes from a borrowed ipykernel in place of the environment's own packages."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from jupyter_envs import pyvenv
from jupyter_envs.managers.base import Scene
from jupyter_envs.overlay import solving
from jupyter_envs.overlay.lending import Lending

if TYPE_CHECKING:
    from jupyter_envs.environment import Environment
    from jupyter_envs.host import Host
    from jupyter_envs.overlay.solving import Shadow
    from jupyter_envs.settings import Settings


def of(environment: Environment, host: Host, settings: Settings) -> tuple[Shadow, ...]:
    """Its packages that stand behind the overlay's, by name; none where it borrows nothing that is there.

    Reads the metadata of many packages.
    """
    scene, home = Scene(host, mounts=host.mounts()), os.fspath(host.home)
    if environment.borrowed is None or scene.is_away(environment.prefix):
        return ()
    prefix = os.fspath(environment.prefix)
    reading = pyvenv.read(prefix, home) or pyvenv.read_interpreter(prefix, home)
    overlay = Lending(scene, settings.borrow_ipykernel).overlay(reading) if reading else None
    return () if reading is None or overlay is None else solving.shadows(reading, overlay)
