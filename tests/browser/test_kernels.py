"""Environments of three managers as kernels, chosen as people choose them."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.browser.lab import PATIENCE, command, idle, new_notebook, run_all, run_cell
from tests.browser.person import project_notebook

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

    from tests.browser.lab import Lab
    from tests.browser.person import Person

WHERE = "import sys; print(sys.prefix)\n!which python\n"


def test_each_ready_environment_is_a_kernel_and_python3_stays(lab: Lab) -> None:
    lab.looked_around()
    specs = lab.get("api/kernelspecs")["kernelspecs"]
    shown = sorted(spec["spec"]["display_name"].split(",")[0] for spec in specs.values())
    made_by_another_test = "fresh (venv"
    assert [name for name in shown if "pyenv" not in name and name != made_by_another_test] == [
        "Project environment", "Python 3 (ipykernel)", "report (venv", "shop (Poetry", "survey (virtualenvwrapper",
    ]  # fmt: skip
    assert "jupyter_envs" not in specs["python3"]["spec"]["metadata"]
    assert lab.get("api/kernelspecs")["default"] == "python3"


def test_the_servers_log_says_in_one_line_that_the_manager_is_wrapped(lab: Lab) -> None:
    lines = [line for line in lab.log.read_text(errors="replace").splitlines() if "KernelSpecManager" in line]
    assert len(lines) == 1


def test_a_launcher_tile_starts_a_notebook_in_the_poetry_environment(
    page: Page, person: Person, screenshots: Path
) -> None:
    tile = page.locator(".jp-LauncherCard[data-category=Notebook]", has_text="shop (Poetry")
    tile.wait_for()
    command(page, "jupyter-envs:open")
    page.get_by_role("heading", name="Environments", exact=True).wait_for()
    page.screenshot(path=screenshots / "launcher.png")
    tile.click()
    notebook = idle(page)
    assert run_cell(page, notebook, WHERE).split() == [
        str(person.poetry_prefix), str(person.poetry_prefix / "bin" / "python"),
    ]  # fmt: skip


def test_the_kernel_picker_changes_to_a_virtualenvwrapper_environment(page: Page, person: Person, lab: Lab) -> None:
    notebook = new_notebook(page, "python3")
    notebook.locator(".jp-Toolbar-kernelName").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("combobox").select_option(label=_label(dialog.inner_html(), "survey (virtualenvwrapper"))
    dialog.get_by_role("button", name="Select Kernel").click()
    expect(notebook.locator(".jp-Toolbar-kernelName")).to_contain_text("survey", timeout=PATIENCE)
    idle(page)
    prefix = str(person.wrapped_prefix)
    assert run_cell(page, notebook, WHERE).split() == [prefix, f"{prefix}/bin/python"]


def test_a_broken_environment_says_why_in_the_dialog_and_never_runs(page: Page, person: Person, lab: Lab) -> None:
    path = project_notebook(person.broken_project)
    before = lab.get("api/kernels")
    command(page, "docmanager:open", path=str(path.relative_to(person.home)))
    dialog = page.get_by_role("dialog")
    dialog.wait_for()
    text = dialog.inner_text()
    assert "legacy (venv" in text
    assert "is gone" in text
    assert "python3 -m venv --clear" in text
    assert "Traceback" not in text
    dialog.get_by_role("button").last.click()
    assert len(lab.get("api/kernels")) == len(before)


def test_the_portable_kernel_runs_in_the_poetry_environment_and_saves_no_path(page: Page, person: Person) -> None:
    path = project_notebook(person.poetry_project)
    command(page, "docmanager:open", path=str(path.relative_to(person.home)))
    notebook = idle(page)
    assert str(person.poetry_prefix) in run_all(page, notebook, notebook.locator(".jp-CodeCell").first)
    command(page, "docmanager:save")
    expect(page.locator(".lm-TabBar-tab.lm-mod-current.jp-mod-dirty")).to_have_count(0)
    assert str(person.home) not in _metadata(path)


def _label(html: str, start: str) -> str:
    """The whole name of a kernel in the picker that begins so."""
    found = re.search(rf"<option[^>]*>({re.escape(start)}[^<]*)</option>", html)
    assert found, html
    return found[1]


def _metadata(path: Path) -> str:
    """A notebook's own metadata, in the order of the file."""
    return json.dumps(json.loads(path.read_text(encoding="utf-8"))["metadata"])
