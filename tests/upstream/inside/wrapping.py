"""Fixtures that give jupyter_server's suites a server with our kernel spec manager; a `conftest.py` there has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from jupyter_envs import server
from jupyter_envs.kernels import EnvironmentKernelSpecManager

if TYPE_CHECKING:
    from collections.abc import Iterator

ARGUMENTS = {
    "extension": ["--ServerApp.jpserver_extensions={'jupyter_envs': True}"],
    "class": ["--ServerApp.kernel_spec_manager_class=jupyter_envs.kernels.EnvironmentKernelSpecManager"],
}


def arguments_for(manager: str) -> Any:  # noqa: ANN401  # a fixture
    """The fixture of a server's arguments."""
    return pytest.fixture(lambda: ARGUMENTS[manager], name="jp_argv")


@pytest.fixture
def jp_serverapp(jp_serverapp: Any) -> Any:  # noqa: ANN401  # jupyter_server's
    """The server, which has our manager: otherwise nothing would be tested."""
    assert isinstance(jp_serverapp.kernel_spec_manager, EnvironmentKernelSpecManager)
    return jp_serverapp


@pytest.fixture(autouse=True)
def nobody_left() -> Iterator[None]:
    """What looks for a test's server ends with the test."""
    yield
    for linked in list(server._linked.values()):
        linked.catalogue.rest()
