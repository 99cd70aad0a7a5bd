"""What follows a job that changed an environment: its kernel on disk, its pins, and what is listed."""

from __future__ import annotations

import logging
import os
import time
from typing import TYPE_CHECKING, Any

import pytest

from jupyter_envs import pins
from jupyter_envs.catalogue import Catalogue
from jupyter_envs.finder import Finder
from jupyter_envs.host import Host
from jupyter_envs.kernels.registering import Registry
from jupyter_envs.managers.base import Scene
from jupyter_envs.pins import Mark
from jupyter_envs.server import making
from jupyter_envs.server.job import Job
from jupyter_envs.server.jobs import JobRunner
from jupyter_envs.server.making import Maker
from jupyter_envs.server.threads import Threads
from jupyter_envs.settings import Settings
from jupyter_envs.unfinished import CHANGING, PARKED
from tests.folders import add_ipykernel, site_of, write
from tests.server.conftest import make_venv

if TYPE_CHECKING:
    from pathlib import Path

    from jupyter_envs.environment import Environment

pytestmark = pytest.mark.skipif(os.name == "nt", reason="environments are not changed on Windows")


class Elsewhere:
    """Work that is done already: the new environment stands, in another place than the old one."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment

    def do(self, job: Job) -> Environment:
        return self._environment


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    """That of a home with two environments."""
    for name in ("before", "after"):
        add_ipykernel(site_of(make_venv(tmp_path / ".virtualenvs" / name)))
    catalogue = Catalogue(Finder(Host(home=tmp_path, variables={"PATH": os.defpath}), Settings()))
    catalogue.refresh()
    return catalogue


def named(catalogue: Catalogue, name: str) -> Environment:
    return next(one for one in catalogue.refresh().environments if one.name == name)


def maker_of(catalogue: Catalogue, creator: Any = None) -> Maker:  # noqa: ANN401 -- what gives a creator, or none
    return Maker(catalogue, creator, JobRunner(), Threads())


@pytest.mark.parametrize("name", [None, "my-own"])
async def test_the_kernel_and_the_pins_go_to_what_stands_elsewhere_now(catalogue: Catalogue, name: str | None) -> None:
    host, before, after = catalogue.host, named(catalogue, "before"), named(catalogue, "after")
    registry = Registry(host, catalogue.settings)
    registry.register(before, name)
    pins.change(host, before.prefix, Mark.PIN, on=True)
    before = named(catalogue, "before")
    answer = maker_of(catalogue)._do(Elsewhere(after), Job("recreate"), before)  # type: ignore[arg-type]  # all it needs
    assert answer == after.id
    assert registry.of(before.prefix) is None
    kernel = registry.of(after.prefix)
    assert kernel is not None
    assert kernel.name == (name or after.id)
    assert pins.read(Scene(host)).pinned == {after.prefix}
    assert named(catalogue, "after").pinned


async def test_a_kernel_that_cannot_be_written_anew_is_told_and_fails_nothing(catalogue: Catalogue) -> None:
    before, after, job = named(catalogue, "before"), named(catalogue, "after"), Job("recreate")
    registry = Registry(catalogue.host, catalogue.settings)
    registry.register(before)
    write(registry.folder / after.id / "kernel.json", '{"argv": ["theirs"]}')
    maker_of(catalogue)._do(Elsewhere(after), job, before)  # type: ignore[arg-type]  # as above
    told = job.as_json()["warnings"]
    assert isinstance(told, list)
    assert ["kernel spec" in text for text in told] == [True], told


@pytest.mark.parametrize("notes", [PARKED, CHANGING])
async def test_what_cannot_be_put_right_is_one_line_in_the_log(
    catalogue: Catalogue, caplog: pytest.LogCaptureFixture, notes: str
) -> None:
    def creator() -> None:
        raise OSError("the disk is away")

    write(catalogue.host.own_state_folder() / notes / "0.json")
    maker = maker_of(catalogue, creator)
    maker.recover(logging.getLogger("test"))
    while not caplog.records:
        time.sleep(0.01)  # noqa: ASYNC251 -- a thread does it
    maker.recover(logging.getLogger("test"))
    assert [record.getMessage() for record in caplog.records] == [
        "jupyter_envs: what was left unfinished is not put right: the disk is away"
    ]


async def test_what_could_not_be_put_right_is_tried_again_a_minute_later(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[int] = []

    def creator() -> None:
        tries.append(1)
        raise OSError("the disk is away")

    write(catalogue.host.own_state_folder() / PARKED / "0.json")
    monkeypatch.setattr(making, "RECOVERY_SECONDS", 0.0)
    maker = maker_of(catalogue, creator)
    for _ in range(2):
        maker.recover(logging.getLogger("test"))
    while len(tries) < 2:
        time.sleep(0.01)  # noqa: ASYNC251 -- a thread does it
    assert len(tries) == 2
