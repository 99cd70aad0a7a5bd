"""The cellar tool: named environments in `~/.cellar` (or `CELLAR_HOME`), each with a file that names its project."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_envs.errors import BadRequest
from jupyter_envs.managers import installing
from jupyter_envs.managers.base import (
    LINKED,
    Candidate,
    Claim,
    CreateRequest,
    EnvironmentManager,
    Link,
    Owned,
    Plan,
    RemovalPlan,
    Scene,
    Sighting,
    quoted,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class Cellar(EnvironmentManager):
    """Environments that `cellar new` made."""

    name = "cellar"
    title = "Cellar"
    marks = frozenset({"cellar-project"})
    creates = True
    removes = True

    def find(self, scene: Scene) -> Iterator[Sighting]:
        """Every folder in the cellar; those that hold no environment are passed over by themselves."""
        yield from (Sighting(prefix, "cellar: its folder") for prefix in scene.children(_cellar(scene)))

    def central(self, scene: Scene) -> Iterator[Path]:
        """The cellar."""
        yield _cellar(scene)

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

    def plan_create(self, request: CreateRequest, scene: Scene, tools: Mapping[str, Path]) -> Plan:
        """An empty environment in the cellar, the file that names its project, and the packages."""
        name = request.prefix.name if request.prefix else request.name or (request.project and request.project.name)
        prefix = _cellar(scene) / (name or "")
        if not name or request.prefix not in {None, prefix} or prefix.parent != _cellar(scene):
            raise BadRequest("The cellar keeps environments by their names.", "Choose a project or a name.")
        note = (("cellar-project", f"{request.project}\n"),) if request.project else ()
        how = (request, prefix, tools, scene)
        commands = (*installing.declared(*how), *installing.packages(*how))
        return Plan(prefix, commands, installing.shell(*how, seed=True), note)

    def plan_remove(self, owned: Owned, scene: Scene, tools: Mapping[str, Path]) -> RemovalPlan:
        """Its folder alone."""
        return RemovalPlan()

    def plan_add_ipykernel(self, owned: Owned, scene: Scene, tools: Mapping[str, Path]) -> Plan:
        """As pip would."""
        return installing.ipykernel(owned.candidate.prefix, tools, scene)

    def how_to_recreate(self, prefix: Path, project: Path | None) -> str:
        """With the tool's own command."""
        return f"Run: cellar new --clear {quoted(prefix.name)}"


def _cellar(scene: Scene) -> Path:
    return scene.host.expand(scene.exported("CELLAR_HOME") or "~/.cellar")


def _project(prefix: Path, scene: Scene) -> Path | None:
    text = (scene.text(prefix / "cellar-project") or "").strip()
    return scene.real(Path(text)) if text.startswith("/") else None
