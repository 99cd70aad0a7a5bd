"""A person on a machine with real tools, and who is told how work goes on."""

from __future__ import annotations

import functools
import threading
from typing import TYPE_CHECKING

from jupyter_envs.creator import Creator, Wish
from jupyter_envs.creator.making import Making
from jupyter_envs.finder import Finder
from jupyter_envs.host import Host
from jupyter_envs.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from jupyter_envs.environment import Environment

REAL = Host.current()


class Told:
    """Who is told how the making goes on."""

    def __init__(self, stop_at: str | None = None) -> None:
        self.cancel = threading.Event()
        self.phases: list[str] = []
        self.lines: list[str] = []
        self.warnings: list[str] = []
        self.fractions: list[float | None] = []
        self._stop_at = stop_at

    def phase(self, text: str) -> None:
        self.phases.append(text)
        if text == self._stop_at:
            self.cancel.set()

    def fraction(self, done: float | None) -> None:
        self.fractions.append(done)

    def line(self, text: str) -> None:
        self.lines.append(text)

    def warn(self, text: str) -> None:
        self.warnings.append(text)


def variables() -> dict[str, str]:
    """The machine's own, with what the home would say spelt out."""
    places = {
        "PYENV_ROOT": str(REAL.expand(REAL.variable("PYENV_ROOT") or "~/.pyenv")),
        "UV_CACHE_DIR": str(REAL.expand(REAL.variable("UV_CACHE_DIR") or "~/.cache/uv")),
    }
    return {**REAL.variables, **places}


def finder_of(host: Host, settings: Settings | None = None) -> Finder:
    return Finder(host, settings or Settings())


def creator_of(host: Host, settings: Settings | None = None, tools: dict[str, Path] | None = None) -> Creator:
    return Creator(finder_of(host, settings), [host.home], tools)


def listed(host: Host) -> list[Path]:
    """The prefixes that finding lists below the home."""
    found = finder_of(host, Settings(managers=("venv",))).scan().environments
    return [environment.prefix for environment in found]


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def make_file(path: Path) -> None:
    path.write_text("keep me")


def make_full_folder(path: Path) -> None:
    path.mkdir()
    make_file(path / "mine")


plain = functools.partial(Wish, manager="venv")
"""A wish for a plain environment, whatever would be proposed."""


def making_of(creator: Creator, wish: Wish) -> Making:
    """What would be done for a wish, to be looked into."""
    work = creator.prepare(wish)
    assert isinstance(work, Making)
    return work


def made(creator: Creator, wish: Wish) -> Environment:
    """The environment that was made for a wish."""
    return making_of(creator, wish).do(Told())
