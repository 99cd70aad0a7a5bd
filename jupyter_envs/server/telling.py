"""What the server tells of environments: their JSON, with the place in the file browser filled in."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

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
        self._told: tuple[Snapshot, str] | None = None

    def placed(self, environment: Environment) -> Environment:
        """The same environment, knowing where its project is in the file browser."""
        if environment.project is None:
            return environment
        return replace(environment, project_path=self._places.in_browser(environment.project))

    async def listing(self, snapshot: Snapshot) -> str:
        """The answer of `GET environments`."""
        told = self._told
        if told is None or told[0] is not snapshot:
            told = (snapshot, await self._threads.run(lambda: self._text(snapshot)))
            self._told = told
        return told[1]

    def _text(self, snapshot: Snapshot) -> str:
        placed = replace(snapshot, environments=tuple(map(self.placed, snapshot.environments)))
        return json.dumps(placed.as_json())
