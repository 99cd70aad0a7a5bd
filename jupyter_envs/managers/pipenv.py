"""pipenv: one environment a project, in a folder that it may share with virtualenvwrapper, or as the project's `.venv`.

Rules and their sources: docs/reference/managers/pipenv.md. The file `.project` in an environment names the project, and
a hash of the Pipfile's path in the environment's name proves it, even when the project is gone.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_envs.errors import Problem, Refused
from jupyter_envs.managers import pipenv_making as making
from jupyter_envs.managers import pipenv_settings as settings
from jupyter_envs.managers.base import (
    LINKED,
    TOOLS_CHOICE,
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
    in_project_link,
    install_ipykernel,
    quoted,
)
from jupyter_envs.managers.known import projects_by

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_FILE_NAMES_IT = "Its .venv file names it."


class Pipenv(EnvironmentManager):
    """Environments of projects with a Pipfile."""

    name = "pipenv"
    title = "pipenv"
    creates = True
    removes = True
    program = "pipenv"

    def find(self, scene: Scene) -> Iterator[Sighting | Problem]:
        """Everything in the central folder that is pipenv's, and what files called `.venv` name."""
        shared = settings.is_shared(scene)
        for prefix in scene.children(settings.central_folder(scene)):
            if not shared or scene.is_file(prefix / ".project"):
                yield Sighting(prefix, "pipenv: central folder")
        for prefix in _named_by_files(scene):
            if scene.is_environment(prefix):
                yield Sighting(prefix, "pipenv: a file .venv names it")
        for project, names in list(scene.projects.items()):
            content = settings.content_of(project, scene) if settings.PIPFILE in names else None
            if isinstance(content, Problem):
                yield content

    def central(self, scene: Scene) -> Iterator[Path]:
        """`WORKON_HOME`, or pipenv's own folder."""
        yield settings.central_folder(scene)

    def of_project(self, project: Path, scene: Scene) -> Iterator[Sighting]:
        """The central environments that carry the project's name and hash or whose `.project` names it."""
        named = settings.named_by_file(project, scene)
        if named is not None and scene.is_environment(named):
            yield Sighting(named, "pipenv: a file .venv names it")
        if not settings.is_project(project, scene):
            return
        custom, base = settings.name(project, scene), settings.base_name(project, scene)
        for prefix in scene.children(settings.central_folder(scene)):
            if prefix.name == custom or _is_based_on(prefix, base) or _project_of(prefix, scene) == project:
                yield Sighting(prefix, "pipenv: the project's name and hash")

    def claim_by_place(self, candidate: Candidate, scene: Scene) -> Claim | None:
        """By the file `.project` or the hash, or because it lies in pipenv's own folder."""
        if candidate.folder != scene.once("pipenv.folder", lambda: scene.real(settings.central_folder(scene))):
            return None
        written, project = _written(candidate.prefix, scene), _project_of(candidate.prefix, scene)
        if written is None or project is None:
            known = _known(candidate.prefix, scene)
            if known is not None:
                return _claim_of(candidate, known, scene)
            return None if settings.is_shared(scene) else Claim(tied=True)
        ours = any(_is_based_on(candidate.prefix, settings.base_name(each, scene)) for each in (written, project))
        if not scene.is_folder(project):
            owned = ours or not settings.is_shared(scene)
            return Claim(lost=project, tied=True, name=_plain(candidate, written, scene)) if owned else None
        if ours or not settings.is_shared(scene) or settings.is_project(project, scene):
            return _claim_of(candidate, project, scene)
        return None

    def claim_by_markers(self, candidate: Candidate, scene: Scene) -> Claim | None:
        """What a file `.venv` beside a Pipfile names, or a folder `.venv` there that the settings do not forbid."""
        named = [each for each in _named_by_files(scene).get(candidate.prefix, ()) if settings.is_project(each, scene)]
        if named:
            return Claim(links=tuple(Link(project, TOOLS_CHOICE, _FILE_NAMES_IT) for project in named))
        if candidate.prefix.name != ".venv" or settings.PIPFILE not in scene.telling_names(candidate.folder):
            return None
        if settings.in_project(candidate.folder, scene) is False:
            return None
        choice = _choice(candidate.folder, scene)
        used = scene.real(choice.prefix) == candidate.prefix
        link = in_project_link(candidate, choice.reason, TOOLS_CHOICE)
        return Claim(links=(Link(link.project, link.strength, link.reason, used),), offered=used)

    def also_serves(self, candidate: Candidate, scene: Scene) -> Iterator[Link]:
        """The projects whose file `.venv` names it, whether or not they have a Pipfile."""
        for project in _named_by_files(scene).get(candidate.prefix, ()):
            yield Link(project, TOOLS_CHOICE, _FILE_NAMES_IT)

    def proposes(self, project: Path, scene: Scene) -> str | None:
        """A Pipfile."""
        path = settings.pipfile(project, scene)
        return f"The project has a {path.name}." if scene.is_file(path) else None

    def plan_create(self, request: CreateRequest, scene: Scene, tools: Mapping[str, Path]) -> Plan:
        """Where pipenv would make it, and then by pipenv."""
        prefix = _choice(request.project, scene).prefix if request.project else settings.central_folder(scene)
        prefix = scene.real(Path(os.path.normpath(prefix.parent))) / prefix.name
        return making.plan_create(request, prefix, scene, tools)

    def plan_remove(self, owned: Owned, scene: Scene, tools: Mapping[str, Path]) -> RemovalPlan:
        """Nothing: pipenv notes its environments nowhere else, and a file `.venv` is its person's."""
        return RemovalPlan()

    def plan_add_ipykernel(self, owned: Owned, scene: Scene, tools: Mapping[str, Path]) -> Plan:
        """By `pipenv install --dev`, which works on the environment that a project gets only."""
        link = next(iter(owned.claim.links), None)
        if link is not None and not link.chosen:
            raise Refused(f"pipenv would install into another one. {link.reason}", install_ipykernel(owned.candidate))
        return making.plan_add_ipykernel(owned.candidate.prefix, link.project if link else None, scene, tools)

    def how_to_recreate(self, prefix: Path, project: Path | None) -> str:
        """pipenv removes the old one by itself."""
        if project is None:
            return "Remove its folder; its project is not known."
        return f"Run: cd {quoted(project)} && pipenv --rm ; pipenv sync"

    def how_to_add_ipykernel(self, candidate: Candidate, project: Path | None) -> str:
        """Through pipenv, so that the Pipfile knows it."""
        if project is None:
            return super().how_to_add_ipykernel(candidate, project)
        return f"Run: cd {quoted(project)} && pipenv install --dev ipykernel"


