"""The kernel spec manager where it is the one that was configured: its own traits count, and so do its subclasses."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest
from traitlets.config import Config

from jupyter_envs.kernels.manager import EnvironmentKernelSpecManager
from tests.folders import write
from tests.kernels.test_manager import catalogue, identity, shop

if TYPE_CHECKING:
    from pathlib import Path

    from jupyter_envs.catalogue import Catalogue

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
