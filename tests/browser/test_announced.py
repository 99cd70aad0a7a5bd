"""What is made outside while JupyterLab is open appears in it by itself."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.browser.lab import PATIENCE, Lab, command, open_page, serve
from tests.real.workshop import install

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

SECONDS = 6
"""Three for the server's look, and what the page takes to ask and to show."""


@pytest.fixture
def own_lab(tmp_path: Path) -> Iterator[Lab]:
    """JupyterLab for a home with one project."""
    home = tmp_path.resolve() / "home"
    (home / "code" / "survey").mkdir(parents=True)
    (home / "code" / "survey" / "pyproject.toml").write_text('[project]\nname = "survey"\nversion = "1"\n')
    folder = tmp_path / "lab"
    folder.mkdir()
    yield from serve(home, folder)


@pytest.fixture
def own_page(browser: Browser, own_lab: Lab) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.set_default_timeout(PATIENCE)
    yield page
    page.close()


def test_a_venv_made_in_a_terminal_appears_in_the_launcher_and_the_panel(own_page: Page, own_lab: Lab) -> None:
    page, prefix = own_page, own_lab.home / "code" / "survey" / ".venv"
    open_page(page, own_lab)
    own_lab.looked_around()
    page.locator(".jp-LauncherCard[data-category=Notebook]").first.wait_for()
    command(page, "jupyter-envs:open")
    panel = page.get_by_role("region", name="Environments")
    panel.get_by_role("heading", name="Environments", exact=True).wait_for()
    made = own_lab.home.parent / "made"
    subprocess.run([sys.executable, "-m", "venv", str(made)], check=True)
    install(made, "ipykernel")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(prefix)], check=True)
    install(prefix, "ipykernel")
    began = time.monotonic()
    page.locator(".jp-LauncherCard[data-category=Notebook]", has_text="survey (venv").wait_for(timeout=SECONDS * 1000)
    panel.get_by_role("listitem").filter(has_text="survey (venv").wait_for(timeout=SECONDS * 1000)
    print(f"shown after {time.monotonic() - began:.1f} s")
    prefix.rename(own_lab.home.parent / "away")
    panel.get_by_role("listitem").filter(has_text="survey (venv").wait_for(state="detached", timeout=SECONDS * 1000)
