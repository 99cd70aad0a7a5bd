"""The REST interface: its addresses, and what it answers on managers, interpreters and folders."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from jupyter_server.auth.decorator import authorized
from jupyter_server.utils import url_path_join
from tornado import web

from jupyter_envs.errors import BadRequest, NotFound, Refused
from jupyter_envs.pins import Mark
from jupyter_envs.server.base import EnvsHandler, told
from jupyter_envs.server.bodies import parse
from jupyter_envs.server.borrowing import BorrowedOnes
from jupyter_envs.server.document import Document
from jupyter_envs.server.environments import Environment, Environments, Marked, OwnIpykernel, Recreation
from jupyter_envs.server.job_handlers import Job, JobEvents, Jobs, Rescan
from jupyter_envs.server.registering import Registration

if TYPE_CHECKING:
    from pathlib import Path

    from jupyter_envs.creator.proposing import Proposal


class Managers(EnvsHandler):
    """The managers that are known."""

    @web.authenticated
    @authorized
    @told
    async def get(self) -> None:
        """Name and title of each, and whether it can make environments here."""
        self.answer({"managers": await self.services.threads.run(self._managers)})

    def _managers(self) -> list[dict[str, object]]:
        """In a thread, because the first question loads them."""
        from jupyter_envs import managers

        may, tools = self.services.settings.allow_create, self.services.creator().tools()
        return [
            {
                "name": one.name,
                "title": one.title,
                "creates": may and one.creates and (one.program is None or one.program in tools),
                "removes": self.services.settings.allow_remove and one.removes,
            }
            for one in managers.every()
        ]


class Pythons(EnvsHandler):
    """The interpreters that environments can be made with; installing one."""

    @web.authenticated
    @authorized
    @told
    async def get(self) -> None:
        """All of them, the newest first."""
        self.answer({"pythons": await self.services.threads.run(self._pythons)})

    @web.authenticated
    @authorized
    @told
    async def post(self) -> None:
        """Install a version: a job. Whoever asks has consented to the download."""
        body: dict[str, Any] = parse(self.request.body, {"version": "text", "program": "text?"})
        version = body.get("version")
        if version is None:
            raise BadRequest("The field 'version' is missing.", "Send one, such as 3.12.")
        job = await self.services.maker.make(lambda creator: creator.prepare_python(version, body.get("program")))
        self.answer({"job": job.as_json()}, 202)

    def _pythons(self) -> list[dict[str, str]]:
        """In a thread, because the first question loads the finder."""
        return [interpreter.as_json() for interpreter in self.services.catalogue.finder.interpreters()]


class Proposing(EnvsHandler):
    """What would be made for a project."""

    @web.authenticated
    @authorized
    @told
    async def get(self) -> None:
        """The tool, the place and the packages that a folder of the file browser suggests, and what else could be."""
        path = self.get_query_argument("path", "", strip=False)
        on_disk = self.services.places.on_disk(path)
        proposal = await self.services.threads.run(lambda: self._proposal(on_disk))
        files = (self.services.places.in_browser(file) for file in proposal.requirements)
        told_of = {**proposal.as_json(), "requirements_paths": [file for file in files if file is not None]}
        self.answer({"path": path, "proposal": told_of})

    def _proposal(self, path: Path) -> Proposal:
        """That for a folder, or for the folder of a notebook."""
        is_file = os.path.isfile(path)  # noqa: PTH113 -- that of a Path raises where a name is too long
        return self.services.creator().propose(path.parent if is_file else path)


class Resolve(EnvsHandler):
    """What a notebook with the portable kernel gets."""

    @web.authenticated
    @authorized
    @told
    async def get(self) -> None:
        """The environment of a notebook or folder of the file browser, and why."""
        path = self.get_query_argument("path", "", strip=False)
        on_disk = self.services.places.on_disk(path)
        found = await self.services.threads.run(lambda: self.services.catalogue.resolve(on_disk))
        environment = self.services.telling.placed(found.environment) if found.environment else None
        self.answer(
            {
                "path": path,
                "project": None if found.project is None else str(found.project),
                "environment": None if environment is None else environment.as_json(),
                "reason": found.reason,
            }
        )


class Unknown(EnvsHandler):
    """Every other address: the answer is one that programs can read."""

    @web.authenticated
    @authorized
    @told
    async def get(self, path: str) -> None:
        """There is nothing."""
        raise NotFound(f"There is no /jupyter-envs/{path[:80]}.", "See the documentation of the REST interface.")


class SwitchedOff(EnvsHandler):
    """Every address, where an administrator or the person switched the package off."""

    async def _say_so(self, *_: str) -> None:
        self.refuse(
            Refused("Environments are switched off on this server.", "Set JupyterEnvs.enabled to true and restart it.")
        )

    get = web.authenticated(authorized("read")(_say_so))
    post = web.authenticated(authorized("write")(_say_so))
    delete = web.authenticated(authorized("write")(_say_so))


def routes(base_url: str) -> list[tuple[str, type[EnvsHandler]]]:
    """Each address with its handler."""
    return [
        (url_path_join(base_url, "jupyter-envs", path), handler)
        for path, handler in (
            ("environments", Environments),
            ("environments/([^/]+)", Environment),
            (f"environments/([^/]+)/({'|'.join(Mark)})", Marked),
            ("environments/([^/]+)/register", Registration),
            ("environments/([^/]+)/recreate", Recreation),
            ("environments/([^/]+)/ipykernel", OwnIpykernel),
            ("managers", Managers),
            ("pythons", Pythons),
            ("proposal", Proposing),
            ("resolve", Resolve),
            ("rescan", Rescan),
            ("borrowed", BorrowedOnes),
            ("jobs", Jobs),
            ("jobs/([^/]+)", Job),
            ("jobs/([^/]+)/events", JobEvents),
            (r"openapi\.json", Document),
            ("(.*)", Unknown),
        )
    ]


def switched_off(base_url: str) -> list[tuple[str, type[EnvsHandler]]]:
    """The one address of a server that offers no environments."""
    return [(url_path_join(base_url, "jupyter-envs", "(.*)"), SwitchedOff)]
