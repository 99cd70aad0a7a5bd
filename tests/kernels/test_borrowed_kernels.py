"""Real kernels on borrowed ipykernels, of the versions that are pinned, from the index that pip is set to here."""

from __future__ import annotations

import ast
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import KernelManager

from jupyter_envs.borrowing import Borrower, Quiet
from jupyter_envs.catalogue import Catalogue
from jupyter_envs.errors import LaunchRefused
from jupyter_envs.finder import Finder
from jupyter_envs.host import Host
from jupyter_envs.kernels.manager import EnvironmentKernelSpecManager
from jupyter_envs.overlay import store
from jupyter_envs.settings import Settings
from tests.borrowing.conftest import reading_of
from tests.folders import site_of
from tests.real.outside import interpreters, uv_run

if TYPE_CHECKING:
    from tests.real.outside import Interpreter

pytestmark = pytest.mark.skipif(os.name == "nt", reason="nothing is borrowed on Windows")

SECONDS = 60
ASKED = "[__import__('sys').prefix, __import__('ipykernel').__file__, __import__('subprocess').getoutput(\"{}\")]"
IN_A_CHILD = "PYTHON_COLORS=0 python -c 'import ipykernel' 2>&1 | tail -1"
REAL = Host.current()


@pytest.fixture(scope="session", params=["oldest", "middle", "newest"])
def python(request: pytest.FixtureRequest) -> Interpreter:
    """The oldest Python that can borrow, the newest, and one between."""
    found = [one for one in interpreters().found if store.OLDEST <= one.minor <= store.NEWEST]
    if len(found) < 3:
        pytest.skip("needs three versions of Python")
    return {"oldest": found[0], "middle": found[len(found) // 2], "newest": found[-1]}[request.param]


@pytest.fixture
def host(home: Path, monkeypatch: pytest.MonkeyPatch) -> Host:
    """A person with a home of their own, which is this process's, and the machine's tools and index."""
    cache = str(REAL.expand(REAL.variable("UV_CACHE_DIR") or "~/.cache/uv"))
    monkeypatch.setenv("UV_CACHE_DIR", cache)
    for name in ("JUPYTER_RUNTIME_DIR", "IPYTHONDIR", "JUPYTER_DATA_DIR"):
        monkeypatch.setenv(name, str(home / "jupyter" / name))
    monkeypatch.setenv("HOME", str(home))
    return replace(Host.current(), system=home / "machine")


def test_a_kernel_runs_on_what_was_borrowed_beforehand(host: Host, home: Path, python: Interpreter) -> None:
    prefix = home / "shop" / ".venv"
    uv_run("venv", "--quiet", "--python", python.executable, prefix)
    overlay = Borrower(host).build(reading_of(prefix, host), Quiet())
    before = sorted(path.name for path in site_of(prefix).iterdir())
    catalogue = Catalogue(Finder(host, Settings()))
    environment = catalogue.finder.inspect(prefix)
    assert environment is not None
    catalogue.add(environment)
    specs = EnvironmentKernelSpecManager(wrapped=KernelSpecManager(kernel_dirs=[]), catalogue=catalogue)
    manager = KernelManager(kernel_name=environment.id, kernel_spec_manager=specs)
    manager.start_kernel()
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=SECONDS)
        expression = {"x": ASKED.format(IN_A_CHILD)}
        reply = client.execute("", user_expressions=expression, reply=True, timeout=SECONDS)
        told = reply["content"]["user_expressions"]["x"]
        used, file, child = ast.literal_eval(told["data"]["text/plain"])
        assert Borrower(host).remove(None).in_use == (overlay,)  # a kernel runs on it
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
        manager.cleanup_resources()
    assert (used, Path(file).is_relative_to(overlay)) == (str(prefix), True)
    assert child == "ModuleNotFoundError: No module named 'ipykernel'"
    assert sorted(path.name for path in site_of(prefix).iterdir()) == before
    assert Borrower(host).remove(None).gone == (overlay,)
    if Borrower(host).needs_download(reading_of(prefix, host)):
        with pytest.raises(LaunchRefused, match="no ipykernel"):
            manager.start_kernel()
