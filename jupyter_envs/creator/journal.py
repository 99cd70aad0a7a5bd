"""What a project's files held before a piece of work, noted on the disk while it lasts: killed, it is put right later.

A note in the state folder holds the former contents, and by which digest a file is known to be as the work left it.
Such a file is put back. While a command runs that may write a file, nobody knows what it leaves: that file, and one
that changed after the work was killed, stays as it is; what it held before is kept beside the note, and told.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_envs import files, naming, unfinished
from jupyter_envs.creator import sharing
from jupyter_envs.creator.contents import Content, keep, put_back, read, replaced, write
from jupyter_envs.errors import EnvsError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from jupyter_envs.creator.sharing import Shared
    from jupyter_envs.host import Host

NOTES = unfinished.CHANGING
AT_MOST = 4 * 1024 * 1024
"""How long a file may be whose former content is noted, in bytes."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """One file: what it held, and the digest of what the work left in it; None while that is not known."""

    path: Path
    before: Content
    left: str | None


def begin(
    shared: Shared, before: Mapping[Path, Content], left: Mapping[Path, Content | None], running: Collection[Path]
) -> None:
    """Note what files held, and hold; `running` are those that a command may be writing. Raises `OSError`."""
    noted = [
        {
            "path": os.fspath(path),
            "before": None if content.data is None else base64.b64encode(content.data).decode("ascii"),
            "mode": content.mode,
            "left": None if path in running else _digest(left[path]),
        }
        for path, content in before.items()
        if path in shared.files and len(content.data or b"") <= AT_MOST
    ]
    if not noted:
        return
    note = _note(shared.files, shared.host)
    note.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    told = {"held": [os.fspath(path) for path in shared.files], "files": noted}
    write(note, json.dumps(told).encode("ascii"), 0o600)


def forget(shared: Shared) -> None:
    """Nothing of that work needs to be put right any more."""
    if shared.files:
        with suppress(OSError):
            _note(shared.files, shared.host).unlink()


def settle(shared: Shared) -> tuple[str, ...]:
    """Put right what a killed work left in the same files; what must be told."""
    return _settle(_note(shared.files, shared.host), shared.host) if shared.files else ()


def recover(host: Host) -> tuple[str, ...]:
    """Put right what killed works left, where nobody works on the same; what must be told."""
    folder, told = host.own_state_folder() / NOTES, list[str]()
    for name in files.names(os.fspath(folder)):
        with suppress(EnvsError, OSError):  # where that is not possible: another time
            paths, _ = _noted(folder / name) or ([], [])
            if paths and _note(paths, host).name == name:
                with sharing.files(paths, host):
                    told.extend(_settle(folder / name, host))
    return tuple(told)


def _settle(note: Path, host: Host) -> tuple[str, ...]:
    """What must be told. Raises `OSError` where the note or a project cannot be looked at now; the note stays then."""
    noted = _noted(note)
    if noted is None:
        return (_put_aside(note, host),)
    for entry in noted[1]:
        os.stat(entry.path.parent)
    told = [line for entry in noted[1] for line in _settled(entry, host)]
    with suppress(OSError):
        note.unlink()
    return tuple(told)


def _put_aside(note: Path, host: Host) -> str:
    """Keeps a note that is damaged for its person, who may find in it what a file held."""
    content = read(note)
    kept = keep(note, content or Content(None), host)
    note.unlink()
    return f"The note on work that was killed is damaged, and kept in {naming.shown_path(os.fspath(kept))}."


def _settled(entry: _Entry, host: Host) -> Iterator[str]:
    now, shown = read(entry.path), naming.shown_path(os.fspath(entry.path))
    if now == entry.before:
        return
    if now is not None and _digest(now) == entry.left and sharing.real(entry.path) == entry.path:
        kept = put_back(entry.path, now, entry.before, host)
        if kept is not None:
            yield replaced(entry.path, kept)
        return
    yield f"Work that was killed may have changed {shown}, which stays as it is."
    if entry.before.data is not None:
        yield f"What it held before is in {naming.shown_path(os.fspath(keep(entry.path, entry.before, host)))}."


def _noted(note: Path) -> tuple[list[Path], list[_Entry]] | None:
    """The files that the work held, and what is known of them; None where the note is damaged. Raises `OSError`."""
    content = read(note)
    if content is not None and content.data is None:
        return [], []
    try:
        told = json.loads(content.text if content else "")
        return [Path(str(path)) for path in told["held"]], [_entry(each) for each in told["files"]]
    except (KeyError, TypeError, ValueError, RecursionError):
        return None


def _entry(told: Mapping[str, object]) -> _Entry:
    before, left = told["before"], told["left"]
    data = None if before is None else base64.b64decode(str(before))
    return _Entry(Path(str(told["path"])), Content(data, int(str(told["mode"]))), None if left is None else str(left))


def _digest(content: Content | None) -> str | None:
    if content is None:
        return None
    return hashlib.sha256(f"{content.mode} {content.data is None} ".encode() + (content.data or b"")).hexdigest()


def _note(paths: Collection[Path], host: Host) -> Path:
    """The note of a work on these files, whose first one it has locked."""
    digest = hashlib.sha256(os.fsencode(min(paths))).hexdigest()[:16]
    return host.own_state_folder() / NOTES / f"{digest}.json"
