"""The base Pythons of a machine: the managers' own and the system's."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_envs import files, managers, pyvenv
from jupyter_envs.describe import full_version
from jupyter_envs.environment import Interpreter
from jupyter_envs.managers.base import Scene
from jupyter_envs.trust import Trust

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jupyter_envs.host import Host

_SYSTEM = ("/usr/bin", "/usr/local/bin", "/opt/homebrew/bin")
_NAME = re.compile(r"(?:python|pypy)\d+\.\d+t?")


def find(host: Host) -> list[Interpreter]:
    """Every base Python that can start here and that the person may trust, each once, the best to choose first.

    That is the newest stable CPython; pre-releases and free-threaded ones follow those, and other implementations all.
    """
    trust = Trust(host.uid)
    found: dict[Path, Interpreter] = {}
    scene = Scene(host, mounts=host.mounts())
    for manager, python in _pythons(scene):
        interpreter = None if scene.is_away(python) else _read(python, manager, host, trust)
        if interpreter is not None:
            found.setdefault(Path(os.path.realpath(interpreter.path)), interpreter)
    return sorted(found.values(), key=lambda one: one.sort_key, reverse=True)


def _pythons(scene: Scene) -> Iterator[tuple[str, Path]]:
    for manager in managers.every():
        yield from ((manager.name, prefix / "bin" / "python") for prefix in manager.interpreters(scene))
    yield from (("system", python) for python in _of_system(scene.host))


def _of_system(host: Host) -> Iterator[Path]:
    if host.platform == "win32":
        return
    for folder in _SYSTEM:
        yield from (Path(folder, name) for name in files.names(folder) if _NAME.fullmatch(name))


def _read(python: Path, manager: str, host: Host, trust: Trust) -> Interpreter | None:
    """The interpreter at `python` when its files say that it can start and be trusted."""
    target = Path(os.path.realpath(python))
    reading = pyvenv.read_interpreter(os.fspath(target.parent.parent), os.fspath(host.home), os.fspath(target))
    if reading is None or reading.fault or trust.judge(reading) or _is_being_made(target.parent.parent):
        return None
    version = full_version(reading)
    if version is None:
        return None
    return Interpreter(python, version + reading.threads, reading.implementation or "cpython", manager)


def _is_being_made(prefix: Path) -> bool:
    return os.path.lexists(prefix / pyvenv.MARKER)
