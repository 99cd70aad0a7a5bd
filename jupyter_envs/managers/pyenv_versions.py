"""pyenv's folder of interpreters, which is pyenv-virtualenv's folder of environments, too."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_envs import pyvenv

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jupyter_envs.managers.base import Scene

_MINOR = re.compile(r"(?P<begin>(?:[a-z]+)?\d+(?:\.\d+)*)(?P<threads>t?)")


def root(scene: Scene) -> Path:
    """`PYENV_ROOT`, or its default."""
    default = "~/.pyenv/pyenv-win" if scene.host.platform == "win32" else "~/.pyenv"
    return scene.host.expand(scene.exported("PYENV_ROOT") or default)


def folder(scene: Scene) -> Path:
    """The folder of versions; links in it are other names of environments and interpreters."""
    return root(scene) / "versions"


def installed(scene: Scene) -> Iterator[Path]:
    """Every folder in it that is no link, and is not being made."""
    for prefix in scene.children(folder(scene)):
        if not os.path.islink(prefix) and not scene.is_file(prefix / pyvenv.MARKER):
            yield prefix


def exact(version: str, program: Path, scene: Scene) -> str | None:
    """The version that pyenv would install, such as `3.12.4` for `3.12`: the newest release; None where it has none."""
    names = _definitions(program, scene)
    if version in names:
        return version
    match = _MINOR.fullmatch(version)
    if match is None:
        return None
    wanted = re.compile(rf"{re.escape(match['begin'])}[.-](?P<rest>\d+(?:\.\d+)*){match['threads']}")
    found = [(_numbers(known["rest"]), name) for name in names if (known := wanted.fullmatch(name))]
    return max(found)[1] if found else None


def _definitions(program: Path, scene: Scene) -> frozenset[str]:
    """The names of what python-build can build, in all of its folders."""
    given = (scene.host.variable("PYTHON_BUILD_DEFINITIONS") or "").split(os.pathsep)
    plugins = [root(scene) / "plugins", scene.real(program).parent.parent / "plugins"]
    found = [plugin / "share" / "python-build" for folder in plugins for plugin in scene.children(folder)]
    folders = [*(Path(folder) for folder in given if os.path.isabs(folder)), *found]
    return frozenset(name for folder in folders for name in scene.names(folder))


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in text.split("."))
