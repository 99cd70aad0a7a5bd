"""pyenv's folder of interpreters, which is pyenv-virtualenv's folder of environments, too."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jupyter_envs.managers.base import Scene


def root(scene: Scene) -> Path:
    """`PYENV_ROOT`, or its default."""
    default = "~/.pyenv/pyenv-win" if scene.host.platform == "win32" else "~/.pyenv"
    return scene.host.expand(scene.exported("PYENV_ROOT") or default)


def folder(scene: Scene) -> Path:
    """The folder of versions; links in it are other names of environments and interpreters."""
    return root(scene) / "versions"


def installed(scene: Scene) -> Iterator[Path]:
    """Every folder in it that is no link."""
    for prefix in scene.children(folder(scene)):
        if not os.path.islink(prefix):
            yield prefix
