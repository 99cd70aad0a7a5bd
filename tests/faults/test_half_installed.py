"""What an installation leaves that was killed, or had no room: packages that their installer takes for whole."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from jupyter_envs.creator import Creator
from jupyter_envs.finder import Finder
from jupyter_envs.settings import Settings
from tests.faults.stage import ADD_IPYKERNEL, CREATE, REMOVE, Quiet, half_made
from tests.folders import site_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jupyter_envs.environment import Environment
    from tests.faults.stage import Stage


@pytest.fixture
def torn(stage: Stage) -> Iterator[Environment]:
    """An environment with half an ipykernel: its metadata is there, but not what an installer writes last."""
    made = stage.do(CREATE)
    assert made is not None
    stage.do(ADD_IPYKERNEL)
    site = site_of(made.prefix)
    (site / "ipykernel_launcher.py").unlink()
    (site / "ipykernel" / "piece1.py").unlink()
    (site / "ipykernel-7.4.0.dist-info" / "INSTALLER").unlink()
    yield made
    stage.do(REMOVE)


def test_half_an_ipykernel_is_none(stage: Stage, torn: Environment) -> None:
    found = stage.environment()
    assert found is not None
    assert found.ipykernel is None


@pytest.mark.parametrize("tools", [None, {}], ids=["uv", "pip"])
def test_half_an_ipykernel_is_not_in_the_way_of_a_whole_one(
    stage: Stage, torn: Environment, tools: dict[str, Path] | None
) -> None:
    alone = replace(stage, more={"PIP_NO_INDEX": "1"})
    work = Creator(Finder(alone.host, Settings()), [stage.home], tools).prepare_ipykernel(torn)
    made = work.do(Quiet())
    assert made is not None
    assert made.ipykernel == "7.4.0"
    assert half_made(made) is None
