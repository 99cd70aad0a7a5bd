"""What every test may ask for: a private home on a machine of its own."""

from __future__ import annotations

import functools
import os
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jupyter_envs.host import Host
from tests.folders import make_base

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An empty home, by its real path."""
    folder = tmp_path.resolve() / "home"
    folder.mkdir(mode=0o755)
    return folder


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that other users can enter, unlike pytest's own."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        folder.chmod(0o755)
        yield folder


@pytest.fixture
def host(home: Path) -> Host:
    """A Linux machine as the owner of that home sees it, with no variables set."""
    uid = getattr(os, "getuid", lambda: None)()
    return Host(home, platform="linux", uid=uid, prefix=home.parent / "server", system=home.parent / "machine")


@pytest.fixture
def person(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """This process is run by a person whose home is that one, in a terminal that knows of no tool.

    What is installed for the whole machine is looked for in a folder of the test.
    """
    tools = (
        "POETRY_",
        "JUPYTER_",
        "XDG_",
        "PYENV_",
        "UV_",
        "WORKON",
        "PROJECT_",
        "VIRTUALENVWRAPPER",
        "CONDA",
        "PIPENV",
    )
    for name in list(os.environ):
        if name.startswith((*tools, "HATCH", "PDM", "MAMBA", "PIXI", "RYE")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.chdir(home)
    current, machine = Host.current, home.parent / "machine"
    monkeypatch.setattr(Host, "current", lambda: replace(current(), system=machine))


@pytest.fixture
def python(home: Path) -> Path:
    """The interpreter of a base Python 3.12.1 outside the home."""
    return make_base(home.parent / "opt" / "python-3.12", "3.12.1")


@pytest.fixture(scope="session")
def toolbox(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The folder of a real tool's programs by the tool's name; it is installed when somebody first asks for it."""
    from tests.real import outside, toolbox

    folder = tmp_path_factory.mktemp("toolbox")

    @functools.cache
    def programs(name: str) -> Path:
        try:
            return toolbox.furnish_one(folder, name, outside.interpreters().default)
        except (outside.MissingError, outside.ToolError) as error:
            pytest.skip(f"{name} cannot be installed: {error}")

    return programs


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The browser tests come last: playwright leaves an event loop running in the thread of all tests that follow."""
    items.sort(key=lambda item: item.path.parent.name == "browser")
