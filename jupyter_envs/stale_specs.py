"""Kernel specs on Jupyter's data path, whoever made them, that cannot start: their program is gone."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_envs import files

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jupyter_envs.managers.base import Scene

FILE = "kernel.json"


@dataclass(frozen=True, slots=True)
class StaleSpec:
    """One kernel spec that cannot start; `program` None: its file cannot be understood."""

    name: str
    folder: Path
    program: Path | None

    @property
    def file(self) -> Path:
        """The path of its `kernel.json`."""
        return self.folder / FILE

    def is_still_so(self) -> bool:
        """Whether it is now as it was found."""
        return _program(self.file) == self.program and not _starts(self.program)


def find(scene: Scene) -> Iterator[StaleSpec]:
    """Every one, in the order of Jupyter's data path; one whose program nobody names by a path is taken for sound."""
    seen: set[str] = set()
    for data in scene.host.jupyter_data_folders():
        kernels = data / "kernels"
        real = os.path.realpath(kernels) if not scene.is_away(kernels) else None
        if real is None or real in seen:
            continue
        seen.add(real)
        for name in scene.names(kernels):
            folder = kernels / name
            if not scene.is_away(folder) and os.path.lexists(folder / FILE):
                program = _program(folder / FILE)
                away = program is not None and program.is_absolute() and scene.is_away(program)
                if not away and not _starts(program):
                    yield StaleSpec(name, folder, program)


def _program(file: Path) -> Path | None:
    """What a kernel spec starts, as it names that; None where the file makes no sense."""
    try:
        content = json.loads(files.read_text(os.fspath(file)) or "")
        program = content["argv"][0]
    except (ValueError, TypeError, LookupError, RecursionError):
        return None
    return Path(program) if isinstance(program, str) and "\0" not in program else None


def _starts(program: Path | None) -> bool:
    return program is not None and (not program.is_absolute() or os.path.exists(program))
