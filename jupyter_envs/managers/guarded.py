"""A manager of another package, as the rest of this one meets it: whatever it does, it answers and never raises."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from jupyter_envs.errors import EnvsError, Problem, ProblemCode, ToolFailed
from jupyter_envs.managers.base import (
    Candidate,
    Claim,
    Command,
    CreateRequest,
    EnvironmentManager,
    Link,
    Owned,
    Plan,
    RemovalPlan,
    Scene,
    Sighting,
    Table,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

T = TypeVar("T")
_PAIR = 2
_log = logging.getLogger(__name__)


class Guarded(EnvironmentManager):
    """Asks another manager, and answers for it where it fails or says what makes no sense.

    What it had found before it failed counts. A listing tells its failure as a Problem; the log tells the others.
    """

    def __init__(self, manager: EnvironmentManager) -> None:
        self._manager = manager
        self.name = manager.name  # type: ignore[misc]  # this class stands for many managers
        self.title = str(getattr(manager, "title", manager.name))  # type: ignore[misc]  # as above
        self.creates = manager.creates is True  # type: ignore[misc]  # as above
        self.fills = getattr(manager, "fills", False) is True  # type: ignore[misc]  # as above
        self.removes = manager.removes is True  # type: ignore[misc]  # as above
        marks: object = getattr(manager, "marks", None)
        self.marks = frozenset(filter(_word, marks)) if isinstance(marks, frozenset) else frozenset()  # type: ignore[misc]  # as above
        self.program = _word(manager.program)  # type: ignore[misc]  # as above
        self.installs = _word(manager.installs)  # type: ignore[misc]  # as above

    def find(self, scene: Scene) -> Iterator[Sighting | Problem]:
        """What it finds, and a Problem where it fails."""
        failures: list[Exception] = []
        for found in self._all(lambda: self._manager.find(scene), failures):
            if _is_sighting(found) or isinstance(found, Problem):
                yield found
            else:
                failures.append(TypeError(f"find() gave {found!r:.100}"))
        yield from (self._failed(each) for each in failures[:1])

    def roots(self, scene: Scene) -> Iterator[Path]:
        """Its absolute paths."""
        return (path for path in self._all(lambda: self._manager.roots(scene)) if _is_path(path))

    def central(self, scene: Scene) -> Iterator[Path]:
        """Its absolute paths."""
        return (path for path in self._all(lambda: self._manager.central(scene)) if _is_path(path))

    def of_project(self, project: Path, scene: Scene) -> Iterator[Sighting]:
        """Its sightings."""
        return (each for each in self._all(lambda: self._manager.of_project(project, scene)) if _is_sighting(each))

    def claim_by_place(self, candidate: Candidate, scene: Scene) -> Claim | None:
        """Its claim, if it is one."""
        return self._claim(lambda: self._manager.claim_by_place(candidate, scene))

    def claim_by_markers(self, candidate: Candidate, scene: Scene) -> Claim | None:
        """Its claim, if it is one."""
        return self._claim(lambda: self._manager.claim_by_markers(candidate, scene))

    def also_serves(self, candidate: Candidate, scene: Scene) -> Iterator[Link]:
        """Its links."""
        return (each for each in self._all(lambda: self._manager.also_serves(candidate, scene)) if _is_link(each))

    def interpreters(self, scene: Scene) -> Iterator[Path]:
        """Its absolute paths."""
        return (path for path in self._all(lambda: self._manager.interpreters(scene)) if _is_path(path))

    def proposes(self, project: Path, scene: Scene) -> str | None:
        """Its sentence, if it is one."""
        said = self._tried(lambda: self._manager.proposes(project, scene))
        return said if isinstance(said, str) else None

    def plan_create(self, request: CreateRequest, scene: Scene, tools: Mapping[str, Path]) -> Plan:
        """Its plan; raises ToolFailed where it fails."""
        return self._plan(lambda: self._manager.plan_create(request, scene, tools), Plan, _is_plan)

    def plan_remove(self, owned: Owned, scene: Scene, tools: Mapping[str, Path]) -> RemovalPlan:
        """Its plan; raises ToolFailed where it fails."""
        return self._plan(lambda: self._manager.plan_remove(owned, scene, tools), RemovalPlan, _is_removal)

    def plan_add_ipykernel(self, owned: Owned, scene: Scene, tools: Mapping[str, Path]) -> Plan:
        """Its plan; raises ToolFailed where it fails."""
        return self._plan(lambda: self._manager.plan_add_ipykernel(owned, scene, tools), Plan, _is_plan)

    def plan_install(self, version: str, scene: Scene, tools: Mapping[str, Path]) -> Plan:
        """Its plan; raises ToolFailed where it fails."""
        return self._plan(lambda: self._manager.plan_install(version, scene, tools), Plan, _is_plan)

    def how_to_remove(self, prefix: Path, project: Path | None) -> str:
        """Its sentence, or the one of every manager."""
        said = self._tried(lambda: self._manager.how_to_remove(prefix, project))
        return said if isinstance(said, str) else super().how_to_remove(prefix, project)

    def how_to_recreate(self, prefix: Path, project: Path | None) -> str:
        """Its sentence, or the one of every manager."""
        said = self._tried(lambda: self._manager.how_to_recreate(prefix, project))
        return said if isinstance(said, str) else super().how_to_recreate(prefix, project)

    def how_to_add_ipykernel(self, candidate: Candidate, project: Path | None) -> str:
        """Its sentence, or the one of every manager."""
        said = self._tried(lambda: self._manager.how_to_add_ipykernel(candidate, project))
        return said if isinstance(said, str) else super().how_to_add_ipykernel(candidate, project)

    def _plan(self, ask: Callable[[], T], kind: type[T], makes_sense: Callable[[T], bool]) -> T:
        try:
            plan = ask()
        except EnvsError:
            raise
        except Exception as error:
            raise ToolFailed(f"{self.title} could not plan it: {_said(error)}.", "Choose venv.") from error
        if not isinstance(plan, kind) or not makes_sense(plan):
            raise ToolFailed(f"{self.title} could not plan it: it gave {plan!r:.100}.", "Choose venv.")
        return plan

    def _claim(self, ask: Callable[[], object]) -> Claim | None:
        claim = self._tried(ask)
        if claim is None or (isinstance(claim, Claim) and _makes_sense(claim)):
            return claim
        _log.warning("jupyter_envs: the manager %s gave a claim that makes no sense: %.100r", self.name, claim)
        return None

    def _tried(self, ask: Callable[[], T]) -> T | None:
        try:
            return ask()
        except Exception as error:  # noqa: BLE001 -- it is somebody else's program, and may raise anything
            self._log(error)
            return None

    def _all(self, ask: Callable[[], Iterable[T]], failures: list[Exception] | None = None) -> Iterator[T]:
        """What it yields until it fails; the failure goes to `failures`, or to the log."""
        try:
            yield from ask()
        except Exception as error:  # noqa: BLE001 -- as above
            if failures is None:
                self._log(error)
            else:
                failures.append(error)

    def _log(self, error: Exception) -> None:
        _log.warning("jupyter_envs: the manager %s failed: %s", self.name, _said(error))

    def _failed(self, error: Exception) -> Problem:
        return Problem(
            ProblemCode.MANAGER_FAILED,
            f"The manager {self.title} failed while it looked for environments: {_said(error)}.",
            "Tell those who made it, or uninstall it; what it had not found yet is not listed.",
        )


def _said(error: Exception) -> str:
    """The kind of an exception and its words, on one line and not too long."""
    try:
        text = " ".join(str(error).split())
    except Exception:  # noqa: BLE001 -- even its words are somebody else's program
        text = ""
    return f"{type(error).__name__}: {text}"[:200].rstrip(" .:")


def _is_path(path: object) -> bool:
    return isinstance(path, Path) and path.is_absolute() and "\0" not in str(path)


def _is_sighting(found: object) -> bool:
    return isinstance(found, Sighting) and _is_path(found.prefix) and _are(str, found.found_by)


def _is_link(link: object) -> bool:
    return isinstance(link, Link) and _is_path(link.project) and _are(int, link.strength) and _are(str, link.reason)


def _makes_sense(claim: Claim) -> bool:
    return (
        _are(tuple, claim.links, claim.problems)
        and all(map(_is_link, claim.links))
        and (claim.lost is None or _is_path(claim.lost))
        and (claim.name is None or _are(str, claim.name))
        and _are(Problem, *claim.problems)
    )


def _is_plan(plan: Plan) -> bool:
    return (
        _is_path(plan.prefix)
        and _are(tuple, plan.commands, plan.shell, plan.files, plan.touched, plan.tables)
        and all(map(_is_command, (*plan.commands, *plan.shell)))
        and all(map(_is_path, plan.touched))
        and all(map(_is_table, plan.tables))
        and all(_are(tuple, each) and len(each) == _PAIR and _are(str, *each) for each in plan.files)
    )


def _is_removal(plan: RemovalPlan) -> bool:
    return (
        _are(tuple, plan.before, plan.after, plan.tables, plan.notes, plan.links, plan.carried)
        and all(map(_is_command, (*plan.before, *plan.after)))
        and all(map(_is_path, (*plan.notes, *plan.links)))
        and all(map(_is_table, plan.tables))
        and _are(str, *plan.carried)
    )


def _is_command(command: object) -> bool:
    return (
        isinstance(command, Command)
        and _are(tuple, command.words, command.variables)
        and bool(command.words)
        and _are(str, command.phase, *command.words)
        and all(_are(tuple, each) and len(each) == _PAIR and _are(str, *each) for each in command.variables)
        and _is_path(command.cwd)
        and _are(int, command.weight)
        and (command.otherwise is None or _is_command(command.otherwise))
    )


def _is_table(table: object) -> bool:
    return isinstance(table, Table) and _is_path(table.path) and _are(str, table.name)


def _word(given: object) -> str | None:
    return given if isinstance(given, str) else None


def _are(kind: type, *values: object) -> bool:
    """Whether values are what their types promise; nobody checked those of another package."""
    return all(isinstance(value, kind) for value in values)
