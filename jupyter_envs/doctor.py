"""Everything that is not as it should be, as data: each with its cause, what to do, and what can be mended here.

It looks at what a listing found, at kernel specs of any origin, and at files of ours; it changes nothing.
"""

from __future__ import annotations

import functools
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_envs import mending, naming, own_kernels, pins, stale_specs
from jupyter_envs.errors import ProblemCode
from jupyter_envs.looks import Looks
from jupyter_envs.managers.base import Scene, quoted
from jupyter_envs.stale_specs import Fault
from jupyter_envs.state import State
from jupyter_envs.unreachable import is_away

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jupyter_envs.environment import Environment
    from jupyter_envs.errors import Problem
    from jupyter_envs.finder import Finder
    from jupyter_envs.mending import Mend
    from jupyter_envs.snapshot import Snapshot
    from jupyter_envs.stale_specs import StaleSpec

STALE_SPEC, DAMAGED_SPEC, UNREAD_SPEC = "stale-kernel-spec", "damaged-kernel-spec", "unreadable-kernel-spec"
OWN_KERNEL, DAMAGED_PINS, NO_INDEX = "own-kernel", "damaged-pins", "index-unusable"
_SPECS = {
    Fault.GONE: STALE_SPEC,
    Fault.DAMAGED: DAMAGED_SPEC,
    Fault.UNSEEN: UNREAD_SPEC,
    Fault.UNREAD: UNREAD_SPEC,
}
_SOUND = frozenset({ProblemCode.NO_IPYKERNEL, ProblemCode.UNREACHABLE})
"""What a listing tells of an environment and is nothing wrong with it: no ipykernel; a mount is told of once."""
_NOTES = frozenset({ProblemCode.INCONSISTENT_IPYKERNEL, ProblemCode.MOVED, ProblemCode.PROJECT_RENAMED})
"""What is good to know and keeps nothing from working."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing: what it is about, what happened and what to do. A `note` is good to know, and nothing wrong."""

    code: str
    subject: str
    message: str
    fix: str
    mend: Mend | None = None
    note: bool = False
    prefix: Path | None = None
    """The environment that it is about."""

    def as_json(self) -> dict[str, object]:
        """The finding as `doctor --json` tells it."""
        return {
            "code": self.code,
            "subject": self.subject,
            "message": self.message,
            "fix": self.fix,
            "mendable": self.mend is not None,
            "note": self.note,
            "prefix": None if self.prefix is None else str(self.prefix),
        }


def examine(finder: Finder, snapshot: Snapshot, settings_problems: Sequence[Problem] = ()) -> list[Finding]:
    """All findings: environments in the order of the listing, kernel specs, places, settings and files."""
    scene = Scene(finder.host, mounts=finder.memory.mounts())
    damaged = list(_pins(scene))
    told = {finding.message for finding in damaged}
    seen = {scene.real(folder / "kernels") for folder in finder.host.jupyter_data_folders()}
    found = [one for environment in snapshot.environments for one in _environment(environment, finder, scene)]
    found = [one for one in found if one.code != OWN_KERNEL or _folder_of(one) not in seen]
    found += [_stale(spec, scene) for spec in stale_specs.find(scene)]
    found += [_place(problem, snapshot) for problem in snapshot.problems if problem.message not in told]
    found += [_mount(point) for point in snapshot.unreachable]
    found += [Finding(problem.code, "Settings", problem.message, problem.fix) for problem in settings_problems]
    return [*found, *damaged, *_index(finder)]


def _folder_of(finding: Finding) -> Path:
    return Path(os.path.realpath(os.path.join(str(finding.prefix), own_kernels.FOLDER)))


def _environment(environment: Environment, finder: Finder, scene: Scene) -> Iterator[Finding]:
    if is_away(environment.prefix, scene):
        return  # its disk is told of, and nothing can be said of it now
    about = functools.partial(Finding, subject=environment.display_name, prefix=environment.prefix)
    for problem in environment.problems:
        if problem.code is ProblemCode.FOREIGN:
            mend, own = _permission(environment, finder)
            yield about(problem.code, message=problem.message, fix=problem.fix, mend=mend, note=not own)
        elif problem.code not in _SOUND:
            yield about(problem.code, message=problem.message, fix=problem.fix, note=problem.code in _NOTES)
    if environment.state in {State.READY, State.NEEDS_IPYKERNEL}:
        yield from _own_kernels(environment, finder)


