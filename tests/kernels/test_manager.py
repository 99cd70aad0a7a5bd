"""The kernel spec manager, over the stock one and over others."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

from jupyter_envs import naming
from jupyter_envs.catalogue import Catalogue
from jupyter_envs.finder import Finder
from jupyter_envs.kernels import launch, specs
from jupyter_envs.kernels.manager import EnvironmentKernelSpecManager
from jupyter_envs.settings import Settings
from tests.folders import make_environment, make_kernel_environment, write

if TYPE_CHECKING:
    from jupyter_envs.host import Host


class Stock(KernelSpecManager):
    """The stock manager over the folder of one test."""


class Renaming(KernelSpecManager):
    """A person's own manager that lists one kernel more."""

    def find_kernel_specs(self) -> dict[str, str]:
        return {**super().find_kernel_specs(), "extra": "/nonexistent"}

    def get_all_specs(self) -> dict[str, Any]:
        return {**super().get_all_specs(), "extra": {"resource_dir": "/nonexistent", "spec": {"argv": ["extra"]}}}


class Remote(KernelSpecManager):
    """A gateway's manager: everything is awaited."""

    async def find_kernel_specs(self) -> dict[str, str]:  # type: ignore[override]  # as jupyter_server's gateway does
        return {"remote": "/r"}

    async def get_all_specs(self) -> dict[str, Any]:  # type: ignore[override]  # as above
        return {"remote": {"resource_dir": "/r", "spec": {"argv": ["remote"]}}}

    async def get_kernel_spec(self, kernel_name: str) -> Any:  # type: ignore[override]  # noqa: ANN401  # as above
        return kernel_name


class Promising(Remote):
    """A gateway's manager whose answers are futures."""

    def get_kernel_spec(self, kernel_name: str) -> Any:  # noqa: ANN401  # as above
        future: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        future.set_result(kernel_name)
        return future


class Finding(KernelSpecManager):
    """A manager that finds environments by itself, as nb_venv_kernels and nb_conda_kernels do."""

    found: ClassVar[dict[str, tuple[str, dict[str, Any]]]] = {}

    def get_all_specs(self) -> dict[str, Any]:
        found = {name: {"resource_dir": folder, "spec": spec} for name, (folder, spec) in self.found.items()}
        return {**super().get_all_specs(), **found}

    def find_kernel_specs(self) -> dict[str, str]:
        return {**super().find_kernel_specs(), **{name: folder for name, (folder, _) in self.found.items()}}


