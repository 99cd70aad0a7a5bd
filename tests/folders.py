"""Interpreters and environments written by hand: plausible folders whose programs only say that they were run."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jupyter_envs import pyvenv
from jupyter_envs.finder import Finder
from jupyter_envs.overlay import store
from jupyter_envs.settings import Settings

if TYPE_CHECKING:
    from jupyter_envs.environment import Environment
    from jupyter_envs.host import Host

ROOT = Path(__file__).resolve().parent.parent
TRAP = '#!/bin/sh\necho "$0 was run" >&2\nexit 97\n'


def write(path: Path, text: str = "") -> Path:
    """A file with its folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8", "surrogateescape")
    return path


def write_program(path: Path, text: str = TRAP) -> Path:
    """A file that may be run."""
    write(path, text).chmod(0o755)
    return path


def link(path: Path, target: Path | str) -> Path:
    """A link with its folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(target)
    return path


def make_base(prefix: Path, version: str = "3.12.1", threads: str = "", kind: str = "python") -> Path:
    """A base Python as `make install` leaves it; the path of its real interpreter."""
    name = f"{kind}{minor_of(version)}{threads}"
    python = write_program(prefix / "bin" / name)
    for alias in ("python3", "python"):
        link(prefix / "bin" / alias, name)
    write(prefix / "lib" / name / "os.py")
    (prefix / "lib" / name / "site-packages").mkdir()
    write(prefix / "include" / name / "patchlevel.h", f'/* Version */\n#define PY_VERSION      \t"{version}"\n')
    return python


def make_environment(prefix: Path, python: Path, *, system: bool = False, config: str | None = None) -> Path:
    """An environment as `python -m venv` makes it on a base of `make_base`; its prefix."""
    link(prefix / "bin" / "python", python)
    link(prefix / "bin" / "python3", "python")
    write(prefix / "bin" / "activate", f'deactivate () {{\n}}\nVIRTUAL_ENV="{prefix}"\nexport VIRTUAL_ENV\n')
    (prefix / "lib" / python.name / "site-packages").mkdir(parents=True, exist_ok=True)
    version = python.name.removeprefix("python").removeprefix("pypy").removesuffix("t") + ".9"
    shared = str(system).lower()
    written = f"home = {python.parent}\ninclude-system-site-packages = {shared}\nversion = {version}\n"
    write(prefix / "pyvenv.cfg", written if config is None else config)
    return prefix


def make_conda(prefix: Path, version: str = "3.12.1") -> Path:
    """An environment as conda makes it, with its own Python; its prefix."""
    make_base(prefix, version)
    write(prefix / "conda-meta" / "history", "==> 2026-01-02 03:04:05 <==\n")
    write(prefix / "conda-meta" / f"python-{version}-hab00c5b_0_cpython.json", "{}\n")
    write(prefix / "conda-meta" / "python-dateutil-2.9.0-pyhd8ed1ab_0.json", "{}\n")
    return prefix


def site_of(prefix: Path) -> Path:
    """The site-packages folder of an environment or base that was made here."""
    return next(prefix.glob("lib/*/site-packages"))


def add_ipykernel(site: Path, version: str = "7.4.0") -> None:
    """What an installation of ipykernel leaves, as far as anybody looks at it."""
    write(site / "ipykernel_launcher.py", "raise SystemExit('ipykernel was run')\n")
    write(site / "ipykernel" / "__init__.py")
    write(site / f"ipykernel-{version}.dist-info" / "METADATA", f"Name: ipykernel\nVersion: {version}\n")


def make_kernel_environment(prefix: Path, python: Path, version: str = "7.4.0") -> Path:
    """An environment with an ipykernel; its prefix."""
    make_environment(prefix, python)
    add_ipykernel(site_of(prefix), version)
    return prefix


def add_distribution(site: Path, name: str, version: str, *requires: str) -> None:
    """What an installation of a package leaves: its metadata, and a module that is called like it."""
    needs = "".join(f"Requires-Dist: {one}\n" for one in requires)
    folder = site / f"{name.replace('-', '_')}-{version}.dist-info"
    write(folder / "METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needs}\nAll of it.\n")
    write(site / f"{name.replace('-', '_')}.py")


def make_overlay(host: Host, prefix: Path, version: str = "7.4.0", *others: dict[str, object], number: int = 1) -> Path:
    """A borrowed ipykernel for the interpreter of an environment, in the person's own place; its folder."""
    tag = store.tag(read(prefix, host.home))
    place = Path(store.places(host.variables, str(host.home), str(host.system))[-1])
    modules = ["ipykernel", "ipykernel_launcher"]
    own = {"name": "ipykernel", "version": version, "requires": [one["name"] for one in others], "modules": modules}
    told = {
        "version": 1,
        "ipykernel": version,
        "source": "index",
        "python": "3.12",
        "made": "2026-01-02T03:04:05+00:00",
    }
    (place / f"{tag}.{number}" / "site").mkdir(parents=True)
    write(place / f"{tag}.{number}" / "overlay.json", json.dumps({**told, "distributions": [own, *others]}))
    return place / f"{tag}.{number}"


