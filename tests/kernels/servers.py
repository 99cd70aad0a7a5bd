"""Jupyter servers and gateways in processes of their own, and what somebody does with their kernels."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sysconfig
import tempfile
import time
import urllib.error
import uuid
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tornado.websocket import websocket_connect

from tests.bench.serving import TOKEN, Server
from tests.folders import ROOT
from tests.real.outside import SYSTEM_PATH, uv_run

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SECONDS = 60
SERVER = ("-m", "jupyter_server", "--no-browser", "--allow-root", "--ServerApp.port_retries=0", "--ip=127.0.0.1",
          f"--IdentityProvider.token={TOKEN}", "--ServerApp.jpserver_extensions={'jupyter_envs': True}")  # fmt: skip
GATEWAY = ("-m", "kernel_gateway", "--KernelGatewayApp.port_retries=0", "--KernelGatewayApp.ip=127.0.0.1",
           f"--KernelGatewayApp.auth_token={TOKEN}", "--JupyterWebsocketPersonality.list_kernels=True")  # fmt: skip


def make_python(folder: Path, python: str, *packages: str) -> Path:
    """A Python that has these packages, this one, and all that the tests have; nobody else sees what it installs."""
    uv_run("venv", "--quiet", "--python", python, folder)
    shared = f"{ROOT}\n{sysconfig.get_path('purelib')}\n{sysconfig.get_path('platlib')}\n"
    next(folder.glob("lib/*/site-packages")).joinpath("shared.pth").write_text(shared)
    uv_run("pip", "install", "--quiet", "--python", folder / "bin" / "python", *packages)
    return folder / "bin" / "python"


@contextmanager
def running(python: Path | str, home: Path, *words: str, **variables: str) -> Iterator[Server]:
    """A server or gateway of a person, from its first answer on."""
    with socket.socket() as probe, tempfile.TemporaryDirectory() as name:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        probe.close()
        places = {f"JUPYTER_{kind}_DIR": f"{name}/{kind}" for kind in ("CONFIG", "RUNTIME")}
        known = {"PATH": SYSTEM_PATH, "HOME": os.fspath(home), **places, **variables}
        with Path(name, "log").open("wb") as log:
            process = subprocess.Popen(
                [os.fspath(python), *words, f"--port={port}"], cwd=ROOT, env=known, stdout=log, stderr=log
            )
        server = Server(port, process)
        try:
            _wait_for(server, Path(name, "log"))
            yield server
        finally:
            process.terminate()
            try:
                process.wait(30)
            finally:
                process.kill()


def specs_of(server: Server) -> dict[str, Any]:
    """The kernel specs that a server lists when it has looked everywhere."""
    server.walk()
    found: dict[str, Any] = server.ask("api/kernelspecs")["kernelspecs"]
    return found


def run_in(server: Server, code: str, name: str | None = None) -> str:
    """What code prints in a new kernel of that name, or of the one that is the server's default."""
    body: Mapping[str, str] = {} if name is None else {"name": name}
    identity = server.ask("api/kernels", body)["id"]
    return asyncio.run(asyncio.wait_for(_run(server.port, identity, code), SECONDS))


async def _run(port: int, identity: str, code: str) -> str:
    address = f"ws://127.0.0.1:{port}/api/kernels/{identity}/channels?token={TOKEN}"
    connection = await websocket_connect(address)
    header = {"msg_id": uuid.uuid4().hex, "msg_type": "execute_request", "session": uuid.uuid4().hex,
              "username": "", "date": "2026-01-01T00:00:00Z", "version": "5.3"}  # fmt: skip
    content = {"code": code, "silent": False, "store_history": False, "user_expressions": {}, "allow_stdin": False}
    message = {"header": header, "parent_header": {}, "metadata": {}, "content": content, "channel": "shell"}
    await connection.write_message(json.dumps(message))
    said = ""
    while True:
        text = await connection.read_message()
        assert isinstance(text, str), f"the kernel ended: {text!r}"
        got = json.loads(text)
        if got["parent_header"].get("msg_id") != header["msg_id"]:
            continue
        if got["msg_type"] == "stream":
            said += got["content"]["text"]
        assert got["msg_type"] != "error", got
        if got["msg_type"] == "status" and got["content"]["execution_state"] == "idle":
            connection.close()
            while await connection.read_message() is not None:
                pass  # its socket is closed when the server has answered
            return said


def _wait_for(server: Server, log: Path) -> None:
    end = time.monotonic() + SECONDS
    while True:
        try:
            server.ask("api/kernelspecs")
        except (urllib.error.URLError, ConnectionError):
            assert server.process.poll() is None, log.read_text()
            assert time.monotonic() < end, log.read_text()
            time.sleep(0.05)
        else:
            return
