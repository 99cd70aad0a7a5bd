"""The pip that an environment without one gets, on every Python there is."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.folders import ROOT, write, write_program
from tests.kernels.test_boot import PYTHONS
from tests.real.outside import UV, variables

PIP = ROOT / "jupyter_envs" / "boot" / "pip.py"
PROGRAMS = ROOT / "jupyter_envs" / "boot" / "bin"
NO_ENSUREPIP = "raise ImportError('as on systems that keep it in a package of its own')\n"
pytestmark = pytest.mark.skipif(os.name == "nt", reason="no kernel on Windows gets it")


def major(python: Path) -> int:
    words = [str(python), "-c", "import sys; sys.stdout.write(str(sys.version_info[0]))"]
    return int(subprocess.run(words, capture_output=True, text=True, check=True).stdout)


@pytest.fixture(params=PYTHONS, ids=lambda python: python.parent.parent.name)
def environment(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """An environment without pip, of each Python that can make one by itself."""
    if major(request.param) == 2:
        pytest.skip("Python 2 has no venv")
    prefix = tmp_path.resolve() / "my shop's"
    subprocess.run([request.param, "-m", "venv", "--without-pip", prefix], check=True)
    return prefix


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """An environment of this Python, which came without pip."""
    write(tmp_path / "hidden" / "ensurepip" / "__init__.py", NO_ENSUREPIP)
    prefix = tmp_path.resolve() / "shop"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", prefix], check=True)
    return prefix


def pip(prefix: Path, *words: str | Path, program: str = "pip", **more: str) -> subprocess.CompletedProcess[str]:
    """Typing it in a kernel's cell, without a network."""
    told = variables(prefix.parent, prefix / "bin", PROGRAMS, PIP_NO_INDEX="1", UV_OFFLINE="1", **more)
    command = [program, *words]
    return subprocess.run(command, env=told, cwd="/", capture_output=True, text=True, check=False)


def wheel_in(folder: Path, name: str = "mark") -> Path:
    """A package that can be installed without a network."""
    path = folder / f"{name}-1-py2.py3-none-any.whl"
    info = f"{name}-1.dist-info"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr(f"{name}.py", "")
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n")
        wheel.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py2-none-any\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{info}/RECORD", f"{name}.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n")
    return path


def location(prefix: Path, **more: str) -> str:
    """Where the package that `wheel_in` made lies, by pip's account."""
    lines = pip(prefix, "show", "mark", **more).stdout.splitlines()
    return next((line.partition(": ")[2] for line in lines if line.startswith("Location")), "")


def test_it_acts_on_the_environment_and_is_not_in_it(environment: Path, tmp_path: Path) -> None:
    done = pip(environment, "install", wheel_in(tmp_path))
    assert done.returncode == 0, done.stderr
    assert location(environment).startswith(f"{environment}/lib/")
    assert [line.split()[0] for line in pip(environment, "list", program="pip3").stdout.splitlines()[2:]] == ["mark"]
    assert pip(environment, "uninstall", "-y", "mark").returncode == 0
    assert not list(environment.glob("lib/*/site-packages/mark*"))


def test_what_python_brings_is_unpacked_once_and_run_as_it_is_where_that_cannot_be(bare: Path, tmp_path: Path) -> None:
    first, home = pip(bare, "--version").stdout, str(bare.parent)
    place = bare.parent / ".cache" / "jupyter-envs" / "pip"
    (folder,) = place.iterdir()
    assert first.startswith("pip ")
    assert f"from {folder}/pip" in first
    changed = folder.stat().st_mtime_ns
    assert pip(bare, "--version", XDG_CACHE_HOME="relative").stdout == first
    assert folder.stat().st_mtime_ns == changed
    for unfit in (0o777, 0o720):
        place.chmod(unfit)
        assert ".whl/pip" in pip(bare, "--version").stdout
    write(tmp_path / "file")
    assert ".whl/pip" in pip(bare, "--version", XDG_CACHE_HOME=str(tmp_path / "file"), HOME=home).stdout


