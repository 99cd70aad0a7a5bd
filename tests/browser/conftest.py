"""One home, one JupyterLab and one page for all browser tests."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.lab import PATIENCE, Lab, open_page, serve
from tests.browser.person import Person, furnish_home
from tests.real.outside import interpreters
from tests.real.toolbox import Toolbox, furnish
from tests.run import find_browser

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

if sys.platform == "win32":
    collect_ignore_glob = ["test_*.py"]


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The system's own browser, which may run as root in a container."""
    program = find_browser()
    if program is None:
        pytest.skip("needs chromium or Chrome on PATH")
    return {**browser_type_launch_args, "executable_path": program, "args": ["--no-sandbox", "--disable-gpu"]}


@pytest.fixture(scope="session")
def toolbox(tmp_path_factory: pytest.TempPathFactory) -> Toolbox:
    """Poetry and virtualenvwrapper, outside every home."""
    return furnish(tmp_path_factory.mktemp("tools"), interpreters().default, None)


@pytest.fixture(scope="session")
def person(tmp_path_factory: pytest.TempPathFactory, toolbox: Toolbox) -> Person:
    """A home with environments of three managers."""
    home = tmp_path_factory.mktemp("person").resolve() / "ada"
    home.mkdir()
    return furnish_home(home, toolbox)


@pytest.fixture(scope="session")
def lab(person: Person, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """JupyterLab for that home."""
    yield from serve(person.home, tmp_path_factory.mktemp("lab"))


@pytest.fixture(scope="module")
def one_page(browser: Browser, lab: Lab) -> Iterator[Page]:
    """One page, kept for a module: opening JupyterLab takes longer than most tests."""
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.set_default_timeout(PATIENCE)
    yield page
    page.close()


@pytest.fixture
def page(one_page: Page, lab: Lab, screenshots: Path, request: pytest.FixtureRequest) -> Iterator[Page]:
    """JupyterLab, just opened; what it showed last is kept as a picture."""
    open_page(one_page, lab)
    yield one_page
    one_page.screenshot(path=screenshots / f"{request.node.originalname}.png")


@pytest.fixture(scope="session")
def screenshots(pytestconfig: pytest.Config) -> Path:
    """Where pictures of the real screen are left for people to look at."""
    folder: Path = pytestconfig.rootpath / ".test" / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
