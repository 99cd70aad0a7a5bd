"""Kernels of a real server whose environments change beneath them."""

from __future__ import annotations

import asyncio
import json
import shutil
import urllib.error
from typing import TYPE_CHECKING

import pytest

from jupyter_envs import naming
from tests.bench.serving import Server, serving
from tests.kernels import servers
from tests.real.outside import MissingError, interpreters
from tests.real.workshop import install, uv_venv

if TYPE_CHECKING:
    from pathlib import Path

OURS = {"jupyter_envs": True}
WHERE = "import sys; print(sys.prefix, *sys.version_info[:2])"


def run_in(server: Server, kernel: str, code: str) -> str:
    """What code prints in a running kernel."""
    return asyncio.run(asyncio.wait_for(servers._run(server.port, kernel, code), servers.SECONDS)).strip()


def build(prefix: Path, python: Path) -> None:
    """The environment anew, on that Python."""
    shutil.rmtree(prefix, ignore_errors=True)
    install(uv_venv(prefix, python), "ipykernel")


def test_a_kernel_whose_environment_was_rebuilt_or_deleted_restarts_as_it_is_now(home: Path, tmp_path: Path) -> None:
    try:
        before, after = interpreters().two()
    except MissingError as missing:
        pytest.skip(str(missing))
    prefix = home / "shop" / ".venv"
    build(prefix, before.executable)
    with serving(home, tmp_path, OURS) as server:
        server.walk()
        kernel = server.ask("api/kernels", {"name": naming.environment_id(prefix, home)})["id"]
        assert run_in(server, kernel, WHERE) == "{} {} {}".format(prefix, *before.minor)
        build(prefix, after.executable)
        server.ask(f"api/kernels/{kernel}/restart", {})
        assert run_in(server, kernel, WHERE) == "{} {} {}".format(prefix, *after.minor)
        shutil.rmtree(prefix)
        with pytest.raises(urllib.error.HTTPError, match="500") as refused:
            server.ask(f"api/kernels/{kernel}/restart", {})
        said = json.loads(refused.value.read())["message"]
        assert said.startswith(f"There is no environment at {prefix} any more. ")


def test_a_kernel_starts_before_anybody_listed_kernels(home: Path, tmp_path: Path) -> None:
    try:
        python = interpreters().default
    except MissingError as missing:
        pytest.skip(str(missing))
    prefix = home / "shop" / ".venv"
    build(prefix, python.executable)
    (kept := tmp_path / "kept").mkdir()
    with serving(home, tmp_path, OURS, kept) as server:
        server.walk()
    with serving(home, tmp_path, OURS, kept) as server:
        kernel = server.ask("api/kernels", {"name": naming.environment_id(prefix, home)})["id"]
        assert run_in(server, kernel, "import sys; print(sys.prefix)") == str(prefix)