@dataclass(frozen=True, slots=True)
class _Choice:
    """Where pipenv has or would make a project's environment, and why; `fixed` where a file of the project says so."""

    prefix: Path
    reason: str
    fixed: bool = True


def _choice(project: Path, scene: Scene) -> _Choice:
    named = settings.named_by_file(project, scene)
    if named is not None:
        return _Choice(named, _FILE_NAMES_IT)
    central = settings.central_folder(scene) / settings.name(project, scene)
    asked, inside = settings.in_project(project, scene), project / ".venv"
    if asked:
        return _Choice(inside, "pipenv's settings ask for the .venv in the project.")
    if asked is None and scene.is_folder(inside) and not scene.is_environment(central):
        return _Choice(inside, "pipenv uses the .venv in the project.")
    return _Choice(central, "Its name is the one that pipenv gives it.", fixed=False)


def _claim_of(candidate: Candidate, project: Path, scene: Scene) -> Claim:
    """A central environment of a project that is there: the one that pipenv uses, or another."""
    choice, name = _choice(project, scene), _plain(candidate, project, scene)
    if scene.real(choice.prefix) == candidate.prefix:
        return Claim(links=(Link(project, TOOLS_CHOICE, choice.reason),), tied=True, name=name)
    if not choice.fixed and not scene.is_environment(choice.prefix):
        reason = "Its .project file names the project, and there is none of the name that pipenv would give it now."
        return Claim(links=(Link(project, LINKED, reason),), tied=True, name=name)
    link = Link(project, LINKED, f"pipenv uses {choice.prefix} instead.", chosen=False)
    return Claim(links=(link,), tied=True, name=name, offered=name is None)  # one of a person's own name is for use


def _plain(candidate: Candidate, project: Path, scene: Scene) -> str | None:
    """The name without its hash, where it has one."""
    base = settings.base_name(project, scene)
    if not _is_based_on(candidate.prefix, base):
        return None
    return settings.plain_name(project) + candidate.prefix.name[len(base) :]


def _is_based_on(prefix: Path, base: str) -> bool:
    return prefix.name == base or prefix.name.startswith(f"{base}-")


def _written(prefix: Path, scene: Scene) -> Path | None:
    """The folder that the environment's `.project` names, as it is written there.

    pipenv writes the path and nothing else, so all lines belong to it where that leads to a folder.
    """
    text = scene.text(prefix / ".project") or ""
    if not os.path.isabs(text) or "\0" in text:
        return None
    whole, first = Path(text), Path(text.partition("\n")[0].rstrip("\r"))
    return whole if whole != first and scene.is_folder(whole) else first


def _project_of(prefix: Path, scene: Scene) -> Path | None:
    written = _written(prefix, scene)
    return scene.real(written) if written is not None else None


def _known(prefix: Path, scene: Scene) -> Path | None:
    """The known project with a Pipfile whose name and hash an environment without `.project` carries."""
    bases = projects_by(scene, "pipenv.base", settings.PIPFILE, lambda project: settings.base_name(project, scene))
    return next((found[0] for base, found in bases.items() if _is_based_on(prefix, base)), None)


def _named_by_files(scene: Scene) -> dict[Path, list[Path]]:
    """The real paths that files called `.venv` name, with the projects of these files."""

    def answer(project: Path) -> Path | None:
        named = settings.named_by_file(project, scene)
        return scene.real(named) if named is not None else None

    return projects_by(scene, "pipenv.file", ".venv", answer)
