"""What is announced to those who listen to the server's events: environments that changed, and jobs."""

from __future__ import annotations

import asyncio
import json
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tornado.websocket import WebSocketClosedError

from jupyter_envs.catalogue import Catalogue
from jupyter_envs.finder import Finder
from jupyter_envs.host import Host
from jupyter_envs.server.announcing import IDS_AT_MOST, SCHEMA, Announcer
from jupyter_envs.settings import Settings
from jupyter_envs.snapshot import Snapshot
from tests.server.conftest import make_venv

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from tests.server.conftest import Client


class Events:
    """The part of an event logger that an announcer uses."""

    def __init__(self) -> None:
        self.said: list[dict[str, Any]] = []

    def register_event_schema(self, path: Path) -> None:
        assert path.is_file()

    def emit(self, *, schema_id: str, data: dict[str, Any]) -> None:
        assert schema_id == SCHEMA
        self.said.append(data)


async def test_many_changes_are_told_by_their_first_ids(tmp_path: Path) -> None:
    make_venv(tmp_path / ".virtualenvs" / "a")
    one = Catalogue(Finder(Host(home=tmp_path), Settings())).refresh().environments[0]
    many = tuple(replace(one, id=f"a-{number}") for number in range(IDS_AT_MOST + 1))
    events = Events()
    announcer = Announcer(events, asyncio.get_running_loop())  # type: ignore[arg-type]  # all that it needs
    assert not announcer.has_listeners()
    for environments in (many, many, (replace(one, revision="x"),), ()):
        announcer.changed(Snapshot(environments=environments))
        await asyncio.sleep(0)
    first, same, fewer, none = events.said
    assert (len(first["changed"]), first["removed"], first["more"], first["complete"]) == (IDS_AT_MOST, [], True, False)
    assert (same["changed"], same["removed"], same["more"]) == ([], [], False)
    assert (fewer["changed"], len(fewer["removed"])) == ([one.id], IDS_AT_MOST)
    assert none["removed"] == [one.id]
    del events
    announcer.changed(Snapshot())
    await asyncio.sleep(0)


async def test_who_listens_is_told_of_a_new_environment(
    client: Client,
    project: Path,
    jp_ws_fetch: Callable[..., Awaitable[Any]],
    jp_serverapp: Any,  # noqa: ANN401
) -> None:
    watcher = jp_serverapp.web_app.settings["jupyter_envs"].watcher
    watcher.pace = replace(watcher.pace, gone=0.5, look=0.1, rest=0.0)
    socket = await jp_ws_fetch("api", "events", "subscribe")
    await client.look()
    await asyncio.sleep(1)
    assert watcher.is_connected
    prefix = make_venv(project / ".venv")
    told = await next_change(socket, "changed")
    _, listing = await client.ask("GET", "environments")
    known = next(one for one in listing["environments"] if one["prefix"] == str(prefix))
    assert known["id"] in told["changed"]
    assert told["complete"] is True
    assert not {"changed", "removed", "more", "complete"} - told.keys()
    assert str(project) not in json.dumps(told)
    shutil.rmtree(prefix)
    told = await next_change(socket, "removed")
    assert known["id"] in told["removed"]
    socket.close()
    async with asyncio.timeout(10):
        while watcher.is_connected:  # noqa: ASYNC110 -- nothing tells of it
            await asyncio.sleep(0.05)


async def next_change(socket: Any, how: str) -> dict[str, Any]:  # noqa: ANN401
    """The next event of ours that says this of the project's environment, of those that come within ten seconds."""
    async with asyncio.timeout(10):
        while True:
            message = await socket.read_message()
            if message is None:
                raise WebSocketClosedError
            told: dict[str, Any] = json.loads(message)
            if told["schema_id"] == SCHEMA and any(one.startswith("proj-") for one in told[how]):
                return told


async def test_another_tab_is_told_when_a_job_is_there_begins_and_ends(client: Client, jp_serverapp: Any) -> None:  # noqa: ANN401
    told: list[dict[str, Any]] = []
    ended = asyncio.Event()

    async def listen(logger: object, schema_id: str, data: dict[str, Any]) -> None:
        if data.get("job", {}).get("kind") == "rescan":
            told.append(data)
            if data["job"]["state"] == "done":
                ended.set()

    jp_serverapp.event_logger.add_listener(schema_id=SCHEMA, listener=listen)
    _, answer = await client.ask("POST", "rescan")
    async with asyncio.timeout(10):
        await ended.wait()
    ours = [one for one in told if one["job"]["id"] == answer["job"]["id"]]
    assert [one["job"]["state"] for one in ours][-2:] == ["running", "done"]
    for one in ours:
        assert (one["changed"], one["removed"], one["more"]) == ([], [], False)
        assert one["job"].keys() == {"id", "kind", "state", "environment"}
