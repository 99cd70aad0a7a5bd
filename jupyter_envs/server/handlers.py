"""The REST interface: environments, managers, interpreters, and what a notebook gets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jupyter_server.auth.decorator import authorized
from jupyter_server.utils import url_path_join
from tornado import web

from jupyter_envs import pins
from jupyter_envs.errors import BadRequest, NotFound, Refused
from jupyter_envs.pins import Mark
from jupyter_envs.server.base import EnvsHandler, known, told
from jupyter_envs.server.bodies import parse
from jupyter_envs.server.borrowing import BorrowedOnes
from jupyter_envs.server.job_handlers import Job, JobEvents, Jobs, Rescan
from jupyter_envs.server.registering import Registration

if TYPE_CHECKING:
    from jupyter_envs import environment
    from jupyter_envs.creator import Making, Wish
    from jupyter_envs.server import jobs

_WISH = {
    "manager": "text",
    "project_path": "text",
    "name": "text",
    "python": "text?",
    "packages": "texts",
    "ipykernel": "yes-no",
}


class Environments(EnvsHandler):
    """All environments; making one."""

    @web.authenticated
    @authorized
    @told
    async def get(self) -> None:
        """The environments that are known; a walk is never waited for, the tools' own folders half a second."""
        snapshot = await self.services.catalogue.fresh()
        _ = self.finish(await self.services.telling.listing(snapshot))

    @web.authenticated
    @authorized
    @told
    async def post(self) -> None:
        """Make an environment: a job, once it is clear that it can be made."""
        body = parse(self.request.body, _WISH)
        path = body.get("project_path")
        if not isinstance(path, str):
            raise BadRequest("The field 'project_path' is missing.", "Send the folder's path in the file browser.")
        making = await self.services.threads.run(lambda: self.services.creator().prepare(self._wish(body, path)))
        job = self.services.jobs.start("create", lambda job: self._make(making, job), path.strip("/"))
        self.answer({"job": job.as_json()}, 202)

    def _wish(self, body: dict[str, Any], path: str) -> Wish:
        from jupyter_envs.creator import Wish

        given = {name: body[name] for name in ("manager", "name", "python", "ipykernel") if name in body}
        return Wish(self.services.places.on_disk(path), packages=tuple(body.get("packages", ())), **given)

    def _make(self, making: Making, job: jobs.Job) -> str:
        """In the job's thread: the id of the new environment, which is a kernel from then on."""
        environment = self.services.creator().make(making, job)
        self.services.catalogue.add(environment)
        return environment.id


class Environment(EnvsHandler):
    """One environment."""

    _revision: str | None = None

    @web.authenticated
    @authorized
    @told
    async def get(self, identity: str) -> None:
        """The environment with that id; its ETag is its revision."""
        snapshot = await self.services.catalogue.fresh()
        placed = self.services.telling.placed(known(snapshot, identity))
        self._revision = placed.revision
        shadows = await self.services.threads.run(lambda: self._shadows(placed)) if placed.borrowed else []
        self.answer({"environment": {**placed.as_json(), "shadows": shadows}})

    def _shadows(self, placed: environment.Environment) -> list[dict[str, str | None]]:
        from jupyter_envs.overlay import shadowing  # the server's start need not wait for it

        found = shadowing.of(placed, self.services.catalogue.host, self.services.settings)
        return [shadow.as_json() for shadow in found]

    def compute_etag(self) -> str | None:
        """The revision, and not a digest of the answer."""
        return f'"{self._revision}"' if self._revision else None


class Marked(EnvsHandler):
    """What its person said of one environment: to offer it, or never to."""

    @web.authenticated
    @authorized
    @told
    async def post(self, identity: str, mark: str) -> None:
        """Pin or hide it."""
        await self._mark(identity, Mark(mark), on=True)

    @web.authenticated
    @authorized
    @told
    async def delete(self, identity: str, mark: str) -> None:
        """Take that back."""
        await self._mark(identity, Mark(mark), on=False)

    async def _mark(self, identity: str, mark: Mark, *, on: bool) -> None:
        parse(self.request.body, {})
        catalogue = self.services.catalogue
        prefix = known(await catalogue.fresh(), identity).prefix
        await self.services.threads.run(lambda: pins.change(catalogue.host, prefix, mark, on=on))
        snapshot = await self.services.threads.run(catalogue.refresh)
        self.answer({"environment": self.services.telling.placed(known(snapshot, identity)).as_json()})


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

        may = self.services.settings.allow_create
        return [{"name": one.name, "title": one.title, "creates": one.creates and may} for one in managers.every()]


class Pythons(EnvsHandler):
    """The interpreters that environments can be made with."""

    @web.authenticated
    @authorized
    @told
    async def get(self) -> None:
        """All of them, the newest first."""
        self.answer({"pythons": await self.services.threads.run(self._pythons)})

    def _pythons(self) -> list[dict[str, str]]:
        """In a thread, because the first question loads the finder."""
        return [interpreter.as_json() for interpreter in self.services.catalogue.finder.interpreters()]


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
            ("managers", Managers),
            ("pythons", Pythons),
            ("resolve", Resolve),
            ("rescan", Rescan),
            ("borrowed", BorrowedOnes),
            ("jobs", Jobs),
            ("jobs/([^/]+)", Job),
            ("jobs/([^/]+)/events", JobEvents),
            ("(.*)", Unknown),
        )
    ]


def switched_off(base_url: str) -> list[tuple[str, type[EnvsHandler]]]:
    """The one address of a server that offers no environments."""
    return [(url_path_join(base_url, "jupyter-envs", "(.*)"), SwitchedOff)]
