"""Uninstalling the package leaves registered kernels working, and nothing else behind but its own caches."""

from __future__ import annotations

import json
import os
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.real.outside import MissingError, interpreters, run, uv_run, variables
from tests.real.workshop import install, uv_venv
from tests.test_packaging import ROOT, sdist, wheel

__all__ = ["sdist", "wheel"]
pytestmark = pytest.mark.skipif(os.name == "nt", reason="the interpreters are looked for as on Unix")

OUR_CACHE = (".cache/jupyter-envs/",)
IPYTHONS = (".ipython/",)
"""What IPython leaves of any kernel that was started; not ours."""
ASKING = """
import json, sys
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import start_new_kernel

told = {}
for name in sys.argv[1:]:
    manager, client = start_new_kernel(startup_timeout=60, kernel_name=name)
    try:
        printed = []
        client.execute_interactive(
            "import sys; print(sys.prefix)", timeout=60,
            output_hook=lambda message: printed.append(message["content"].get("text", "")),
        )
        told[name] = "".join(printed).strip()
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
print(json.dumps([told, sorted(KernelSpecManager().find_kernel_specs())]))
"""


def everything(folder: Path) -> set[str]:
    """The paths of all files and links below a folder, without what Python compiled of other packages."""
    found = {Path(place, name).relative_to(folder) for place, _, names in os.walk(folder) for name in names}
    return {str(path) for path in found if "__pycache__" not in path.parts or "jupyter_envs" in path.parts}


@pytest.fixture
def two(tmp_path: Path) -> list[Path]:
    """Two environments with an ipykernel of their own, outside of the home."""
    try:
        pythons = interpreters().two()
    except MissingError as missing:
        pytest.skip(str(missing))
    prefixes = [tmp_path.resolve() / f"project {each.version}" / ".venv" for each in pythons]
    for prefix, python in zip(prefixes, pythons, strict=True):
        uv_venv(prefix, python.executable)
        install(prefix, "ipykernel")
    return prefixes


@pytest.fixture
def jupyters(tmp_path: Path) -> Path:
    """The environment that Jupyter runs from, with all that the package needs but not the package."""
    prefix = tmp_path.resolve() / "jupyters"
    uv_venv(prefix, Path(sys.executable))
    needed = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["dependencies"]
    install(prefix, "pip", *needed)
    return prefix


@pytest.fixture
def borrowing(tmp_path: Path) -> Path:
    """An environment without an ipykernel, on the Python that Jupyter runs on."""
    prefix = tmp_path.resolve() / "borrowing" / ".venv"
    uv_venv(prefix, Path(sys.executable))
    return prefix


@pytest.mark.parametrize("tool", ["uv", "pip"])
def test_registered_kernels_outlive_the_package_and_nothing_else_does(
    wheel: Path, jupyters: Path, two: list[Path], borrowing: Path, home: Path, *, tool: str
) -> None:
    """After what docs/how-to/other-tools.md says to do before."""
    mine, python = variables(home, jupyters / "bin"), jupyters / "bin" / "python"
    places = [home, jupyters, *two, borrowing]
    before = {place: everything(place) for place in places}
    install(jupyters, "--no-deps", str(wheel))

    def envs(*words: str | Path) -> Any:  # noqa: ANN401  # whatever the JSON holds
        return json.loads(run([jupyters / "bin" / "jupyter", "envs", *words, "--json"], mine))

    names = [envs("register", prefix)["registered"][0]["name"] for prefix in two]
    (other,) = envs("register", borrowing)["registered"]
    assert not other["outlives"]
    told, _ = json.loads(run([python, "-I", "-c", ASKING, other["name"]], mine, home))
    assert told == {other["name"]: str(borrowing)}
    assert len(envs("borrow", "list")["borrowed"]) == 1
    assert [one["name"] for one in envs("unregister", other["name"])["unregistered"]] == [other["name"]]
    assert len(envs("borrow", "remove", "--yes")["removed"]) == 1
    if tool == "uv":
        uv_run("pip", "uninstall", "--quiet", "--python", python, "jupyter-envs")
    else:
        run([python, "-m", "pip", "uninstall", "--quiet", "--yes", "jupyter-envs"], mine)
    new = {place: everything(place) - before[place] for place in places}
    print(json.dumps({str(place): sorted(paths) for place, paths in new.items()}, indent=1))
    assert new[jupyters] == new[two[0]] == new[two[1]] == new[borrowing] == set()
    kernels = {f".local/share/jupyter/kernels/{name}/" for name in names}
    assert [path for path in new[home] if not path.startswith((*kernels, *OUR_CACHE, *IPYTHONS))] == []
    assert {f"{place}kernel.json" for place in kernels} <= new[home]
    told, listed = json.loads(run([python, "-I", "-c", ASKING, *names], mine, home))
    assert told == {name: str(prefix) for name, prefix in zip(names, two, strict=True)}
    assert sorted([*names, "python3"]) == listed
