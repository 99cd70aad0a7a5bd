"""Which packages somebody asked for, and which are there because others need them, as far as their metadata tell.

Nothing on the disk says so for certain: an installer that is given a whole list notes all of it as asked for.
"""

from __future__ import annotations

import functools
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from jupyter_envs.overlay.distributions import normalised

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from packaging.requirements import Requirement

    from jupyter_envs.creator.packages import Package


class Python(NamedTuple):
    """By what a marker tells Pythons apart: a version, such as 3.12 or 3.12.1, and an implementation."""

    version: str
    implementation: str | None = None


def of_themselves(wanted: Sequence[Package], *pythons: Python) -> tuple[Package, ...]:
    """Those that no other one needs on any of these Pythons, else on this one; of a circle that no other needs, all."""
    needs = _needs(wanted, pythons)
    led_to = {name: _reached(name, needs) for name in needs}
    needed_by = defaultdict[str, set[str]](set)
    for name, others in led_to.items():
        for other in others:
            needed_by[other].add(name)
    return tuple(each for each in wanted if each.source or needed_by[each.name] <= led_to[each.name])


def _needs(wanted: Sequence[Package], pythons: Sequence[Python]) -> dict[str, set[str]]:
    """What each package needs by itself, on any of the Pythons."""
    needs: dict[str, set[str]] = {each.name: set() for each in wanted}
    for variables in [_variables(python) for python in pythons] or [{}]:
        for name, other in _edges(wanted, variables):
            if other in needs and other != name:
                needs[name].add(other)
    return needs


def _edges(wanted: Sequence[Package], variables: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Which package needs which; an extra counts once another package asks for it, which may ask for more."""
    extras: dict[str, set[str]] = {each.name: {""} for each in wanted}
    asked = 0
    while asked != (asked := sum(map(len, extras.values()))):
        for each in wanted:
            for requirement in _holding(each, extras[each.name], variables):
                if (name := normalised(requirement.name)) in extras:
                    extras[name].update(requirement.extras)
    for each in wanted:
        for requirement in _holding(each, extras[each.name], variables):
            yield each.name, normalised(requirement.name)


def _holding(package: Package, extras: set[str], variables: Mapping[str, str]) -> Iterator[Requirement]:
    """The requirements of a package that hold with one of these extras; of what cannot be read, none."""
    from packaging.markers import UndefinedComparison, UndefinedEnvironmentName

    for requirement in filter(None, map(_parsed, package.requires)):
        marker = requirement.marker
        try:
            if marker is None or any(marker.evaluate({**variables, "extra": extra}) for extra in extras):
                yield requirement
        except (UndefinedComparison, UndefinedEnvironmentName):
            yield requirement


@functools.lru_cache(maxsize=4096)
def _parsed(text: str) -> Requirement | None:
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        return Requirement(text)
    except InvalidRequirement:
        try:
            return Requirement(text.partition(";")[0].split()[0])
        except (IndexError, InvalidRequirement):
            return None


def _variables(python: Python) -> dict[str, str]:
    """What a marker asks of a Python; all else is as on this one."""
    full = python.version.removesuffix("t")
    full = full if full.count(".") > 1 else f"{full}.0"
    told = {"python_version": ".".join(full.split(".")[:2]), "python_full_version": full}
    if python.implementation in {None, "cpython"}:
        return {**told, "implementation_name": "cpython", "platform_python_implementation": "CPython"}
    shown = {"pypy": "PyPy", "graalpy": "GraalVM"}.get(python.implementation or "", "")
    return {**told, "implementation_name": python.implementation or "", "platform_python_implementation": shown}


def _reached(name: str, needs: Mapping[str, set[str]]) -> set[str]:
    """All that a package needs, also through others."""
    found, open_ends = set[str](), [name]
    while open_ends:
        for other in needs[open_ends.pop()] - found:
            found.add(other)
            open_ends.append(other)
    return found
