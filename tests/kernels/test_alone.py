"""The catalogue of a manager without a server's extension: it walks for who asks in an event loop."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from typing import TYPE_CHECKING, Any

import pytest

from jupyter_envs import naming
from jupyter_envs.kernels import alone
from jupyter_envs.kernels.alone import Walker, make_catalogue
from jupyter_envs.kernels.manager import EnvironmentKernelSpecManager
from tests.folders import make_kernel_environment

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = [
    pytest.mark.skipif(os.name == "nt", reason="the folders are written for Unix"),
    pytest.mark.usefixtures("person"),
]


@pytest.fixture
def identity(home: Path, python: Path) -> str:
    return naming.environment_id(make_kernel_environment(home / "shop" / ".venv", python), home)


def wait_until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.02)


async def listed(manager: Any, name: str) -> bool:  # noqa: ANN401 -- traitlets hides the type
    for _ in range(200):
        if name in await manager.get_all_specs():
            return True
        await asyncio.sleep(0.05)
    return False


def test_in_an_event_loop_it_walks_and_lists_what_lies_in_projects(identity: str) -> None:
    assert asyncio.run(listed(EnvironmentKernelSpecManager(kernel_dirs=[]), identity))


def test_what_it_found_is_remembered_for_the_next(identity: str) -> None:
    assert asyncio.run(listed(EnvironmentKernelSpecManager(kernel_dirs=[]), identity))
    assert identity in EnvironmentKernelSpecManager(kernel_dirs=[]).get_all_specs()


def test_a_walk_is_not_repeated_before_it_is_due(
    identity: str, home: Path, python: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalogue = make_catalogue()
    walker = Walker(catalogue)
    walker.asked()
    wait_until(lambda: catalogue.snapshot.complete)
    first = catalogue.snapshot.scanned
    walker.asked()
    Walker(catalogue)._walk()
    assert catalogue.snapshot.scanned == first
    monkeypatch.setattr(alone, "WALK_AFTER", 0.0)
    walker.asked()
    wait_until(lambda: catalogue.snapshot.scanned != first)


def test_a_walk_that_fails_is_one_line_in_the_log(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalogue = make_catalogue()

    def fail() -> None:
        raise RuntimeError("no")

    monkeypatch.setattr(catalogue, "rescan", fail)
    with caplog.at_level(logging.WARNING):
        Walker(catalogue)._walk()
    assert [record.getMessage() for record in caplog.records] == [
        "jupyter_envs: looking for environments failed: RuntimeError: no"
    ]
