"""What is published holds what it should, and installs without node."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
BUILT = Path(sys.prefix, "share", "jupyter", "labextensions", "jupyter-envs")
SHARED = {
    "etc/jupyter/jupyter_server_config.d/jupyter-envs.json",
    "share/jupyter/kernels/project-env/kernel.json",
    "share/jupyter/labextensions/jupyter-envs/install.json",
    "share/jupyter/labextensions/jupyter-envs/package.json",
    "share/jupyter/labextensions/jupyter-envs/static/style.js",
}


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A source distribution of the checkout with the front end that this environment has installed."""
    if not BUILT.is_dir():
        pytest.fail("The built front end is not installed. Run `python3 tests/run.py`, or `pip install -e .`.")
    checkout = tmp_path_factory.mktemp("source") / "checkout"
    made = shutil.ignore_patterns(".git", ".test", ".coverage*", "node_modules", "lib", ".*_cache", "__pycache__")
    shutil.copytree(ROOT, checkout, ignore=made)
    shutil.rmtree(checkout / "jupyter_envs" / "labextension", ignore_errors=True)
    shutil.copytree(BUILT, checkout / "jupyter_envs" / "labextension", ignore=shutil.ignore_patterns("install.json"))
    (checkout / "labextension" / "node_modules").mkdir()
    (checkout / "labextension" / "node_modules" / "ballast.js").touch()
    # The front end was built for the installation; it is not built again.
    return build("--sdist", checkout, SKIP_JUPYTER_BUILDER="1")


@pytest.fixture(scope="module")
def wheel(sdist: Path) -> Path:
    """The wheel that people get from the source distribution on a machine without node."""
    # The module's command line: its functions want a filter from Python 3.12 on that 3.11.2 does not know.
    subprocess.run((sys.executable, "-m", "tarfile", "-e", str(sdist), str(sdist.parent)), check=True)
    return build("--wheel", sdist.with_name(sdist.name.removesuffix(".tar.gz")))


def build(kind: str, source: Path, **variables: str) -> Path:
    output = source.parent / kind.strip("-")
    options = (kind, "--no-isolation", "--skip-dependency-check", "--outdir", str(output), str(source))
    # Nothing on PATH: no node, and no jlpm that would look for one.
    environment = {**os.environ, **variables, "PATH": str(output)}
    command = (sys.executable, "-m", "build", *options)
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    (made,) = output.iterdir()
    return made


def test_the_source_distribution_carries_the_built_front_end(sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"jupyter_envs/labextension/package.json", "labextension/package.json", "labextension/yarn.lock"} <= names
    assert not {name for name in names if "node_modules" in name or name.startswith((".test", "labextension/lib"))}


def test_the_wheel_holds_what_jupyter_reads(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {f"jupyter_envs/borrowing/locks/py3.{minor}.txt" for minor in range(8, 15)} <= names
    data = {name.partition(".data/data/")[2] for name in names if ".data/data/" in name}
    assert data >= SHARED
    assert {"jupyter_envs/__init__.py", "jupyter_envs/py.typed", "jupyter_envs/_version.py"} <= names
    assert "jupyter_envs/server/openapi.json" in names
    assert not {name for name in names if "node_modules" in name or name.startswith("jupyter_envs/labextension")}


def test_the_wheel_touches_no_shared_configuration(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    configuration = [name for name in names if "/data/etc/" in name]
    assert [Path(name).name for name in configuration] == ["jupyter-envs.json"]


def test_the_version_is_the_front_ends(wheel: Path) -> None:
    version = wheel.name.split("-")[1]
    assert f'"version": "{version}"' in (ROOT / "labextension" / "package.json").read_text("utf-8")
    assert f'__version__ = "{version}"' in zipfile.ZipFile(wheel).read("jupyter_envs/_version.py").decode()
