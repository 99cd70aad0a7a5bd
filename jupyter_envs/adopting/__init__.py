"""Rewriting notebooks that name a kernel which only one machine has, or none, to the portable one.

What is to become of each notebook is told first, as data; nothing is written before `carry_out`.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_envs import naming
from jupyter_envs.adopting import document, places, writing
from jupyter_envs.adopting.kernels import PYTHON, Kernels, Kind, says_python
from jupyter_envs.errors import BadRequest, ProblemCode, Refused
from jupyter_envs.managers.base import Scene
from jupyter_envs.state import State

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from jupyter_envs.adopting.document import Document
    from jupyter_envs.adopting.kernels import Meaning
    from jupyter_envs.environment import Environment
    from jupyter_envs.finder import Finder
    from jupyter_envs.projects import Resolution
    from jupyter_envs.snapshot import Snapshot

OLDEST_FORMAT = 4
_CANNOT_START = frozenset({State.BROKEN, State.FOREIGN})


class Fate(StrEnum):
    """What is to become of a notebook."""

    CHANGE = "change"
    """It gets the portable kernel."""
    KEEP = "keep"
    """Nothing: its kernel is portable already."""
    LEAVE = "leave"
    """Nothing, and its person should know why."""
    UNREAD = "unread"
    """Nothing: it could not be understood."""


@dataclass(frozen=True, slots=True)
class Kernel:
    """The kernel that notebooks get."""

    name: str
    display_name: str


@dataclass(frozen=True, slots=True)
class Adoption:
    """What is to become of one notebook, why, and what its person can do; `now` is the name of its kernel, if any.

    `hindered` means that it should be changed and cannot be.
    """

    path: Path
    fate: Fate
    reason: str = ""
    now: str | None = None
    digest: str = ""
    runs_on: Environment | None = None
    would_run_on: Environment | None = None
    fix: str = ""
    hindered: bool = False


@dataclass(slots=True)
class Adopter:
    """Looks at notebooks with what is known of this machine's kernels and environments."""

    finder: Finder
    snapshot: Snapshot
    kernel: Kernel
    scene: Scene = field(init=False)
    _kernels: Kernels = field(init=False)
    _resolutions: dict[Path, Resolution] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        """The kernels of this machine are read once."""
        self.scene = Scene(self.finder.host, mounts=self.finder.memory.mounts())
        self._kernels = Kernels.of(self.scene, self.snapshot.environments)

    def plan(self, named: Iterable[Path]) -> Iterator[Adoption]:
        """What is to become of each notebook that is named or lies below a folder that is; nothing is changed."""
        unread: list[OSError] = []
        for path in places.notebooks(named, self.scene, unread.append):
            yield self._planned(path)
        for error in unread:
            yield Adoption(Path(error.filename), Fate.UNREAD, f"It could not be read: {error.strerror}.")

    def carry_out(self, adoption: Adoption) -> None:
        """Writes what was planned for one notebook; raises `Refused`, or `BadRequest`, and then it is as it was."""
        real = os.path.realpath(adoption.path)
        found = document.read(real)
        if found.digest != adoption.digest:
            raise Refused(writing.CHANGED, "Look again.")
        wanted = {"name": self.kernel.name, "display_name": self.kernel.display_name}
        writing.replace(real, found.status, found.with_kernel(wanted))

    def _planned(self, path: Path) -> Adoption:
        if self.scene.is_away(path.absolute()):
            return Adoption(path, Fate.UNREAD, "It lies on a disk that does not answer.")
        real = self.scene.real(path.absolute())
        try:
            found = document.read(os.fspath(real))
        except BadRequest as error:
            return Adoption(path, Fate.UNREAD, error.message)
        return self._decided(path, real, found)

    def _decided(self, path: Path, real: Path, found: Document) -> Adoption:
        if found.format < OLDEST_FORMAT:
            return Adoption(path, Fate.LEAVE, "Its format is an old one: save it once with Jupyter.")
        now = found.kernel_text("name")
        if not now:
            return Adoption(path, Fate.LEAVE, "It names no kernel.")
        meaning = self._kernels.meaning(now, self.kernel.name)
        if meaning.kind is Kind.PORTABLE:
            return Adoption(path, Fate.KEEP, now=now)
        if reason := _other_language(meaning, now, found):
            return Adoption(path, Fate.LEAVE, reason, now)
        planned = self._resolved(Adoption(path, Fate.CHANGE, meaning.sentence, now, found.digest), real, meaning)
        refused = writing.obstacle(os.fspath(real), found.status)
        if planned.fate is not Fate.CHANGE or refused is None:
            return planned
        return replace(planned, fate=Fate.LEAVE, reason=refused.message, fix=refused.fix, hindered=True)

    def _resolved(self, planned: Adoption, real: Path, meaning: Meaning) -> Adoption:
        """The plan with the environments that the notebook runs on now and would run on then."""
        resolution = self._resolution(real)
        now, then = self._environment(meaning.prefix), resolution.environment
        if then is None:
            reason = f"{meaning.sentence} {naming.shown_path(resolution.reason)}"
            return Adoption(planned.path, Fate.LEAVE, reason, planned.now, runs_on=now)
        if then.state in _CANNOT_START:
            why, fix = (then.problems[0].message, then.problems[0].fix) if then.problems else ("", "")
            reason = f"{meaning.sentence} It would run on {then.display_name}, which cannot start. {why}".strip()
            return Adoption(planned.path, Fate.LEAVE, reason, planned.now, runs_on=now, would_run_on=then, fix=fix)
        fix = _first(then)
        lacks = " That has no ipykernel yet." if fix else ""
        reason = f"{meaning.sentence} {_comparison(now, then)}{lacks}"
        return Adoption(planned.path, Fate.CHANGE, reason, planned.now, planned.digest, now, then, fix)

    def _resolution(self, real: Path) -> Resolution:
        if real.parent not in self._resolutions:
            self._resolutions[real.parent] = self.finder.resolve(real.parent)
        return self._resolutions[real.parent]

    def _environment(self, prefix: Path | None) -> Environment | None:
        if prefix is None:
            return None
        known = next((one for one in self.snapshot.environments if one.prefix == prefix), None)
        return known or self.finder.inspect(prefix)


def _other_language(meaning: Meaning, now: str, found: Document) -> str | None:
    """Why the portable kernel, which is Python's, cannot stand in for the notebook's; None where it can."""
    if meaning.kind is Kind.OTHER:
        return meaning.sentence
    language = found.language
    if meaning.kind is Kind.BOUND or (language and language.lower() == PYTHON):
        return None
    if language:
        return f"{meaning.sentence} Its language is {naming.shown(language)}, not Python."
    if says_python(now, found.kernel_text("display_name")):
        return None
    return f"{meaning.sentence} It does not say which language it is in."


def _comparison(now: Environment | None, then: Environment) -> str:
    if now is None:
        return f"It would run on {then.display_name}."
    if now.prefix == then.prefix:
        return f"It runs on {then.display_name} now, and would then."
    return f"It runs on {now.display_name} now, and would run on {then.display_name}."


def _first(then: Environment) -> str:
    """What must be done before a notebook can run on it; empty where nothing must."""
    return next((problem.fix for problem in then.problems if problem.code is ProblemCode.NO_IPYKERNEL), "")
