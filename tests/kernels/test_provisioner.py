"""Kernels that really start, through jupyter_client as every Jupyter program starts them."""

from __future__ import annotations

import ast
import asyncio
import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import KernelManager
from jupyter_client.provisioning.local_provisioner import LocalProvisioner
from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager

from jupyter_envs import naming
from jupyter_envs.catalogue import Catalogue
from jupyter_envs.errors import LaunchRefused, NotFound
from jupyter_envs.finder import Finder
from jupyter_envs.host import Host
from jupyter_envs.kernels.manager import EnvironmentKernelSpecManager
from jupyter_envs.kernels.provisioner import EnvironmentProvisioner
from jupyter_envs.settings import Settings
from tests.folders import make_kernel_environment, write

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the launcher needs exec")

ANSWERS = (
    "[__import__('sys').prefix, __import__('sys').executable, __import__('os').environ.get('VIRTUAL_ENV'), "
    "__import__('os').environ['PATH'], __import__('os').getcwd(), __import__('shutil').which('python'), "
    "__import__('os').environ.get('PYTHONPATH')]"
)
SECONDS = 60


@pytest.fixture
def catalogue(home: Path, monkeypatch: pytest.MonkeyPatch) -> Catalogue:
    """What is known in a home of its own, which is this process's for the test."""
    for name in ("JUPYTER_RUNTIME_DIR", "IPYTHONDIR", "JUPYTER_DATA_DIR"):
        monkeypatch.setenv(name, str(home / "jupyter" / name))
    monkeypatch.setenv("HOME", str(home))
    return Catalogue(Finder(Host.current(), Settings()))


def add(catalogue: Catalogue, prefix: Path) -> str:
    """Make an environment known; the name of its kernel."""
    environment = catalogue.finder.inspect(prefix)
    assert environment is not None
    catalogue.add(environment)
    return environment.id


def manager_of(catalogue: Catalogue, name: str) -> KernelManager:
    specs = EnvironmentKernelSpecManager(wrapped=KernelSpecManager(kernel_dirs=[]), catalogue=catalogue)
    return KernelManager(kernel_name=name, kernel_spec_manager=specs)


@contextmanager
def kernel(manager: KernelManager, **how: Any) -> Iterator[Any]:  # noqa: ANN401  # jupyter_client's own arguments
    """A running kernel's client; afterwards nothing of it is left."""
    manager.start_kernel(**how)
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=SECONDS)
        yield client
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
        manager.cleanup_resources()


def ask(client: Any) -> list[Any]:  # noqa: ANN401  # jupyter_client's own
    reply = client.execute("", user_expressions={"x": ANSWERS}, reply=True, timeout=SECONDS)
    expression = reply["content"]["user_expressions"]["x"]
    assert expression["status"] == "ok", expression
    answers: list[Any] = ast.literal_eval(expression["data"]["text/plain"])
    return answers


def test_a_kernel_runs_in_its_environment_and_after_a_restart_too(
    catalogue: Catalogue, real_environment: Path, home: Path
) -> None:
    manager = manager_of(catalogue, add(catalogue, real_environment))
    mark = home / "imported"
    for name in ("ipykernel_launcher", "traitlets", "enum"):
        write(home / "notebooks" / f"{name}.py", f"open({str(mark)!r}, 'w')\nraise SystemExit('trap')\n")
    variables = {**os.environ, "PYTHONPATH": str(home / "notebooks")}
    with kernel(manager, cwd=str(home / "notebooks"), env=variables) as client:
        for restart in (False, True):
            if restart:
                manager.restart_kernel(now=True)
                client.wait_for_ready(timeout=SECONDS)
            prefix, executable, virtual_env, path, cwd, python, pythonpath = ask(client)
            assert prefix == virtual_env == str(real_environment)
            assert executable == str(real_environment / "bin" / "python")
            assert path.startswith(str(real_environment / "bin") + os.pathsep)
            assert python == str(real_environment / "bin" / "python")
            assert cwd == str(home / "notebooks")
            assert pythonpath is None
    assert not mark.exists()


def test_the_project_kernel_runs_in_the_environment_of_the_notebooks_folder(
    catalogue: Catalogue, real_environment: Path
) -> None:
    manager = manager_of(catalogue, "project-env")
    with kernel(manager, cwd=str(real_environment.parent)) as client:
        assert ask(client)[0] == str(real_environment)
        provisioner = manager.provisioner
        assert isinstance(provisioner, EnvironmentProvisioner)
        assert provisioner.started is not None
        assert provisioner.started.prefix == real_environment


