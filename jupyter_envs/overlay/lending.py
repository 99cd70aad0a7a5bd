"""Which environments can borrow an ipykernel, and which one they would get, as things lie now."""

from __future__ import annotations

import json
import os
import shlex
import sys
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_envs import files, naming, pyvenv
from jupyter_envs.overlay import store
from jupyter_envs.settings import ALWAYS, NEVER
from jupyter_envs.trust import Trust

if TYPE_CHECKING:
    from jupyter_envs.host import Host
    from jupyter_envs.managers.base import Scene
    from jupyter_envs.pyvenv import Reading


class Lending:
    """What can be lent to whom: made once for a listing, so that each overlay is read once.

    `setting` is `borrow_ipykernel`. The scene notes the looks, so that a listing holds until an overlay comes or goes.
    """

    def __init__(self, scene: Scene, setting: str) -> None:
        self.host = scene.host
        self._setting = setting
        self._places = [path for path in places_of(scene.host) if not scene.is_away(Path(path))]
        self._tags: dict[tuple[str | None, ...], str | None] = {}
        self._overlays: dict[str, tuple[str, str] | None] = {}
        self._trust = Trust(scene.host.uid)
        for place in self._places:
            scene.looks.whole(place)

    def can_lend(self, reading: Reading) -> bool:
        """Whether an environment on this interpreter may run a borrowed ipykernel at all."""
        return self._setting != NEVER and self._tag(reading) is not None

    def is_at_hand(self, reading: Reading) -> bool:
        """Whether that needs nothing of the person: the overlay is there, or is made without asking."""
        tag = self._tag(reading) if self._setting != NEVER else None
        if tag is None:
            return False
        return self._setting == ALWAYS or self._newest(tag) is not None or tag == self.own_tag

    def overlay(self, reading: Reading) -> str | None:
        """The folder of the overlay that an environment on this interpreter would get; None where none is there."""
        found = self._newest_for(reading)
        return None if found is None else found[0]

    def version(self, reading: Reading) -> str | None:
        """The version of the ipykernel in that overlay; None where none is there."""
        found = self._newest_for(reading)
        return None if found is None else found[1]

    @cached_property
    def own_tag(self) -> str | None:
        """The tag of this Python itself, whose own packages an overlay can be made of."""
        own = own_reading(self.host)
        return None if own is None else self._tag(own)

    def how_to_build(self, reading: Reading) -> str:
        """The command that makes an overlay for an interpreter."""
        return how_to_build(reading, self.own_tag)

    def _tag(self, reading: Reading) -> str | None:
        """The tag of a kind of interpreter, of which there are few, and telling takes a listing."""
        kind = (reading.base, reading.minor, reading.threads, reading.implementation, str(reading.windows))
        if kind not in self._tags:
            self._tags[kind] = store.tag(reading)
        return self._tags[kind]

    def _newest_for(self, reading: Reading) -> tuple[str, str] | None:
        tag = self._tag(reading) if self._setting != NEVER else None
        return None if tag is None else self._newest(tag)

    def _newest(self, tag: str) -> tuple[str, str] | None:
        """Folder and version. One that is damaged, or that somebody else could change, counts as absent."""
        if tag not in self._overlays:
            found = (store.newest(tag, [place]) for place in self._places)
            sound = (folder for folder in found if folder and not self._trust.judge_path(folder))
            known = ((folder, version) for folder in sound if (version := _version(folder)) is not None)
            self._overlays[tag] = next(known, None)
        return self._overlays[tag]


def how_to_build(reading: Reading, own_tag: str | None) -> str:
    """The command that makes an overlay for an interpreter: by its version where it is built as this Python itself is.

    Of another build (for another C library, for finding errors) `--python 3.12` might choose one with another tag.
    """
    version = f"{reading.minor}{reading.threads}"
    built = own_tag.split("-", 2)[2] if own_tag else None
    is_usual = built is None or store.tag(reading) == f"cpython-{version}-{built}"
    named = version if is_usual else shlex.quote(naming.shown_path(reading.prefix))
    return f"jupyter envs borrow build --python {named}"


def places_of(host: Host) -> list[str]:
    """The folders of a person that overlays may lie in, the machine's first."""
    return store.places(host.variables, os.fspath(host.home), os.fspath(host.system))


def own_reading(host: Host) -> Reading | None:
    """What the files of this Python itself say, or of the one that a test's host has in its place."""
    prefix, home = os.path.realpath(host.prefix), os.fspath(host.home)
    python = sys.executable if os.fspath(host.prefix) == sys.prefix else None
    return pyvenv.read(prefix, home) or pyvenv.read_interpreter(prefix, home, python)


def _version(overlay: str) -> str | None:
    try:
        version = json.loads(files.read_text(os.path.join(overlay, store.DESCRIPTION), files.LARGE) or "")["ipykernel"]
    except (KeyError, RecursionError, TypeError, ValueError):
        return None
    return version if isinstance(version, str) else None
