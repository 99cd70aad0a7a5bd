"""The extension in a server: what it wraps, what switches it off, and that it never keeps a server from starting."""

from __future__ import annotations

import json
import logging
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_server.gateway.gateway_client import GatewayClient

from jupyter_envs.kernels.manager import EnvironmentKernelSpecManager
from jupyter_envs.server.base import SERVICES
from tests.server.conftest import REAL, Client, names_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BY_NAME = "--ServerApp.kernel_spec_manager_class=jupyter_envs.kernels.manager.EnvironmentKernelSpecManager"


class Own(KernelSpecManager):
    """A kernel spec manager that somebody configured."""


@pytest.fixture
def said() -> Iterator[list[str]]:
    """What we say in the server's log, also while it starts and its handlers come and go."""
    lines: list[str] = []

    def keep(record: logging.LogRecord) -> bool:
        if record.getMessage().startswith("jupyter_envs: "):
            lines.append(record.getMessage())
        return True

    logger = logging.getLogger("ServerApp")
    logger.addFilter(keep)
    yield lines
    logger.removeFilter(keep)


async def test_the_configured_manager_is_wrapped_for_everybody(
    said: list[str],
    jp_serverapp: Any,  # noqa: ANN401
) -> None:
    wrapper = jp_serverapp.kernel_spec_manager
    assert isinstance(wrapper, EnvironmentKernelSpecManager)
    assert type(wrapper.wrapped) is KernelSpecManager
    assert jp_serverapp.web_app.settings["kernel_spec_manager"] is wrapper
    assert jp_serverapp.kernel_manager.kernel_spec_manager is wrapper
    assert wrapper.catalogue is jp_serverapp.web_app.settings[SERVICES].catalogue
    assert said == ["jupyter_envs: environments are added to the kernels of KernelSpecManager."]


async def test_a_manager_of_ones_own_is_wrapped(
    said: list[str],
    jp_configurable_serverapp: Callable[..., Any],
) -> None:
    app = jp_configurable_serverapp(argv=["--ServerApp.kernel_spec_manager_class=tests.server.test_extension.Own"])
    assert isinstance(app.kernel_spec_manager.wrapped, Own)
    assert said == ["jupyter_envs: environments are added to the kernels of Own."]


async def test_our_manager_configured_by_name_is_not_wrapped_again(
    jp_configurable_serverapp: Callable[..., Any],
) -> None:
    app = jp_configurable_serverapp(argv=[BY_NAME])
    assert isinstance(app.kernel_spec_manager, EnvironmentKernelSpecManager)
    assert not isinstance(app.kernel_spec_manager.wrapped, EnvironmentKernelSpecManager)
    assert app.kernel_spec_manager.catalogue is app.web_app.settings[SERVICES].catalogue


@pytest.fixture
def no_gateway_before() -> Iterator[None]:
    """The client of a gateway is one for the whole process."""
    GatewayClient.clear_instance()
    yield
    GatewayClient.clear_instance()


@pytest.mark.usefixtures("no_gateway_before")
async def test_kernels_of_a_gateway_are_left_alone(
    said: list[str],
    jp_configurable_serverapp: Callable[..., Any],
) -> None:
    app = jp_configurable_serverapp(argv=["--GatewayClient.url=http://127.0.0.1:9"])
    assert not isinstance(app.kernel_spec_manager, EnvironmentKernelSpecManager)
    assert said == ["jupyter_envs: kernels come from a gateway, so no environment of this machine is one."]


@pytest.fixture
def jp_argv(request: pytest.FixtureRequest) -> list[str]:
    return list(getattr(request, "param", []))


@pytest.mark.parametrize("jp_argv", [["--JupyterEnvs.enabled=False"]], indirect=True)
async def test_it_can_be_switched_off(
    said: list[str],
    jp_serverapp: Any,  # noqa: ANN401
    client: Client,
) -> None:
    assert type(jp_serverapp.kernel_spec_manager) is KernelSpecManager
    assert said == ["jupyter_envs: switched off by the setting 'enabled'."]
    for method, path in (("GET", "environments"), ("POST", "rescan"), ("DELETE", "jobs/x")):
        code, answer = await client.ask(method, path)
        assert (code, answer["reason"]) == (403, "refused")
        assert "JupyterEnvs.enabled" in answer["fix"]
        code, _ = await client.ask(method, path, headers={"Authorization": ""})
        assert code == 403