def spec_of(python: Path | str, *before: str, **metadata: str) -> dict[str, Any]:
    """What a manager that finds environments makes of an ipykernel's own kernel spec."""
    argv = [*before, str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    return {"argv": argv, "display_name": "theirs", "language": "python", "metadata": metadata}


@pytest.fixture
def shop(home: Path, python: Path) -> Path:
    """A ready environment in one of the tools' own folders, so that no walk is needed."""
    return make_kernel_environment(home / ".virtualenvs" / "shop", python)


@pytest.fixture
def catalogue(host: Host) -> Catalogue:
    return Catalogue(Finder(host, Settings()))


@pytest.fixture
def identity(home: Path, shop: Path) -> str:
    return naming.environment_id(shop, home)


def wrap(catalogue: Catalogue, home: Path, kind: type[KernelSpecManager] = Stock, **traits: Any) -> Any:  # noqa: ANN401
    """The manager under test over one of `kind` that sees the test's own folder of kernels."""
    folders = [str(home / ".local" / "share" / "jupyter" / "kernels")]
    return EnvironmentKernelSpecManager(
        wrapped=kind(kernel_dirs=folders), kernel_dirs=folders, catalogue=catalogue, **traits
    )


def install(home: Path, name: str, *argv: str) -> Path:
    content = {"argv": list(argv), "display_name": name, "language": "python"}
    path = home / ".local" / "share" / "jupyter" / "kernels" / name / "kernel.json"
    return write(path, json.dumps(content))


@pytest.mark.parametrize("kind", [Stock, KernelSpecManager, Renaming])
def test_environments_are_kernels_beside_those_of_the_wrapped_manager(
    catalogue: Catalogue, home: Path, identity: str, kind: type[KernelSpecManager]
) -> None:
    install(home, "other", "other")
    manager = wrap(catalogue, home, kind)
    expected = {"python3", "other", identity, "project-env"} | ({"extra"} if kind is Renaming else set())
    assert set(manager.find_kernel_specs()) == expected
    found = manager.get_all_specs()
    assert set(found) == expected
    assert found[identity]["spec"]["display_name"] == "shop (virtualenvwrapper, Python 3.12)"
    assert found[identity]["resource_dir"] == specs.logos("virtualenvwrapper")
    json.dumps(found)


def test_the_native_kernel_stays_as_it_is(catalogue: Catalogue, home: Path, shop: Path) -> None:
    stock = Stock(kernel_dirs=[])
    manager = wrap(catalogue, home)
    assert manager.get_all_specs()["python3"] == stock.get_all_specs()["python3"]
    assert manager.find_kernel_specs()["python3"] == stock.find_kernel_specs()["python3"]
    assert manager.get_kernel_spec("python3").to_dict() == stock.get_kernel_spec("python3").to_dict()


def test_a_spec_is_the_same_by_name_and_in_the_list(catalogue: Catalogue, home: Path, identity: str) -> None:
    manager = wrap(catalogue, home)
    spec = manager.get_kernel_spec(identity)
    assert spec.to_dict().items() >= manager.get_all_specs()[identity]["spec"].items()
    assert spec.argv[0] == sys.executable
    assert spec.resource_dir == specs.logos("virtualenvwrapper")


def test_the_project_kernel_is_served_in_its_absolute_form(catalogue: Catalogue, home: Path) -> None:
    installed = Path(specs.__file__).parent / "project-env"
    shutil.copytree(installed, home / ".local" / "share" / "jupyter" / "kernels" / "project-env")
    manager = wrap(catalogue, home)
    assert manager.get_kernel_spec("project-env").argv[0] == sys.executable
    assert manager.get_all_specs()["project-env"]["spec"] == specs.project_spec(Settings())


def test_a_kernel_spec_on_disk_is_the_environments_kernel(
    catalogue: Catalogue, home: Path, shop: Path, identity: str
) -> None:
    install(home, "my-shop", str(shop / "bin" / "python"), "-m", "ipykernel_launcher", "-f", "{connection_file}")
    manager = wrap(catalogue, home)
    found = manager.get_all_specs()
    assert "my-shop" in found
    assert identity not in found
    assert identity not in manager.find_kernel_specs()
    assert found["my-shop"]["spec"]["argv"][0] == str(shop / "bin" / "python")
    assert manager.get_kernel_spec(identity).display_name == "shop (virtualenvwrapper, Python 3.12)"


@pytest.mark.parametrize("name", ["", "project-env"], ids=["an id", "project-env"])
def test_names_of_the_wrapped_manager_stay_its_own(catalogue: Catalogue, home: Path, identity: str, name: str) -> None:
    name = name or identity
    install(home, name, "somebody-elses")
    manager = wrap(catalogue, home)
    assert manager.get_all_specs()[name]["spec"]["argv"] == ["somebody-elses"]
    assert manager.find_kernel_specs()[name] == str(home / ".local/share/jupyter/kernels" / name)
    assert manager.get_kernel_spec(name).argv == ["somebody-elses"]


def test_a_broken_environment_is_not_listed_and_has_its_spec(catalogue: Catalogue, home: Path, shop: Path) -> None:
    (shop / "bin" / "python").unlink()
    manager = wrap(catalogue, home)
    identity = naming.environment_id(shop, home)
    assert identity not in manager.get_all_specs()
    assert manager.get_kernel_spec(identity).argv[4] == str(shop)


@pytest.mark.skipif(os.name == "nt" or os.getuid() != 0, reason="only root can give files to others")
def test_a_foreign_environment_is_not_listed_and_has_a_spec_that_tells_why_it_does_not_start(
    catalogue: Catalogue, home: Path, shop: Path
) -> None:
    os.chown(shop, 4_000_000_001, -1)
    manager = wrap(catalogue, home)
    identity = naming.environment_id(shop, home)
    assert identity not in manager.get_all_specs()
    assert identity not in manager.find_kernel_specs()
    environment = catalogue.snapshot.get(identity)
    assert environment is not None
    assert environment.kernel_name is None
    spec = manager.get_kernel_spec(identity)
    assert spec.metadata["kernel_provisioner"]["provisioner_name"] == specs.PROVISIONER
    assert spec.argv[3] == launch.__file__


@pytest.mark.parametrize("borrow", ["ask", "never"])
def test_an_environment_without_ipykernel_is_listed_where_one_can_be_borrowed(
    host: Host, home: Path, python: Path, identity: str, borrow: str
) -> None:
    bare = naming.environment_id(make_environment(home / ".virtualenvs" / "bare", python), home)
    manager = wrap(Catalogue(Finder(host, Settings(borrow_ipykernel=borrow))), home)
    assert manager.get_all_specs().keys() & {identity, bare} == ({identity} if borrow == "never" else {identity, bare})


def test_an_unknown_name_is_no_kernel(catalogue: Catalogue, home: Path) -> None:
    with pytest.raises(NoSuchKernel):
        wrap(catalogue, home).get_kernel_spec("nothing-00000000")


@pytest.mark.parametrize("where", ["own", "wrapped"])
def test_allowed_kernelspecs_are_honoured(catalogue: Catalogue, home: Path, identity: str, where: str) -> None:
    manager = wrap(catalogue, home)
    (manager if where == "own" else manager.wrapped).allowed_kernelspecs = {"python3"}
    assert identity not in manager.get_all_specs()
    assert identity not in manager.find_kernel_specs()
    with pytest.raises(NoSuchKernel):
        manager.get_kernel_spec(identity)
    with pytest.raises(NoSuchKernel):
        manager.get_kernel_spec("project-env")
    (manager if where == "own" else manager.wrapped).allowed_kernelspecs = {identity}
    assert identity in manager.get_all_specs()
    assert "project-env" not in manager.find_kernel_specs()
    assert manager.get_kernel_spec(identity)


def test_a_kernel_spec_on_disk_can_be_removed_and_an_environment_cannot(
    catalogue: Catalogue, home: Path, identity: str, shop: Path
) -> None:
    folder = install(home, "old", "old").parent
    manager = wrap(catalogue, home)
    manager.remove_kernel_spec("old")
    assert not folder.exists()
    with pytest.raises(KeyError):
        manager.remove_kernel_spec(identity)
    assert shop.exists()


@pytest.mark.parametrize("kind", [Remote, Promising])
def test_over_a_manager_that_is_awaited_it_is_awaited(
    catalogue: Catalogue, home: Path, identity: str, kind: type[KernelSpecManager]
) -> None:
    async def ask() -> tuple[Any, Any, Any, Any]:
        await catalogue.fresh(at_most=30)
        manager = wrap(catalogue, home, kind)
        return (
            await manager.find_kernel_specs(),
            await manager.get_all_specs(),
            await manager.get_kernel_spec("remote"),
            manager.get_kernel_spec(identity),
        )

    folders, found, remote, own = asyncio.run(ask())
    assert set(folders) == set(found) == {"remote", "project-env", identity}
    assert remote == "remote"
    assert own.display_name == "shop (virtualenvwrapper, Python 3.12)"


def test_a_name_that_an_awaited_manager_listed_stays_its_own(
    catalogue: Catalogue, home: Path, identity: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def listed(_: Remote) -> dict[str, Any]:
        return {identity: {"resource_dir": "/r", "spec": {"argv": ["remote"]}}}

    async def ask() -> tuple[Any, Any]:
        manager = wrap(catalogue, home, Remote)
        return await manager.get_all_specs(), await manager.get_kernel_spec(identity)

    monkeypatch.setattr(Remote, "get_all_specs", listed)
    found, theirs = asyncio.run(ask())
    assert found[identity]["spec"]["argv"] == ["remote"]
    assert theirs == identity


def test_outside_a_server_it_can_be_awaited_too(catalogue: Catalogue, home: Path, identity: str) -> None:
    manager = wrap(catalogue, home, Remote)
    folders, found = manager.find_kernel_specs(), manager.get_all_specs()

    async def wait() -> tuple[Any, Any]:
        return await folders, await found

    assert [set(answer) for answer in asyncio.run(wait())] == [{"remote", "project-env", identity}] * 2


def test_in_a_server_the_list_is_awaited_and_fresh(
    catalogue: Catalogue, home: Path, identity: str, python: Path
) -> None:
    async def ask() -> Any:  # noqa: ANN401
        return await wrap(catalogue, home).get_all_specs()

    assert identity in asyncio.run(ask())


def test_the_class_can_be_configured_by_name(home: Path, shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without an extension: `KernelSpecManager` of somebody's own start makes its catalogue by itself."""
    monkeypatch.setenv("HOME", str(home))
    manager = EnvironmentKernelSpecManager(kernel_dirs=[])
    assert naming.environment_id(shop, home) in manager.get_all_specs()
    assert type(manager.wrapped) is KernelSpecManager


def test_the_public_name_of_the_class_is_short() -> None:
    from jupyter_envs import kernels

    assert kernels.EnvironmentKernelSpecManager is EnvironmentKernelSpecManager
    with pytest.raises(AttributeError, match="nothing"):
        kernels.nothing  # noqa: B018  # asking for it is the test


def test_a_path_that_is_not_utf8_can_be_sent_as_json(catalogue: Catalogue, home: Path, python: Path) -> None:
    make_kernel_environment(home / ".virtualenvs" / os.fsdecode(b"sh\xffp"), python)
    text = json.dumps(wrap(catalogue, home).get_all_specs(), ensure_ascii=False)
    assert "sh%FFp" in text
    text.encode()


# -- beside managers that find environments


def names_listed(manager: Any) -> set[str]:  # noqa: ANN401 -- as wrap()
    """The names in both lists, which must be the same, and in the one that a server sends."""
    found = set(manager.get_all_specs())
    assert set(manager.find_kernel_specs()) == found
    theirs, ours = asyncio.run(manager.encoded())
    assert {*theirs, *json.loads(b"{" + ours + b"}")} == found
    return found


@pytest.mark.parametrize("way", ["interpreter", "link", "venv_env_path", "conda_env_path"])
def test_an_environment_that_the_other_manager_offers_is_offered_once(
    catalogue: Catalogue, home: Path, shop: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    identity = naming.environment_id(shop, home)
    (home / "way").symlink_to(shop.parent)
    spec = {
        "interpreter": spec_of(shop / "bin" / "python3"),
        "link": spec_of(home / "way" / "shop" / "bin" / "python"),
        "venv_env_path": spec_of("python", venv_env_path=str(shop)),
        "conda_env_path": spec_of("python", "python", "-m", "a.runner", str(shop), conda_env_path=str(shop)),
    }[way]
    monkeypatch.setattr(Finding, "found", {"theirs-shop": (str(shop / "share/jupyter/kernels/python3"), spec)})
    manager = wrap(catalogue, home, Finding)
    assert names_listed(manager) == {"python3", "project-env", "theirs-shop"}
    assert manager.get_kernel_spec(identity).display_name == "shop (virtualenvwrapper, Python 3.12)"
    monkeypatch.setattr(Finding, "found", {})
    assert identity in names_listed(manager)


@pytest.mark.parametrize(
    "spec",
    [
        {"argv": ["python", "-m", "ipykernel_launcher"]},
        {"argv": []},
        {"argv": None, "metadata": None},
        {"argv": [None, 1]},
        {"argv": ["/opt/other/bin/python", "-m", "ipykernel_launcher"]},
        {"argv": ["/opt/other/bin/kernel", "-m", "ipykernel_launcher"], "metadata": {"conda_env_path": 1}},
        None,
    ],
)
def test_a_spec_that_starts_no_environment_of_ours_hides_none(
    catalogue: Catalogue,
    home: Path,
    identity: str,
    monkeypatch: pytest.MonkeyPatch,
    spec: Any,  # noqa: ANN401
) -> None:
    monkeypatch.setattr(Finding, "found", {"theirs": ("/r", spec)})
    assert identity in wrap(catalogue, home, Finding).get_all_specs()


def test_another_program_of_an_environment_does_not_hide_its_kernel(
    catalogue: Catalogue, home: Path, shop: Path, identity: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = {**spec_of(shop / "bin" / "python"), "argv": [str(shop / "bin" / "python"), "-m", "bash_kernel"]}
    monkeypatch.setattr(Finding, "found", {"theirs-bash": ("/r", spec)})
    assert identity in names_listed(wrap(catalogue, home, Finding))


@pytest.mark.skipif(os.name == "nt", reason="other kernels of an environment are offered on Unix")
def test_another_kernel_in_an_environment_is_offered_once(
    catalogue: Catalogue, home: Path, shop: Path, identity: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = shop / "share" / "jupyter" / "kernels" / "second"
    spec = {**spec_of("python"), "env": {"A": "1"}}
    write(folder / "kernel.json", json.dumps(spec))
    other = f"{identity}.second"
    assert other in names_listed(wrap(catalogue, home, Finding))
    monkeypatch.setattr(Finding, "found", {"theirs-second": (str(folder), spec_of(shop / "bin" / "python"))})
    assert names_listed(wrap(catalogue, home, Finding)) == {"python3", "project-env", "theirs-second", identity}


def test_a_kernel_spec_on_disk_that_is_not_listed_hides_nothing(
    catalogue: Catalogue, home: Path, shop: Path, identity: str
) -> None:
    install(home, "my-shop", str(shop / "bin" / "python"), "-m", "ipykernel_launcher", "-f", "{connection_file}")
    manager = wrap(catalogue, home)
    manager.wrapped.allowed_kernelspecs = {identity}
    assert names_listed(manager) == {identity}
    manager.wrapped.allowed_kernelspecs = {identity, "my-shop"}
    assert names_listed(manager) == {"my-shop"}


def test_in_an_event_loop_no_disk_is_asked_for_what_others_offer(
    catalogue: Catalogue, home: Path, shop: Path, identity: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "way").symlink_to(shop.parent)
    spec = spec_of(home / "way" / "shop" / "bin" / "python")
    monkeypatch.setattr(Finding, "found", {"theirs-shop": ("/r", spec)})

    async def ask() -> tuple[set[str], set[str]]:
        await catalogue.fresh(at_most=30)
        manager = wrap(catalogue, home, Finding)
        first = set(manager.find_kernel_specs())
        await manager.get_all_specs()
        return first, set(manager.find_kernel_specs())

    first, then = asyncio.run(ask())
    assert identity in first
    assert then == {"python3", "project-env", "theirs-shop"}
