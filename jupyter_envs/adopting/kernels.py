"""What the name of a kernel means on this machine: whether every machine has it, only this one, or none."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from jupyter_envs import naming, registered, stale_specs
from jupyter_envs.stale_specs import Fault

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from jupyter_envs.environment import Environment
    from jupyter_envs.managers.base import Scene

PYTHON = "python"
_IDENTITY = re.compile(r"[a-z0-9._-]+-[0-9a-f]{8}(?:[0-9a-f]{8})?")
_SAYS_PYTHON = re.compile(r"(?:^|[^a-z])i?py(?:thon|kernel)?(?:[^a-z]|$)", re.IGNORECASE)


class Kind(StrEnum):
    """What is to be done about a name."""

    PORTABLE = "portable"
    """Nothing: it means a kernel here, and does not lead into an environment of this machine."""
    DEAD = "dead"
    """No kernel has it."""
    BOUND = "bound"
    """It starts an environment that only this machine has."""
    OTHER = "other"
    """It is a kernel of its own kind, which no other can stand in for."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a kernel's name means: in one sentence, and with the prefix that it starts where that is known."""

    kind: Kind
    sentence: str = ""
    prefix: Path | None = None


@dataclass(frozen=True, slots=True)
class Kernels:
    """The kernels of this machine by their names: those on disk, and the environments."""

    specs: Mapping[str, Path | None]
    stale: Mapping[str, str]
    """The names of kernel specs whose interpreter is gone, with its path."""
    environments: Mapping[str, Environment]

    @classmethod
    def of(cls, scene: Scene, environments: Iterable[Environment]) -> Kernels:
        """Those that Jupyter sees here now."""
        specs = {
            name: prefix if prefix and scene.is_environment(prefix) else None
            for name, prefix in registered.on_disk(scene).items()
        }
        stale: dict[str, str] = {}
        for each in stale_specs.find(scene):
            if each.fault is Fault.GONE and specs.get(each.name.lower()) is None:
                stale.setdefault(each.name.lower(), naming.shown_path(os.fspath(each.program or "")))
        return cls(specs, stale, {one.id: one for one in environments})

    def meaning(self, name: str, portable: str) -> Meaning:
        """What a name means; `portable` is the one that every machine has."""
        if name in {portable, registered.NATIVE}:
            return Meaning(Kind.PORTABLE)
        lower = name.lower()
        if lower in self.stale:
            return Meaning(Kind.DEAD, f"Its kernel starts {self.stale[lower]}, which is gone.")
        if lower in self.specs:
            return _installed(self.specs[lower])
        if (environment := self.environments.get(name)) is not None:
            return Meaning(Kind.BOUND, "Only this machine has its kernel.", environment.prefix)
        return self._other(name) or Meaning(Kind.DEAD, "No kernel here has that name.")

    def _other(self, name: str) -> Meaning | None:
        """What it means to be another kernel of an environment: R, or a Python with variables of its own."""
        for one in self.environments.values():
            if any(name == f"{one.id}.{kernel.name}" for kernel in one.kernels):
                sentence = f"It names a kernel of its own kind in {one.display_name}."
                return Meaning(Kind.OTHER, sentence, one.prefix)
        return None


def _installed(prefix: Path | None) -> Meaning:
    if prefix is None:
        return Meaning(Kind.PORTABLE)
    return Meaning(Kind.BOUND, "Its kernel spec starts an environment of this machine.", prefix)


def says_python(*texts: str | None) -> bool:
    """Whether names that a notebook without a language gives its kernel say that it is Python's."""
    return any(text and (_SAYS_PYTHON.search(text) or _IDENTITY.fullmatch(text)) for text in texts)