@pytest.mark.parametrize("jp_argv", [["--JupyterEnvs.allow_create=False"]], indirect=True)
async def test_making_can_be_switched_off(client: Client, project: Path) -> None:
    code, answer = await client.ask("POST", "environments", {"project_path": "sub/proj"})
    assert (code, answer["reason"]) == (403, "refused")
    _, told = await client.ask("GET", "managers")
    assert not any(one["creates"] for one in told["managers"])
    assert names_in(project) == ["requirements.txt"]


@pytest.mark.parametrize("jp_argv", [["--JupyterEnvs.max_depth=-5"]], indirect=True)
async def test_a_setting_that_makes_no_sense_is_one_line_in_the_log(
    said: list[str],
    jp_serverapp: Any,  # noqa: ANN401
) -> None:
    assert isinstance(jp_serverapp.kernel_spec_manager, EnvironmentKernelSpecManager)
    assert len([line for line in said if "'max_depth' must be a number from 1 to 100" in line]) == 1


@pytest.mark.parametrize("broken", ["config.settings", "EnvironmentKernelSpecManager", "Places", "CatalogueBeside"])
async def test_a_defect_of_ours_does_not_keep_the_server_from_starting(
    said: list[str],
    broken: str,
    jp_configurable_serverapp: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("a defect")

    if broken == "EnvironmentKernelSpecManager":
        monkeypatch.setattr(EnvironmentKernelSpecManager, "__init__", fail)
    else:
        monkeypatch.setattr(f"jupyter_envs.server.{broken}", fail)
    app = jp_configurable_serverapp()
    assert app.web_app is not None
    assert app.kernel_spec_manager is not None
    assert any("this server will" in line and "a defect" in line for line in said)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


class RealServer:
    """A Jupyter server in a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.address = f"http://127.0.0.1:{(port := free_port())}/"
        self.log = folder / "log"
        root = folder / "root"
        (root / "proj").mkdir(parents=True)
        places = {f"JUPYTER_{name}_DIR": str(folder / name) for name in ("CONFIG", "DATA", "RUNTIME")}
        given = {name: os.environ[name] for name in ("PYENV_ROOT", "UV_CACHE_DIR")}
        words = [
            sys.executable, "-m", "jupyter_server", "--no-browser", "--allow-root", f"--port={port}",
            "--ServerApp.port_retries=0", "--IdentityProvider.token=tok", f"--ServerApp.root_dir={root}",
            "--ServerApp.jpserver_extensions={'jupyter_envs': True}",
        ]  # fmt: skip
        with self.log.open("w") as log:
            variables = {**REAL.variables, **given, **places, "HOME": str(folder)}
            here = Path(__file__).resolve().parents[2]
            self.process = subprocess.Popen(words, cwd=here, env=variables, stdout=log, stderr=log)

    def ask(self, path: str, body: object = None) -> Any:  # noqa: ANN401
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(  # noqa: S310 -- our own server
            self.address + path, data, {"Authorization": "token tok"}
        )
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
            return json.load(answer)

    def wait(self) -> None:
        """Until it answers."""
        for _ in range(300):
            try:
                self.ask("api/status")
            except OSError:
                assert self.process.poll() is None, self.log.read_text()
                time.sleep(0.1)
            else:
                return


@pytest.fixture
def real_server(tmp_path: Path) -> Iterator[RealServer]:
    server = RealServer(tmp_path)
    server.wait()
    yield server
    server.process.kill()
    server.process.wait()


@pytest.mark.skipif(os.name == "nt", reason="environments are not made on Windows")
def test_a_server_that_is_stopped_leaves_no_half_made_environment(real_server: RealServer, tmp_path: Path) -> None:
    body = {"project_path": "proj", "packages": ["jupyterlab"], "ipykernel": True}
    job = real_server.ask("jupyter-envs/environments", body)["job"]
    while real_server.ask(f"jupyter-envs/jobs/{job['id']}")["job"]["phase"] in {"Waiting", "Starting"}:
        time.sleep(0.01)
    assert names_in(tmp_path / "root" / "proj") == [".venv"]
    real_server.process.send_signal(signal.SIGTERM)
    real_server.process.wait()
    assert names_in(tmp_path / "root" / "proj") == []
    log = real_server.log.read_text()
    assert log.count("environments are added to the kernels of KernelSpecManager") == 1
    assert "Traceback" not in log
