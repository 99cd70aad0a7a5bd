"""The panel: what it lists, and a `.venv` made from it and used at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.browser.lab import PATIENCE, command, idle, open_page, run_cell

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Locator, Page

    from tests.browser.lab import Lab
    from tests.browser.person import Person

MINUTES = 3 * PATIENCE


def test_it_lists_every_environment_with_its_version_and_state(page: Page, person: Person) -> None:
    panel = _panel(page)
    for name, state in (("shop (Poetry", "Ready"), ("survey (virtualenvwrapper", "Ready"), ("report (venv", "Ready")):
        expect(_row(panel, name)).to_contain_text(state)
        expect(_row(panel, name)).to_contain_text("Python 3.")
    expect(_row(panel, "legacy (venv")).to_contain_text("Broken")


def test_it_starts_a_notebook_on_one(page: Page, person: Person) -> None:
    panel = _panel(page)
    panel.get_by_role("button", name="New notebook on report (venv").click()
    assert run_cell(page, idle(page), "import sys; print(sys.prefix)").strip() == str(person.venv_prefix)


def test_what_is_no_kernel_cannot_be_started_and_says_why(page: Page) -> None:
    button = _panel(page).get_by_role("button", name="New notebook on legacy (venv")
    expect(button).to_be_disabled()
    assert button.get_attribute("title")


def test_it_makes_an_environment_whose_kernel_is_there_at_once(
    page: Page, lab: Lab, person: Person, screenshots: Path
) -> None:
    project = person.home / "code" / "fresh"
    project.mkdir()
    open_page(page, lab, "code/fresh")
    page.locator(".jp-Launcher-cwd", has_text="code/fresh").wait_for()
    panel = _panel(page)
    panel.get_by_role("button", name="New environment").click()
    form = panel.get_by_role("form", name="New environment")
    expect(form.get_by_label("Folder name")).to_have_value(".venv")
    form.get_by_label("Python", exact=True).locator("option").nth(1).wait_for(state="attached")
    page.screenshot(path=screenshots / "form.png")
    form.get_by_role("button", name="Create").click()
    expect(panel.get_by_role("log")).to_contain_text("ipykernel", timeout=MINUTES)
    panel.get_by_role("button", name="Open a notebook").wait_for(timeout=MINUTES)
    page.screenshot(path=screenshots / "done.png")
    assert lab.kernel_named("fresh (venv")
    panel.get_by_role("button", name="Open a notebook").click()
    answer = run_cell(page, idle(page), "import sys; print(sys.prefix)\n!which python\n")
    assert answer.split() == [str(project / ".venv"), str(project / ".venv" / "bin" / "python")]


def _panel(page: Page) -> Locator:
    command(page, "jupyter-envs:open")
    panel = page.get_by_role("region", name="Environments")
    panel.get_by_role("heading", name="Environments", exact=True).wait_for()
    return panel


def _row(panel: Locator, name: str) -> Locator:
    return panel.get_by_role("listitem").filter(has_text=name)
