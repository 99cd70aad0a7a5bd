"""Where to look and by which settings, as a server tells the child process that looks for it."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_envs.host import Host
from jupyter_envs.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

_PATHS = frozenset({"home", "prefix", "system"})
_HOST = ("variables", "platform", "uid", *sorted(_PATHS))


def described(host: Host, settings: Settings) -> dict[str, object]:
    """A host and settings as JSON tells them."""
    told = {name: getattr(host, name) for name in _HOST}
    return {
        "host": {name: str(value) if name in _PATHS else value for name, value in told.items()},
        "settings": asdict(settings),
    }


def understood(told: Mapping[str, Any]) -> tuple[Host, Settings]:
    """What `described` told."""
    host = {name: Path(value) if name in _PATHS else value for name, value in told["host"].items()}
    settings = {name: tuple(value) if isinstance(value, list) else value for name, value in told["settings"].items()}
    return Host(**host), Settings(**settings)  # type: ignore[arg-type]  # they were described by ourselves
