"""An environment that shall be removed or changed: looked at afresh, and whether it may be.

Everything here is asked before anything is done, and what may change meanwhile is asked again then.
"""

from __future__ import annotations

import errno
import os
import sys
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_envs import naming, ownership, pyvenv
from jupyter_envs.creator import nested, serving, strangers
from jupyter_envs.creator.places import is_inside
from jupyter_envs.errors import NotFound, Occupied, Outside, Refused
from jupyter_envs.managers.base import Sighting
from jupyter_envs.state import State

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jupyter_envs.creator.means import Means
    from jupyter_envs.environment import Environment
    from jupyter_envs.managers.base import Owned, Scene

_LOOK_AGAIN = "Look at it again, then decide."
_NAMED_AT_MOST = 3
_FIXES = {
    errno.EACCES: "Give yourself the permission to write there, then try again.",
    errno.EPERM: "Give yourself the permission to write there, then try again.",
    errno.EROFS: "Do it where that disk can be written.",
    errno.ENOSPC: "Make room on the disk, then try again.",
    errno.EDQUOT: "Make room in your quota, then try again.",
}


@dataclass(frozen=True, slots=True)
class Subject:
    """An environment as it is now: what is told of it, who owns it, and the number of its folder."""

    environment: Environment
    owned: Owned
    scene: Scene
    number: int

    @property
    def prefix(self) -> Path:
        """Its real path."""
        return self.environment.prefix

    @property
    def shown(self) -> str:
        """Its real path, fit for showing."""
        return naming.shown_path(os.fspath(self.prefix))

    @property
    def reading(self) -> pyvenv.Reading:
        """What its files say."""
        return self.owned.candidate.reading


def afresh(means: Means, environment: Environment) -> Subject:
    """The environment as it is now.

    Raises `NotFound` where there is none any more, `Occupied` where it changes right now, and `Refused` where it may
    not be changed.
    """
    if means.host.platform == "win32":
        raise Refused("Environments are not changed on Windows.", "Use a terminal, and the tool that made it.")
    prefix, scene = environment.prefix, means.scene()
    for project in environment.projects:
        scene.telling_names(project)  # what lies in a central folder is known by its project alone
    fresh = inspected(environment, means)
    sighting = Sighting(prefix, environment.found_by, bare=not pyvenv.is_environment(os.fspath(prefix)))
    owned = next(iter(ownership.owned(scene, [sighting], means.finder.memory)), None) if fresh else None
    if fresh is None or owned is None or fresh.prefix != prefix:
        raise NotFound(f"There is no environment at {naming.shown_path(os.fspath(prefix))} any more.", _LOOK_AGAIN)
    try:
        number = os.lstat(prefix).st_ino
    except OSError as error:
        raise _changed(fresh) from error
    subject = Subject(serving.joined(fresh, environment), owned, scene, number)
    for reason, fix in _general_reasons(subject, means):
        raise Refused(reason, fix)
    _refuse_outside(subject, means)
    return subject


def as_shown(means: Means, environment: Environment) -> Subject:
    """The same, to be deleted: raises `Occupied`, too, where its files are others than when its person saw it.

    One that comes from JSON has no stamp, and is taken as it is.
    """
    subject = afresh(means, environment)
    if environment.stamp not in {"", subject.environment.stamp}:
        raise _changed(subject.environment)
    return subject


def refuse_to_delete(subject: Subject, means: Means) -> tuple[str, ...]:
    """Raises `Refused` where deleting the folder could harm something else, or the settings do not let us.

    Otherwise sentences on what could not be looked at, for a person who is asked whether it shall go.
    """
    for reason, fix in _reasons_to_keep(subject, means):
        raise Refused(reason, fix)
    others = nested.inside(subject.reading)
    if others.prefixes:
        raise Refused(*nested.reason(subject.shown, others))
    for reason, fix in _strangers(subject):
        raise Refused(reason, fix)
    return () if others.complete else (nested.unseen(subject.shown),)


def still_deletable(subject: Subject, means: Means) -> None:
    """Raises `Occupied` or `Refused` where it is another one than when it was decided, or may not go any more."""
    still_the_same(subject, means)
    refuse_to_delete(replace(subject, scene=means.scene()), means)


