"""The borrowed ipykernels of one person and their machine: made, listed and removed."""

from __future__ import annotations

import errno
import os
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jupyter_envs import files, naming, process
from jupyter_envs.borrowing import contents, removing, server_made, workshop
from jupyter_envs.borrowing.index_made import IndexMade, runnable
from jupyter_envs.borrowing.server_made import Incomplete
from jupyter_envs.borrowing.trial import Trial
from jupyter_envs.errors import NotFound, Refused, ToolFailed
from jupyter_envs.overlay import lending, store
from jupyter_envs.trust import Trust

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jupyter_envs.borrowing.removing import Removal
    from jupyter_envs.borrowing.workshop import Bench
    from jupyter_envs.creator import Report
    from jupyter_envs.host import Host
    from jupyter_envs.pyvenv import Reading

_NOT_WRITABLE = (
    "An administrator can prepare one for everybody with: jupyter envs borrow build --system. "
    "Or install ipykernel into the environment."
)
_KIND = "cpython-"
"""How every tag begins."""
_FOR_ALL = "Run it as an administrator, or without --system."
_FIXES = {
    errno.EACCES: _NOT_WRITABLE,
    errno.EPERM: _NOT_WRITABLE,
    errno.EROFS: _NOT_WRITABLE,
    errno.ENOSPC: "Make room on the disk, then try again.",
    errno.EDQUOT: "Make room in your quota, then try again.",
}


@dataclass(frozen=True, slots=True)
class Borrowed:
    """One overlay: what it is for, what is in it, where it lies. `size` is in bytes."""

    tag: str
    folder: str
    ipykernel: str | None
    python: str | None
    source: str | None
    made: str | None
    size: int
    system: bool
    in_use: bool

    def as_json(self) -> dict[str, object]:
        """The overlay as `borrow list --json` and the REST API tell it."""
        return {name: getattr(self, name) for name in self.__slots__}


