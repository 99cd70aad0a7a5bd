"""The REST interface of environments: listed, made, marked, recreated, given an ipykernel, removed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from jupyter_server.auth.decorator import authorized
from tornado import web

from jupyter_envs import pins
from jupyter_envs.errors import BadRequest
from jupyter_envs.pins import Mark
from jupyter_envs.server.base import EnvsHandler, known, told
from jupyter_envs.server.bodies import Changed, Unconditional, parse

if TYPE_CHECKING:
    from jupyter_envs import environment
    from jupyter_envs.creator import Creator, Wish, Work
    from jupyter_envs.server.places import Places

WISH = {
    "manager": "text?",
    "project_path": "text?",
    "name": "text?",
    "python": "text?",
    "packages": "texts",
    "requirements_path": "text?",
    "install": "yes-no",
    "ipykernel": "yes-no",
}
_CENTRAL = "virtualenvwrapper"
"""Who makes an environment that has a name and no project."""
_ANY = "*"
_TAG = r'(?:W/)?"[^"]*"'
_TAGS = re.compile(rf"{_TAG}(?: *, *{_TAG})*")


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
        body: dict[str, Any] = parse(self.request.body, WISH)
        path, name = body.get("project_path"), body.get("name")
        if path is None and name is None:
            raise BadRequest(
                "Neither 'project_path' nor 'name' was sent.",
                "Send the path of the project's folder in the file browser, or a name for one without a project.",
            )
        places = self.services.places
        place = None if path is None else path.strip("/")
        job = await self.services.maker.make(lambda creator: creator.prepare(_wish(body, places)), place, name)
        self.answer({"job": job.as_json()}, 202)


class EnvironmentHandler(EnvsHandler):
    """What the handlers of one environment share: it is looked up, and must be as the client knows it."""

    async def change(self, identity: str, *, must_name_revision: bool = False) -> environment.Environment:
        """The environment that the request is about, which may be changed.

        Raises `BadRequest`, `Changed` and `Unconditional`.
        """
        found = self.services.telling.placed(known(await self.services.catalogue.fresh(), identity))
        named = self.request.headers.get("If-Match", _ANY).strip()
        if must_name_revision and named == _ANY:
            raise Unconditional("The request does not say which revision it means.", "Send its ETag as If-Match.")
        if named != _ANY and f'"{found.revision}"' not in _tags(named):
            raise Changed(f"{found.display_name} has changed meanwhile.", "Look at it again, then try again.")
        return found


class Environment(EnvironmentHandler):
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

    @web.authenticated
    @authorized
    @told
    async def delete(self, identity: str) -> None:
        """Remove it, if it is as its client knows it: a job."""
        parse(self.request.body, {})
        found = await self.change(identity, must_name_revision=True)
        job = await self.services.maker.change(lambda creator: creator.prepare_removal(found), found)
        self.answer({"job": job.as_json()}, 202)

    def _shadows(self, placed: environment.Environment) -> list[dict[str, str | None]]:
        from jupyter_envs.overlay import shadowing  # the server's start need not wait for it

        found = shadowing.of(placed, self.services.catalogue.host, self.services.settings)
        return [shadow.as_json() for shadow in found]

    def compute_etag(self) -> str | None:
        """The revision, and not a digest of the answer."""
        return f'"{self._revision}"' if self._revision else None


class Recreation(EnvironmentHandler):
    """Making an environment anew, with the same tool, project and packages."""

    @web.authenticated
    @authorized
    @told
    async def post(self, identity: str) -> None:
        """A job; on another Python where one is named."""
        body: dict[str, Any] = parse(self.request.body, {"python": "text?"})
        found = await self.change(identity, must_name_revision=True)

        def decide(creator: Creator) -> Work:
            return creator.prepare_recreation(found, body.get("python"))

        self.answer({"job": (await self.services.maker.change(decide, found)).as_json()}, 202)


class OwnIpykernel(EnvironmentHandler):
    """An ipykernel of an environment's own."""

    @web.authenticated
    @authorized
    @told
    async def post(self, identity: str) -> None:
        """Install one, with the environment's own tool: a job."""
        parse(self.request.body, {})
        found = await self.change(identity)
        job = await self.services.maker.change(lambda creator: creator.prepare_ipykernel(found), found)
        self.answer({"job": job.as_json()}, 202)


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


def _wish(body: dict[str, Any], places: Places) -> Wish:
    """What was asked for, with its places on the disk. Raises `BadRequest` and `Refused`."""
    from jupyter_envs.creator import Wish

    path, file = body.get("project_path"), body.get("requirements_path")
    return Wish(
        project=None if path is None else places.on_disk(path),
        prefix=None,
        manager=body.get("manager") or (_CENTRAL if path is None else None),
        name=body.get("name"),
        python=body.get("python"),
        packages=tuple(body.get("packages", ())),
        requirements=None if file is None else places.on_disk(file),
        install=body.get("install", False),
        ipykernel=body.get("ipykernel", False),
    )


def _tags(header: str) -> set[str]:
    """The entity tags of If-Match, also those that a proxy that compresses made weak. Raises `BadRequest`."""
    if not _TAGS.fullmatch(header):
        raise BadRequest("If-Match is no list of ETags.", "Send the ETag as it was answered, with its double quotes.")
    return {tag.removeprefix("W/") for tag in re.findall(_TAG, header)}
