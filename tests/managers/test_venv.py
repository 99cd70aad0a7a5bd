"""Plain environments: whatever nobody else claims belongs to the folder that it lies in."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jupyter_envs import pins
from jupyter_envs.environment import Interpreter
from jupyter_envs.errors import BadRequest, Refused
from jupyter_envs.finder import Finder
from jupyter_envs.looks import PROJECT_FILES
from jupyter_envs.managers.base import Candidate, Claim, CreateRequest, Owned, Scene
from jupyter_envs.managers.venv import Venv
from jupyter_envs.pins import Mark
from jupyter_envs.settings import Settings
from jupyter_envs.state import State
from jupyter_envs.terminal import layout
from tests.folders import (
    codes,
    link,
    make_base,
    make_environment,
    make_kernel_environment,
    read,
    scanned,
    site_of,
    write,
)

if TYPE_CHECKING:
    from jupyter_envs.host import Host
    from jupyter_envs.managers.base import Plan


def test_a_venv_in_a_project_is_its_environment(host: Host, python: Path) -> None:
    prefix = make_kernel_environment(host.home / "shop" / ".venv", python)
    found = scanned(host)[prefix]
    assert found.manager == "venv"
    assert found.name == "shop"
    assert found.display_name == "shop (venv, Python 3.12)"
    assert found.projects == (host.home / "shop",)
    assert (found.active, found.orphan, found.kernel) == (True, False, True)
    assert found.found_by == f"walk: {host.home / 'shop'}"


@pytest.mark.parametrize("name", sorted(PROJECT_FILES))
def test_an_environment_of_any_name_serves_its_folder_where_that_is_a_project(
    host: Host, python: Path, name: str
) -> None:
    if name in {"poetry.lock", "poetry.toml"}:
        write(host.home / "shop" / name)
    (host.home / "shop" / name).mkdir(parents=True, exist_ok=True) if name == ".git" else write(
        host.home / "shop" / name
    )
    prefix = make_environment(host.home / "shop" / "my-python", python)
    assert scanned(host)[prefix].projects == (host.home / "shop",)


def test_an_environment_of_any_name_elsewhere_serves_nobody(host: Host, python: Path) -> None:
    prefix = make_environment(host.home / "pythons" / "science", python)
    found = scanned(host)[prefix]
    assert (found.manager, found.projects, found.active, found.orphan) == ("venv", (), None, False)


def test_dot_venv_comes_before_other_names(host: Host, python: Path) -> None:
    shop = host.home / "shop"
    other = make_environment(shop / "env", python)
    assert scanned(host)[other].active is True
    dot_venv = make_environment(shop / ".venv", python)
    found = scanned(host)
    assert (found[dot_venv].active, found[other].active) == (True, False)
    assert found[other].name == "shop/env"
    assert found[other].projects == (shop,)


def test_a_kernel_is_offered_for_each_environment_of_a_project(host: Host, python: Path) -> None:
    first = make_kernel_environment(host.home / "shop" / ".venv", python)
    second = make_kernel_environment(host.home / "shop" / ".venv39", python)
    found = scanned(host)
    assert found[first].kernel
    assert found[second].kernel


def test_nested_projects_have_their_own(host: Host, python: Path) -> None:
    outer = make_environment(host.home / "mono" / ".venv", python)
    inner = make_environment(host.home / "mono" / "inner" / ".venv", python)
    finder = Finder(host, Settings())
    for folder, prefix in ((host.home / "mono", outer), (host.home / "mono" / "inner", inner)):
        resolution = finder.resolve(folder / "notebook.ipynb")
        assert resolution.environment is not None
        assert resolution.environment.prefix == prefix
    deeper = host.home / "mono" / "inner" / "notebooks" / "old"
    deeper.mkdir(parents=True)
    resolution = finder.resolve(deeper)
    assert (resolution.project, resolution.reason) == (host.home / "mono" / "inner", "It lies in the project's folder.")


def test_a_link_to_another_environment_is_an_alias(host: Host, python: Path) -> None:
    prefix = make_kernel_environment(host.home / "first" / ".venv", python)
    link(host.home / "second" / ".venv", prefix)
    link(host.home / "third" / "venv", "../first/.venv")
    found = scanned(host)
    assert set(found) == {prefix}
    assert found[prefix].aliases == (host.home / "second" / ".venv", host.home / "third" / "venv")
    assert found[prefix].projects == (host.home / "first", host.home / "second", host.home / "third")
    resolution = Finder(host, Settings()).resolve(host.home / "second")
    assert resolution.environment is not None
    assert resolution.environment.prefix == prefix
    assert resolution.environment.active is True


def test_a_file_called_venv_is_no_environment(host: Host, python: Path) -> None:
    write(host.home / "shop" / ".venv", "science\n")
    write(host.home / "shop" / "pyproject.toml")
    make_environment(host.home / "shop" / "env", python)
    assert set(scanned(host)) == {host.home / "shop" / "env"}
    assert Finder(host, Settings()).resolve(host.home / "shop").environment is not None


def test_a_moved_project_keeps_its_environment_and_says_that_it_moved(host: Host, python: Path) -> None:
    make_kernel_environment(host.home / "old" / ".venv", python)
    (host.home / "old").rename(host.home / "new")
    found = scanned(host)[host.home / "new" / ".venv"]
    assert found.state is State.READY
    assert found.kernel
    assert codes(found) == ["moved"]
    assert str(host.home / "old" / ".venv") in found.problems[0].message


def test_how_to_add_ipykernel_depends_on_who_made_it(host: Host, python: Path) -> None:
    config = f"home = {python.parent}\nuv = 0.13.9\nversion_info = 3.12.1\ninclude-system-site-packages = false\n"
    by_uv = make_environment(host.home / "a b" / ".venv", python, config=config)
    by_venv = make_environment(host.home / "c" / ".venv", python)
    write(site_of(by_venv) / "pip" / "__main__.py")
    found = scanned(host)
    assert f"uv pip install --python '{by_uv}/bin/python' ipykernel" in found[by_uv].problems[0].fix
    assert f"{by_venv}/bin/python -m pip install ipykernel" in found[by_venv].problems[0].fix


def test_pip_that_comes_later_is_noticed(host: Host, python: Path) -> None:
    prefix = make_environment(host.home / "c" / ".venv", python)
    finder = Finder(host, Settings())
    assert "-m pip" not in finder.scan().environments[0].problems[0].fix
    write(site_of(prefix) / "pip" / "__main__.py")
    assert f"{prefix}/bin/python -m pip install ipykernel" in finder.scan().environments[0].problems[0].fix


def test_the_command_for_one_without_pip_runs(host: Host, tmp_path: Path) -> None:
    """As somebody pastes it: without anything on PATH, and from a wheel on this disk."""
    prefix = host.home / "a b" / ".venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", prefix], check=True)
    with zipfile.ZipFile(tmp_path / "ipykernel-7.4.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("ipykernel_launcher.py", "")
        info = "ipykernel-7.4.0.dist-info"
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: ipykernel\nVersion: 7.4.0\n")
        wheel.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{info}/RECORD", "")
    never = Settings(borrow_ipykernel="never")
    (_, command), *_ = layout.steps(scanned(host, never)[prefix].problems[0].fix)
    variables = {"PATH": os.defpath, "HOME": str(host.home), "UV_OFFLINE": "1", "UV_FIND_LINKS": str(tmp_path)}
    subprocess.run(["sh", "-c", command], env={**variables, "UV_NO_INDEX": "1"}, cwd=tmp_path, check=True)
    assert scanned(host, never)[prefix].ipykernel == "7.4.0"


def test_into_a_systems_own_python_nothing_is_to_be_installed(host: Host) -> None:
    base = make_base(host.home / "usr", "3.7.16").parent.parent
    pins.change(host, base, Mark.PIN, on=True)
    found = Finder(host, Settings()).inspect(base)
    assert found is not None
    assert (found.bare, codes(found)) == (True, ["no-ipykernel"])
    assert found.problems[0].fix == f"Make an environment of it: {found.python} -m venv .venv"


PYTHON = Interpreter(Path("/usr/bin/python3"), "3.12.1", "cpython", "system")
BY_UV = {"uv": Path("/bin/uv")}


def plan(host: Host, tools: dict[str, Path], **wanted: object) -> Plan:
    request = CreateRequest(PYTHON, Path("/p"), **wanted)  # type: ignore[arg-type]  # each test gives what fits
    return Venv().plan_create(request, Scene(replace(host, variables={"PIP_CONFIG_FILE": os.devnull})), tools)


def test_with_uv_it_is_made_and_filled_by_uv(host: Host) -> None:
    made = plan(host, BY_UV, packages=("requests", "-e evil"), system_site_packages=True, prompt="-p")
    assert made.prefix == Path("/p/.venv")
    (make,), (fill,) = made.shell, made.commands
    assert make.words[0] == "/bin/uv"
    assert make.words[-1] == "/p/.venv"
    assert {"--system-site-packages", "--prompt=-p", "--no-python-downloads"} <= set(make.words)
    assert "--seed" not in make.words
    assert make.cwd == fill.cwd == Path("/")
    assert fill.words[fill.words.index("--") + 1 :] == ("requests", "-e evil", "pip")
    assert fill.words[fill.words.index("--python") + 1] == "/p/.venv/bin/python"


def test_pip_comes_first_where_nothing_else_is_installed_or_more_came_with_it(host: Host) -> None:
    (empty,) = plan(host, BY_UV).shell
    old = CreateRequest(replace(PYTHON, version="3.11.7"), Path("/p"), packages=("requests",))
    (older,) = Venv().plan_create(old, Scene(replace(host, variables={"PIP_CONFIG_FILE": os.devnull})), BY_UV).shell
    for make in (empty, older):
        assert "--seed" in make.words
        assert make.otherwise is not None
        assert make.otherwise.words[1:4] == ("-I", "-m", "venv")


def test_without_uv_it_is_made_by_its_own_interpreter(host: Host) -> None:
    made = plan(host, {}, packages=("requests",))
    (make,), (fill,) = made.shell, made.commands
    assert make.words == ("/usr/bin/python3", "-I", "-m", "venv", "/p/.venv")
    assert make.cwd == fill.cwd == Path("/")
    assert fill.words[0] == "/p/.venv/bin/python"
    assert fill.words[-2:] == ("--", "requests")


@pytest.mark.parametrize("tools", [{}, BY_UV])
def test_without_packages_nothing_is_installed(host: Host, tools: dict[str, Path]) -> None:
    assert plan(host, tools).commands == ()
    assert plan(host, tools, prefix=Path("/q/env"), name="x").prefix == Path("/q/env")


def test_what_cannot_be_made_is_refused(host: Host) -> None:
    old = Interpreter(Path("/usr/bin/python2"), "2.7.18", "cpython", "system")
    with pytest.raises(Refused, match=r"Python 2\.7\.18 knows no environments"):
        Venv().plan_create(CreateRequest(old, Path("/p")), Scene(host), {})
    with pytest.raises(BadRequest, match="Nothing says where"):
        Venv().plan_create(CreateRequest(PYTHON), Scene(host), {})
    with pytest.raises(BadRequest, match="declares nothing to install"):
        plan(host, {}, install=True)


def test_an_ipykernel_needs_pip_or_uv(host: Host, python: Path) -> None:
    prefix = make_environment(host.home / "c" / ".venv", python)
    scene = Scene(host)
    owned = Owned(Candidate(read(prefix, host.home), prefix, "test"), Venv(), Claim())
    with pytest.raises(Refused, match="has no pip, and uv is not installed"):
        Venv().plan_add_ipykernel(owned, scene, {})
    assert Venv().plan_add_ipykernel(owned, scene, BY_UV).commands[0].words[-1] == "ipykernel"
    write(site_of(prefix) / "pip" / "__main__.py")
    write(site_of(prefix) / "pip-25.dist-info" / "INSTALLER")
    assert "pip" in Venv().plan_add_ipykernel(owned, Scene(host), {}).commands[0].words
