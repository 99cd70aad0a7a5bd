"""Who is named where the settings forbid to borrow."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from jupyter_envs.borrowing import consent
from tests.folders import write

if TYPE_CHECKING:
    from pathlib import Path

    from jupyter_envs.host import Host

NEVER = '{"JupyterEnvs": {"borrow_ipykernel": "never"}}'
ALWAYS = NEVER.replace("never", "always")
NAME = "jupyter_envs_config.json"


def test_the_strongest_file_that_says_so_is_named(host: Host, home: Path) -> None:
    write(host.prefix / "etc" / "jupyter" / NAME, NEVER)
    first = consent.refusal(host)
    assert first.message.endswith(f"in {host.prefix}/etc/jupyter/{NAME}, so nothing is borrowed.")
    file = write(home / ".jupyter" / NAME, NEVER)
    assert str(file) in consent.refusal(host).message


@pytest.mark.parametrize("text", ["{", "[]", '{"JupyterEnvs": 3}', '{"JupyterEnvs": {"max_depth": 2}}'])
def test_a_file_that_says_nothing_of_it_is_not_named(host: Host, home: Path, text: str) -> None:
    write(home / ".jupyter" / NAME, text)
    write(host.prefix / "etc" / "jupyter" / NAME, NEVER)
    assert str(host.prefix) in consent.refusal(host).message


def test_where_no_file_says_so_the_server_was_told(host: Host, home: Path) -> None:
    write(home / ".jupyter" / NAME, ALWAYS)
    write(host.prefix / "etc" / "jupyter" / NAME, NEVER)
    assert "in this server's configuration" in consent.refusal(host).message


@pytest.mark.skipif(os.name == "nt" or os.getuid() != 0, reason="only root can become somebody else")
def test_where_it_may_not_be_changed_somebody_else_is_asked(host: Host, open_folder: Path) -> None:
    write(open_folder / "server" / "etc" / "jupyter" / NAME, NEVER)
    theirs = replace(host, home=open_folder / "home", prefix=open_folder / "server", uid=65534)
    os.setreuid(65534, 0)
    try:
        fix = consent.refusal(theirs).fix
    finally:
        os.setreuid(0, 0)
    assert fix == "Ask who looks after this machine to change that."
