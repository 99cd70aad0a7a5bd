"""pixi: the environments of projects, inside them or detached."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from jupyter_envs.finder import Finder
from jupyter_envs.settings import Settings
from tests.folders import add_ipykernel, codes, link, make_conda, scanned, site_of, write

if TYPE_CHECKING:
    from pathlib import Path

    from jupyter_envs.host import Host


def make_pixi(prefix: Path, manifest: Path | None, version: str = "3.12.1") -> Path:
    """An environment as pixi makes it; its prefix."""
    make_conda(prefix, version)
    add_ipykernel(site_of(prefix))
    if manifest is not None:
        content = {"manifest_path": str(manifest), "environment_name": prefix.name, "pixi_version": "0.60.0"}
        write(prefix / "conda-meta" / "pixi", json.dumps(content))
    return prefix


def chosen(host: Host, folder: Path) -> tuple[Path | None, str]:
    """The prefix of the environment that a folder gets without a walk, and why."""
    resolution = Finder(host, Settings()).resolve(folder)
    return resolution.environment.prefix if resolution.environment else None, resolution.reason


@pytest.fixture
def shop(home: Path) -> Path:
    """A project of pixi's."""
    write(home / "shop" / "pixi.toml", '[workspace]\nname = "shop"\n')
    return home / "shop"


@pytest.mark.parametrize("manifest", ["pixi.toml", "pyproject.toml"])
@pytest.mark.parametrize("noted", [False, True])
def test_the_environments_of_a_project(host: Host, home: Path, manifest: str, noted: bool) -> None:  # noqa: FBT001
    shop = write(home / "shop" / manifest).parent
    note = shop / manifest if noted else None
    default, other = (make_pixi(shop / ".pixi" / "envs" / name, note) for name in ("default", "test"))
    found = scanned(host)
    assert {one.name: (one.manager, one.active, one.kernel) for one in found.values()} == {
        "shop": ("pixi", True, True),
        "shop/test": ("pixi", False, True),
    }
    assert found[default].projects == found[other].projects == (shop,)
    (shop / "deep").mkdir()
    assert chosen(host, shop / "deep") == (default, "pixi uses its environment 'default'.")


def test_only_other_environments_are_not_chosen(host: Host, shop: Path) -> None:
    make_pixi(shop / ".pixi" / "envs" / "test", shop / "pixi.toml")
    assert chosen(host, shop) == (None, "pixi uses its environment 'default'.")


def test_a_moved_project_keeps_what_lies_in_it(host: Host, home: Path, shop: Path) -> None:
    make_pixi(shop / ".pixi" / "envs" / "default", shop / "pixi.toml")
    shop.rename(home / "store")
    found = scanned(host)[home / "store" / ".pixi" / "envs" / "default"]
    assert (found.name, found.projects) == ("store", (home / "store",))


DETACHED = {
    "true": ".cache/rattler/cache/envs",
    '"~/detached envs"': "detached envs",
}


@pytest.mark.parametrize("setting", DETACHED)
@pytest.mark.parametrize("file", [".pixi/config.toml", ".config/pixi/config.toml"])
def test_detached_environments_are_found(host: Host, home: Path, shop: Path, setting: str, file: str) -> None:
    write(home / file, f"detached-environments = {setting}\n")
    folder = home / DETACHED[setting] / "shop-1234567890123456789"
    default = make_pixi(folder / "envs" / "default", shop / "pixi.toml")
    other = make_pixi(folder / "envs" / "test", shop / "pixi.toml")
    found = scanned(host)
    assert (found[default].name, found[default].projects, found[default].active) == ("shop", (shop,), True)
    assert (found[other].name, found[other].active) == ("shop/test", False)
    assert chosen(host, shop)[0] == default


def test_the_link_that_pixi_leaves_makes_no_second_one(host: Host, home: Path, shop: Path) -> None:
    folder = home / "far" / "shop-123"
    default = make_pixi(folder / "envs" / "default", shop / "pixi.toml")
    link(shop / ".pixi" / "envs", folder / "envs")
    assert set(scanned(host)) == {default}
    assert chosen(host, shop)[0] == default


@pytest.mark.parametrize(
    ("variables", "folder"),
    [
        ({"PIXI_CACHE_DIR": "~/pixi cache"}, "pixi cache/envs"),
        ({"RATTLER_CACHE_DIR": "~/rattler"}, "rattler/envs"),
        ({"XDG_CACHE_HOME": "{home}/caches"}, "caches/pixi/envs"),
        ({"PIXI_HOME": "~/px"}, ".cache/rattler/cache/envs"),
        ({"PIXI_CONFIG_FILE": "~/px/config.toml"}, ".cache/rattler/cache/envs"),
    ],
)
def test_variables_move_the_detached_ones(
    host: Host, home: Path, shop: Path, variables: dict[str, str], folder: str
) -> None:
    for file in (".pixi/config.toml", "px/config.toml"):
        write(home / file, "detached-environments = true\n")
    prefix = make_pixi(home / folder / "shop-123" / "envs" / "default", shop / "pixi.toml")
    moved = {name: value.format(home=home) for name, value in variables.items()}
    assert scanned(replace(host, variables=moved))[prefix].projects == (shop,)


