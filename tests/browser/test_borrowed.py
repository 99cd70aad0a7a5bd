"""Notebooks on environments without ipykernel: at once on the server's own Python, after one question on another."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.lab import PATIENCE, Lab, command, idle, open_page, run_cell, serve
from tests.real.outside import MissingError, interpreters
from tests.real.workshop import uv_venv

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Locator, Page

    from tests.real.outside import Interpreter

MINUTES = 3 * PATIENCE
LENT_FOR = ((3, 8), (3, 14))
"""The oldest and the newest Python that an ipykernel is lent for."""
WHERE = "import ipykernel, sys; print(sys.prefix); print(ipykernel.__file__)"


@dataclass(frozen=True, slots=True)
class Bare:
    """Environments without ipykernel: on the server's own minor version, and on another one."""

    same: Path
    other: Path


def another() -> Interpreter:
    """A Python that an ipykernel is lent for, of another minor version than the server's own."""
    oldest, newest = LENT_FOR
    for each in reversed(interpreters().found):
        if oldest <= each.minor <= newest and each.minor != sys.version_info[:2]:
            return each
    message = "needs a Python of another minor version"
    raise MissingError(message)


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Bare:
    home = tmp_path_factory.mktemp("borrower").resolve()
    own = interpreters().at("{}.{}".format(*sys.version_info[:2])).executable
    try:
        other = another().executable
    except MissingError as missing:
        pytest.skip(str(missing))
    return Bare(uv_venv(home / "same" / ".venv", own), uv_venv(home / "other" / ".venv", other))


@pytest.fixture(scope="module")
def lab(bare: Bare, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """JupyterLab for a home of its own, in which nothing was ever borrowed."""
    for running in serve(bare.same.parents[1], tmp_path_factory.mktemp("lab")):
        running.looked_around()
        yield running


def test_on_the_servers_own_python_a_notebook_simply_runs(page: Page, bare: Bare) -> None:
    before = _everything_in(bare.same)
    panel = _panel(page)
    expect(_row(panel, "same (venv")).to_contain_text("Borrows an ipykernel")
    expect(_row(panel, "same (venv").get_by_role("button", name="Borrow an ipykernel")).to_have_count(0)
    panel.get_by_role("button", name="New notebook on same (venv").click()
    prefix, ipykernel = run_cell(page, idle(page), WHERE).split()
    assert prefix == str(bare.same)
    assert not ipykernel.startswith(prefix)
    assert _everything_in(bare.same) == before


def test_on_another_python_one_is_borrowed_after_a_question(
    page: Page, bare: Bare, lab: Lab, screenshots: Path
) -> None:
    before = _everything_in(bare.other)
    panel = _panel(page)
    row = _row(panel, "other (venv")
    expect(row).to_contain_text("Needs ipykernel")
    expect(row.get_by_role("button", name="New notebook on")).to_be_disabled()
    row.get_by_role("button", name="Borrow an ipykernel").click()
    dialog = page.get_by_role("dialog")
    for words in ("50 to 90 MB", "Nothing is written into the environment.", "ipykernel"):
        expect(dialog).to_contain_text(words)
    page.screenshot(path=screenshots / "borrow.png")
    dialog.get_by_role("button", name="Cancel").click()
    assert not _has_borrowed(lab)
    row.get_by_role("button", name="Borrow an ipykernel").click()
    dialog.get_by_role("button", name="Borrow").click()
    expect(panel.get_by_role("region", name="Preparing an ipykernel")).to_contain_text("Borrowed ipykernel")
    panel.get_by_role("button", name="Open a notebook").wait_for(timeout=MINUTES)
    expect(row).to_contain_text("Borrowed ipykernel ")
    page.screenshot(path=screenshots / "borrowed.png")
    panel.get_by_role("button", name="Open a notebook").click()
    prefix, ipykernel = run_cell(page, idle(page), WHERE).split()
    assert prefix == str(bare.other)
    assert not ipykernel.startswith(prefix)
    assert _everything_in(bare.other) == before


def test_what_is_borrowed_is_told_in_the_details(page: Page) -> None:
    row = _row(_panel(page), "other (venv")
    row.get_by_text("Borrowed ipykernel ").click()
    expect(row).to_contain_text("It lies outside of the environment")


def test_nobody_is_asked_twice(page: Page, lab: Lab) -> None:
    open_page(page, lab, "other")
    row = _row(_panel(page), "other (venv")
    expect(row).to_contain_text("Borrowed ipykernel ")
    expect(row.get_by_role("button", name="Borrow an ipykernel")).to_have_count(0)


def _has_borrowed(lab: Lab) -> bool:
    found = lab.looked_around()
    return any(each["borrowed"] for each in found if each["name"] == "other")


def _everything_in(prefix: Path) -> list[Path]:
    """Every file below an environment but for what Python itself compiles."""
    return sorted(path for path in prefix.rglob("*") if "__pycache__" not in path.parts)


def _panel(page: Page) -> Locator:
    command(page, "jupyter-envs:open")
    panel = page.get_by_role("region", name="Environments")
    panel.get_by_role("heading", name="Environments", exact=True).wait_for()
    return panel


def _row(panel: Locator, name: str) -> Locator:
    return panel.get_by_role("listitem").filter(has_text=name)
