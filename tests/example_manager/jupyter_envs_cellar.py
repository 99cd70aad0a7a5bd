"""The cellar tool: named environments in `~/.cellar` (or `CELLAR_HOME`), each with a file that names its project."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_envs.managers.base import LINKED, Candidate, Claim, EnvironmentManager, Link, Scene, Sighting, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator


class Cellar(EnvironmentManager):
    """Environments that `cellar new` made."""

    name = "cellar"
    title = "Cellar"

    def find(self, scene: Scene) -> Iterator[Sighting]:
        """Every folder in the cellar; those that hold no environment are passed over by themselves."""
        yield from (Sighting(prefix, "cellar: its folder") for prefix in scene.children(_cellar(scene)))

    def of_project(self, project: Path, scene: Scene) -> Iterator[Sighting]:
        """The environments whose file names the project."""
        yield from (sighting for sighting in self.find(scene) if _project(sighting.prefix, scene) == project)

    def claim_by_place(self, candidate: Candidate, scene: Scene) -> Claim | None:
        """Whatever lies in the cellar, and which project it serves."""
        if candidate.folder != scene.real(_cellar(scene)):
            return None
        project = _project(candidate.prefix, scene)
        if project is None:
            return Claim()
        if not scene.is_folder(project):
            return Claim(lost=project)
        return Claim(links=(Link(project, LINKED, "The cellar keeps it for the project."),))

    def how_to_recreate(self, prefix: Path, project: Path | None) -> str:
        """With the tool's own command."""
        return f"Run: cellar new --clear {quoted(prefix.name)}"


def _cellar(scene: Scene) -> Path:
    return scene.host.expand(scene.exported("CELLAR_HOME") or "~/.cellar")


def _project(prefix: Path, scene: Scene) -> Path | None:
    text = (scene.text(prefix / "cellar-project") or "").strip()
    return scene.real(Path(text)) if text.startswith("/") else None
