"""From what was read and claimed to an `Environment`: its state, its problems, whether it is offered as a kernel."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_envs import diagnosis, naming
from jupyter_envs.environment import Environment, OwnKernel
from jupyter_envs.facts import base_version
from jupyter_envs.pins import Pins
from jupyter_envs.state import State

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jupyter_envs import pyvenv
    from jupyter_envs.facts import Facts
    from jupyter_envs.host import Host
    from jupyter_envs.managers.base import Claim, EnvironmentManager, Owned
    from jupyter_envs.overlay.lending import Lending
    from jupyter_envs.settings import Settings

_VERSION = re.compile(r"\d{1,4}(?:\.\d{1,4}){1,3}(?:(?:a|b|rc)\d{1,4})?")


@dataclass(frozen=True, slots=True)
class Describer:
    """Describes environments for one person: where they live, what they chose, whom they trust."""

    host: Host
    settings: Settings
    lending: Lending
    pins: Pins = field(default_factory=Pins)

    def describe(self, owned: Owned, facts: Facts, *, active: bool | None, searched: tuple[Path, ...]) -> Environment:
        """The environment, before its name is made unique among others.

        `active`: whether it is the one that its project gets. `searched`: the folders below which all projects
        are known, so that one that no project claims is an orphan; empty while projects may be unknown.
        """
        reading, prefix = owned.candidate.reading, owned.candidate.prefix
        state = _state(facts, can_borrow=diagnosis.can_borrow(facts, self.lending))
        borrows = state is State.NEEDS_IPYKERNEL and diagnosis.can_borrow(facts, self.lending)
        orphan = _orphan(owned.claim, searched)
        version = version_of(reading, facts.base_version)
        name = naming.shown(owned.claim.name) if owned.claim.name else _name(owned)
        pinned, hidden = prefix in self.pins.pinned, prefix in self.pins.hidden
        offered = not hidden and (pinned or self._is_offered(owned.claim, orphan=orphan))
        identity = naming.environment_id(prefix, self.host.real_home)
        return Environment(
            id=identity,
            name=name,
            display_name=self._display_name(name, owned.manager, reading),
            manager=owned.manager.name,
            prefix=prefix,
            python=Path(reading.python),
            version=version,
            implementation=_shown(reading.implementation),
            state=state,
            found_by=owned.candidate.found_by,
            owner=facts.owner,
            projects=tuple(dict.fromkeys(link.project for link in owned.claim.links)),
            lost_project=owned.claim.lost,
            active=active if owned.claim.links else None,
            ipykernel=_shown(facts.ipykernel),
            borrowed=_shown(self.lending.version(reading)) if borrows else None,
            orphan=orphan,
            kernel=offered and (state is State.READY or (borrows and self._is_wanted(facts, pinned=pinned))),
            kernels=tuple(self._kernels(facts, name, offered=offered)),
            kernel_name=None if state is State.FOREIGN else identity,
            pinned=pinned,
            hidden=hidden,
            stamp=facts.stamp,
            aliases=owned.aliases,
            bare=owned.candidate.bare,
            problems=tuple(
                diagnosis.problems(
                    owned,
                    facts,
                    self.lending,
                    searched=searched if orphan else (),
                    wanted=self._is_wanted(facts, pinned=pinned),
                )
            ),
        )

    def _kernels(self, facts: Facts, name: str, *, offered: bool) -> Iterator[OwnKernel]:
        """The other kernels that the environment holds, but for those that Jupyter sees on its own data path."""
        if not facts.kernels or self._is_jupyters(facts.reading.prefix):
            return
        for spec in facts.kernels:
            if spec.fault is None:
                title = naming.shown(f"{spec.display_name} ({name})")
                how = (spec.interrupt_mode, spec.debugger, spec.encryption)
                yield OwnKernel(spec.name, title, spec.language, *how, offered=offered)

    def _is_jupyters(self, prefix: str) -> bool:
        own = os.path.realpath(os.path.join(prefix, "share", "jupyter"))
        return any(os.path.realpath(folder) == own for folder in self.host.jupyter_data_folders())

    def _is_offered(self, claim: Claim, *, orphan: bool | None) -> bool:
        """By the rules, whatever a person said of this one."""
        if self.settings.offer == "pinned":
            return False
        return self.settings.offer == "all" or (claim.offered and not orphan)

    def _is_wanted(self, facts: Facts, *, pinned: bool) -> bool:
        """Whether somebody wants a kernel of it; of an interpreter without an ipykernel only where they said so."""
        return pinned or self.settings.offer == "all" or facts.ipykernel is not None or not facts.bare

    def _display_name(self, name: str, manager: EnvironmentManager, reading: pyvenv.Reading) -> str:
        version = f"{reading.minor or '?'}{reading.threads}"
        return self.settings.display_name_template.format(name=name, manager=manager.title, version=version)


def full_version(reading: pyvenv.Reading) -> str | None:
    """The version with its patch level where it can be known, otherwise major and minor; None where nothing tells."""
    return version_of(reading, base_version(reading))


def version_of(reading: pyvenv.Reading, found: str | None) -> str | None:
    """The same, where `found` is what the base Python's files say."""
    if reading.minor is None:
        return None
    remembered = reading.config.get("version_info") or reading.config.get("version") or ""
    remembered = re.split(r"\.(?:final|alpha|beta|candidate)|\+|\s", remembered)[0]
    known = (text for text in (found, remembered) if text and text.startswith(reading.minor + "."))
    return next((text for text in known if _VERSION.fullmatch(text)), reading.minor)


def _shown(text: str | None) -> str | None:
    """A text that was read from an environment, which anybody may have written."""
    return None if text is None else naming.shown(text)


def _state(facts: Facts, *, can_borrow: bool) -> State:
    """An ipykernel that cannot be relied on is better than none at all."""
    if facts.reading.fault:
        return State.BROKEN
    if facts.distrust:
        return State.FOREIGN
    sound = facts.ipykernel is not None and not (facts.conflict and can_borrow)
    return State.READY if sound else State.NEEDS_IPYKERNEL


def _orphan(claim: Claim, searched: tuple[Path, ...]) -> bool | None:
    if claim.links:
        return False
    if claim.lost is not None:
        return True
    if not claim.tied:
        return False
    return True if searched else None


def _name(owned: Owned) -> str:
    return naming.plain_name(owned.candidate.prefix) or owned.candidate.prefix.name
