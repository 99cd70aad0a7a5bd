"""With what everything is decided and done: who finds, which tools there are, and where environments may lie."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jupyter_envs.managers.base import Scene

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from jupyter_envs.creator.places import Places
    from jupyter_envs.finder import Finder
    from jupyter_envs.host import Host
    from jupyter_envs.settings import Settings


@dataclass(frozen=True, slots=True)
class Means:
    """What a piece of work is decided with; asked for anew for each, because tools come and go."""

    finder: Finder
    tools: Mapping[str, Path]
    """The programs that there are, by name."""
    places: Places

    @property
    def host(self) -> Host:
        """The machine and the person."""
        return self.finder.host

    @property
    def settings(self) -> Settings:
        """What the person or the administrator chose."""
        return self.finder.settings

    def scene(self) -> Scene:
        """A fresh look at the disk, for managers."""
        return Scene(self.host, mounts=self.host.mounts())
