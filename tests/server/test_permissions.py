"""Every address asks who somebody is and what they may do, in every method."""

from __future__ import annotations

import functools
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from jupyter_envs.server import handlers
from tests.server.conftest import make_venv, names_in

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    import pytest
    from tornado.httpclient import HTTPResponse

    from jupyter_envs.server.base import EnvsHandler
    from tests.server.conftest import Client, Permissions

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
ANONYMOUS = {"Authorization": ""}


def addresses() -> list[tuple[str, type[EnvsHandler]]]:
    """Each route as a path that one could ask for, with its handler."""
    routes = [*handlers.routes("/"), *handlers.switched_off("/")]
    examples = {"([^/]+)": "x", "(pin|hide)": "pin", "(.*)": "elsewhere", "\\": "", "/jupyter-envs/": ""}
    return [(functools.reduce(_replaced, examples.items(), path), handler) for path, handler in routes]


def _replaced(path: str, pattern: tuple[str, str]) -> str:
    return path.replace(*pattern)


ALL = [(path, handler, method) for path, handler in addresses()[:-1] for method in METHODS]
OWN = [(path, handler, method) for path, handler, method in ALL if method.lower() in vars(handler)]


def test_the_walk_over_all_routes_meets_each_that_there_is() -> None:
    met = {(path, method) for path, _, method in OWN}
    assert met >= {("environments", "GET"), ("environments", "POST"), ("jobs/x", "DELETE"), ("jobs/x/events", "GET")}
    assert met >= {("environments/x/register", "POST"), ("environments/x/register", "DELETE")}
    assert met >= {("borrowed", "GET"), ("borrowed", "POST")}
    assert len(met) == 24


async def test_strangers_get_nothing(client: Client) -> None:
    for path, handler, method in ALL:
        code, answer = await client.ask(method, path, _body(method), headers=dict(ANONYMOUS))
        assert code in ({403} if method.lower() in vars(handler) else {403, 405}), (method, path)
        assert not answer or answer.keys() == {"message", "reason", "fix"}, (method, path)


async def test_who_may_do_nothing_is_refused_everywhere(client: Client, permissions: type[Permissions]) -> None:
    permissions.actions = set()
    for path, _, method in OWN:
        permissions.asked.clear()
        code, answer = await client.ask(method, path, _body(method))
        assert (code, answer["reason"]) == (403, "forbidden"), (method, path)
        assert permissions.asked == [("read" if method == "GET" else "write", "jupyter_envs")], (method, path)


async def test_who_may_only_read_is_refused_every_change(client: Client, permissions: type[Permissions]) -> None:
    permissions.actions = {"read"}
    for path, _, method in OWN:
        code, _ = await client.ask(method, path, _body(method))
        assert (code == 403) is (method != "GET"), (method, path)


async def test_a_reader_changes_nothing(client: Client, permissions: type[Permissions], project: Path) -> None:
    permissions.actions = {"read"}
    code, _ = await client.ask("POST", "environments", {"project_path": "sub/proj"})
    assert code == 403
    _, answer = await client.ask("GET", "jobs")
    assert "create" not in {job["kind"] for job in answer["jobs"]}
    assert names_in(project) == ["requirements.txt"]


async def test_no_address_takes_more_than_128_kib(client: Client) -> None:
    await client.ask("GET", "jobs")
    for path, _, method in OWN:
        code, answer = await client.ask(method, path, b" " * (128 * 1024 + 1))
        assert (code, answer["reason"]) == (413, "too-large"), (method, path)


async def test_a_method_that_an_address_has_not_is_told_which_it_has(client: Client) -> None:
    for path, handler, method in ALL:
        if method.lower() in vars(handler):
            continue
        response = await client.raw(method, path, _body(method))
        assert response.code == 405, (method, path)
        allowed = {one for one in METHODS if one.lower() in vars(handler)}
        assert set(response.headers["Allow"].split(", ")) == allowed | {"OPTIONS"}, (method, path)
        assert response.headers["Content-Type"] == "application/json"
        assert method == "HEAD" or json.loads(response.body).keys() == {"message", "reason", "fix"}


