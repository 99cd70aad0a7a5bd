"""Things in words."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_envs import terminal

if TYPE_CHECKING:
    from jupyter_envs.host import Host


def test_the_home_is_shown_as_a_tilde(host: Host) -> None:
    assert terminal.short(host.home, host) == "~"
    assert terminal.short(host.home / "a", host) == "~/a"
    assert terminal.short(Path(f"{host.home}2/a"), host) == f"{host.home}2/a"
    (host.home.parent / "alias").symlink_to(host.home)
    assert terminal.short(host.home / "a", replace(host, home=host.home.parent / "alias")) == "~/a"
