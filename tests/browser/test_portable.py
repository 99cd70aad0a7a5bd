"""One notebook, two people: the portable kernel finds the project's environment in both homes."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.browser.lab import Lab, command, idle, open_page, run_all, serve
from tests.browser.person import project_notebook
from tests.real.make_poetry import new_project
from tests.real.outside import interpreters, variables
from tests.real.workshop import install, uv_venv

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Page

    from tests.browser.person import Person


@pytest.fixture(scope="module")
def colleague(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home where the same project has a `.venv` on the same Python."""
    home = tmp_path_factory.mktemp("colleague").resolve() / "ben"
    shop = new_project(home / "src" / "shop", "shop")
    install(uv_venv(shop / ".venv", interpreters().default.executable), "ipykernel")
    return home


@pytest.fixture(scope="module")
def colleagues_lab(colleague: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """That colleague's JupyterLab."""
    yield from serve(colleague, tmp_path_factory.mktemp("colleagues-lab"))


def test_in_jupyterlab_and_nbconvert_the_metadata_stays_the_same_to_the_byte(
    one_page: Page, lab: Lab, person: Person, colleagues_lab: Lab, colleague: Path
) -> None:
    here = project_notebook(person.poetry_project, "shared.ipynb")
    there = project_notebook(colleague / "src" / "shop", "shared.ipynb")
    places = ((lab, here, person.poetry_prefix), (colleagues_lab, there, colleague / "src" / "shop" / ".venv"))
    for server, notebook, prefix in places:
        _run_and_save(one_page, server, notebook, prefix)
        assert _printed(notebook) == repr(str(prefix))
    assert _metadata(here) == _metadata(there)
    for server, notebook, prefix in places:
        _execute(notebook, server.home)
        assert _printed(notebook) == repr(str(prefix))
    assert _metadata(here) == _metadata(there)
    assert '"name": "project-env"' in _metadata(here)
    assert str(person.home) not in _metadata(here)


def test_nbconvert_says_on_standard_error_why_a_broken_environment_does_not_run(person: Person) -> None:
    notebook = project_notebook(person.broken_project, "broken.ipynb")
    before = notebook.read_bytes()
    done = _nbconvert(notebook, person.home)
    lines = [line for line in done.stderr.splitlines() if line.startswith("jupyter-envs: ")]
    assert done.returncode != 0
    assert len(lines) == 1
    assert "legacy (venv" in lines[0]
    assert "is gone" in lines[0]
    assert "python3 -m venv --clear" in lines[0]
    assert notebook.read_bytes() == before


def _run_and_save(page: Page, lab: Lab, path: Path, prefix: Path) -> None:
    open_page(page, lab)
    command(page, "docmanager:open", path=str(path.relative_to(lab.home)))
    notebook = idle(page)
    assert str(prefix) in run_all(page, notebook, notebook.locator(".jp-CodeCell").first)
    page.evaluate("async () => { await window.jupyterapp.commands.execute('docmanager:save'); }")


def _execute(path: Path, home: Path) -> None:
    done = _nbconvert(path, home)
    assert done.returncode == 0, done.stderr


def _nbconvert(path: Path, home: Path) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-m", "jupyter", "nbconvert", "--to", "notebook", "--execute", "--inplace", str(path)]
    return subprocess.run(
        words, cwd=home, env=variables(home), capture_output=True, text=True, check=False, timeout=120
    )


def _metadata(path: Path) -> str:
    """The bytes of a notebook's own metadata, in the order of the file."""
    return json.dumps(json.loads(path.read_text(encoding="utf-8"))["metadata"])


def _printed(path: Path) -> str:
    """What the first cell answered."""
    content = json.loads(path.read_text(encoding="utf-8"))
    text: str = "".join(content["cells"][0]["outputs"][0]["data"]["text/plain"])
    return text
