"""Removing environments: only what is one, in an allowed place, that nothing runs on; never anything outside of it."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from jupyter_envs import disk_usage, files, naming, pins, registered
from jupyter_envs.creator import deleting, holding, packages, processes, records, serving, subject, trash
from jupyter_envs.creator.running import Runner
from jupyter_envs.errors import Cancelled, EnvsError, Refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from jupyter_envs.creator.deleting import Left
    from jupyter_envs.creator.means import Means
    from jupyter_envs.creator.subject import Subject
    from jupyter_envs.creator.work import Report
    from jupyter_envs.environment import Environment
    from jupyter_envs.managers.plans import Command, RemovalPlan

MEASURING_SECONDS = 3.0
NAMED_AT_MOST = 5
_UNITS = ("bytes", "kB", "MB", "GB", "TB")
_THOUSAND = 1000


@dataclass(frozen=True, slots=True)
class Removal:
    """The removal of one environment, decided and not begun."""

    means: Means
    subject: Subject
    plan: RemovalPlan
    tells: tuple[str, ...]
    kind: ClassVar[str] = "remove"

    @property
    def prefix(self) -> Path:
        """The folder that goes."""
        return self.subject.prefix

    def do(self, report: Report) -> None:
        """Removes it, and warns of what of its records stays.

        Raises `Cancelled`, `NotFound`, `Occupied` and `Refused`, and then it is as it was. But also `Refused` where
        something of it cannot be deleted: it is no environment then.
        """
        with subject.in_words(self.subject), holding.hold(self.prefix, self.means.host, self.subject.number) as held:
            subject.still_deletable(self.subject, self.means)
            processes.refuse_while_used(self.prefix, self.means.host)
            trash.sweep(held.parent)
            run_all(self.plan.before, self.means, report, (held.lock,))
            if report.cancel.is_set():
                raise Cancelled("It was cancelled, and nothing was removed.")
            report.phase("Deleting the environment")
            left = deleting.delete(held.parent, self.prefix.name, held.folder)
            if left is None:
                raise holding.being_changed(self.prefix)
            report.phase("Putting records right")
            for told in forget(self.subject, self.plan, self.means):
                report.warn(told)
            with suppress(Cancelled):  # it is gone all the same
                run_all(self.plan.after, self.means, report)
        if left:
            raise _unfinished(self.subject, left)


def decide(means: Means, environment: Environment) -> Removal:
    """What would be removed. Raises `NotFound`, `Refused`, or `Occupied` while something runs on it."""
    found = subject.as_shown(means, environment)
    unseen = subject.refuse_to_delete(found, means)
    plan = found.owned.manager.plan_remove(found.owned, found.scene, means.tools)
    processes.refuse_while_used(found.prefix, means.host)
    return Removal(means, found, plan, (*_tells(found), *unseen))


def run_all(commands: Iterable[Command], means: Means, report: Report, inherit: tuple[int, ...] = ()) -> None:
    """Runs what goes with a removal; a command that fails is told and stops nothing."""
    commands = tuple(commands)
    runner = Runner(means.host, report, commands, inherit=inherit)
    for command in commands:
        try:
            runner.run(command)
        except Cancelled:
            raise
        except EnvsError as error:
            report.warn(str(error))


def forget(gone: Subject, plan: RemovalPlan, means: Means) -> tuple[str, ...]:
    """Takes an environment that is gone out of its tool's records, its projects' links and the person's pins.

    What a person must be told of links that stay.
    """
    for table in plan.tables:
        with suppress(OSError, EnvsError):
            records.remove(table, means.host)
    for note in plan.notes:
        if _names(note, gone.prefix):
            with suppress(OSError):
                note.unlink()
    kept = tuple(serving.take_away((*plan.links, *serving.links(gone.environment)), gone.prefix, means.host))
    marks = pins.read(means.scene())
    for mark, marked in ((pins.Mark.PIN, marks.pinned), (pins.Mark.HIDE, marks.hidden)):
        if gone.prefix in marked:
            with suppress(EnvsError):  # a damaged file is the doctor's, and says so everywhere
                pins.change(means.host, gone.prefix, mark, on=False)
    return kept


def registered_specs(gone: Subject) -> list[str]:
    """The names of kernel specs that `register` wrote for an environment."""
    scene = gone.scene
    found = (
        (name, registered.mark_of(scene.json(folder / "kernels" / name / "kernel.json", files.SMALL)))
        for folder in scene.host.jupyter_data_folders()
        for name in scene.names(folder / "kernels")
    )
    return [name for name, mark in found if mark is not None and mark.prefix == gone.prefix]


def _tells(gone: Subject) -> Iterator[str]:
    usage = disk_usage.measure([gone.prefix], seconds=MEASURING_SECONDS).of(gone.prefix)
    size = "its size is not known"
    if usage is not None:
        size = f"it takes {room(usage.size)}, and {room(usage.freed)} become free"
    what = f"{gone.owned.manager.title}, Python {gone.environment.version or 'unknown'}"
    yield f"{gone.shown} ({what}) will be deleted: {size}."
    yield from serving.tells(gone.environment)
    specs = registered_specs(gone)
    if specs:
        what = "The registered kernel" if len(specs) == 1 else "The registered kernels"
        yield f"{what} {', '.join(map(naming.shown, specs[:NAMED_AT_MOST]))} will go with it."
    had = packages.installed(gone.reading)
    inside = [one for one in had if one.folder is not None and one.folder.is_relative_to(gone.prefix)]
    if inside:
        names = ", ".join(one.name for one in inside[:NAMED_AT_MOST])
        yield f"It holds the sources of editable packages, which go with it: {names}."


def room(size: float) -> str:
    """A number of bytes as people say it."""
    for unit in _UNITS[:-1]:
        if size < _THOUSAND:
            return f"{size:.0f} {unit}"
        size /= _THOUSAND
    return f"{size:.1f} {_UNITS[-1]}"


def _names(note: Path, prefix: Path) -> bool:
    """Whether the first line of a file gives an environment's name, or the path of it or of something in it."""
    first = (files.read_text(os.fspath(note)) or "").partition("\n")[0].strip()
    named = note.parent / first.replace("\0", "")
    if not first or first == prefix.name:
        return bool(first)
    return any(path.is_relative_to(prefix) for path in (named, Path(os.path.realpath(named))))


def _unfinished(gone: Subject, left: tuple[Left, ...]) -> Refused:
    left = tuple(one for one in left if not any(each.name.startswith(f"{one.name}/") for each in left))
    names = ", ".join(f"{naming.shown_path(one.name)} ({one.why})" for one in left[:NAMED_AT_MOST])
    where = naming.shown_path(os.fspath(gone.prefix.with_name(trash.TRASH + f"{gone.number:x}")))
    return Refused(
        f"{gone.shown} is no environment any more, but {len(left)} of its files could not be deleted: {names}.",
        f"What is left lies in {where}: delete it when you can.",
    )
