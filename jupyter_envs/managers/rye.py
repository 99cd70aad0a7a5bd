"""Rye: the `.venv` of a project, recognised by the file that Rye leaves in it.

Rules and their sources: docs/reference/managers/rye.md. Rye is no longer developed; uv followed it.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from jupyter_envs.managers.base import (
    TOOLS_CHOICE,
    Candidate,
    Claim,
    EnvironmentManager,
    Scene,
    in_project_link,
    quoted,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MARKER = "rye-venv.json"


class Rye(EnvironmentManager):
    """Environments of Rye projects."""

    name = "rye"
    title = "Rye"

    def claim_by_markers(self, candidate: Candidate, scene: Scene) -> Claim | None:
        """A `.venv` with `rye-venv.json` in it."""
        # Rye writes it together with the environment, a change of which is noted anyway
        if candidate.prefix.name != ".venv" or not scene.is_file(candidate.prefix / MARKER, noted=False):
            return None
        return Claim(links=(in_project_link(candidate, "Rye uses the .venv in the project.", TOOLS_CHOICE),))

    def interpreters(self, scene: Scene) -> Iterator[Path]:
        """The toolchains in Rye's folder; older ones lie in a folder `install` of their own."""
        home = scene.host.expand(scene.exported("RYE_HOME") or "~/.rye")
        for folder in scene.children(home / "py"):
            if not os.path.islink(folder):
                yield folder / "install" if scene.is_folder(folder / "install") else folder

    def how_to_remove(self, prefix: Path, project: Path | None) -> str:
        """Rye has no command for it, and makes another one when it needs it."""
        return f"Run: rm -r {quoted(prefix)}"

    def how_to_recreate(self, prefix: Path, project: Path | None) -> str:
        """Rye makes it from its lock file."""
        return f"Run: cd {quoted(project or prefix.parent)} && rye sync --force"

    def how_to_add_ipykernel(self, candidate: Candidate, project: Path | None) -> str:
        """Through Rye, so that its lock file knows it."""
        return f"Run: cd {quoted(project or candidate.folder)} && rye add --dev ipykernel && rye sync"
