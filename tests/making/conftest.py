"""The real tools, installed once, and a running server in a home with none but them."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.faults.wheels import make_wheels
from tests.kernels.servers import SERVER, running
from tests.making.faces import CommandLine, Face, Rest
from tests.real.outside import UV, interpreters, pyenv_root, variables
from tests.real.toolbox import furnish

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.bench.serving import Server
    from tests.real.toolbox import Toolbox


@dataclass(frozen=True, slots=True)
class Place:
    """A home with its server, and what everything in it sees."""

    home: Path
    server: Server
    variables: Mapping[str, str]
    wheel: Path
    python: str

    def face(self, name: str) -> Face:
        """The one or the other."""
        return Rest(self.server) if name == "REST" else CommandLine(self.variables)


@pytest.fixture(scope="session")
def toolbox(tmp_path_factory: pytest.TempPathFactory) -> Toolbox:
    """Poetry, pipenv, hatch, PDM and virtualenvwrapper, for all who make something with them."""
    return furnish(tmp_path_factory.mktemp("toolbox").resolve(), interpreters().default, None)


@pytest.fixture(scope="module")
def place(toolbox: Toolbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A person who has all of the tools, and the machine's caches."""
    folder = tmp_path_factory.mktemp("making").resolve()
    (home := folder / "home").mkdir()
    bins = [
        tool.parent for tool in (toolbox.poetry, toolbox.pipenv, toolbox.hatch, toolbox.pdm, toolbox.wrapper_script)
    ]
    wheels = make_wheels(folder / "wheels")
    seen = {**variables(home, *bins, Path(UV).parent), **_caches(), "PYENV_ROOT": os.fspath(pyenv_root())}
    python = interpreters().default.version
    with running(sys.executable, home, *SERVER, f"--ServerApp.root_dir={home}", **seen) as server:
        yield Place(home, server, seen, next(wheels.glob("tiny-*.whl")), python)


def _caches() -> dict[str, str]:
    """Where this machine keeps what was downloaded before."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    names = {"UV_CACHE_DIR": "uv", "PIP_CACHE_DIR": "pip", "PIPENV_CACHE_DIR": "pipenv", "PDM_CACHE_DIR": "pdm"}
    return {name: os.environ.get(name) or os.fspath(cache / folder) for name, folder in names.items()}
