"""The projects that an environment serves, and their links to it, which lead to nothing once it is gone."""

from __future__ import annotations

import os
import stat
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_envs import naming
from jupyter_envs.creator.places import open_folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from jupyter_envs.environment import Environment
    from jupyter_envs.host import Host

NAMED_AT_MOST = 5
_NAME = ".venv"


def links(environment: Environment) -> tuple[Path, ...]:
    """The links of its projects that lead to it: each one's `.venv`, and what it has by another usual name."""
    projects = {os.path.realpath(project) for project in environment.projects}
    usual = (alias for alias in environment.aliases if naming.is_environment_name(alias.name))
    named = [Path(os.path.realpath(alias.parent), alias.name) for alias in usual]
    own = (each for each in named if os.fspath(each.parent) in projects)
    found = dict.fromkeys((*(Path(project, _NAME) for project in sorted(projects)), *own))
    return tuple(link for link in found if _leads_to(link, environment.prefix))


def joined(fresh: Environment, shown: Environment) -> Environment:
    """What was read afresh, with the projects and links that only a walk finds, as far as they still lead to it."""
    known = replace(fresh, projects=shown.projects, aliases=shown.aliases)
    by_link = (project for project in shown.projects if any(_is_in(link, project) for link in links(known)))
    aliases = (alias for alias in shown.aliases if _leads_to(alias, fresh.prefix))
    return replace(
        fresh,
        projects=tuple(dict.fromkeys((*fresh.projects, *by_link))),
        aliases=tuple(dict.fromkeys((*fresh.aliases, *aliases))),
    )


def tells(environment: Environment) -> Iterator[str]:
    """Whom its removal concerns, where that is more than the folder that it lies in."""
    elsewhere = [project for project in environment.projects if project != environment.prefix.parent]
    if elsewhere:
        some = environment.projects[:NAMED_AT_MOST]
        more = f" and {len(environment.projects) - len(some)} more" if len(environment.projects) > len(some) else ""
        what = "the project" if len(environment.projects) == 1 else "the projects"
        yield f"It serves {what} {', '.join(map(_shown, some))}{more}."
    gone = links(environment)
    if gone:
        more = f" and {len(gone) - NAMED_AT_MOST} more" if len(gone) > NAMED_AT_MOST else ""
        what = "This link to it goes" if len(gone) == 1 else "These links to it go"
        yield f"{what}, too: {', '.join(map(_shown, gone[:NAMED_AT_MOST]))}{more}."


def take_away(found: Iterable[Path], prefix: Path, host: Host) -> Iterator[str]:
    """Deletes links that lead to an environment that is gone; why one stays, as sentences for its person."""
    for link in dict.fromkeys(found):
        if _leads_to(link, prefix):
            try:
                why = _delete(link, host)
            except OSError as error:
                why = error.strerror or str(error)
            if why:
                yield f"{_shown(link)} is a link that leads to nothing now, and could not be deleted: {why}."


def _is_in(link: Path, project: Path) -> bool:
    return os.fspath(link.parent) == os.path.realpath(project)


def _leads_to(link: Path, prefix: Path) -> bool:
    """Whether it is a link, and not in the environment itself, that leads to the prefix, also when that is gone."""
    return os.path.islink(link) and not link.is_relative_to(prefix) and os.path.realpath(link) == os.fspath(prefix)


def _delete(link: Path, host: Host) -> str | None:
    """Delete a person's own link, in the folder that it really lies in; why not, where it is not theirs."""
    parent = open_folder(Path(os.path.realpath(link.parent)))
    try:
        status = os.stat(link.name, dir_fd=parent, follow_symlinks=False)
        if not stat.S_ISLNK(status.st_mode):
            return "It is no link any more"
        if host.uid is not None and status.st_uid != host.uid:
            return f"It belongs to {host.user_name(status.st_uid)}"
        os.unlink(link.name, dir_fd=parent)
    finally:
        os.close(parent)
    return None


def _shown(path: Path) -> str:
    return naming.shown_path(os.fspath(path))