class Borrower:
    """Makes, lists and removes overlays for the person of a host. All of it waits for the disk, `build` for tools."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._trust = Trust(host.uid)
        self._machines, self._own = lending.places_of(host)

    def newest(self, tag: str) -> str | None:
        """The folder of the overlay to use for a tag: an administrator's, or else the person's; None where none is.

        One that somebody else could change, and one that is damaged, count as absent.
        """
        for place in (self._machines, self._own):
            found = self._newest_in(place, tag)
            if found:
                return found
        return None

    def needs_download(self, reading: Reading) -> str | None:
        """Why an overlay for an interpreter takes packages from an index, a sentence; None where it does not."""
        if not self._is_servers(reading):
            return f"Python {reading.minor} is not the one that the server runs on."
        try:
            server_made.closure(self._sites())
        except Incomplete as error:
            return error.message
        return None

    def build(  # noqa: PLR0913 -- what is to be made, who is told, and how far it may go
        self,
        reading: Reading,
        report: Report,
        *,
        system: bool = False,
        download: bool = True,
        renew: bool = True,
        seconds: float | None = None,
    ) -> str:
        """The folder of an overlay for an interpreter, made where there is none yet.

        `system`: for everybody on the machine. `renew`: also when there is one with other versions than would be
        installed now. `download` False raises Incomplete where that would be needed. Another one who makes the same
        is waited for, at most so many `seconds`: BeingMade then. Raises Cancelled, Refused and ToolFailed, and nothing
        is left.
        """
        tag = store.tag(reading)
        if tag is None:
            raise Refused(f"No ipykernel can be borrowed for {_named(reading)}.", "Install one into the environment.")
        why = None if download else self.needs_download(reading)
        if why is not None:  # before anything is written
            raise Incomplete(why)
        place = self._machines if system else self._own
        mode = workshop.EVERYBODYS if system else workshop.OWN
        with (
            _in_words(reading, place, system=system),
            workshop.bench(place, tag, report, mode=mode, seconds=seconds) as bench,
        ):
            before = self._newest_in(place, tag)
            if before and not renew:
                return before
            return self._made(reading, report, bench, before, download=download)

    def overlays(self) -> list[Borrowed]:
        """All overlays, by tag and then by age."""
        return [_told(folder, tag, system=place == self._machines) for place, tag, folder in self._folders()]

    def remove(self, wanted: str | None, *, system: bool = False) -> Removal:
        """Removes the person's overlays of a tag or a Python version, or all; with `system` the machine's instead.

        Raises NotFound where there is none of that name.
        """
        place = self._machines if system else self._own
        chosen = [each for each in self._folders() if wanted in {None, each[1], _version(each[1])}]
        folders = [folder for where, _, folder in chosen if where == place]
        if not folders and wanted is not None:
            raise _not_there(wanted, elsewhere=bool(chosen), system=system)
        return removing.remove(folders, place, self._host)

    def _made(self, reading: Reading, report: Report, bench: Bench, before: str | None, *, download: bool) -> str:
        """An overlay of what would be installed now: the one before where that is the same."""
        try:
            finished = self._of_servers(reading, report, bench, before)
        except Incomplete as error:
            if not download:
                raise
            report.line(str(error.message))
            finished = self._of_index(reading, report, bench, before)
        self._retire(finished, bench)
        return finished

    def _of_servers(self, reading: Reading, report: Report, bench: Bench, before: str | None) -> str:
        if not self._is_servers(reading):
            raise Incomplete(f"Python {reading.minor} is not the one that the server runs on.")
        packages = server_made.closure(self._sites())
        if before and contents.versions(before) == {name: package.version for name, package in packages.items()}:
            return before
        with bench.making() as folder:
            report.phase("Copying the server's own ipykernel")
            server_made.copy(packages, self._trial(reading, bench, folder), report)
            return bench.finish(folder, reading, contents.SERVER)

    def _of_index(self, reading: Reading, report: Report, bench: Bench, before: str | None) -> str:
        index = IndexMade(reading, self._host, process.tools(self._host.variables))
        if before and contents.versions(before) == index.versions():
            return before
        with bench.making() as folder:
            index.make(self._trial(reading, bench, folder), report, shared=bench.mode == workshop.EVERYBODYS)
            return bench.finish(folder, reading, contents.INDEX)

    def _trial(self, reading: Reading, bench: Bench, folder: str) -> Trial:
        """How what is put into the new folder will be tried."""
        variables = {"HOME": os.fspath(self._host.home), **process.tool_variables(self._host.variables)}
        return Trial(runnable(reading), bench.site(folder), variables, bench.lock)

    def _newest_in(self, place: str, tag: str) -> str | None:
        found = store.newest(tag, [place])
        if found is None or contents.description(found) is None:
            return None
        return None if self._trust.judge_path(os.path.join(found, store.SITE)) else found

    def _retire(self, newest: str, bench: Bench) -> None:
        """Removes the older generations that no kernel runs on."""
        for place, tag, folder in self._folders():
            if place == bench.place and tag == bench.tag and folder != newest:
                with suppress(OSError):  # somebody else's
                    workshop.remove(folder)

    def _folders(self) -> Iterator[tuple[str, str, str]]:
        """Place, tag and path of every overlay there is."""
        for place in (self._machines, self._own):
            found = [(name.rpartition(".")[0], name) for name in files.names(place) if name.startswith(_KIND)]
            numbered = [
                (tag, number, name) for tag, name in found if (number := store.generation(name, tag)) is not None
            ]
            paths = ((tag, os.path.join(place, name)) for tag, _, name in sorted(numbered))
            yield from ((place, tag, path) for tag, path in paths if contents.is_overlay(path))

    def _is_servers(self, reading: Reading) -> bool:
        own = lending.own_reading(self._host)
        return own is not None and store.tag(own) == store.tag(reading)

    def _sites(self) -> list[str]:
        own = lending.own_reading(self._host)
        return own.sites() if own else []


def _told(folder: str, tag: str, *, system: bool) -> Borrowed:
    told = contents.description(folder)
    return Borrowed(
        tag=tag,
        folder=folder,
        ipykernel=told.ipykernel if told else None,
        python=told.python if told else None,
        source=told.source if told else None,
        made=told.made if told else None,
        size=contents.size(folder),
        system=system,
        in_use=workshop.in_use(folder),
    )


def _not_there(wanted: str, *, elsewhere: bool, system: bool) -> NotFound:
    whose = "for everybody" if system else "of yours"
    fix = "See what there is: jupyter envs borrow list"
    if elsewhere:
        words = "remove" if system else "remove --system"
        fix = f"One {'of yours' if system else 'for everybody'} is: jupyter envs borrow {words} {wanted}"
    return NotFound(f"No ipykernel {whose} is borrowed for '{wanted}'.", fix)


def _version(tag: str) -> str:
    return "".join(tag.split("-")[1:2])


def _named(reading: Reading) -> str:
    kind = {"cpython": "Python", "pypy": "PyPy", "graalpy": "GraalPy"}.get(
        reading.implementation or "cpython", "Python"
    )
    return f"{kind} {reading.minor or 'of an unknown version'}"


@contextmanager
def _in_words(reading: Reading, place: str, *, system: bool) -> Iterator[None]:
    """What a tool or the system refused, in words that say what it was for."""
    what = f"An ipykernel for {_named(reading)} could not be prepared"
    try:
        yield
    except (ToolFailed, Refused) as error:
        if isinstance(error, workshop.BeingMade):
            raise
        raise type(error)(f"{what}: {error.message}", error.fix) from error
    except OSError as error:
        fix = _FIXES.get(error.errno or 0, "Mend that, then try again.")
        fix = _FOR_ALL if system and fix == _NOT_WRITABLE else fix
        where = naming.shown_path(place)
        raise Refused(f"{what} in {where}: {error.strerror or error}.", fix) from error
