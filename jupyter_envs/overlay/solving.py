"""Which packages must come from an overlay although the environment has them: the *solve* rule.

The environment's packages come first, so that its kernel sees what its person installed. Those of them that would keep
the borrowed ipykernel from running are served from the overlay: the ones that violate a requirement of what runs.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from jupyter_envs import naming, patchlevel
from jupyter_envs.overlay import distributions
from jupyter_envs.overlay.plan import Plan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import TypeAlias

    from jupyter_envs.overlay.distributions import Metadata
    from jupyter_envs.pyvenv import Reading

    World: TypeAlias = Callable[[str], "Metadata | None"]

IPYKERNEL = "ipykernel"
_UNSAID = {("ipython", "typing-extensions"): ">=3.7.4.2"}
"""What a package needs of another one and its metadata do not say: IPython 8.12 imports `TypeAlias` from there."""


@dataclass(frozen=True, slots=True)
class Target:
    """The interpreter that requirements are for; it runs on this machine, so only what is its own is told."""

    minor: str
    version: str
    implementation: str = "cpython"

    @classmethod
    def of(cls, reading: Reading) -> Target:
        """The interpreter of an environment; of an unknown patch level it is the first."""
        minor, kind = reading.minor or "", reading.implementation or "cpython"
        full = patchlevel.full_version(reading.base, minor, kind, reading.threads) if reading.base and minor else None
        return cls(minor, full or f"{minor}.0", kind)

    def variables(self) -> dict[str, str]:
        """What markers may ask for, with no extra."""
        name = {"cpython": "CPython", "pypy": "PyPy", "graalpy": "GraalVM"}.get(self.implementation, "")
        return {
            **_of_machine(),
            "python_version": self.minor,
            "python_full_version": self.version,
            "implementation_name": self.implementation,
            "implementation_version": self.version,
            "platform_python_implementation": name,
        }


@dataclass(frozen=True, slots=True)
class Shadow:
    """A package of an environment that its kernel sees in another version; None: it has no metadata that say which."""

    name: str
    own: str | None
    borrowed: str | None

    def as_json(self) -> dict[str, str | None]:
        """The shadow as `show --json` and the REST API tell it."""
        own = None if self.own is None else naming.shown(self.own)
        return {"name": self.name, "own": own, "borrowed": self.borrowed}


@dataclass(frozen=True, slots=True)
class _Need:
    """What one requirement asks for, where it applies."""

    name: str
    specifier: str
    extras: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Violation:
    """A requirement that is not fulfilled; `found` is what is there instead, if anything."""

    requirer: Metadata
    need: _Need
    found: Metadata | None

    def __str__(self) -> str:
        by = f"{self.requirer.name} {naming.shown(self.requirer.version or '')}".strip()
        there = "that is not there"
        if self.found is not None:
            version = naming.shown(self.found.version or "of an unknown version")
            there = f"there is {self.found.name} {version}"
        return f"{by} needs {self.need.name}{naming.shown(self.need.specifier)}, and {there}."


def conflict(reading: Reading, folders: Iterable[str]) -> str | None:
    """Why an environment's own ipykernel cannot be relied on: the first requirement that is not fulfilled, a sentence.

    None where all are, or where its metadata are missing, so that nothing is known against it.
    """
    found = distributions.Installed(folders)
    violation = next(_violations(found.get, Target.of(reading)), None)
    return None if violation is None else str(violation)


def solve(own: Mapping[str, Metadata], overlay: Mapping[str, Metadata], target: Target) -> frozenset[str]:
    """The names of what the environment has and must get from the overlay all the same; its ipykernel always."""
    served = {IPYKERNEL} & own.keys() & overlay.keys()

    def effective(name: str) -> Metadata | None:
        return overlay.get(name) if name in served or name not in own else own[name]

    def more() -> str | None:
        """The next name to serve, by the first violation that serving one can mend."""
        for violation in _violations(effective, target):
            for each in (violation.found, violation.requirer):
                if each is not None and each.name in own and each.name not in served and each.name in overlay:
                    return each.name
        return None

    while name := more():
        served.add(name)
    return frozenset(served)


def plan_with(reading: Reading, overlay: str) -> Plan:
    """The plan of a launch with a borrowed ipykernel: `overlay` is its folder."""
    borrowed = distributions.of_overlay(overlay)
    own = distributions.visible(distributions.folders_of(reading), borrowed)
    served = sorted(solve(own, borrowed, Target.of(reading)))
    modules = dict.fromkeys(module for name in served for module in borrowed[name].modules)
    return Plan(overlay, tuple(modules), tuple(served))


def shadows(reading: Reading, overlay: str) -> tuple[Shadow, ...]:
    """What the environment has and its kernel gets from that overlay all the same, by name."""
    borrowed = distributions.of_overlay(overlay)
    own = distributions.visible(distributions.folders_of(reading), borrowed)
    served = sorted(solve(own, borrowed, Target.of(reading)))
    return tuple(Shadow(name, own[name].version, borrowed[name].version) for name in served)


def _violations(world: World, target: Target) -> Iterator[_Violation]:
    """What is not fulfilled of all that ipykernel requires, and what that requires, the nearest first."""
    pending, met = [(IPYKERNEL, "")], {(IPYKERNEL, "")}
    for name, extra in pending:
        requirer = world(name)
        for need in _needs(requirer, extra, target) if requirer else ():
            found = world(need.name)
            if requirer and not _fulfils(found, need.specifier):
                yield _Violation(requirer, need, found)
            following = [step for wanted in ("", *need.extras) if (step := (need.name, wanted)) not in met]
            met.update(following)
            pending.extend(following)


def _fulfils(found: Metadata | None, specifier: str) -> bool:
    if found is None or found.version is None:
        return False
    return not specifier or _contains(specifier, found.version)


@functools.lru_cache(maxsize=4096)
def _contains(specifier: str, version: str) -> bool:
    """Whether a version is one of those asked for; not one that cannot be understood."""
    from packaging.specifiers import SpecifierSet
    from packaging.version import Version

    try:
        return SpecifierSet(specifier).contains(Version(version), prereleases=True)
    except ValueError:  # InvalidVersion, and an integer of thousands of digits
        return False


@functools.lru_cache(maxsize=4096)
def _needs(requirer: Metadata, extra: str, target: Target) -> tuple[_Need, ...]:
    found = filter(None, (_need(requirement, extra, target) for requirement in requirer.requires))
    return tuple(replace(one, specifier=one.specifier or _UNSAID.get((requirer.name, one.name), "")) for one in found)


@functools.lru_cache(maxsize=4096)
def _need(requirement: str, extra: str, target: Target) -> _Need | None:
    """What a requirement asks for; None where it does not apply, or cannot be understood."""
    from packaging.markers import UndefinedComparison, UndefinedEnvironmentName
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        read = Requirement(requirement)
        if read.marker is not None and not read.marker.evaluate({**target.variables(), "extra": extra}):
            return None
    except (InvalidRequirement, RecursionError, UndefinedComparison, UndefinedEnvironmentName, ValueError):
        return None
    return _Need(distributions.normalised(read.name), str(read.specifier), tuple(sorted(read.extras)))


@functools.cache
def _of_machine() -> dict[str, str]:
    from packaging.markers import default_environment

    return {name: str(value) for name, value in default_environment().items()}
