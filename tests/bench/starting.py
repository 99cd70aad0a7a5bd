"""From the start of a kernel to its first reply: ours beside plain `python -m ipykernel_launcher`."""

from __future__ import annotations

import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

import zmq
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import KernelManager

from jupyter_envs.catalogue import Catalogue
from jupyter_envs.finder import Finder
from jupyter_envs.host import Host
from jupyter_envs.kernels.manager import EnvironmentKernelSpecManager
from tests.bench.rows import Row, table
from tests.real.outside import uv_run, variables

if TYPE_CHECKING:
    from collections.abc import Iterator

TIMES = 10
OWN_MS = 30.0
BORROWED_TIMES = 1.2
FIRST_MS = 2000.0
FIRSTS = 3
WITHIN_MS = 60_000
PLAIN = "plain"


class Kernels(KernelSpecManager):
    """The kernels that are compared, by name."""

    def __init__(self, specs: dict[str, KernelSpec]) -> None:
        super().__init__()
        self._specs = specs

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        """One of them."""
        return self._specs[kernel_name]


def measure(folder: Path, environments: int = 0, folders: int = 0) -> list[Row]:
    """The medians of starts that take turns; how many environments and folders there are does not matter here."""
    home = Path(tempfile.mkdtemp(dir=folder)).resolve()
    own, borrowing = (_environment(home / name / ".venv") for name in ("own", "borrowing"))
    uv_run("pip", "install", "--quiet", "--python", own / "bin" / "python", "ipykernel", "--compile-bytecode")
    with patch.dict(os.environ, variables(home), clear=True):
        kernels, names = _kernels(own, borrowing)
        first = statistics.median(_first(kernels, names[2], home) for _ in range(min(TIMES, FIRSTS)))
        for name in names:
            _started(kernels, name, home)
        again = [{name: _started(kernels, name, home) for name in random.sample(names, 3)} for _ in range(TIMES)]
    plain, inside, borrowed = (statistics.median(each[name] for each in again) for name in names)
    return [
        Row("kernel start to first reply, own ipykernel (median)", f"{OWN_MS:.0f} ms more", plain, inside, "ms",
            within=inside <= plain + OWN_MS),
        Row("kernel start to first reply, borrowed ipykernel (median)", f"{BORROWED_TIMES} times", plain, borrowed,
            "ms", within=borrowed <= BORROWED_TIMES * plain),
        Row("the first start that borrows (median)", f"{FIRST_MS:.0f} ms more", borrowed, first, "ms",
            within=first <= borrowed + FIRST_MS),
    ]  # fmt: skip


def _environment(prefix: Path) -> Path:
    """One on the Python that runs this: for that the server lends its own packages."""
    uv_run("venv", "--quiet", "--no-project", "--python", os.path.realpath(sys.executable), prefix)
    return prefix


def _kernels(own: Path, borrowing: Path) -> tuple[Kernels, list[str]]:
    """The plain kernel of an environment, ours of the same, and that of one which borrows, with their names."""
    finder = Finder(Host.current(), Host.current().settings()[0])
    catalogue = Catalogue(finder)
    manager = EnvironmentKernelSpecManager(kernel_dirs=[], catalogue=catalogue)
    environments = [finder.inspect(prefix) for prefix in (own, borrowing)]
    for environment in environments:
        assert environment is not None
        catalogue.add(environment)
    ids = [environment.id for environment in environments if environment]
    command = [os.fspath(own / "bin" / "python"), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    specs = {PLAIN: KernelSpec(argv=command, metadata={}), **{name: manager.get_kernel_spec(name) for name in ids}}
    return Kernels(specs), [PLAIN, *ids]


def _first(kernels: Kernels, name: str, home: Path) -> float:
    """A start of somebody who has no borrowed ipykernel yet."""
    with tempfile.TemporaryDirectory(dir=home) as place:
        folders = {"XDG_DATA_HOME": f"{place}/data", "XDG_CACHE_HOME": f"{place}/cache"}
        with patch.dict(os.environ, folders):
            return _started(kernels, name, home)


def _started(kernels: Kernels, name: str, cwd: Path) -> float:
    """The milliseconds from the start to the first reply."""
    manager = KernelManager(kernel_name=name, kernel_spec_manager=kernels)
    began = time.perf_counter()
    manager.start_kernel(cwd=os.fspath(cwd), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        with _shell(manager) as socket:
            manager.session.send(socket, "kernel_info_request", {})
            assert socket.poll(WITHIN_MS), f"{name} did not answer"
            return (time.perf_counter() - began) * 1e3
    finally:
        manager.shutdown_kernel(now=True)
        manager.cleanup_resources()


@contextmanager
def _shell(manager: KernelManager) -> Iterator[zmq.Socket[bytes]]:
    """A socket that tries again at once: jupyter_client's waits up to 0.2 s, by chance, while a kernel is starting."""
    context = zmq.Context()
    socket = context.socket(zmq.DEALER)
    socket.setsockopt(zmq.RECONNECT_IVL, 2)
    socket.setsockopt(zmq.LINGER, 0)
    socket.connect(f"tcp://{manager.ip}:{manager.shell_port}")
    try:
        yield socket
    finally:
        socket.close()
        context.term()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        print(table(measure(Path(sys.argv[1] if len(sys.argv) > 1 else place))))
