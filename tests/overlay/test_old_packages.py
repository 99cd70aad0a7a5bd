"""Real old packages in real environments: the kernel runs, and only what would keep it from running is shadowed.

Lent are the server's own packages, so that an index is asked for the old ones only.
"""

from __future__ import annotations

import ast
import contextlib
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import KernelManager

from jupyter_envs import boot
from jupyter_envs.borrowing import Borrower, Quiet
from jupyter_envs.host import Host
from jupyter_envs.overlay import distributions, solving
from tests.folders import read

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jupyter_client.blocking.client import BlockingKernelClient

    from jupyter_envs.overlay.plan import Plan

pytestmark = pytest.mark.skipif(os.name == "nt", reason="nothing is borrowed on Windows")
SECONDS = 60
BOOT = Path(str(boot.__file__)).parent / "borrowed.py"
CASES: dict[str, tuple[list[str], set[str]]] = {
    "nothing": ([], set()),
    "traitlets": (["traitlets==4.3.3"], {"traitlets"}),
    "tornado": (["tornado==4.5.3"], {"tornado"}),
    "IPython": (["ipython==5.10.0", "traitlets==4.3.3"], {"ipython", "traitlets"}),
    "typing_extensions": (["typing_extensions==3.6.6"], {"typing-extensions"}),
    "enum34": (["enum34==1.1.10"], set()),
    "ipykernel": (["ipykernel==4.10.1", "ipython==5.10.0", "tornado==4.5.3"], {"ipykernel", "ipython", "tornado"}),
    "what works": (["decorator==4.4.2", "six==1.16.0"], set()),
}


@pytest.fixture(scope="module")
def lent(tmp_path_factory: pytest.TempPathFactory) -> str:
    """An overlay of the server's own packages."""
    home = tmp_path_factory.mktemp("lent").resolve()
    environment = made(home / "any", [])
    return Borrower(Host(home, uid=os.getuid(), system=home)).build(read(environment, home), Quiet(), download=False)


def made(prefix: Path, packages: list[str]) -> Path:
    """An environment on this Python with these packages and nothing that they require."""
    subprocess.run(["uv", "venv", "--quiet", "--python", sys.executable, str(prefix)], check=True)
    if packages:
        install = ["uv", "pip", "install", "--quiet", "--no-deps", "--python", str(prefix), *packages]
        done = subprocess.run(install, capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"the packages cannot be had: {done.stderr.strip()}")
    return prefix


@contextlib.contextmanager
def running(prefix: Path, lent: str, plan: Plan) -> Iterator[BlockingKernelClient]:
    """A client of a kernel that borrows."""
    words = ";".join([",".join(plan.modules), ",".join(plan.distributions)])
    manager = KernelManager()
    argv = [f"{prefix}/bin/python", str(BOOT), f"{lent}/site", words, "-f", "{connection_file}"]
    manager._kernel_spec = KernelSpec(argv=argv, language="python")
    manager.start_kernel(cwd=prefix)
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=SECONDS)
        yield client
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def versions(client: BlockingKernelClient, *modules: str) -> list[str]:
    """What cells see: the version by its metadata, of each of these."""
    ask = f"[__import__('importlib.metadata').metadata.version(name) for name in {modules!r}]"
    reply = client.execute("", user_expressions={"versions": ask}, reply=True, timeout=SECONDS)
    told: list[str] = ast.literal_eval(reply["content"]["user_expressions"]["versions"]["data"]["text/plain"])
    return told


@pytest.mark.parametrize(("packages", "shadowed"), CASES.values(), ids=CASES)
def test_the_kernel_runs_and_the_rest_stays_the_environments(
    tmp_path: Path, lent: str, packages: list[str], shadowed: set[str]
) -> None:
    prefix = made(tmp_path.resolve() / "venv", packages)
    plan = solving.plan_with(read(prefix, tmp_path), lent)
    assert set(plan.distributions) == shadowed
    own = {name: each.version for name, each in distributions.Installed(_sites(prefix)).items()}
    theirs = {name: each.version for name, each in distributions.of_overlay(lent).items()}
    wanted = {name: theirs[name] if name in shadowed else version for name, version in own.items()}
    with running(prefix, lent, plan) as client:
        assert versions(client, *wanted) == list(wanted.values())
        assert client.complete("zi", reply=True, timeout=SECONDS)["content"]["status"] == "ok"


def _sites(prefix: Path) -> list[str]:
    return [str(path) for path in prefix.glob("lib/*/site-packages")]
