"""Environments that have no `pyvenv.cfg`: what a configuration would say of those of conda and of old virtualenv.

The launcher loads this before every kernel, so it keeps to `os` and plain text.
"""

from __future__ import annotations

import os

from jupyter_envs import files

CONDA = "conda"
"""The key that only the configuration of a conda environment has; its value is that environment's history."""


def configuration(prefix: str) -> dict[str, str]:
    """The keys and values for an environment at `prefix`; empty where there is none of these kinds."""
    return of_old_virtualenv(prefix) or of_conda(prefix)


def of_conda(prefix: str) -> dict[str, str]:
    """For a folder with `conda-meta/history` and a Python; what holds no Python is no environment for us."""
    history = os.path.join(prefix, "conda-meta", "history")
    if not os.path.isfile(history) or not any(os.path.lexists(os.path.join(prefix, *place)) for place in _PYTHONS):
        return {}
    version = python_of_conda(prefix)
    return {CONDA: history, **({"version": version} if version else {})}


def python_of_conda(prefix: str) -> str | None:
    """The version of the Python package that conda put into a prefix, such as 3.12.1; None where it put none there."""
    for name in files.names(os.path.join(prefix, "conda-meta")):
        package, dash, rest = name.partition("-")
        version = rest.partition("-")[0]
        if package == "python" and dash and name.endswith(".json") and version[:1].isdecimal():
            return version
    return None


def of_old_virtualenv(prefix: str) -> dict[str, str]:
    """For what virtualenv before 20 made: `bin/activate`, and a library that remembers where it came from."""
    if not os.path.isfile(os.path.join(prefix, "bin", "activate")):
        return {}
    for name in files.names(os.path.join(prefix, "lib")):
        library = os.path.join(prefix, "lib", name)
        base = files.read_text(os.path.join(library, "orig-prefix.txt")) if versioned(name) else None
        if base:
            alone = os.path.exists(os.path.join(library, "no-global-site-packages.txt"))
            return {
                "home": os.path.join(base.strip(), "bin"),
                "version": (versioned(name) or ("", "", ""))[1],
                "include-system-site-packages": str(not alone).lower(),
            }
    return {}


def versioned(name: str) -> tuple[str, str, str] | None:
    """`python3.13t` is ("cpython", "3.13", "t"); None for a name that holds no minor version."""
    for start, implementation in (("python", "cpython"), ("pypy", "pypy"), ("graalpy", "graalpy")):
        major, dot, minor = name.removeprefix(start).partition(".")
        threads = "t" if minor.endswith("t") else ""
        if name.startswith(start) and dot and major.isdecimal() and minor.removesuffix("t").isdecimal():
            return implementation, f"{major}.{minor.removesuffix('t')}", threads
    return None


_PYTHONS = (("bin", "python"), ("python.exe",))
