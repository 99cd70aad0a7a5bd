"""The environments as the REST API tells them, with their places in the file browser."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from jupyter_envs import packing

if TYPE_CHECKING:
    from jupyter_envs.environment import Environment
    from jupyter_envs.server.places import Places
    from jupyter_envs.server.threads import Threads
    from jupyter_envs.snapshot import Snapshot


class Telling:
    """Makes the texts of answers. The long one is made once for each snapshot, beside the event loop."""

    def __init__(self, places: Places, threads: Threads) -> None:
        self._places = places
        self._threads = threads
        self._environments: object = None
        self._kept = b""

    def placed(self, environment: Environment) -> Environment:
        """The same environment, knowing where its project is in the file browser."""
        if environment.project is None:
            return environment
        return replace(environment, project_path=self._places.in_browser(environment.project))

    async def listing(self, snapshot: Snapshot) -> bytes:
        """The answer of `GET environments`."""
        if self._environments is not snapshot.environments:
            kept = await self._threads.run(lambda: self._list(snapshot.environments))
            self._environments, self._kept = snapshot.environments, kept
        else:
            kept = self._kept
        head = json.dumps(replace(snapshot, environments=()).as_json()).encode("ascii")
        before, empty, after = head.partition(b'"environments": [')
        return b"".join((before, empty, packing.unpacked(kept), after))

    def _list(self, environments: tuple[Environment, ...]) -> bytes:
        """One by one, so that the interpreter can change threads between two."""
        return packing.packed(json.dumps(self.placed(one).as_json()) for one in environments)