def still_the_same(subject: Subject, means: Means) -> None:
    """Raises `Occupied` where the environment is another one than when it was decided."""
    fresh = inspected(subject.environment, means)
    if fresh is None or fresh.stamp != subject.environment.stamp or fresh.manager != subject.environment.manager:
        raise _changed(subject.environment)


@contextmanager
def in_words(subject: Subject) -> Iterator[None]:
    """What the system refused, in words."""
    try:
        yield
    except FileNotFoundError as error:
        raise NotFound(f"{subject.shown} is not there any more.", _LOOK_AGAIN) from error
    except OSError as error:
        why, fix = error.strerror or str(error), _FIXES.get(error.errno or 0, "Mend that, then try again.")
        raise Refused(f"{subject.shown} could not be changed: {why}.", fix) from error


def inspected(environment: Environment, means: Means) -> Environment | None:
    """Also where the settings leave its manager out of the lists."""
    finder = means.finder
    if finder.settings.managers:
        finder = replace(finder, settings=replace(finder.settings, managers=()))
    return finder.inspect(environment.prefix, environment.found_by, environment.projects)


def _general_reasons(subject: Subject, means: Means) -> Iterator[tuple[str, str]]:
    environment, host = subject.environment, means.host
    if environment.bare:
        yield f"{subject.shown} is a Python itself, and no environment.", "Use the tool that installed it."
    if environment.state is State.FOREIGN:
        why = next((problem.message for problem in environment.problems), f"{subject.shown} is not trusted.")
        yield why, "Ask its owner, or change who may write there."
    owner = os.lstat(environment.prefix).st_uid
    if host.uid is not None and owner != host.uid:
        yield f"{subject.shown} belongs to {host.user_name(owner)}.", f"Ask {host.user_name(owner)} to change it."


def _refuse_outside(subject: Subject, means: Means) -> None:
    allowed, environment = means.places.allowed, subject.environment
    if allowed is not None and not is_inside(environment.prefix, (*allowed, *means.places.central)):
        raise Outside(
            f"{subject.shown} is outside of the folders for environments.",
            "Change it in a terminal, or let 'create_roots' name its folder.",
        )


def _reasons_to_keep(subject: Subject, means: Means) -> Iterator[tuple[str, str]]:
    prefix, host = subject.prefix, means.host
    if not means.settings.allow_remove:
        yield "Removing environments is switched off here.", "Ask whoever set 'allow_remove'."
    if any(_holds(prefix, place) for place in _running()):
        yield f"{subject.shown} is what Jupyter itself runs on.", "Remove it from another environment's terminal."
    kept = [host.real_home, *means.finder.roots(), *host.folders(means.settings.create_roots)]
    for place in (place for place in kept if place.is_relative_to(prefix)):
        yield f"{subject.shown} holds {naming.shown_path(os.fspath(place))}.", "Delete it by hand, if that is meant."
    for point in host.mounts().points:
        if Path(point).is_relative_to(prefix):
            yield f"{naming.shown_path(point)} is a mounted disk.", "Unmount it first."


def _strangers(subject: Subject) -> Iterator[tuple[str, str]]:
    own = [name for name in strangers.names(subject.reading) if name not in subject.owned.manager.marks]
    if own:
        named = ", ".join(map(naming.shown, own[:_NAMED_AT_MOST]))
        more = f" and {len(own) - _NAMED_AT_MOST} more" if len(own) > _NAMED_AT_MOST else ""
        yield f"{subject.shown} also holds what no tool put there: {named}{more}.", "Move that elsewhere first."


def _changed(environment: Environment) -> Occupied:
    return Occupied(f"{naming.shown_path(os.fspath(environment.prefix))} has changed meanwhile.", _LOOK_AGAIN)


def _running() -> Iterator[str]:
    """Where this Python lies, as it is named and as it is."""
    for place in (sys.prefix, sys.exec_prefix, sys.base_prefix, sys.executable):
        yield place
        yield os.path.realpath(place)


def _holds(prefix: Path, place: str) -> bool:
    return bool(place) and Path(place).is_relative_to(prefix)
