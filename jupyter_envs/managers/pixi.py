"""pixi: the environments of a project, in its `.pixi/envs` or in a folder of the person's.

Rules and their sources: docs/reference/managers/pixi.md. Each has a file `conda-meta/pixi` that names the project's
manifest. The environment `default` is the one that pixi uses when nothing is said.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_envs.errors import Problem
from jupyter_envs.managers.base import (
    TOOLS_CHOICE,
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

_MANIFESTS = frozenset({"pixi.toml", "pixi.lock", "pyproject.toml"})
_DEFAULT = "default"


class Pixi(EnvironmentManager):
    """Environments of pixi projects."""

    name = "pixi"
    title = "pixi"

    def find(self, scene: Scene) -> Iterator[Sighting | Problem]:
        """Those of known projects, and the detached ones."""
        for path in _settings_files(scene):
            content = scene.toml(path)
            if isinstance(content, Problem):
                yield content
        for project, names in list(scene.projects.items()):
            if names & _MANIFESTS:
                yield from _inside(project, scene)
        for folder in _detached_folders(scene):
            yield from (Sighting(prefix, "pixi: detached environments") for prefix in _of_folder(folder, scene))

    def of_project(self, project: Path, scene: Scene) -> Iterator[Sighting]:
        """The project's own, and the detached ones whose file names its manifest."""
        if not scene.telling_names(project) & _MANIFESTS:
            return
        yield from _inside(project, scene)
        for folder in _detached_folders(scene):
            for prefix in _of_folder(folder, scene):
                if _noted_project(prefix, scene) == project:
                    yield Sighting(prefix, "pixi: detached environments")

    def claim_by_place(self, candidate: Candidate, scene: Scene) -> Claim | None:
        """By lying in `.pixi/envs` of a project, or by the file that pixi leaves."""
        if not candidate.reading.is_conda:
            return None
        name, home = candidate.prefix.name, _project_around(candidate, scene)
        project = home or _noted_project(candidate.prefix, scene)
        if project is None:
            return None
        shown = project.name if name == _DEFAULT else f"{project.name}/{name}"
        if not scene.telling_names(project) & _MANIFESTS:
            return Claim(lost=project, name=shown)
        reason = "pixi uses its environment 'default'."
        return Claim(links=(Link(project, TOOLS_CHOICE, reason, chosen=name == _DEFAULT),), name=shown)

    def how_to_remove(self, prefix: Path, project: Path | None) -> str:
        """pixi deletes an environment by its name."""
        if project is None:
            return "Remove its folder; its project is not known."
        return f"Run: cd {quoted(project)} && pixi clean -e {quoted(prefix.name)}"

    def how_to_recreate(self, prefix: Path, project: Path | None) -> str:
        """pixi makes all of a project's environments from its lock file."""
        if project is None:
            return "Remove its folder; its project is not known."
        return f"Run: cd {quoted(project)} && pixi clean && pixi install --all"

    def how_to_add_ipykernel(self, candidate: Candidate, project: Path | None) -> str:
        """Through pixi, so that the lock file knows it; an environment gets packages through its features."""
        if project is None:
            return f"Install it: conda install -p {quoted(candidate.prefix)} ipykernel"
        feature = "" if candidate.prefix.name == _DEFAULT else f"--feature {quoted(candidate.prefix.name)} "
        return f"Run: cd {quoted(project)} && pixi add {feature}ipykernel"


def _inside(project: Path, scene: Scene) -> Iterator[Sighting]:
    if not scene.is_folder(project / ".pixi"):
        return
    for prefix in scene.children(project / ".pixi" / "envs"):
        if _noted_project(prefix, scene) is not None or project != scene.host.real_home:
            yield Sighting(prefix, f"pixi: in {project}")


def _of_folder(folder: Path, scene: Scene) -> Iterator[Path]:
    for project in scene.children(folder):
        yield from scene.children(project / "envs")


def _project_around(candidate: Candidate, scene: Scene) -> Path | None:
    """The folder whose `.pixi/envs` it lies in, where that is a project."""
    folder = candidate.folder
    if (folder.name, folder.parent.name) != ("envs", ".pixi"):
        return None
    project = folder.parent.parent
    if project == scene.host.real_home and _noted_project(candidate.prefix, scene) is None:
        return None  # what `pixi global` installs for the person
    return project if scene.telling_names(project) & _MANIFESTS else None


def _noted_project(prefix: Path, scene: Scene) -> Path | None:
    """The folder of the manifest that `conda-meta/pixi` names, whether or not it is there."""
    content = scene.once(("pixi", prefix), lambda: scene.json(prefix / "conda-meta" / "pixi"))
    path = content.get("manifest_path") if isinstance(content, dict) else None
    if not isinstance(path, str) or not path.startswith("/") or "\0" in path:
        return None
    return scene.real(Path(path).parent)


def _detached_folders(scene: Scene) -> list[Path]:
    """Where the settings put the environments of all projects; empty where each project keeps its own."""
    return scene.once("pixi.detached", lambda: list(dict.fromkeys(_all_detached(scene))))


def _all_detached(scene: Scene) -> Iterator[Path]:
    for path in _settings_files(scene):
        content = scene.toml(path)
        setting = content.get("detached-environments") if isinstance(content, dict) else None
        if setting is True:
            yield from (folder / "envs" for folder in _caches(scene))
        elif isinstance(setting, str) and setting:
            yield scene.host.expand(setting)


def _caches(scene: Scene) -> Iterator[Path]:
    given = scene.exported("PIXI_CACHE_DIR") or scene.exported("RATTLER_CACHE_DIR")
    if given:
        yield scene.host.expand(given)
        return
    for folder in scene.host.cache_folders():
        yield from (folder / "pixi", folder / "rattler" / "cache")


def _settings_files(scene: Scene) -> list[Path]:
    """pixi's settings files of the machine and the person that may be there, the strongest first."""
    own = scene.exported("PIXI_CONFIG_FILE")
    if own:
        return [scene.host.expand(own)]
    home = scene.host.expand(scene.exported("PIXI_HOME") or "~/.pixi")
    folders = [home, *(folder / "pixi" for folder in scene.host.config_folders()), scene.host.home / ".config" / "pixi"]
    return list(dict.fromkeys(folder / "config.toml" for folder in [*folders, scene.host.system / "etc" / "pixi"]))