def test_one_that_was_installed_later_is_the_one_that_runs(bare: Path) -> None:
    write(next(bare.glob("lib/*/site-packages")) / "pip" / "__main__.py", "print('its own module')\n")
    write(next(bare.glob("lib/*/site-packages")) / "pip" / "__init__.py")
    assert pip(bare, "list").stdout == "its own module\n"
    write_program(bare / "bin" / "pip", "#!/bin/sh\necho its own program\n")
    assert pip(bare, "list").stdout == "its own program\n"


@pytest.mark.parametrize("by", ["variable", "path"])
def test_uv_takes_its_place_where_python_came_without(bare: Path, tmp_path: Path, by: str) -> None:
    uv = {"JUPYTER_ENVS_UV": UV} if by == "variable" else {"PATH": f"{bare}/bin:{PROGRAMS}:/bin:{Path(UV).parent}"}
    more = {"PYTHONPATH": str(tmp_path / "hidden"), **uv}
    assert pip(bare, "--version", **more).stdout.startswith(f"pip of uv from {UV} (python ")
    done = pip(bare, "install", wheel_in(tmp_path), **more)
    assert done.returncode == 0, done.stderr
    assert location(bare, **more).startswith(f"{bare}/lib/")


def test_uv_asks_the_index_that_pip_is_told_of(bare: Path, tmp_path: Path) -> None:
    uv = write_program(tmp_path / "uv", '#!/bin/sh\necho "$UV_PYTHON $UV_DEFAULT_INDEX $UV_INDEX" "$@"\n')
    more = {"PYTHONPATH": str(tmp_path / "hidden"), "JUPYTER_ENVS_UV": str(uv)}
    told = pip(bare, "list", PIP_INDEX_URL="file:///a", PIP_EXTRA_INDEX_URL="file:///b", **more).stdout
    assert told == f"{bare}/bin/python file:///a file:///b pip list\n"


def test_without_any_it_says_what_to_do(bare: Path, tmp_path: Path) -> None:
    more = {"PYTHONPATH": str(tmp_path / "hidden"), "JUPYTER_ENVS_UV": "/gone", "PATH": f"{bare}/bin:{PROGRAMS}:/bin"}
    done = pip(bare, "list", **more)
    assert done.returncode == 1
    assert done.stderr == f"pip: {bare}/bin/python came without pip, and there is no uv. Install uv, or python3-venv.\n"


@pytest.mark.parametrize("python", PYTHONS, ids=lambda python: python.parent.parent.name)
def test_it_leaves_a_python_alone_that_is_no_environments(python: Path, tmp_path: Path) -> None:
    base = python.resolve()
    told = {"PATH": os.defpath, "HOME": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run([base, PIP, "list"], env=told, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "belongs to no environment, so nothing is done" in done.stderr


def test_the_newest_that_python_brings_is_taken() -> None:
    code = "import sys; sys.path[:0] = [sys.argv[1]]; import pip; print(max(sys.argv[2:], key=pip.version))"
    names = ["pip-9.0.1-py2.py3-none-any.whl", "pip-23.0.1-py3-none-any.whl", "pip-23.0-py3-none-any.whl"]
    words = [sys.executable, "-I", "-c", code, str(PIP.parent), *names]
    assert subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip() == names[1]


def test_several_at_once_leave_one_pip_and_nothing_else(environment: Path) -> None:
    command = [str(environment / "bin" / "python"), str(PIP), "--version"]
    told = variables(environment.parent, environment / "bin", PROGRAMS)
    running = [subprocess.Popen(command, env=told, cwd="/", stdout=subprocess.PIPE) for _ in range(3)]
    said = {program.communicate()[0] for program in running}
    assert len(said) == 1
    left = list((environment.parent / ".cache" / "jupyter-envs" / "pip").iterdir())
    assert [path.name.partition("-")[0] for path in left] == ["pip"]