def make_poetry_project(folder: Path, name: str = "shop") -> Path:
    """A project of Poetry's; its folder."""
    write(folder / "pyproject.toml", f'[tool.poetry]\nname = "{name}"\nversion = "0.1.0"\n')
    write(folder / "poetry.lock", "# This file is automatically @generated by Poetry 2.1.1\n")
    return folder


def poetry_hash(project: Path) -> str:
    """The eight characters of Poetry's own `EnvManager.generate_env_name`."""
    path = os.path.normcase(os.path.realpath(project))
    return base64.urlsafe_b64encode(hashlib.sha256(os.fsencode(path)).digest()).decode()[:8]


def add_editable(prefix: Path, name: str, project: Path, *, editable: bool = True) -> None:
    """What an editable installation of a project leaves in an environment."""
    content = {"dir_info": {"editable": editable}, "url": project.as_uri()}
    write(site_of(prefix) / f"{name}-0.1.0.dist-info" / "direct_url.json", json.dumps(content))


def as_somebody_else(code: str, *arguments: Path | str) -> str:
    """What a program prints that has the package and, where the tests run as root, no privileges.

    Both the package and the Python then lie where everybody may read: a walk starts a Python of its own.
    """
    first = (
        "import os, sys\n"
        "os.getuid() or os.setuid(65534)\n"
        "from jupyter_envs import files, finder, host, managers, pyvenv, settings\n"
    )
    kept = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}  # nothing to write to
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        left_out = shutil.ignore_patterns("labextension", "__pycache__")
        shutil.copytree(ROOT / "jupyter_envs", Path(name, "jupyter_envs"), ignore=left_out)
        words = [_everybodys_python(), "-c", first + code, *map(str, arguments)]
        variables = {**kept, "PYTHONPATH": name, "PYTHONDONTWRITEBYTECODE": "1"}
        return subprocess.run(words, capture_output=True, text=True, check=True, env=variables, cwd="/").stdout


def _everybodys_python() -> str:
    if os.getuid():
        return sys.executable
    for minor in range(sys.version_info[1], 10, -1):
        found = shutil.which(f"python3.{minor}", path="/usr/bin:/usr/local/bin")
        if found and not os.path.realpath(found).startswith("/root"):
            return found
    pytest.skip("needs a Python 3.11 or later that users other than root may run")


def scanned(host: Host, settings: Settings | None = None) -> dict[Path, Environment]:
    """Every environment that a whole walk finds, by its prefix."""
    snapshot = Finder(host, settings or Settings()).scan()
    return {environment.prefix: environment for environment in snapshot.environments}


def codes(environment: Environment) -> list[str]:
    """The codes of an environment's problems."""
    return [problem.code.value for problem in environment.problems]


def minor_of(version: str) -> str:
    """Major and minor of a version."""
    return ".".join(version.split(".")[:2])


def read(prefix: Path, home: Path) -> pyvenv.Reading:
    """The environment at a prefix, which is one."""
    reading = pyvenv.read(str(prefix), str(home))
    assert reading is not None
    return reading
