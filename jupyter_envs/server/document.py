"""The document that describes this REST interface (OpenAPI 3.1), for programs and for the tests."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

from jupyter_server.auth.decorator import authorized
from jupyter_server.utils import url_path_join
from tornado import web

from jupyter_envs.server.base import EnvsHandler, told

FILE = Path(__file__).with_name("openapi.json")


class Document(EnvsHandler):
    """That document."""

    @web.authenticated
    @authorized
    @told
    async def get(self) -> None:
        """It names the address of this server."""
        content = await self.services.threads.run(read)
        servers = [{"url": url_path_join(self.base_url, "jupyter-envs")}]
        _ = self.finish(json.dumps({**content, "servers": servers}))


@functools.cache
def read() -> dict[str, Any]:
    """The document as it is shipped; read once."""
    content: dict[str, Any] = json.loads(FILE.read_bytes())
    return content