def test_settings_that_cannot_be_understood_are_told(host: Host, home: Path) -> None:
    write(home / ".pixi" / "config.toml", "detached-environments = [\n")
    problems = Finder(host, Settings()).central().problems
    assert [problem.code.value for problem in problems] == ["bad-settings"]


@pytest.mark.parametrize("value", ["3", "false", '""', "[1]"])
def test_settings_of_other_kinds_change_nothing(host: Host, home: Path, shop: Path, value: str) -> None:
    write(home / ".pixi" / "config.toml", f"detached-environments = {value}\n")
    default = make_pixi(shop / ".pixi" / "envs" / "default", shop / "pixi.toml")
    assert set(scanned(host)) == {default}


def test_one_whose_manifest_is_gone_names_the_lost_project(host: Host, home: Path, shop: Path) -> None:
    write(home / ".pixi" / "config.toml", "detached-environments = true\n")
    folder = home / ".cache" / "rattler" / "cache" / "envs" / "shop-123" / "envs"
    prefix = make_pixi(folder / "default", shop / "pixi.toml")
    other = make_pixi(folder / "test", shop / "pixi.toml")
    shutil.rmtree(shop)
    found = scanned(host)
    assert (found[prefix].manager, found[prefix].orphan, found[prefix].project) == ("pixi", True, shop)
    assert (found[prefix].name, found[other].name) == ("shop", "shop/test")
    assert codes(found[prefix]) == ["project-gone"]
    assert not found[prefix].kernel


@pytest.mark.parametrize(
    "text", ["", "not json", "[]", "{}", '{"manifest_path": 3}', '{"manifest_path": "x"}', "[" * 9999]
)
def test_without_a_note_and_outside_a_project_it_is_condas(host: Host, home: Path, text: str) -> None:
    write(home / ".pixi" / "config.toml", "detached-environments = true\n")
    folder = home / ".cache" / "rattler" / "cache" / "envs" / "shop-123" / "envs"
    prefix = make_pixi(folder / "default", None)
    write(prefix / "conda-meta" / "pixi", text)
    assert scanned(host)[prefix].manager == "conda"


def test_a_note_that_is_a_fifo_is_none(host: Host, shop: Path) -> None:
    prefix = make_pixi(shop / ".pixi" / "envs" / "default", None)
    os.mkfifo(prefix / "conda-meta" / "pixi")
    assert (scanned(host)[prefix].manager, scanned(host)[prefix].projects) == ("pixi", (shop,))


def test_what_pixi_installs_for_the_person_is_no_environment_of_a_project(host: Host, home: Path) -> None:
    write(home / "pyproject.toml")
    make_pixi(home / ".pixi" / "envs" / "ruff", None)
    assert scanned(host) == {}
    own = make_pixi(home / ".pixi" / "envs" / "default", home / "pyproject.toml")
    assert set(scanned(host)) == {own}
    assert chosen(host, home)[0] == own


def test_a_global_one_that_conda_noted_is_condas(host: Host, home: Path) -> None:
    write(home / "pyproject.toml")
    prefix = make_pixi(home / ".pixi" / "envs" / "ruff", None)
    write(home / ".conda" / "environments.txt", f"{prefix}\n")
    assert scanned(host)[prefix].manager == "conda"


def test_fixes_speak_pixis_language(host: Host, shop: Path) -> None:
    default = make_conda(shop / ".pixi" / "envs" / "default")
    other = make_conda(shop / ".pixi" / "envs" / "my test")
    found = scanned(host)
    assert found[default].problems[0].fix.endswith(f" run: cd {shop} && pixi add ipykernel")
    assert found[other].problems[0].fix.endswith(f" run: cd {shop} && pixi add --feature 'my test' ipykernel")
    (default / "bin" / "python3.12").unlink()
    assert scanned(host)[default].problems[0].fix == f"Run: cd {shop} && pixi clean && pixi install --all"


@pytest.mark.parametrize("name", ["a b", "größe", "line\nbreak", "s\udcffx"])
def test_projects_may_have_any_name(host: Host, home: Path, name: str) -> None:
    shop = write(home / name / "pixi.toml").parent
    default = make_pixi(shop / ".pixi" / "envs" / "default", shop / "pixi.toml" if "\udcff" not in name else None)
    assert scanned(host)[default].projects == (shop,)
    assert chosen(host, shop)[0] == default


def test_links_in_circles_lose_nothing(host: Host, shop: Path) -> None:
    link(shop / ".pixi" / "envs" / "loop", "loop")
    link(shop / ".pixi" / "envs" / "up", "..")
    default = make_pixi(shop / ".pixi" / "envs" / "default", shop / "pixi.toml")
    assert set(scanned(host)) == {default}
