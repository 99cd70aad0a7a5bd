"""Where Jupyter must encrypt what it says to kernels: one that can starts so, one that cannot is refused at once."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.conformance.furnishing import House, minors
from tests.real.outside import MissingError

if TYPE_CHECKING:
    from pathlib import Path

ENCRYPTS_FROM = (3, 10)
"""The first Python that an ipykernel which encrypts (7.3) supports."""
NEW, OLD = minors(ENCRYPTS_FROM), minors((3, 8), (3, 9))
PROGRAM = """
import json, sys
from jupyter_client.manager import KernelManager
from jupyter_envs.kernels import EnvironmentKernelSpecManager
specs = EnvironmentKernelSpecManager()
manager = KernelManager(kernel_name=sys.argv[1], kernel_spec_manager=specs, transport_encryption="required")
try:
    manager.start_kernel(cwd=sys.argv[2])
except Exception as error:
    print(json.dumps({"refused": str(error)}))
    raise SystemExit
try:
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=60)
    reply = client.execute("", user_expressions={"x": "__import__('sys').prefix"}, reply=True, timeout=60)
    prefix = reply["content"]["user_expressions"]["x"]["data"]["text/plain"].strip("'")
    keys = sorted(name for name in json.load(open(manager.connection_file)) if "curve" in name)
    print(json.dumps({"prefix": prefix, "keys": keys}))
finally:
    client.stop_channels()
    manager.shutdown_kernel(now=True)
"""


def prefix_of(house: House, kind: str, minor: str) -> Path:
    """An environment with an ipykernel, or one that borrows."""
    try:
        return house.own(minor) if kind == "own" else house.lend(minor)
    except MissingError as missing:
        pytest.skip(str(missing))


def start(house: House, name: str, folder: Path) -> dict[str, object]:
    """What became of a start where encryption is required."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, name, str(folder)], env=house.variables, cwd=house.home,
        capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    answer: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return answer


@pytest.mark.skipif(not NEW, reason="needs a Python from 3.10 on")
@pytest.mark.parametrize("kind", ["own", "borrowed"])
def test_a_kernel_that_can_encrypt_starts_encrypted(house: House, kind: str) -> None:
    prefix = prefix_of(house, kind, NEW[-1])
    answer = start(house, house.name_of(prefix), house.home)
    assert answer == {"prefix": str(prefix), "keys": ["curve_publickey", "curve_secretkey"]}


@pytest.mark.skipif(not OLD, reason="needs a Python 3.8 or 3.9")
@pytest.mark.parametrize("kind", ["own", "borrowed"])
def test_an_older_ipykernel_is_refused_at_once(house: House, kind: str) -> None:
    prefix = prefix_of(house, kind, OLD[-1])
    began = time.monotonic()
    assert "supported_encryption" in str(start(house, house.name_of(prefix), house.home)["refused"])
    assert time.monotonic() - began < 30


@pytest.mark.skipif(not NEW, reason="needs a Python from 3.10 on")
def test_the_portable_kernel_is_refused_at_once_whatever_the_project_has(house: House) -> None:
    prefix = house.own(NEW[-1])
    began = time.monotonic()
    assert "supported_encryption" in str(start(house, "project-env", prefix.parent)["refused"])
    assert time.monotonic() - began < 30
