"""pyenv: the interpreters in `$PYENV_ROOT/versions`.

Rules and their sources: docs/reference/managers/pyenv.md. Links in `versions` are pyenv-virtualenv's names for
environments that lie elsewhere, and `shims` are programs that start others: both are left alone.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_envs.errors import NotFound, Problem, ProblemCode, Refused
from jupyter_envs.managers import pyenv_versions
from jupyter_envs.managers.base import (
    Candidate,
    Claim,
    Command,
    EnvironmentManager,
    Plan,
    Scene,
    Sighting,
    install_ipykernel,
    quoted,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_BUILDING = "Building Python, which takes some minutes"
_FOR_BUILDS = re.compile(
    r"PYTHON_(?:BUILD_|CONFIGURE_|MAKE_|CFLAGS).*|PYENV_BUILD_ROOT|MAKE(?:_INSTALL)?_OPTS|MAKEOPTS|CC|CXX"
    r"|(?:C|CPP|LD)FLAGS|PKG_CONFIG_PATH"
)
"""The variables by which people tell python-build how to build, and from where."""


class Pyenv(EnvironmentManager):
    """Base Pythons that pyenv installed."""

    name = "pyenv"
    title = "pyenv"
    installs = "pyenv"

    def find(self, scene: Scene) -> Iterator[Sighting | Problem]:
        """Each interpreter; one with an ipykernel of its own can be a kernel."""
        if scene.exported("PYENV_ROOT") and not scene.is_folder(pyenv_versions.root(scene)):
            yield Problem(
                ProblemCode.MISSING_FOLDER,
                f"PYENV_ROOT names {pyenv_versions.root(scene)}, which is not a folder.",
                "Mend the variable; until then none of pyenv's interpreters and environments are listed.",
            )
        for prefix in self.interpreters(scene):
            yield Sighting(prefix, "pyenv: versions", bare=True)

    def claim_by_place(self, candidate: Candidate, scene: Scene) -> Claim | None:
        """Bare interpreters in pyenv's folder."""
        if not candidate.bare or candidate.folder.name != "versions":
            return None
        return Claim(name=candidate.prefix.name)

    def interpreters(self, scene: Scene) -> Iterator[Path]:
        """The folders in `versions` that are not links."""
        return pyenv_versions.installed(scene)

    def how_to_remove(self, prefix: Path, project: Path | None) -> str:
        """With all environments that were made with it."""
        return f"Run: pyenv uninstall {quoted(prefix.name)}"

    def plan_install(self, version: str, scene: Scene, tools: Mapping[str, Path]) -> Plan:
        """By `pyenv install`, in a marked folder: pyenv asks nothing where `bin` is missing."""
        if "pyenv" not in tools:
            raise Refused("pyenv is not installed.", "Install it, or choose uv.")
        name = pyenv_versions.exact(version, tools["pyenv"], scene)
        if name is None:
            raise NotFound(f"pyenv knows no Python {version}.", "Upgrade pyenv, or choose another version.")
        root = scene.real(pyenv_versions.root(scene))
        own = {name: value for name, value in scene.host.variables.items() if _FOR_BUILDS.fullmatch(name)}
        variables = (*own.items(), ("PYENV_ROOT", os.fspath(root)))
        words = (os.fspath(tools["pyenv"]), "install", name)
        return Plan(root / "versions" / name, (Command(words, Path(root.anchor), _BUILDING, variables, weight=3),))

    def how_to_recreate(self, prefix: Path, project: Path | None) -> str:
        """pyenv builds it again."""
        return f"Run: pyenv install --force {prefix.name}"

    def how_to_add_ipykernel(self, candidate: Candidate, project: Path | None) -> str:
        """Into the interpreter itself, which is its person's own."""
        return install_ipykernel(candidate)
