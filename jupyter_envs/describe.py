"""From what was read and claimed to an `Environment`: its state, its problems, whether it is offered as a kernel."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_envs import files, naming, patchlevel, pyvenv
from jupyter_envs.environment import Environment, State
from jupyter_envs.errors import Problem, ProblemCode

if TYPE_CHECKING:
    from jupyter_envs.host import Host
    from jupyter_envs.managers.base import Candidate, Claim, EnvironmentManager
    from jupyter_envs.settings import Settings
    from jupyter_envs.trust import Distrust, Trust

_ACTIVATED_PATH = re.compile(
    r"^\s*(?:export )?VIRTUAL_ENV=(?P<quote>['\"]?)(?P<path>/[^'\"\n]*)(?P=quote)\s*$", re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class Owned:
    """An environment that was read and has its owner."""

    candidate: Candidate
    manager: EnvironmentManager
    claim: Claim
    aliases: tuple[Path, ...] = ()

    @property
    def project(self) -> Path | None:
        """The first project that it serves, or the one that it lost."""
        return self.claim.links[0].project if self.claim.links else self.claim.lost


@dataclass(frozen=True, slots=True)
class Describer:
    """Describes environments for one person: where they live, what they chose, whom they trust."""

    host: Host
    settings: Settings
    trust: Trust

    def describe(self, owned: Owned, *, active: bool | None, complete: bool) -> Environment:
        """The environment, before its name is made unique among others.

        `active`: whether it is the one that its project gets. `complete`: whether all projects are known, so that
        one that nobody claims is an orphan.
        """
        reading, prefix = owned.candidate.reading, owned.candidate.prefix
        kernel = pyvenv.ipykernel(reading)
        distrust = self.trust.judge(reading)
        state = _state(reading, distrust, kernel)
        orphan = _orphan(owned.claim, complete=complete)
        version = full_version(reading)
        name = naming.shown(owned.claim.name) if owned.claim.name else _name(owned)
        identity = naming.environment_id(prefix, self.host.home)
        return Environment(
            id=identity,
            name=name,
            display_name=self._display_name(name, owned.manager, reading),
            manager=owned.manager.name,
            prefix=prefix,
            python=Path(reading.python),
            version=version,
            implementation=reading.implementation,
            state=state,
            found_by=owned.candidate.found_by,
            owner=self._owner(prefix),
            projects=tuple(dict.fromkeys(link.project for link in owned.claim.links)),
            lost_project=owned.claim.lost,
            active=active if owned.claim.links else None,
            ipykernel=kernel,
            orphan=orphan,
            kernel=state is State.READY and self._is_offered(owned, active=active, orphan=orphan),
            kernel_name=None if state is State.FOREIGN else identity,
            stamp=_stamp(reading),
            aliases=owned.aliases,
            problems=(*self._problems(owned, state, distrust, kernel), *_project_problems(owned.claim, orphan=orphan)),
        )

    def _is_offered(self, owned: Owned, *, active: bool | None, orphan: bool | None) -> bool:
        if self.settings.offer == "all":
            return True
        unused = active is False and not owned.claim.offered
        return owned.claim.offered and not orphan and not unused

    def _display_name(self, name: str, manager: EnvironmentManager, reading: pyvenv.Reading) -> str:
        version = f"{reading.minor or '?'}{reading.threads}"
        return self.settings.display_name_template.format(name=name, manager=manager.title, version=version)

    def _owner(self, prefix: Path) -> str | None:
        try:
            return self.host.user_name(os.lstat(prefix).st_uid) if self.host.uid is not None else None
        except OSError:
            return None

    def _problems(self, owned: Owned, state: State, distrust: Distrust | None, kernel: str | None) -> list[Problem]:
        reading, project = owned.candidate.reading, owned.project
        problems = list(owned.claim.problems)
        if reading.fault:
            fix = owned.manager.how_to_recreate(owned.candidate.prefix, project)
            problems.insert(0, _fault_problem(reading, fix))
        if distrust:
            problems.append(self._distrust_problem(distrust))
        moved = _moved_from(owned)
        if moved:
            problems.append(_moved_problem(moved, owned.manager.how_to_recreate(owned.candidate.prefix, project)))
        dead = _dead_library(reading)
        if dead:
            problems.append(
                _dead_library_problem(reading, dead, owned.manager.how_to_recreate(owned.candidate.prefix, project))
            )
        if state is State.NEEDS_IPYKERNEL and kernel is None and not owned.candidate.bare:
            fix = owned.manager.how_to_add_ipykernel(owned.candidate, project)
            problems.append(
                Problem(ProblemCode.NO_IPYKERNEL, "It has no ipykernel, so no notebook can run on it.", fix)
            )
        return problems

    def _distrust_problem(self, distrust: Distrust) -> Problem:
        who = "everybody" if distrust.world_writable else self.host.user_name(distrust.owner)
        fix = (
            "Take the permission away with: chmod o-w"
            if distrust.world_writable
            else "Use it only if you trust them: add their name to 'trusted_owners'; otherwise make your own."
        )
        tail = f" {naming.shown_path(distrust.path)}" if distrust.world_writable else ""
        return Problem(
            ProblemCode.FOREIGN,
            f"{naming.shown_path(distrust.path)} can be changed by {who}, so what would run may not be yours.",
            f"{fix}{tail}",
        )


def full_version(reading: pyvenv.Reading) -> str | None:
    """The version with its patch level where it can be known, otherwise major and minor; None where nothing tells."""
    if reading.minor is None:
        return None
    found = None
    if reading.base and reading.fault is None:
        found = patchlevel.full_version(reading.base, reading.minor, reading.implementation, reading.threads)
    remembered = reading.config.get("version_info") or reading.config.get("version") or ""
    remembered = re.split(r"\.(?:final|alpha|beta|candidate)|\+|\s", remembered)[0]
    return found or (remembered if remembered.startswith(reading.minor + ".") else reading.minor)


def _state(reading: pyvenv.Reading, distrust: Distrust | None, kernel: str | None) -> State:
    if reading.fault:
        return State.BROKEN
    if distrust:
        return State.FOREIGN
    return State.READY if kernel else State.NEEDS_IPYKERNEL


def _orphan(claim: Claim, *, complete: bool) -> bool | None:
    if claim.links:
        return False
    if claim.lost is not None:
        return True
    if not claim.tied:
        return False
    return True if complete else None


def _name(owned: Owned) -> str:
    return naming.plain_name(owned.candidate.prefix) or owned.candidate.prefix.name


def _fault_problem(reading: pyvenv.Reading, fix: str) -> Problem:
    detail = naming.shown_path(reading.detail or reading.python)
    sentences = {
        pyvenv.INTERPRETER_MISSING: f"Its interpreter {detail} is gone{_was(reading)}.",
        pyvenv.BASE_MISSING: f"The Python that it was made from is gone: {detail}.",
        pyvenv.BASE_CHANGED: f"The Python that it was made from has another version now: {detail}.",
        pyvenv.OTHER_PLATFORM: f"It was made on Windows and cannot run on this system: {detail}.",
        pyvenv.UNREADABLE: f"You may not read {detail}.",
    }
    if reading.fault == pyvenv.UNREADABLE:
        fix = "Ask its owner, or mend the permissions."
    return Problem(ProblemCode(str(reading.fault)), sentences[str(reading.fault)], fix)


def _was(reading: pyvenv.Reading) -> str:
    """Which Python is gone, where the environment still knows."""
    return f"; it was Python {reading.remembered}" if reading.remembered else ""


def _moved_problem(old: str, fix: str) -> Problem:
    message = f"It was moved here from {naming.shown_path(old)}: Python runs, but its scripts still name the old place."
    return Problem(ProblemCode.MOVED, message, f"Notebooks do not mind. For the scripts: {fix}")


def _dead_library_problem(reading: pyvenv.Reading, dead: str, fix: str) -> Problem:
    now = f"its base is Python {reading.minor} now"
    message = f"It was made with Python {dead}, and {now}: the packages in it are out of sight."
    return Problem(ProblemCode.BASE_CHANGED, message, fix)


def _project_problems(claim: Claim, *, orphan: bool | None) -> list[Problem]:
    if claim.lost is not None:
        message = f"Its project {naming.shown_path(str(claim.lost))} is gone."
    elif orphan:
        message = "No project for it was found."
    else:
        return []
    return [Problem(ProblemCode.PROJECT_GONE, message, "Remove the environment when nothing needs it any more.")]


def _moved_from(owned: Owned) -> str | None:
    """The place that `activate` still names, when it is another one."""
    if owned.candidate.bare:
        return None
    match = _ACTIVATED_PATH.search(files.read_text(os.fspath(owned.candidate.prefix / "bin" / "activate")) or "")
    if match is None or os.path.realpath(match["path"]) == os.fspath(owned.candidate.prefix):
        return None
    return match["path"]


def _dead_library(reading: pyvenv.Reading) -> str | None:
    """The minor version whose packages the environment holds, when its Python is another one now."""
    if reading.fault or reading.base == reading.prefix or reading.windows or Path(reading.own_library).is_dir():
        return None
    remembered = reading.remembered
    return remembered if remembered and remembered != reading.minor else None


def _stamp(reading: pyvenv.Reading) -> str:
    """What changes when the environment's files do: compared for equality only, because clocks jump."""
    prefix = Path(reading.prefix)
    parts = []
    for path in (prefix, prefix / "pyvenv.cfg", Path(reading.python), Path(reading.own_library, "site-packages")):
        try:
            status = path.lstat()
        except OSError:
            continue
        parts.append(f"{status.st_ino}.{status.st_mtime_ns}.{status.st_size}")
    return "/".join(parts)
