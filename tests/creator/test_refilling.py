"""What an old environment had is installed into a new one where the person's settings say that it comes from."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from jupyter_envs.creator.packages import Package
from jupyter_envs.creator.refilling import of_themselves
from tests.creator.changing import made_by_hand, recreation_of, version_of
from tests.creator.scene import Told
from tests.faults.wheels import make_wheel

if TYPE_CHECKING:
    from pathlib import Path

    from jupyter_envs.host import Host


pytestmark = pytest.mark.skipif(os.name == "nt", reason="environments are not made on Windows")


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    """A person's own folder of packages, with two versions of one."""
    folder = tmp_path / "my wheels"
    folder.mkdir()
    for version in ("1.0", "2.0"):
        make_wheel(folder, "thing", version, {"thing.py": ""})
    return folder


@pytest.fixture
def prefix(project: Path, wheels: Path) -> Path:
    """An environment with the older one."""
    address = (wheels / "thing-1.0-py3-none-any.whl").as_uri()
    prefix = made_by_hand(project / ".venv", f"thing @ {address}")
    next(prefix.glob("lib/*/site-packages/thing-1.0.dist-info/direct_url.json")).unlink()
    return prefix


def test_without_an_index_it_comes_from_the_persons_own_folder(host: Host, prefix: Path, wheels: Path) -> None:
    own = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": wheels.as_uri()}
    recreation_of(replace(host, variables={**host.variables, **own}), prefix).do(Told())
    assert version_of(prefix, "thing") == "1.0"


def test_an_extra_index_that_does_not_answer_fails_nothing(host: Host, prefix: Path, wheels: Path) -> None:
    quick = {"PIP_RETRIES": "0", "UV_HTTP_RETRIES": "0", "PIP_FIND_LINKS": wheels.as_uri()}
    own = {**quick, "PIP_EXTRA_INDEX_URL": "http://127.0.0.1:9/simple"}
    told = Told()
    recreation_of(replace(host, variables={**host.variables, **own}), prefix).do(told)
    assert version_of(prefix, "thing") == "1.0"
    assert any("-m pip install" in line for line in told.lines)


def test_what_somebody_asked_for_is_what_nothing_else_requires() -> None:
    one, two = Package("one", "1", requires=("Two_Two>=1; python_version > '3'",)), Package("two-two", "1")
    extra = Package("extra", "1", requires=("one; extra == 'all'",))
    linked = Package("linked", "1", "file:///linked", editable=True)
    needs = Package("needs", "1", requires=("linked",))
    assert of_themselves((one, two, extra, linked, needs)) == (one, extra, linked, needs)


def test_where_each_requires_another_all_were_asked_for() -> None:
    circle = Package("one", "1", requires=("two",)), Package("two", "1", requires=("one",))
    assert of_themselves(circle) == circle