def _permission(environment: Environment, finder: Finder) -> tuple[Mend | None, bool]:
    """What takes everybody's permission away, where that is why an environment is not trusted, and whether it is."""
    facts = finder.memory.facts(environment.prefix, Looks(), bare=environment.bare)
    distrust = facts.distrust if facts else None
    if distrust is None or not distrust.world_writable or finder.host.uid is None:
        return None, False
    return mending.take_write(Path(distrust.path), finder.host.uid), True


def _own_kernels(environment: Environment, finder: Finder) -> Iterator[Finding]:
    """Kernel specs that an environment holds and that must not start."""
    if not os.path.isdir(os.path.join(environment.prefix, own_kernels.FOLDER)):
        return
    facts = finder.memory.facts(environment.prefix, Looks(), bare=environment.bare)
    for spec in facts.kernels if facts else ():
        if spec.fault:
            message = f"Its own kernel '{spec.name}' is not offered. {spec.fault}"
            fix = f"Mend or remove {naming.shown_path(spec.file)}."
            yield Finding(OWN_KERNEL, environment.display_name, message, fix, prefix=environment.prefix)


def _stale(spec: StaleSpec, scene: Scene) -> Finding:
    """A kernel spec that cannot start is wrong; one of somebody else's, or of which nobody can tell, is not."""
    message, uid = _what_is_with(spec), scene.host.uid
    about = functools.partial(Finding, _SPECS[spec.fault], naming.shown(spec.name), message)
    if spec.fault in {Fault.UNSEEN, Fault.UNREAD}:
        return about("It is left alone. Nothing need be done unless that kernel does not start.", note=True)
    other = next((owner for owner in spec.owners if uid not in {None, owner}), None)
    if other is not None:
        return about(f"It belongs to {scene.host.user_name(other)}; ask them to remove it.", note=True)
    if not os.access(spec.folder.parent, os.W_OK):
        return about("Ask who looks after this machine to remove it.")
    folder = scene.host.own_state_folder() / mending.REMOVED
    mend = mending.set_aside(spec.folder, folder, still=spec.is_still_so)
    return about("Set it aside with: jupyter envs doctor --fix", mend)


def _what_is_with(spec: StaleSpec) -> str:
    file = naming.shown_path(str(spec.file))
    if spec.fault is Fault.DAMAGED:
        return f"{file} could not be understood."
    if spec.fault is Fault.UNREAD:
        return f"{file} could not be read: {spec.reason}."
    rest = "is gone" if spec.fault is Fault.GONE else f"cannot be looked at: {spec.reason}"
    return f"{file} needs {naming.shown_path(str(spec.program))}, which {rest}."


def _place(problem: Problem, snapshot: Snapshot) -> Finding:
    """A place where something was looked for. What a walk that came to its end could not read is somebody else's."""
    note = problem.code is ProblemCode.WALK_INCOMPLETE and snapshot.complete
    return Finding(problem.code, "Looking for environments", problem.message, problem.fix, note=note)


def _mount(point: str) -> Finding:
    shown = naming.shown_path(point)
    message = f"The disk at {shown} does not answer; what is listed from there is what was known before."
    return Finding(
        ProblemCode.UNREACHABLE, shown, message, f"Wait until it does, or unmount it: umount {quoted(point)}"
    )


def _pins(scene: Scene) -> Iterator[Finding]:
    problem, path = pins.read(scene).problem, pins.file_of(scene.host)
    if problem is None:
        return

    def still() -> bool:
        return pins.read(Scene(scene.host)).problem == problem

    mend = mending.set_aside(path, scene.host.own_state_folder() / "damaged", still=still)
    fix = "Set it aside with: jupyter envs doctor --fix"
    yield Finding(DAMAGED_PINS, pins.FILE, problem.message, fix, mend)


def _index(finder: Finder) -> Iterator[Finding]:
    """Where nothing can be remembered, every listing takes its time; a damaged index was replaced by looking.

    An old one in a folder that can no longer be written is read, and never renewed.
    """
    folder, uid = finder.host.own_cache_folder(), finder.host.uid
    if finder.index().load() is not None and os.access(folder, os.W_OK):
        return  # where there is no folder, and none can be made, nothing is loaded
    mend = mending.take_write(folder, uid) if uid is not None else None
    message = f"What is found cannot be remembered in {naming.shown_path(str(folder))}, so each listing looks anew."
    fix = "Make it a folder of your own that only you can write to."
    yield Finding(NO_INDEX, "Index", message, fix, mend, note=mend is None)
