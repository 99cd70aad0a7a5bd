"""The kernel spec manager where it is the one that was configured: its own traits count, and so do its subclasses."""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from jupyter_client.kernelspec import NoSuchKernel
from traitlets.config import Config

from jupyter_envs import naming
from jupyter_envs.beside import CatalogueBeside
from jupyter_envs.catalogue import Catalogue
from jupyter_envs.finder import Finder
from jupyter_envs.kernels import manager as manager_module
from jupyter_envs.kernels.manager import EnvironmentKernelSpecManager
from jupyter_envs.settings import Settings
from tests.folders import write
from tests.kernels.test_manager import catalogue, identity, shop

if TYPE_CHECKING:
    from pathlib import Path

    from jupyter_envs.host import Host

__all__ = ["catalogue", "identity", "shop"]


@pytest.fixture
def kernels(home: Path) -> Path:
    """A folder with one kernel spec."""
    content = {"argv": ["other"], "display_name": "Other", "language": "python"}
    return write(home / "kernels" / "other" / "kernel.json", json.dumps(content)).parent.parent


def test_its_folders_are_those_of_the_one_that_it_makes(catalogue: Catalogue, kernels: Path) -> None:
    manager = EnvironmentKernelSpecManager(kernel_dirs=[], catalogue=catalogue)
    assert "other" not in manager.find_kernel_specs()
    manager.kernel_dirs.append(str(kernels))
    assert manager.find_kernel_specs()["other"] == str(kernels / "other")
    manager.kernel_dirs = []
    assert "other" not in manager.find_kernel_specs()


def test_what_it_allows_is_all_that_there_is(catalogue: Catalogue, kernels: Path, identity: str) -> None:
    manager = EnvironmentKernelSpecManager(kernel_dirs=[str(kernels)], catalogue=catalogue)
    assert {"other", identity} <= set(manager.get_all_specs())
    manager.allowed_kernelspecs = {identity}
    assert set(manager.get_all_specs()) == set(manager.find_kernel_specs()) == {identity}
    manager.allowed_kernelspecs = {"nothing"}
    assert manager.get_all_specs() == manager.find_kernel_specs() == {}


def test_its_configuration_reaches_the_one_that_it_makes(catalogue: Catalogue, kernels: Path) -> None:
    config = Config(EnvironmentKernelSpecManager={"ensure_native_kernel": False})
    manager = EnvironmentKernelSpecManager(config=config, kernel_dirs=[str(kernels)], catalogue=catalogue)
    names = set(manager.get_all_specs())
    assert "other" in names
    assert "python3" not in names


class Narrowed(EnvironmentKernelSpecManager):
    """An administrator's manager that leaves kernels out, as subclasses of jupyter_client's do it."""

    def find_kernel_specs(self) -> dict[str, str]:
        return {name: folder for name, folder in super().find_kernel_specs().items() if name != "other"}


def test_what_a_subclass_leaves_out_is_not_listed(catalogue: Catalogue, kernels: Path, identity: str) -> None:
    async def ask() -> Any:  # noqa: ANN401  # whatever it answers
        return await manager.get_all_specs()

    manager = Narrowed(kernel_dirs=[str(kernels)], catalogue=catalogue)
    names = set(manager.get_all_specs())
    assert identity in names
    assert "other" not in names
    assert set(asyncio.run(ask())) == names


def test_a_kernel_is_known_also_to_who_asks_first_in_an_event_loop(home: Path, host: Host, shop: Path) -> None:
    """As jupyter_client's KernelManager does, whose every method runs in a loop of its own."""

    async def ask() -> Any:  # noqa: ANN401  # a kernel spec
        return EnvironmentKernelSpecManager(kernel_dirs=[], catalogue=known).get_kernel_spec(name)

    name = naming.environment_id(shop, home)
    for known in (Catalogue(Finder(host, Settings())), CatalogueBeside(host, Settings())):
        assert asyncio.run(ask()).metadata["jupyter_envs"]["id"] == name
        known.rest()


def test_who_asks_for_what_is_not_there_waits_once(home: Path, host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    async def ask() -> list[float]:
        manager, spent = EnvironmentKernelSpecManager(kernel_dirs=[], catalogue=empty), []
        for name in ("python3", "nothing-1a2b3c4d", "nothing-1a2b3c4d"):
            began = time.monotonic()
            with suppress(NoSuchKernel):
                manager.get_kernel_spec(name)
            spent.append(time.monotonic() - began)
        return spent

    empty = Catalogue(Finder(host, Settings()))
    monkeypatch.setattr(empty, "refresh", lambda: time.sleep(1.5))
    monkeypatch.setattr(manager_module, "_FIRST_SECONDS", 0.5)
    native, first, second = asyncio.run(ask())
    assert native < 0.4
    assert 0.5 <= first < 1.4
    assert second < 0.4
