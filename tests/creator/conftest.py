"""A person with a project on this very machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jupyter_envs.host import Host
from tests.creator.changing import to_be_made_again
from tests.creator.index import serve
from tests.creator.scene import REAL, creator_of, variables

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jupyter_envs.creator import Creator


@pytest.fixture
def host(home: Path) -> Host:
    """A person with a home of their own, and with the machine's interpreters, tools and caches."""
    return Host(home=home, variables={**variables(), "HOME": str(home)}, uid=REAL.uid)


@pytest.fixture
def project(host: Host) -> Path:
    """A project with a name that a careless program would stumble over."""
    folder = host.home / "my $project's"
    folder.mkdir()
    (folder / "requirements.txt").write_text("")
    return folder.resolve()


@pytest.fixture
def prefix(project: Path) -> Path:
    """The project's environment, which is to be made again."""
    return to_be_made_again(project / ".venv")


@pytest.fixture
def creator(host: Host) -> Creator:
    return creator_of(host)


@pytest.fixture(scope="session")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a package index that has an ipykernel and one more."""
    with serve(tmp_path_factory.mktemp("index")) as address:
        yield address
