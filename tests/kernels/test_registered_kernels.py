"""Registered kernels that really start, by the stock tools, on every Python there is."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import KernelManager

from tests.conformance.furnishing import House, minors
from tests.folders import write
from tests.kernels.test_provisioner import SECONDS, kernel
from tests.real.outside import MissingError, interpreters
from tests.real.workshop import install, uv_venv

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the interpreters are looked for as on Unix")

TRAPS = ("ipykernel_launcher", "ipykernel", "IPython", "traitlets", "enum", "os", "site", "sitecustomize")
ASKED = (
    "[__import__('sys').prefix, __import__('sys').executable, __import__('os').getcwd(), "
    "[__import__('os').environ.get(name) for name in ('VIRTUAL_ENV', 'PYTHONHOME', 'PYTHONPATH', 'CONDA_PREFIX')], "
    "__import__('helper').answer, "
    "__import__('subprocess').check_output(['python', '-c', 'import sys; print(sys.prefix)']).decode()]"
)
ELSEWHERE = {"PYTHONHOME": "/nonexistent", "VIRTUAL_ENV": "/elsewhere", "CONDA_PREFIX": "/elsewhere"}


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    """A home that is furnished for all tests here."""
    folder = tmp_path_factory.mktemp("house").resolve()
    for name in ("home", "tools"):
        (folder / name).mkdir()
    return House(folder / "home", folder / "tools")


@pytest.fixture
def notebooks(house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of notebooks with files that lie in wait, opened by the person who lives in the house."""
    for name in [name for name in os.environ if name.startswith(("JUPYTER_", "XDG_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(house.home))
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    folder = tmp_path.resolve() / "note books"
    for name in TRAPS:
        write(folder / f"{name}.py", f"open({str(tmp_path / 'sprung')!r}, 'w')\n")
    write(folder / "helper.py", "answer = 42\n")
    return folder


def registered(house: House, prefix: Path) -> str:
    """The name of an environment's registered kernel."""
    told = json.loads(house.command("register", str(prefix), "--json"))
    name: str = told["registered"][0]["name"]
    return name


def ask(client: Any) -> Any:  # noqa: ANN401  # jupyter_client's own
    reply = client.execute("", user_expressions={"x": ASKED}, reply=True, timeout=SECONDS)
    expression = reply["content"]["user_expressions"]["x"]
    assert expression["status"] == "ok", expression
    return ast.literal_eval(expression["data"]["text/plain"])


def check(name: str, prefix: Path, folder: Path) -> None:
    """One kernel, started by jupyter_client alone, is that of the environment in all that it starts."""
    manager = KernelManager(kernel_name=name, kernel_spec_manager=KernelSpecManager())
    variables = {**os.environ, **ELSEWHERE, "PYTHONPATH": str(folder)}
    with kernel(manager, cwd=str(folder), env=variables) as client:
        own, executable, cwd, told, answer, started = ask(client)
    assert (own, executable) == (str(prefix), str(prefix / "bin" / "python"))
    assert (cwd, answer, told) == (str(folder), 42, [str(prefix), None, None, None])
    assert started == f"{prefix}\n"
    assert not (folder.parent / "sprung").exists()


@pytest.mark.parametrize("minor", minors())
def test_every_python_starts_by_its_registered_kernel(house: House, notebooks: Path, minor: str) -> None:
    try:
        prefix = house.own(minor)
    except MissingError as missing:
        pytest.skip(str(missing))
    check(registered(house, prefix), prefix, notebooks)


def test_one_that_borrows_starts_by_its_registered_kernel(house: House, notebooks: Path) -> None:
    own = "{}.{}".format(*sys.version_info[:2])
    try:
        prefix = house.bare(own)
    except MissingError as missing:
        pytest.skip(str(missing))
    check(registered(house, prefix), prefix, notebooks)


@pytest.mark.parametrize("name", ["$HOME $x $$", 'it\'s "so"', "two\nlines", "{a b}", "\u202eright to left"])
def test_a_path_of_any_signs_is_no_obstacle(house: House, notebooks: Path, name: str) -> None:
    try:
        python = interpreters().default.executable
    except MissingError as missing:
        pytest.skip(str(missing))
    prefix = house.home / "odd" / name / ".venv"
    uv_venv(prefix, python)
    install(prefix, "ipykernel")
    check(registered(house, prefix), prefix, notebooks)


def test_the_stock_tools_list_it_and_run_notebooks_on_it(house: House, notebooks: Path) -> None:
    try:
        prefix = house.own(minors((3, 9))[-1])
    except (MissingError, IndexError) as missing:
        pytest.skip(f"needs a Python from 3.9 on: {missing}")
    name = registered(house, prefix)
    listed = json.loads(run("kernelspec", "list", "--json", cwd=notebooks))
    assert listed["kernelspecs"][name]["resource_dir"].endswith(name)
    assert sum(str(prefix) in json.dumps(each["spec"]) for each in listed["kernelspecs"].values()) == 1
    cell: dict[str, Any] = {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "id": "a"}
    source = "import sys, helper\nprint(sys.prefix, helper.answer)"
    kernelspec = {"name": name, "display_name": "x", "language": "python"}
    notebook = {"cells": [{**cell, "source": source}], "metadata": {"kernelspec": kernelspec}}
    write(notebooks / "a.ipynb", json.dumps({**notebook, "nbformat": 4, "nbformat_minor": 5}))
    run("nbconvert", "--to", "notebook", "--execute", "--output", "b.ipynb", "a.ipynb", cwd=notebooks)
    done = json.loads((notebooks / "b.ipynb").read_text("utf-8"))
    assert done["cells"][0]["outputs"][0]["text"] == [f"{prefix} 42\n"]


def run(*words: str, cwd: Path) -> str:
    """What one of Jupyter's own programs prints. It starts bare, as an installed script does."""
    program = {"kernelspec": "jupyter_client.kernelspecapp", "nbconvert": "nbconvert"}[words[0]]
    code = (
        f"import sys; from {program} import {'KernelSpecApp as main' if words[0] == 'kernelspec' else 'nbconvertapp'}"
    )
    call = "main.launch_instance()" if words[0] == "kernelspec" else "nbconvertapp.main()"
    command = [sys.executable, "-I", "-c", f"{code}; {call}", *words[1:]]
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, timeout=SECONDS)
    assert done.returncode == 0, done.stderr
    return done.stdout
