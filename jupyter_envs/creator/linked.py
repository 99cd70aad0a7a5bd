"""What lies at the place of a new environment where that is a link: where it leads, and what to do about it."""

from __future__ import annotations

import os
import shlex
from typing import TYPE_CHECKING

from jupyter_envs import naming, pyvenv
from jupyter_envs.errors import Occupied

if TYPE_CHECKING:
    from pathlib import Path


def refuse(prefix: Path) -> None:
    """Raises `Occupied` where the place of a new environment is a link."""
    if not os.path.islink(prefix):
        return
    shown, delete = _shown(os.fspath(prefix)), f"rm {shlex.quote(_shown(os.fspath(prefix)))}"
    target = os.path.realpath(prefix)
    if not os.path.exists(target):
        led = _shown(target) if target != os.fspath(prefix) else "itself"
        raise Occupied(
            f"{shown} already exists: a link to {led}, which is not there.",
            f"Delete the link, then try again: {delete}",
        )
    if pyvenv.is_environment(target):
        fix = f"Use that one, or delete the link, which leaves it as it is: {delete}"
        raise Occupied(f"{shown} already exists: a link to the environment {_shown(target)}.", fix)
    fix = f"Delete the link, which leaves that as it is, then try again: {delete}"
    raise Occupied(f"{shown} already exists: a link to {_shown(target)}, which is no environment.", fix)


def _shown(path: str) -> str:
    return naming.shown_path(path)
