"""What an old environment had is installed into a new one where the person's settings say that it comes from."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from jupyter_envs.creator.packages import Package
from jupyter_envs.creator.refilling import Refilling
from jupyter_envs.creator.running import Runner
from jupyter_envs.managers.plans import CreateRequest
from tests.creator.changing import made_by_hand, means_of, uv, version_of
from tests.creator.scene import Told
from tests.faults.wheels import make_wheel

if TYPE_CHECKING:
    from pathlib import Path

    from jupyter_envs.host import Host


pytestmark = pytest.mark.skipif(os.name == "nt", reason="environments are not made on Windows")


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    """A person's own folder of packages, with two versions of one and one of another."""
    folder = tmp_path / "my wheels"
    folder.mkdir()
    for version in ("1.0", "2.0"):
        make_wheel(folder, "thing", version, {"thing.py": ""})
    make_wheel(folder, "other", "2.0", {"other.py": ""})
    return folder


@pytest.fixture
def prefix(project: Path) -> Path:
    """An environment to be filled."""
    return made_by_hand(project / ".venv")


def refill(host: Host, prefix: Path, told: Told, *, has_uv: bool = True) -> None:
    """Install what another one had: a version that is there, and one that is nowhere any more."""
    means = means_of(host)
    tools = means.tools if has_uv else {}
    request = CreateRequest(means.finder.interpreters()[0])
    wanted = (Package("thing", "1.0"), Package("other", "1.0"))
    Refilling(Runner(host, told), request, prefix, tools, means.scene()).install(wanted, ())


def assert_filled(prefix: Path) -> None:
    assert version_of(prefix, "other") == "2.0"
    assert version_of(prefix, "thing") in {"1.0", "2.0"}


def test_without_an_index_it_comes_from_the_persons_own_folder(host: Host, prefix: Path, wheels: Path) -> None:
    own = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": wheels.as_uri()}
    refill(replace(host, variables={**host.variables, **own}), prefix, told := Told())
    assert version_of(prefix, "thing") == "1.0"
    assert version_of(prefix, "other") == "2.0"
    lists = [line for line in told.lines if line.startswith("$") and "/names.txt" in line]
    assert lists  # they lie where they go with a killed one's environment
    assert all(f"/{prefix.name}/.jupyter-envs-" in line for line in lists)
    assert not list(prefix.glob(".jupyter-envs*"))


def test_without_uv_the_old_versions_are_tried_and_then_the_names(host: Host, prefix: Path, wheels: Path) -> None:
    uv("pip", "install", "--python", prefix / "bin" / "python", "pip")
    own = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": wheels.as_uri()}
    told = Told()
    refill(replace(host, variables={**host.variables, **own}), prefix, told, has_uv=False)
    assert_filled(prefix)
    assert sum("-m pip install" in line for line in told.lines) == 2
    assert not any("uv" in line.split() for line in told.lines)


def test_an_extra_index_that_does_not_answer_fails_nothing(host: Host, prefix: Path, wheels: Path) -> None:
    uv("pip", "install", "--python", prefix / "bin" / "python", "pip")
    quick = {"PIP_RETRIES": "0", "UV_HTTP_RETRIES": "0", "PIP_FIND_LINKS": wheels.as_uri()}
    own = {**quick, "PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_EXTRA_INDEX_URL": "http://127.0.0.1:9/more"}
    refill(replace(host, variables={**host.variables, **own}), prefix, told := Told())
    assert_filled(prefix)
    assert any("-m pip install" in line for line in told.lines)


def test_nothing_is_run_where_nothing_is_wanted(host: Host, prefix: Path) -> None:
    means, told = means_of(host), Told()
    request = CreateRequest(means.finder.interpreters()[0])
    Refilling(Runner(host, told), request, prefix, means.tools, means.scene()).install((), ())
    assert told.lines == []