def test_a_broken_environment_is_refused_with_its_reason(catalogue: Catalogue, home: Path, python: Path) -> None:
    prefix = make_kernel_environment(home / "shop" / ".venv", python)
    manager = manager_of(catalogue, add(catalogue, prefix))
    python.unlink()
    with pytest.raises(LaunchRefused, match=r"shop \(venv, Python 3.12\) cannot start. Its interpreter") as caught:
        manager.start_kernel()
    assert caught.value.fix
    assert not manager.has_kernel


@pytest.mark.skipif(os.name == "nt" or os.getuid() != 0, reason="only root can give files to others")
def test_a_foreign_environment_that_a_notebook_remembers_is_refused_with_its_reason(
    catalogue: Catalogue, home: Path, python: Path
) -> None:
    prefix = make_kernel_environment(home / "shop" / ".venv", python)
    name = add(catalogue, prefix)
    os.chown(prefix, 4_000_000_001, -1)
    catalogue.refresh()
    with pytest.raises(LaunchRefused, match="can be changed by 4000000001"):
        manager_of(catalogue, name).start_kernel()


def test_an_environment_that_is_gone_is_refused(catalogue: Catalogue, home: Path, python: Path) -> None:
    prefix = make_kernel_environment(home / "shop" / ".venv", python)
    manager = manager_of(catalogue, add(catalogue, prefix))
    prefix.rename(home / "elsewhere")
    with pytest.raises(NotFound, match="no environment at"):
        manager.start_kernel()


def test_a_project_without_an_environment_is_refused(catalogue: Catalogue, home: Path) -> None:
    with pytest.raises(NotFound, match="has no project environment"):
        manager_of(catalogue, "project-env").start_kernel(cwd=str(home))


def test_a_project_above_the_servers_roots_is_not_looked_for(catalogue: Catalogue, home: Path, python: Path) -> None:
    make_kernel_environment(home / "shop" / ".venv", python)
    python.unlink()
    notebooks = home / "shop" / "my notebooks"
    notebooks.mkdir()
    with pytest.raises(LaunchRefused, match="shop"):
        manager_of(catalogue, "project-env").start_kernel(cwd=str(notebooks))
    below = Catalogue(Finder(catalogue.finder.host, Settings(roots=(str(notebooks),))))
    assert below.finder.resolve(notebooks).environment is None
    with pytest.raises(NotFound, match="has no project environment"):
        manager_of(below, "project-env").start_kernel(cwd=str(notebooks))


def test_the_working_folder_decides_and_not_a_notebook_elsewhere(
    catalogue: Catalogue, home: Path, python: Path
) -> None:
    prefix = make_kernel_environment(home / "shop" / ".venv", python)
    python.unlink()
    notebook = write(home / "shop" / "a.ipynb")
    variables = {**os.environ, "JPY_SESSION_NAME": str(notebook)}
    with pytest.raises(NotFound, match="has no project environment"):
        manager_of(catalogue, "project-env").start_kernel(cwd=str(home), env=variables)
    with pytest.raises(LaunchRefused, match="shop"):
        manager_of(catalogue, "project-env").start_kernel(cwd=Path(prefix).parent)


def test_the_id_of_an_environment_is_its_kernels_name(catalogue: Catalogue, home: Path, python: Path) -> None:
    prefix = make_kernel_environment(home / "shop" / ".venv", python)
    name = add(catalogue, prefix)
    assert name == naming.environment_id(prefix, home)
    spec = manager_of(catalogue, name).kernel_spec
    assert spec is not None
    assert spec.display_name == "shop (venv, Python 3.12)"


async def fail(*_: Any, **__: Any) -> None:  # noqa: ANN401  # whatever it is called with
    """Jupyter's own part of a start, when there is no port or no room."""
    raise RuntimeError("no port is free")


@pytest.mark.parametrize("error", [LaunchRefused, RuntimeError])
def test_after_a_refused_or_failed_start_a_server_can_still_end_all_kernels(
    catalogue: Catalogue, home: Path, python: Path, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    prefix = make_kernel_environment(home / "shop" / ".venv", python)
    name = add(catalogue, prefix)
    specs = EnvironmentKernelSpecManager(wrapped=KernelSpecManager(kernel_dirs=[]), catalogue=catalogue)
    if error is LaunchRefused:
        python.unlink()
    else:
        monkeypatch.setattr(LocalProvisioner, "pre_launch", fail)

    async def refused_then_ended() -> list[str]:
        manager: Any = AsyncMappingKernelManager  # jupyter_server gives it no types
        kernels = manager(kernel_spec_manager=specs, root_dir=str(home))
        with pytest.raises(error):
            await kernels.start_kernel(kernel_name=name)
        await kernels.shutdown_all(now=True)
        ids: list[str] = kernels.list_kernel_ids()
        return ids

    assert asyncio.run(refused_then_ended()) == []
