"""Our manager over those of others, in real servers: nobody's kernels are lost, and none is offered twice."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from jupyter_envs import naming
from jupyter_envs.kernels import specs
from jupyter_envs.kernels.launch import encode
from tests.bench.serving import TOKEN
from tests.folders import link, write
from tests.kernels.servers import GATEWAY, SERVER, make_python, run_in, running, specs_of
from tests.real.outside import MissingError, ToolError, interpreters, uv_run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.bench.serving import Server

pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs bin/python")

PREFIX = "import sys; print(sys.prefix, end='')"
OURS = "jupyter_envs.kernels.EnvironmentKernelSpecManager"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of a person with one project, `shop`."""
    try:
        python = interpreters().default
    except MissingError as missing:
        pytest.skip(str(missing))
    folder = tmp_path_factory.mktemp("person").resolve() / "home"
    prefix = folder / "shop" / ".venv"
    prefix.parent.mkdir(parents=True)
    uv_run("venv", "--quiet", "--python", python.executable, prefix)
    uv_run("pip", "install", "--quiet", "--python", prefix / "bin" / "python", "ipykernel")
    return folder


@pytest.fixture(scope="module")
def nobodys_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home without any environment."""
    return tmp_path_factory.mktemp("nobody").resolve()


@pytest.fixture(scope="module")
def shop(home: Path) -> Path:
    return home / "shop" / ".venv"


@pytest.fixture(scope="module")
def identity(home: Path, shop: Path) -> str:
    return naming.environment_id(shop, home)


@pytest.fixture(scope="module")
def nb_venv_kernels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python with nb_venv_kernels, whose installation makes it every server's manager there."""
    return python_with(tmp_path_factory, "nb_venv_kernels>=1.2")


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python with jupyter_kernel_gateway."""
    return python_with(tmp_path_factory, "jupyter_kernel_gateway>=3")


def python_with(tmp_path_factory: pytest.TempPathFactory, package: str) -> Path:
    try:
        return make_python(tmp_path_factory.mktemp("with").resolve() / "server", sys.executable, package)
    except ToolError as error:
        pytest.skip(f"{package} could not be installed here: {error}")


def launchers_of(prefix: Path, found: dict[str, Any]) -> list[str]:
    """The names of the kernels that start a prefix, by our launcher or by its interpreter's path."""
    inside = (str(prefix / "bin" / "python"), encode(str(prefix)))
    return sorted(name for name, model in found.items() if any(word in inside for word in model["spec"]["argv"]))


def wait_for(name: str, server: Server) -> dict[str, Any]:
    """The kernel specs of a server that has no extension, when its walk came to that one."""
    end = time.monotonic() + 30
    while name not in (found := server.ask("api/kernelspecs")["kernelspecs"]):
        assert time.monotonic() < end, set(found)
        time.sleep(0.1)
    kernels: dict[str, Any] = found
    return kernels


def root(home: Path) -> str:
    return f"--ServerApp.root_dir={home}"


@pytest.fixture(scope="module")
def stock(home: Path) -> Iterator[Server]:
    """A server over jupyter_client's own manager."""
    with running(sys.executable, home, *SERVER, root(home)) as server:
        yield server


def test_over_the_stock_manager_environments_are_kernels_and_run(stock: Server, shop: Path, identity: str) -> None:
    found = specs_of(stock)
    assert {"python3", "project-env", identity} <= set(found)
    assert launchers_of(shop, found) == [identity]
    assert run_in(stock, PREFIX, identity) == str(shop)
    assert run_in(stock, PREFIX, "python3") == sys.prefix


def test_logos_come_from_this_package_and_are_served(stock: Server, identity: str) -> None:
    for name in (identity, "project-env"):
        found = specs_of(stock)[name]
        assert found["resources"]["logo-64x64"] == f"/kernelspecs/{name}/logo-64x64.png"
        for address in found["resources"].values():
            kind, content = fetched(stock, address)
            manager = "project" if name == "project-env" else "venv"
            assert content == Path(specs.logos(manager), address.rpartition("/")[2]).read_bytes()
            assert kind.startswith("image/")


def fetched(server: Server, address: str) -> tuple[str, bytes]:
    headers = {"Authorization": f"token {TOKEN}"}
    request = urllib.request.Request(f"http://127.0.0.1:{server.port}{address}", None, headers)
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 -- loopback
        return answer.headers["Content-Type"], answer.read()


@pytest.mark.parametrize("name", ["Listing", "Awaited"])
def test_over_a_configured_manager_its_kernels_stay(home: Path, shop: Path, identity: str, name: str) -> None:
    word = f"--ServerApp.kernel_spec_manager_class=tests.kernels.configured.{name}"
    with running(sys.executable, home, *SERVER, root(home), word) as server:
        found = specs_of(server)
        assert {"extra", "python3", "project-env", identity} <= set(found)
        assert run_in(server, PREFIX, identity) == str(shop)


