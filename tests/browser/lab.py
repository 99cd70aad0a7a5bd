"""A real JupyterLab as a process, and a page of it in a browser."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from playwright.sync_api import TimeoutError  # noqa: A004 -- that is its name

from tests.real.outside import pyenv_root, variables

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Locator, Page

TOKEN = "tests"  # noqa: S105 -- of a server on loopback that lives for one run
START_SECONDS = 60
PATIENCE = 60_000
"""How long the page may take for one thing, in milliseconds."""
KERNEL_HAS_ANSWERED = """async () => {
  const kernel = window.jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel;
  if (!kernel || kernel.connectionStatus !== "connected") return false;
  await kernel.info;
  return kernel.status === "idle";
}"""
RUNS = 6
NO_NEWS = {"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": True}}


@dataclass(frozen=True, slots=True)
class Lab:
    """A running server for one home."""

    home: Path
    port: int
    log: Path

    def get(self, path: str) -> Any:  # noqa: ANN401 -- the server's JSON
        """What a REST address answers."""
        request = urllib.request.Request(self.url(path), headers={"Authorization": f"token {TOKEN}"})  # noqa: S310 -- loopback
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 -- loopback
            return json.load(answer)

    def url(self, path: str) -> str:
        """A full address on this server."""
        return f"http://127.0.0.1:{self.port}/{path}"

    def looked_around(self) -> list[Any]:
        """Every environment, when the server's first walk has ended."""
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            answer = self.get("jupyter-envs/environments")
            if answer["complete"]:
                found: list[Any] = answer["environments"]
                return found
            time.sleep(0.2)
        message = f"the server never ended its walk: {answer}"
        raise AssertionError(message)

    def kernel_named(self, start: str) -> str:
        """The name of the one offered kernel whose display name begins so."""
        specs = self.get("api/kernelspecs")["kernelspecs"].values()
        found = [spec["name"] for spec in specs if spec["spec"]["display_name"].startswith(start)]
        assert len(found) == 1, (start, found)
        name: str = found[0]
        return name


def serve(home: Path, folder: Path) -> Iterator[Lab]:
    """A JupyterLab whose files, settings and kernels are the home's own; ended afterwards."""
    settings = folder / "config" / "labconfig"
    settings.mkdir(parents=True)
    (settings / "page_config.json").write_text(json.dumps(NO_NEWS), encoding="utf-8")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    lab = Lab(home, port, folder / "server.log")
    with lab.log.open("wb") as log:
        process = subprocess.Popen(_command(lab), cwd=home, env=_variables(home, folder), stdout=log, stderr=log)
        try:
            _wait_for(lab, process)
            yield lab
        finally:
            process.terminate()
            process.wait(30)


def open_page(page: Page, lab: Lab, folder: str = "") -> None:
    """JupyterLab as it is after its start, with the file browser in a folder."""
    place = f"lab/tree/{folder}" if folder else "lab"
    page.goto(lab.url(f"{place}?token={TOKEN}&reset"))
    page.wait_for_function("window.jupyterapp !== undefined", timeout=PATIENCE)
    page.evaluate("async () => { await window.jupyterapp.restored; }")


def command(page: Page, name: str, **arguments: object) -> None:
    """Runs one of JupyterLab's commands; what it opens need not be waited for."""
    page.evaluate("([name, args]) => { window.jupyterapp.commands.execute(name, args); }", [name, arguments])


def new_notebook(page: Page, kernel: str, folder: str = "") -> Locator:
    """A new notebook on a kernel, when that one is idle."""
    command(page, "notebook:create-new", kernelName=kernel, cwd=folder)
    return idle(page)


def idle(page: Page) -> Locator:
    """The notebook in front, when its kernel has answered: what is run before that, JupyterLab may forget."""
    notebook = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)")
    notebook.wait_for(timeout=PATIENCE)
    page.wait_for_function(KERNEL_HAS_ANSWERED, timeout=PATIENCE)
    notebook.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").wait_for(timeout=PATIENCE)
    return notebook


def run_cell(page: Page, notebook: Locator, source: str) -> str:
    """Types into the last cell, runs it, and reads what it printed."""
    cells = notebook.locator(".jp-CodeCell")
    cell = cells.nth(cells.count() - 1)
    cell.locator(".cm-content").click()
    page.keyboard.insert_text(source)
    return run_all(page, notebook, cell)


def run_all(page: Page, notebook: Locator, cell: Locator) -> str:
    """Runs the notebook, and reads what one cell printed.

    JupyterLab forgets what is run while it is still connecting to a kernel that starts slowly, a plain ipykernel's too:
    as a person would, this runs it again.
    """
    output = cell.locator(".jp-OutputArea-output").first
    for _ in range(RUNS):
        command(page, "notebook:run-all-cells")
        try:
            output.wait_for(timeout=PATIENCE / RUNS)
        except TimeoutError:
            continue
        break
    idle(page)
    return output.inner_text()


def _command(lab: Lab) -> list[str]:
    return [
        sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--port={lab.port}",
        "--ServerApp.ip=127.0.0.1", "--ServerApp.port_retries=0", f"--IdentityProvider.token={TOKEN}",
        "--LabApp.expose_app_in_browser=True",
    ]  # fmt: skip


def _variables(home: Path, folder: Path) -> dict[str, str]:
    """As a desktop or a hub starts it: the person's home, and none of the shell's variables but pyenv's."""
    jupyter = {
        "JUPYTER_CONFIG_DIR": "config", "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime", "IPYTHONDIR": "ipython",
    }  # fmt: skip
    own = {name: os.fspath(folder / place) for name, place in jupyter.items()}
    measured = {name: value for name, value in os.environ.items() if name.startswith("COVERAGE_")}
    return variables(home, PYENV_ROOT=str(pyenv_root()), **own, **measured)


def _wait_for(lab: Lab, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            lab.get("api/status")
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.2)
        else:
            return
    message = f"JupyterLab did not start:\n{lab.log.read_text(errors='replace')[-3000:]}"
    raise AssertionError(message)
