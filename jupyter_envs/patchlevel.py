"""The full version of a base Python, such as 3.12.1, read from what its installation left beside it."""

from __future__ import annotations

import functools
import json
import re
from pathlib import Path

from jupyter_envs import files, unconfigured

_HEADER = re.compile(r'^#define\s+PY_VERSION\s+"(?P<version>[^"]+)"', re.MULTILINE)
_NUMBERS = re.compile(r"(?<![\d.])\d+\.\d+\.\d+(?:(?:a|b|rc)\d+)?(?![\d.])")


def full_version(base: str, minor: str, implementation: str | None, threads: str = "") -> str | None:
    """The version of the Python installed at `base`; None where nothing there tells.

    Remembered for a base as long as its folder of headers, its library and what conda notes of it do not change.
    """
    return _full_version(base, minor, implementation, threads, _stamp(base, minor, threads))


@functools.lru_cache(maxsize=256)
def _full_version(
    base: str, minor: str, implementation: str | None, threads: str, _stamp: tuple[int, ...]
) -> str | None:
    found = (
        _from_build_details(base, minor, threads)
        or _from_header(base, minor, implementation, threads)
        or unconfigured.python_of_conda(base)
        or (_from_folder(base) if implementation != "pypy" else None)
    )
    return found if found and found.startswith(minor + ".") else None


def _stamp(base: str, minor: str, threads: str) -> tuple[int, ...]:
    times = []
    libraries = (f"{base}/include/python{minor}{threads}", f"{base}/lib/python{minor}{threads}")
    for path in (base, *libraries, f"{base}/conda-meta"):
        try:
            times.append(Path(path).stat().st_mtime_ns)
        except OSError:
            times.append(-1)
    return tuple(times)


def _from_build_details(base: str, minor: str, threads: str) -> str | None:
    """`build-details.json`, which CPython installs from 3.14 on (PEP 739)."""
    text = files.read_text(f"{base}/lib/python{minor}{threads}/build-details.json")
    try:
        version = json.loads(text)["implementation"]["version"] if text else None
        return f"{version['major']}.{version['minor']}.{version['micro']}" + _suffix(version) if version else None
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def _suffix(version: dict[str, object]) -> str:
    kind = {"alpha": "a", "beta": "b", "candidate": "rc"}.get(str(version.get("releaselevel")))
    return f"{kind}{version.get('serial')}" if kind else ""


def _from_header(base: str, minor: str, implementation: str | None, threads: str) -> str | None:
    start = "pypy" if implementation == "pypy" else "python"
    for folder in (f"{start}{minor}{threads}", f"{start}{minor}m"):
        match = _HEADER.search(files.read_text(f"{base}/include/{folder}/patchlevel.h") or "")
        if match:
            return match["version"].rstrip("+")
    return None


def _from_folder(base: str) -> str | None:
    match = _NUMBERS.search(Path(base).name)
    return match[0] if match else None
