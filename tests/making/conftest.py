"""The real tools, installed once, and a running server in a home with none but them."""

from __future__ import annotations

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.creator.index import serving
from tests.kernels.servers import SERVER, running
from tests.making.faces import EVERY_FACE, CommandLine, Face, Rest
from tests.making.wheelhouse import stock
from tests.real.outside import UV, interpreters, pyenv_root, variables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tests.bench.serving import Server


TOOLS = (
    ("poetry", "pipenv", "hatch", "pdm", "virtualenvwrapper") if EVERY_FACE in os.environ else ("virtualenvwrapper",)
)


@dataclass(frozen=True, slots=True)
class Place:
    """A home with its server, and what everything in it sees."""

    home: Path
    server: Server
    variables: Mapping[str, str]
    index: str
    python: str

    def face(self, name: str) -> Face:
        """The one or the other."""
        return Rest(self.server) if name == "REST" else CommandLine(self.variables)


@pytest.fixture(scope="module")
def place(toolbox: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A person who has all of the tools, and an index that is quick."""
    folder = tmp_path_factory.mktemp("making").resolve()
    (home := folder / "home").mkdir()
    with ThreadPoolExecutor() as pool:
        stocked = pool.submit(stock, folder / "index")
        programs = [toolbox(name) for name in TOOLS]
        packages = stocked.result()
    with serving(packages) as index:
        pip = {"PIP_INDEX_URL": index, "PIP_CONFIG_FILE": os.devnull}
        known = {"PYENV_ROOT": os.fspath(pyenv_root()), "UV_CACHE_DIR": os.fspath(folder / "uv-cache")}
        seen = {**variables(home, *programs, Path(UV).parent), **pip, **known}
        with running(sys.executable, home, *SERVER, f"--ServerApp.root_dir={home}", **seen) as server:
            yield Place(home, server, seen, index, interpreters().default.version)