def test_allowed_kernelspecs_are_all_that_is_listed(home: Path, identity: str) -> None:
    words = [f"--KernelSpecManager.allowed_kernelspecs={name}" for name in ("python3", identity)]
    with running(sys.executable, home, *SERVER, root(home), *words) as server:
        assert set(specs_of(server)) == {"python3", identity}


def test_the_default_kernel_can_be_an_environment(home: Path, shop: Path, identity: str) -> None:
    word = f"--MultiKernelManager.default_kernel_name={identity}"
    with running(sys.executable, home, *SERVER, root(home), word) as server:
        assert server.ask("api/kernelspecs")["default"] == identity
        specs_of(server)
        assert run_in(server, PREFIX) == str(shop)


def test_without_the_native_kernel_there_is_none(gateway: Path, home: Path, shop: Path, identity: str) -> None:
    """A Python whose own folders hold no kernel spec, so that `python3` is there only where it is ensured."""
    with running(gateway, home, *SERVER, root(home)) as server:
        assert set(specs_of(server)) == {"python3", "project-env", identity}
    word = "--KernelSpecManager.ensure_native_kernel=False"
    with running(gateway, home, *SERVER, root(home), word) as server:
        assert set(specs_of(server)) == {"project-env", identity}


def test_a_project_that_two_managers_know_is_offered_once(stock: Server, home: Path, shop: Path, identity: str) -> None:
    write(home / "shop" / "pyproject.toml", '[project]\nname = "shop"\nversion = "1"\n')
    write(home / "shop" / "uv.lock", "version = 1\n")
    way = link(home / ".virtualenvs" / "shop", shop)
    assert launchers_of(shop, specs_of(stock)) == [identity]
    way.unlink()


def test_beside_nb_venv_kernels_what_it_knows_is_its_own_and_the_rest_is_ours(
    nb_venv_kernels: Path, home: Path, shop: Path, identity: str
) -> None:
    with running(nb_venv_kernels, home, *SERVER, root(home)) as server:
        assert launchers_of(shop, specs_of(server)) == [identity]
    tool = nb_venv_kernels.with_name("nb_venv_kernels")
    variables = {"HOME": str(home), "PATH": os.defpath, "LANG": "C.UTF-8"}
    subprocess.run([tool, "register", shop], env=variables, cwd=home, check=True, capture_output=True)
    try:
        with running(nb_venv_kernels, home, *SERVER, root(home)) as server:
            found = specs_of(server)
            [name] = launchers_of(shop, found)
            assert name.startswith("venv-")
            assert "project-env" in found
            assert run_in(server, PREFIX, name) == str(shop)
            assert run_in(server, PREFIX, identity) == str(shop)
    finally:
        subprocess.run([tool, "unregister", shop], env=variables, cwd=home, check=True, capture_output=True)


def test_a_kernel_gateway_can_use_our_manager(gateway: Path, home: Path, shop: Path, identity: str) -> None:
    word = f"--KernelGatewayApp.kernel_spec_manager_class={OURS}"
    with running(gateway, home, *GATEWAY, word) as server:
        found = wait_for(identity, server)
        assert launchers_of(shop, found) == [identity]
        assert {"python3", "project-env"} <= set(found)
        assert run_in(server, PREFIX, identity) == str(shop)


def test_a_client_of_a_gateway_lists_what_that_has_and_nothing_of_its_own(
    gateway: Path, home: Path, nobodys_home: Path, identity: str
) -> None:
    with running(gateway, nobodys_home, *GATEWAY) as remote:
        words = (f"--gateway-url=http://127.0.0.1:{remote.port}", f"--GatewayClient.auth_token={TOKEN}")
        with running(sys.executable, home, *SERVER, root(home), *words) as server:
            found = specs_of(server)
            assert identity not in found
            assert set(found) == set(remote.ask("api/kernelspecs")["kernelspecs"])
            assert run_in(server, PREFIX, "python3") == str(gateway.parent.parent)


def test_environments_of_a_gateways_machine_reach_its_clients(
    gateway: Path, home: Path, nobodys_home: Path, shop: Path, identity: str
) -> None:
    with running(gateway, home, *GATEWAY, f"--KernelGatewayApp.kernel_spec_manager_class={OURS}") as remote:
        words = (f"--gateway-url=http://127.0.0.1:{remote.port}", f"--GatewayClient.auth_token={TOKEN}")
        with running(sys.executable, nobodys_home, *SERVER, root(nobodys_home), *words) as server:
            wait_for(identity, server)
            assert run_in(server, PREFIX, identity) == str(shop)
