"""pyenv: the interpreters in `$PYENV_ROOT/versions`.

Rules and their sources: docs/reference/managers/pyenv.md. Links in `versions` are pyenv-virtualenv's names for
environments that lie elsewhere, and `shims` are programs that start others: both are left alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jupyter_envs.errors import Problem, ProblemCode
from jupyter_envs.managers import pyenv_versions
from jupyter_envs.managers.base import Candidate, Claim, EnvironmentManager, Scene, Sighting, install_ipykernel, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Pyenv(EnvironmentManager):
    """Base Pythons that pyenv installed."""

    name = "pyenv"
    title = "pyenv"

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

    def how_to_recreate(self, prefix: Path, project: Path | None) -> str:
        """pyenv builds it again."""
        return f"Run: pyenv install --force {prefix.name}"

    def how_to_add_ipykernel(self, candidate: Candidate, project: Path | None) -> str:
        """Into the interpreter itself, which is its person's own."""
        return install_ipykernel(candidate)