async def test_no_question_changes_anything(client: Client, project: Path, jp_home_dir: Path) -> None:
    make_venv(project / ".venv")
    await client.look()
    _, listing = await client.ask("GET", "environments")
    identity = next(one["id"] for one in listing["environments"] if one["prefix"] == str(project / ".venv"))
    before = state_of(project, jp_home_dir)
    kinds = {job["kind"] for job in (await client.ask("GET", "jobs"))[1]["jobs"]}
    for path, _, method in OWN:
        if method == "GET":
            await client.ask(
                method, path.replace("environments/x", f"environments/{identity}"), params={"path": "sub/proj"}
            )
    assert state_of(project, jp_home_dir) == before
    assert {job["kind"] for job in (await client.ask("GET", "jobs"))[1]["jobs"]} == kinds


def state_of(*folders: Path) -> set[tuple[Path, int, int]]:
    """Every file below, with its place on the disk and its time; what is remembered of a walk is nobody's but ours."""
    found = [path for folder in folders for path in folder.rglob("*") if ".cache" not in path.parts]
    return {(path, path.lstat().st_ino, path.lstat().st_mtime_ns) for path in found if not path.is_dir()}


def _body(method: str) -> object:
    return {} if method in {"POST", "PUT", "PATCH"} else None


async def signed_in(fetch: Any, base: str, token: str) -> dict[str, str]:  # noqa: ANN401
    """The cookies of a browser that opened the server's address once and then looked at a page."""
    first = await fetch(f"{base}login?token={quote(token)}", follow_redirects=False, raise_error=False)
    cookies = _cookies(first)
    page = await fetch(f"{base}no-such-page", headers={"Cookie": _as_header(cookies)}, raise_error=False)
    return cookies | {"_xsrf": _cookies(page)["_xsrf"]}


def _cookies(response: HTTPResponse) -> dict[str, str]:
    parts = [cookie.partition(";")[0].partition("=") for cookie in response.headers.get_list("Set-Cookie")]
    return {name: value for name, _, value in parts}


def _as_header(cookies: dict[str, str]) -> str:
    return "; ".join(f"{name}={value}" for name, value in cookies.items())


async def test_a_browser_needs_the_xsrf_token_for_every_change(
    jp_serverapp: Any,  # noqa: ANN401
    http_server_client: Any,  # noqa: ANN401
    jp_base_url: str,
) -> None:
    fetch: Callable[..., Awaitable[HTTPResponse]] = http_server_client.fetch
    token = jp_serverapp.identity_provider.token
    cookies = await signed_in(fetch, jp_base_url, token)
    cookie = _as_header(cookies)
    for path, _, method in OWN:
        address = f"{jp_base_url}jupyter-envs/{path}"
        how = {"method": method, "raise_error": False, "allow_nonstandard_methods": True, "body": None}
        without = await fetch(address, headers={"Cookie": cookie}, **how)
        with_token = await fetch(address, headers={"Cookie": cookie, "X-XSRFToken": cookies["_xsrf"]}, **how)
        assert with_token.code != 403, path
        assert (without.code == 403) is (method != "GET"), path
        if method != "GET":
            assert "_xsrf" in json.loads(without.body)["message"]


async def test_no_address_with_a_token_reaches_the_log(
    client: Client,
    jp_serverapp: Any,  # noqa: ANN401
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Broken:
        def __getattr__(self, name: str) -> object:
            raise RuntimeError("a defect")

    jp_serverapp.web_app.settings["jupyter_envs"] = Broken()
    caplog.clear()
    code, answer = await client.ask("GET", "environments", params={"hub_token": "hub-secret"}, is_defect=True)
    assert code == 500
    assert answer == {
        "message": "Something unexpected went wrong.",
        "reason": "internal-server-error",
        "fix": "See the server's log, and report it.",
    }
    ours = [record for record in caplog.records if "jupyter_envs" in record.getMessage()]
    assert [record.getMessage() for record in ours] == ["jupyter_envs: Environments failed"]
    assert "hub-secret" not in "".join(str(record.exc_info) + record.getMessage() for record in ours)
