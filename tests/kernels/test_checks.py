"""The last look before a kernel starts."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jupyter_envs.errors import LaunchRefused, NotFound
from jupyter_envs.finder import Finder
from jupyter_envs.kernels.checks import Check
from jupyter_envs.settings import Settings
from tests.dead_mount import dead_mount
from tests.folders import add_ipykernel, link, make_base, make_environment, make_kernel_environment, site_of, write

if TYPE_CHECKING:
    from jupyter_envs.host import Host


@pytest.fixture
def check(host: Host) -> Check:
    return Check(Finder(host, Settings()))


@pytest.fixture
def shop(home: Path, python: Path) -> Path:
    return make_kernel_environment(home / "shop" / ".venv", python)


def test_a_ready_environment_may_start(check: Check, shop: Path) -> None:
    assert check.at(str(shop)).environment.prefix == shop


def test_what_the_settings_do_not_list_still_starts_by_its_name(check: Check, shop: Path) -> None:
    only_poetry = replace(check.finder, settings=replace(check.finder.settings, managers=("poetry",)))
    assert Check(only_poetry).at(str(shop)).environment.prefix == shop


def test_what_the_settings_do_not_list_is_still_its_projects(check: Check, shop: Path) -> None:
    only_poetry = Check(replace(check.finder, settings=replace(check.finder.settings, managers=("poetry",))))
    assert only_poetry.of_project({}, str(shop.parent)).environment.prefix == shop
    (shop / "bin" / "python").unlink()
    with pytest.raises(LaunchRefused, match="interpreter"):
        only_poetry.of_project({}, str(shop.parent))


def test_the_current_check_is_for_the_person_that_runs_it(
    shop: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(home))
    write(home / ".jupyter" / "jupyter_envs_config.json", '{"JupyterEnvs": {"max_depth": 3}}')
    check = Check.current()
    assert check.finder.host.home == home
    assert check.finder.settings.max_depth == 3
    assert check.at(str(shop)).environment.prefix == shop


@pytest.mark.parametrize("prefix", ["", "/gone", "a\0b"])
def test_what_is_not_there_is_not_found(check: Check, prefix: str) -> None:
    with pytest.raises(NotFound, match="no environment") as caught:
        check.at(prefix)
    assert caught.value.fix


def test_nothing_is_remembered(check: Check, shop: Path) -> None:
    check.at(str(shop))
    (site_of(shop) / "ipykernel_launcher.py").unlink()
    with pytest.raises(LaunchRefused, match=r"shop \(venv, Python 3.12\) cannot start. It has no ipykernel"):
        check.at(str(shop))
    (shop / "bin" / "python").unlink()
    with pytest.raises(LaunchRefused, match="is gone") as caught:
        check.at(str(shop))
    assert "python3 -m venv --clear" in caught.value.fix


def test_the_gravest_reason_is_told(check: Check, shop: Path) -> None:
    (shop / "bin" / "python").unlink()
    (site_of(shop) / "ipykernel_launcher.py").unlink()
    (shop / "bin").chmod(0o777)
    with pytest.raises(LaunchRefused, match="interpreter"):
        check.at(str(shop))


def test_a_bare_interpreter_without_ipykernel_is_refused(check: Check, home: Path) -> None:
    prefix = home / ".pyenv" / "versions" / "3.12.1"
    make_base(prefix, "3.12.1")
    with pytest.raises(LaunchRefused, match="no ipykernel") as caught:
        check.at(str(prefix))
    assert f"{prefix}/bin/python -m pip install ipykernel" in caught.value.fix
    add_ipykernel(site_of(prefix))
    assert check.at(str(prefix)).environment.prefix == prefix


def test_the_project_is_that_of_the_working_folder_and_of_the_notebook_in_it(
    check: Check, home: Path, shop: Path, python: Path
) -> None:
    other = make_kernel_environment(home / "other" / ".venv", python)
    write(home / "other" / "a.ipynb")
    linked = link(home / "shop" / "linked.ipynb", home / "other" / "a.ipynb")
    write(home / "shop" / "a.ipynb")
    alias = link(home / "alias", home / "shop")
    cwd = str(shop.parent)
    assert check.of_project({}, cwd).environment.prefix == shop
    assert check.of_project({"JPY_SESSION_NAME": str(alias / "a.ipynb")}, cwd).environment.prefix == shop
    assert check.of_project({"JPY_SESSION_NAME": str(linked)}, cwd).environment.prefix == other
    for name in ("other/a.ipynb", str(home / "gone.ipynb"), ""):
        assert check.of_project({"JPY_SESSION_NAME": name}, cwd).environment.prefix == shop


@pytest.mark.parametrize("known", [True, False], ids=["told", "this process's"])
def test_a_notebook_that_another_ones_kernel_starts_gets_its_own_environment(
    check: Check, home: Path, shop: Path, python: Path, monkeypatch: pytest.MonkeyPatch, *, known: bool
) -> None:
    make_kernel_environment(home / "other" / ".venv", python)
    inherited = {"JPY_SESSION_NAME": str(write(home / "other" / "a.ipynb"))}
    monkeypatch.chdir(shop.parent)
    assert check.of_project(inherited, str(shop.parent) if known else None).environment.prefix == shop


def test_a_relative_working_folder_and_none_mean_this_process_s(
    check: Check, shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(shop.parent)
    assert check.of_project({}, None).environment.prefix == shop
    assert check.of_project({}, ".").environment.prefix == shop
    monkeypatch.chdir(shop.parent.parent)
    assert check.of_project({}, "shop").environment.prefix == shop


def test_a_project_without_an_environment_is_explained(check: Check, home: Path) -> None:
    with pytest.raises(NotFound, match="has no project environment") as caught:
        check.of_project({}, str(home))
    assert "Environments panel" in caught.value.fix


def test_a_projects_environment_that_cannot_start_is_refused(check: Check, home: Path, python: Path) -> None:
    make_kernel_environment(home / ".venv", python)
    make_environment(home / "shop" / ".venv", python)
    with pytest.raises(LaunchRefused, match="no ipykernel"):
        check.of_project({}, str(home / "shop"))


def test_what_lies_on_a_disk_that_does_not_answer_is_refused(check: Check, home: Path, python: Path) -> None:
    led_there = link(home / "near" / ".venv", home / "far" / "shop" / ".venv")
    with dead_mount(home / "far") as dead:
        for prefix in (dead / "shop" / ".venv", led_there):
            with pytest.raises(LaunchRefused, match="does not answer"):
                check.at(str(prefix))
        with pytest.raises(LaunchRefused, match="does not answer"):
            check.own_kernel(str(led_there), "ir")
        with pytest.raises(LaunchRefused, match="does not answer"):
            check.of_project({}, str(dead / "shop"))


@pytest.mark.skipif(os.name == "nt" or os.getuid() != 0, reason="only root can give files to others")
def test_a_foreign_environment_is_refused(check: Check, shop: Path) -> None:
    os.chown(shop, 4_000_000_001, -1)
    with pytest.raises(LaunchRefused, match="can be changed by 4000000001"):
        check.at(str(shop))
    with pytest.raises(LaunchRefused, match="can be changed by 4000000001"):
        check.of_project({}, os.fspath(Path(shop).parent))
