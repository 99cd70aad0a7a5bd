"""The two faces as their users meet them: the REST interface of a running server, and the command line's program."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from tests import commands
from tests.bench.serving import TOKEN, Server

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.making.projects import Kind

SECONDS = 240
EVERY_FACE = "JUPYTER_ENVS_TESTS_EVERY_FACE"
"""The variable with which each tool is tried from both faces."""


class Face(Protocol):
    """What can be asked of either; environments are as the JSON of both tells them."""

    def create(self, kind: Kind, project: Path, python: str) -> dict[str, Any]:
        """Makes the environment of a project, with what it declares and an ipykernel."""

    def remove(self, environment: Mapping[str, Any]) -> None:
        """Removes it."""

    def prefixes(self) -> list[str]:
        """Where the environments lie that it lists."""


@dataclass(frozen=True, slots=True)
class Rest:
    """The REST interface, asked as a page or a script does."""

    server: Server

    def create(self, kind: Kind, project: Path, python: str) -> dict[str, Any]:
        """A job that is followed to its end."""
        wish: dict[str, Any] = {"manager": kind.manager, "project_path": project.name, "python": python}
        wish |= {"install": True} if kind.installs else {"requirements_path": f"{project.name}/{kind.file}"}
        wish |= {"name": project.name} if kind.named else {}
        ended = self._followed(self.ask("POST", "environments", {**wish, "ipykernel": True}))
        return self.ask("GET", f"environments/{ended['environment']}").json["environment"]  # type: ignore[no-any-return]

    def remove(self, environment: Mapping[str, Any]) -> None:
        """Only with the revision that its reader saw, and not while its kernel runs."""
        address = f"environments/{environment['id']}"
        assert self.ask("DELETE", address).status == 428
        assert self.ask("DELETE", address, tag='"another"').status == 412
        tag = self.ask("GET", address).tag
        while_running = self.ask("DELETE", address, tag=tag)
        if self.kernels():
            assert while_running.status in {409, 412}, while_running
            self.end_kernels()
            while_running = self.ask("DELETE", address, tag=self.ask("GET", address).tag)
        if while_running.status == 412:  # a walk came by, and tells how it found it
            while_running = self.ask("DELETE", address, tag=self.ask("GET", address).tag)
        self._followed(while_running)
        assert self.ask("GET", address).status == 404

    def prefixes(self) -> list[str]:
        """Without a walk."""
        return [one["prefix"] for one in self.ask("GET", "environments").json["environments"]]

    def kernels(self) -> list[str]:
        """The running kernels."""
        return [one["id"] for one in self.server.ask("api/kernels")]

    def end_kernels(self) -> None:
        """End them, and wait until they have."""
        for identity in self.kernels():
            _asked(self.server, "DELETE", f"api/kernels/{identity}")

    def ask(self, method: str, path: str, body: object = None, tag: str | None = None) -> Answer:
        """What an address of ours answers."""
        return _asked(self.server, method, f"jupyter-envs/{path}", body, tag)

    def _followed(self, answer: Answer) -> dict[str, Any]:
        """A job at its end, after all of its events came in their order."""
        assert answer.status == 202, answer
        job = answer.json["job"]
        lines = _asked(self.server, "GET", f"jupyter-envs/jobs/{job['id']}/events").text.splitlines()
        events = [json.loads(line) for line in lines]
        numbers = [event["n"] for event in events]
        assert numbers == list(range(1, len(numbers) + 1))
        states = [event["job"] for event in events if event["kind"] == "state"]
        fractions = [state["fraction"] for state in states if state["fraction"] is not None]
        assert fractions == sorted(fractions)
        assert states[-1]["state"] == "done", "\n".join(str(event.get("text", event)) for event in events[-40:])
        assert any(state["phase"] not in {"Waiting", "Starting"} for state in states)
        return states[-1]  # type: ignore[no-any-return]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered."""

    status: int
    text: str
    tag: str | None

    @property
    def json(self) -> Any:  # noqa: ANN401 -- whatever the JSON holds
        """It, as data."""
        return json.loads(self.text)


def _asked(server: Server, method: str, path: str, body: object = None, tag: str | None = None) -> Answer:
    headers = {"Authorization": f"token {TOKEN}"} | ({"If-Match": tag} if tag else {})
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"http://127.0.0.1:{server.port}/{path}", data, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310 -- loopback
            return Answer(answer.status, answer.read().decode(), answer.headers["ETag"])
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, error.read().decode(), None)


@dataclass(frozen=True, slots=True)
class CommandLine:
    """The program, in a person's terminal with these variables."""

    variables: Mapping[str, str]

    def create(self, kind: Kind, project: Path, python: str) -> dict[str, Any]:
        """With the options that a script uses."""
        more: list[str | Path] = ["--install"] if kind.installs else ["--requirements", project / kind.file]
        more += ["--name", project.name] if kind.named else []
        words = ["create", project, "--manager", kind.manager, "--python", python, "--ipykernel", *more]
        return self._answer(*words)["environment"]  # type: ignore[no-any-return]

    def remove(self, environment: Mapping[str, Any]) -> None:
        """By its id, after consent."""
        told = self._answer("remove", environment["id"], "--yes")
        assert told["removed"]["prefix"] == environment["prefix"]

    def prefixes(self) -> list[str]:
        """After looking everywhere."""
        return [one["prefix"] for one in self._answer("list", "--rescan")["environments"]]

    def _answer(self, *words: str | Path) -> Any:  # noqa: ANN401 -- whatever the JSON holds
        done = commands.start(*words, "--json", **self.variables)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)
