"""Copying what a person put into an old environment into the new one: one file at a time, over nothing that is there.

What cannot be read or written fails, so that the old environment comes back. What the new one has otherwise is kept.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_envs import files, naming
from jupyter_envs.creator import contents
from jupyter_envs.creator.contents import Content
from jupyter_envs.errors import Cancelled, Refused
from jupyter_envs.unconfigured import versioned

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from jupyter_envs.creator.work import Report
    from jupyter_envs.host import Host

NAMED_AT_MOST = 5
_INTERPRETER = re.compile(rb"#![ \t]*(\S+/)(?:python|pypy)[\d.]+t?(?=[ \t\r\n])")
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(slots=True)
class Carrying:
    """From the environment that lies at `old`, which was called `prefix`, into the one at `new`.

    What lay in one of the folders `sites`, by their names below it, goes into the folder `site` of the new one.
    """

    old: str
    prefix: str
    new: str
    host: Host
    sites: Sequence[str] = ()
    site: str = ""
    taken: list[tuple[str, Path]] = field(default_factory=list)
    """What the new one has, too, and has otherwise, and where the old one's is kept."""
    stale: list[str] = field(default_factory=list)
    """What was carried and still speaks of the old place, or of a Python that is gone."""

    def carry(self, names: Iterable[str], report: Report) -> None:
        """Raises `Cancelled`, `Refused` where one would be lost, or `OSError` where the new one cannot be written."""
        carried = [name for name in names if self._is_carried(name, report)]
        if carried:
            report.line(f"Carried over: {', '.join(map(naming.shown_path, carried))}")

    def tell(self, report: Report) -> None:
        """Tells what became of what was not simply carried."""
        if self.taken:
            named = [f"{naming.shown_path(name)} in {naming.shown_path(os.fspath(kept))}" for name, kept in self.taken]
            more = f" and {len(named) - NAMED_AT_MOST} more there" if len(named) > NAMED_AT_MOST else ""
            shown = ", ".join(named[:NAMED_AT_MOST])
            report.warn(
                f"These were not carried over, as the new environment has its own. Yours are kept: {shown}{more}."
            )
        if self.stale:
            report.warn(f"These were carried over, and still name what the old one had: {some(self.stale)}.")

    def _is_carried(self, name: str, report: Report) -> bool:
        if report.cancel.is_set():
            raise Cancelled("It was cancelled, and nothing is left of it.")
        source, below = os.path.join(self.old, name), self._below(name)
        target = os.path.join(self.new, below)
        if os.path.lexists(target):
            if not _are_equal(source, target):
                self._keep(name, source)
            return False
        if not self._has_folder(os.path.dirname(name), os.path.dirname(below)):
            self._keep(name, source)
            return False
        if os.path.islink(source):
            os.symlink(self._link(name), target)
            return True
        self._copy(name, source, target)
        return True

    def _keep(self, name: str, source: str) -> None:
        """A copy for its person, of a link where it leads."""
        try:
            is_link = os.path.islink(source)
            content = Content(os.fsencode(os.readlink(source))) if is_link else contents.read(Path(source))
        except OSError:
            content = None
        if content is None or content.data is None:
            raise _unread(name)
        self.taken.append((name, contents.keep(Path(source), content, self.host)))

    def _below(self, name: str) -> str:
        """Where it goes."""
        site = next((site for site in self.sites if name.startswith(f"{site}/")), None)
        if site is not None:
            return self.site + name[len(site) :]
        top, _, below = name.partition("/")
        library, _, rest = below.partition("/")
        return f"{os.path.dirname(self.site)}/{rest}" if top == "lib" and rest and versioned(library) else name

    def _has_folder(self, name: str, below: str) -> bool:
        """Make the folders that are missing, with the modes of the old ones; False where a link or file has a name."""
        path = os.path.join(self.new, below)
        if os.path.lexists(path):
            real = os.path.join(os.path.realpath(self.new), below).rstrip("/")
            return os.path.isdir(path) and os.path.realpath(path) == real
        if not self._has_folder(os.path.dirname(name), os.path.dirname(below)):
            return False
        mode = os.stat(os.path.join(self.old, name)).st_mode
        os.mkdir(path, 0o700)
        os.chmod(path, stat.S_IMODE(mode) | 0o700)
        return True

    def _copy(self, name: str, source: str, target: str) -> None:
        try:
            file = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            raise _unread(name) from error
        with os.fdopen(file, "rb") as old:
            if not stat.S_ISREG(os.fstat(file).st_mode):
                raise _unread(name)
            with os.fdopen(os.open(target, _NEW, 0o600), "wb") as new:
                new.write(self._put_right(name, old.read(files.LARGE)))
                shutil.copyfileobj(old, new)
        shutil.copystat(source, target)

    def _put_right(self, name: str, text: bytes) -> bytes:
        """A script's first line names the new environment and a Python that it has."""
        was, now = os.fsencode(self.prefix) + b"/", os.fsencode(self.new) + b"/"
        line, end, rest = text.partition(b"\n")
        if line.startswith(b"#!"):
            line = line.replace(was, now)
            found = _INTERPRETER.match(line + b"\n")
            if found and found[1] == now + b"bin/" and not os.path.lexists(line[2 : found.end()].strip()):
                line = line[: found.end(1)] + b"python" + line[found.end() :]
        whole = line + end + rest
        named = re.findall(re.escape(now) + rb"(?:bin|lib)/(?:python|pypy)\d[\d.]*t?", whole)
        if (was != now and was in whole) or not all(map(os.path.lexists, named)):
            self.stale.append(name)
        return whole

    def _link(self, name: str) -> str:
        """Where a link leads, from its new place: into the new environment where it led into the old one."""
        text = os.readlink(os.path.join(self.old, name))
        if self.prefix == self.new:
            return text
        led = os.path.normpath(os.path.join(self.prefix, os.path.dirname(name), text))
        if not led.startswith(f"{self.prefix}/"):
            return led if text.startswith("..") else text
        return os.path.join(self.new, led[len(self.prefix) + 1 :]) if os.path.isabs(text) else text


def some(names: Sequence[str], at_most: int = NAMED_AT_MOST) -> str:
    """The first names of a list, fit for showing, and how many more there are."""
    shown = ", ".join(map(naming.shown_path, names[:at_most]))
    more = len(names) - at_most
    return f"{shown} and {more} more" if more > 0 else shown


def _unread(name: str) -> Refused:
    shown = naming.shown_path(name)
    return Refused(f"{shown} could not be read, and would be lost.", "Make it readable, or move it elsewhere first.")


def _are_equal(one: str, other: str) -> bool:
    """Whether two links or two files, which are not large, say the same."""
    first, second = os.lstat(one), os.lstat(other)
    if stat.S_ISLNK(first.st_mode) and stat.S_ISLNK(second.st_mode):
        return os.readlink(one) == os.readlink(other)
    if not (stat.S_ISREG(first.st_mode) and stat.S_ISREG(second.st_mode)) or first.st_size != second.st_size:
        return False
    return first.st_size <= files.LARGE and files.read_text(one, files.LARGE) == files.read_text(other, files.LARGE)
