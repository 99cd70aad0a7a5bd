"""Which interpreter somebody means who wants an ipykernel borrowed for it."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from jupyter_envs.borrowing import choosing
from jupyter_envs.errors import BadRequest, NotFound, Refused
from jupyter_envs.finder import Finder
from jupyter_envs.settings import Settings
from tests.folders import make_base

if TYPE_CHECKING:
    from pathlib import Path

    from jupyter_envs.host import Host

pytestmark = pytest.mark.skipif(os.name == "nt", reason="nothing is borrowed on Windows")


@pytest.fixture
def finder(host: Host, tmp_path: Path) -> Finder:
    """A machine on which pyenv made some Pythons whose versions the system's do not have."""
    versions = tmp_path / "pyenv" / "versions"
    make_base(versions / "3.13.97t", "3.13.97", threads="t")
    for version in ("3.13.96", "3.8.98", "3.7.97"):
        make_base(versions / version, version)
    return Finder(replace(host, variables={"PYENV_ROOT": str(tmp_path / "pyenv")}), Settings())


@pytest.mark.parametrize(
    ("wanted", "prefix"),
    [("3.13", "3.13.96"), ("3.13t", "3.13.97t"), ("3.13.97t", "3.13.97t"), ("3.8.98", "3.8.98")],
)
def test_a_version_with_a_t_means_a_free_threaded_one_and_no_other(finder: Finder, wanted: str, prefix: str) -> None:
    reading = choosing.of_version(wanted, finder)
    assert (reading.base or "").endswith(f"/versions/{prefix}")
    assert reading.threads == ("t" if prefix.endswith("t") else "")


@pytest.mark.parametrize("wanted", ["3.99", "3.8t", "3.13.9", "3.13.97"])
def test_where_there_is_none_only_those_are_named_that_can_borrow(finder: Finder, wanted: str) -> None:
    with pytest.raises(NotFound, match=f"There is no Python {wanted} here.") as caught:
        choosing.of_version(wanted, finder)
    assert {"3.13.97t", "3.13.96", "3.8.98"} <= set(caught.value.fix.rstrip(".").replace(",", "").split())
    assert "3.7.97" not in caught.value.fix


def test_one_that_cannot_borrow_is_told_so(finder: Finder) -> None:
    with pytest.raises(Refused, match=r"No ipykernel can be borrowed for Python 3\.7"):
        choosing.of_version("3.7", finder)


@pytest.mark.parametrize("wanted", ["banana", "", "3.", "t", "3.13tt", "\u202e3.12"])
def test_what_is_no_version_is_told_so(finder: Finder, wanted: str) -> None:
    with pytest.raises(BadRequest, match=r"is no version of Python\. Send one such as 3\.12, or 3\.13t"):
        choosing.of_version(wanted, finder)
