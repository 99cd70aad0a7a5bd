"""conda, mamba and micromamba: named environments of one or more roots, and those made at a path.

Rules and their sources: docs/reference/managers/conda.md. An environment is a folder with `conda-meta/history` and a
Python; the base of a root is one, too, but belongs to the tool, so it is offered only with an ipykernel of its own.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_envs import naming
from jupyter_envs.errors import Problem, ProblemCode
from jupyter_envs.managers import conda_places
from jupyter_envs.managers.base import (
    IN_PROJECT,
    OTHER_NAME,
    Candidate,
    Claim,
    EnvironmentManager,
    Link,
    Scene,
    Sighting,
    quoted,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

_OWN_NAME = ".conda"
"""How editors call the environment that they make in a project."""


class Conda(EnvironmentManager):
    """Environments with a conda package of Python."""

    name = "conda"
    title = "conda"

    def find(self, scene: Scene) -> Iterator[Sighting | Problem]:
        """Roots, the folders of named environments, and what conda has noted of the others."""
        for name, folder in conda_places.folders_of_variables(scene):
            if not scene.is_folder(folder):
                yield _missing(name, folder)
        yield from conda_places.problems(scene)
        for root in conda_places.roots(scene):
            yield Sighting(root, "conda: root")
        for folder in conda_places.folders(scene):
            yield from (Sighting(prefix, f"conda: {folder}") for prefix in scene.children(folder))
        yield from (Sighting(prefix, "conda: environments.txt") for prefix in conda_places.noted(scene))

    def of_project(self, project: Path, scene: Scene) -> Iterator[Sighting]:
        """Those that lie in a project's folder, whatever they are called."""
        for name in scene.names(project):
            if scene.exists(project / name / "conda-meta" / "history"):
                yield Sighting(project / name, f"conda: in {project}")

    def claim_by_place(self, candidate: Candidate, scene: Scene) -> Claim | None:
        """Whatever conda made, wherever it lies."""
        if not candidate.reading.is_conda:
            return None
        if _is_base(candidate.prefix, scene):
            return Claim(name="base", offered=_has_ipykernel(candidate, scene))
        links = tuple(_links(candidate, scene))
        return Claim(links=links, name=candidate.folder.name if candidate.prefix.name == _OWN_NAME else None)

    def how_to_remove(self, prefix: Path, project: Path | None) -> str:
        """With conda; mamba and micromamba take the same words."""
        return f"Run: conda env remove -p {quoted(prefix)}"

    def how_to_recreate(self, prefix: Path, project: Path | None) -> str:
        """conda makes an environment anew only where there is none."""
        place = quoted(prefix)
        return f"Make it again: conda remove -p {place} --all && conda create -p {place} python"

    def how_to_add_ipykernel(self, candidate: Candidate, project: Path | None) -> str:
        """As a conda package; mamba and micromamba take the same words."""
        return f"Install it: conda install -p {quoted(candidate.prefix)} ipykernel"


def _is_base(prefix: Path, scene: Scene) -> bool:
    """Whether it is the environment that conda itself runs in."""
    return any(scene.exists(prefix / "condabin" / name) for name in ("conda", "conda.bat", "mamba"))


def _has_ipykernel(candidate: Candidate, scene: Scene) -> bool:
    return any(scene.is_file(Path(site, "ipykernel_launcher.py")) for site in candidate.reading.sites())


def _real_folders(scene: Scene) -> set[Path]:
    return scene.once("conda.real", lambda: {scene.real(folder) for folder in conda_places.folders(scene)})


def _links(candidate: Candidate, scene: Scene) -> Iterator[Link]:
    if candidate.prefix.name == _OWN_NAME:
        yield Link(candidate.folder, IN_PROJECT, "It lies in the project's folder.")
    elif candidate.folder.name == "envs" or candidate.folder in _real_folders(scene):
        return
    elif naming.is_environment_name(candidate.prefix.name) or scene.telling_names(candidate.folder):
        yield Link(candidate.folder, OTHER_NAME, "It lies in the project's folder.")


def _missing(name: str, folder: Path) -> Problem:
    return Problem(
        ProblemCode.MISSING_FOLDER,
        f"{name} names {folder}, which is not a folder.",
        "Make the folder, or mend the variable; until then no conda environments are looked for there.",
    )
