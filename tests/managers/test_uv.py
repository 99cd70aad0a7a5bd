"""uv: the environments of projects and workspaces, wherever they lie."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jupyter_envs import interpreters
from jupyter_envs.errors import BadRequest, Refused
from jupyter_envs.finder import Finder
from jupyter_envs.managers.base import Candidate, Claim, Link, Owned, Scene
from jupyter_envs.managers.uv import Uv
from jupyter_envs.pyvenv import Reading
from jupyter_envs.settings import Settings
from tests.folders import add_editable, codes, link, make_base, make_environment, scanned, write

if TYPE_CHECKING:
    from jupyter_envs.host import Host

UV = "home = {home}\nimplementation = CPython\nuv = 0.13.9\nversion_info = 3.12.1\nprompt = shop\n"
WORKSPACE = '[tool.uv.workspace]\nmembers = ["packages/*", "apps/**/web"]\nexclude = ["packages/old"]\n'


def lock(project: Path, pyproject: str = '[project]\nname = "shop"\n') -> Path:
    """A project that uv has locked; its folder."""
    write(project / "pyproject.toml", pyproject)
    write(project / "uv.lock", "version = 1\n")
    return project


def synced(prefix: Path, python: Path) -> Path:
    """An environment as `uv sync` makes it; its prefix."""
    return make_environment(prefix, python, config=UV.format(home=python.parent))


def chosen(host: Host, folder: Path) -> tuple[Path | None, str]:
    """The prefix of the environment that a folder gets without a walk, and why."""
    resolution = Finder(host, Settings()).resolve(folder)
    return resolution.environment.prefix if resolution.environment else None, resolution.reason


def with_variable(host: Host, value: str) -> Host:
    """The same machine with `UV_PROJECT_ENVIRONMENT`."""
    return replace(host, variables={"UV_PROJECT_ENVIRONMENT": value})


def test_a_venv_beside_a_lock_file_is_uvs(host: Host, home: Path, python: Path) -> None:
    shop = lock(home / "shop")
    prefix = synced(shop / ".venv", python)
    found = scanned(host)[prefix]
    assert (found.manager, found.name, found.projects, found.active) == ("uv", "shop", (shop,), True)
    assert codes(found) == ["no-ipykernel"]
    assert found.problems[0].fix.endswith(f" run: cd {shop} && uv add --dev ipykernel")
    assert chosen(host, shop) == (prefix, "uv uses the .venv in the project.")


def test_what_uv_made_beside_no_lock_file_is_a_plain_one(host: Host, home: Path, python: Path) -> None:
    write(home / "shop" / "pyproject.toml")
    prefix = synced(home / "shop" / ".venv", python)
    assert scanned(host)[prefix].manager == "venv"


def test_another_environment_beside_the_lock_file_is_a_plain_one(host: Host, home: Path, python: Path) -> None:
    shop = lock(home / "shop")
    prefix = synced(shop / "sandbox", python)
    add_editable(prefix, "shop", shop)
    assert scanned(host)[prefix].manager == "venv"


def test_a_broken_one_says_how_to_make_it_again(host: Host, home: Path, python: Path) -> None:
    prefix = synced(lock(home / "my shop") / ".venv", python)
    (prefix / "bin" / "python").unlink()
    assert scanned(host)[prefix].problems[0].fix == f"Run: cd '{home / 'my shop'}' && uv sync"


def test_a_relative_variable_begins_in_each_project(host: Host, home: Path, python: Path) -> None:
    shop, farm = lock(home / "shop"), lock(home / "farm")
    inside, stray = synced(shop / "build" / "env", python), synced(shop / ".venv", python)
    only = synced(farm / ".venv", python)
    moved = with_variable(host, "build/env")
    found = scanned(moved)
    assert (found[inside].manager, found[inside].projects, found[inside].active) == ("uv", (shop,), True)
    assert (found[stray].manager, found[stray].active) == ("uv", False)
    assert (found[only].manager, found[only].active) == ("uv", True)
    assert chosen(moved, shop) == (inside, "UV_PROJECT_ENVIRONMENT names it.")
    assert chosen(moved, farm)[0] == only


def test_an_absolute_variable_names_one_environment_for_all_projects(host: Host, home: Path, python: Path) -> None:
    shop, farm, plain = lock(home / "shop"), lock(home / "farm"), home / "plain"
    write(plain / "pyproject.toml")
    far = synced(home.parent / "srv" / "one env", python)
    moved = with_variable(host, str(far))
    found = scanned(moved)[far]
    assert (found.manager, found.projects, found.active) == ("uv", (farm, shop), True)
    assert chosen(moved, shop) == (far, "UV_PROJECT_ENVIRONMENT names it.")
    assert chosen(moved, plain)[0] is None


@pytest.mark.parametrize("value", ["", "~/env", "nowhere", "/nonexistent/env", "a\0b", "$HOME/env"])
def test_a_variable_that_leads_nowhere_changes_nothing(host: Host, home: Path, python: Path, value: str) -> None:
    shop = lock(home / "shop")
    prefix = synced(shop / ".venv", python)
    synced(home / "env", python)
    assert scanned(with_variable(host, value))[prefix].active is True


def test_uv_expands_no_tilde(host: Host, home: Path, python: Path) -> None:
    shop = lock(home / "shop")
    prefix = synced(shop / "~" / "env", python)
    assert chosen(with_variable(host, "~/env"), shop)[0] == prefix


def test_where_the_variable_is_not_set_the_installed_project_tells(host: Host, home: Path, python: Path) -> None:
    shop, prefix = lock(home / "my shop"), synced(home / "envs" / "far", python)
    add_editable(prefix, "shop", shop)
    found = scanned(host)[prefix]
    assert (found.manager, found.projects, found.active) == ("uv", (shop,), True)
    (shop / "uv.lock").unlink()
    assert scanned(host)[prefix].manager == "venv"


def test_where_the_variable_is_not_set_installed_members_tell_the_workspace(
    host: Host, home: Path, python: Path
) -> None:
    shop, prefix = lock(home / "shop", WORKSPACE), synced(home / "envs" / "far", python)
    for name in ("red", "blue"):
        write(shop / "packages" / name / "pyproject.toml")
        add_editable(prefix, name, shop / "packages" / name)
    found = scanned(host)[prefix]
    assert (found.manager, found.projects) == ("uv", (shop,))


def test_what_others_made_far_from_a_project_is_not_uvs(host: Host, home: Path, python: Path) -> None:
    prefix = make_environment(home / "envs" / "far", python)
    add_editable(prefix, "shop", lock(home / "shop"))
    assert scanned(host)[prefix].manager == "venv"


@pytest.mark.parametrize("moved", [False, True])
def test_a_link_into_uvs_cache_is_an_alias_of_what_lies_there(
    host: Host,
    home: Path,
    python: Path,
    moved: bool,  # noqa: FBT001 -- a case of the test
) -> None:
    cache = home / "big disk" / "uv" if moved else home / ".cache" / "uv"
    host = replace(host, variables={"UV_CACHE_DIR": str(cache)} if moved else {})
    shop = lock(home / "shop")
    prefix = synced(cache / "environments-v2" / "shop-one-cp3.12.1-466bbd0d504d45ec", python)
    link(shop / ".venv", prefix)
    found = scanned(host)[prefix]
    assert (found.manager, found.name, found.projects, found.active) == ("uv", "shop-one", (shop,), True)
    assert found.aliases == (shop / ".venv",)
    assert chosen(host, shop) == (prefix, "Its .venv is a link to it.")


def test_what_lies_in_uvs_cache_under_another_name_keeps_it(host: Host, home: Path, python: Path) -> None:
    prefix = synced(home / ".cache" / "uv" / "environments-v2" / "odd", python)
    link(home / "shop" / ".venv", prefix)
    assert (scanned(host)[prefix].manager, scanned(host)[prefix].name) == ("uv", "odd")


@pytest.mark.parametrize("text", ["../envs/far\n", "../envs/far", "{home}/envs/far\n", "../envs/far\r\n"])
def test_a_venv_that_is_a_file_leads_to_an_environment(host: Host, home: Path, python: Path, text: str) -> None:
    shop, prefix = home / "shop", synced(home / "envs" / "far", python)
    write(shop / ".venv", text.format(home=home))
    found = scanned(host)[prefix]
    assert (found.projects, found.active) == ((shop,), True)
    assert chosen(host, shop) == (prefix, "Its .venv file names it.")


def test_a_venv_file_reaches_where_no_walk_goes(host: Host, home: Path, python: Path) -> None:
    shop, prefix = lock(home / "shop"), synced(home.parent / "srv" / "far", python)
    write(shop / ".venv", str(prefix))
    found = scanned(host)[prefix]
    assert (found.projects, found.active) == ((shop,), True)


@pytest.mark.parametrize("text", ["", "\n", "nowhere\n", "../envs/far\nsecond\n", "a\0b", "\udcff"])
def test_a_venv_file_that_uv_would_not_follow_leads_nowhere(host: Host, home: Path, python: Path, text: str) -> None:
    prefix = synced(home / "envs" / "far", python)
    write(home / "shop" / ".venv", text)
    assert scanned(host)[prefix].projects == ()


def test_a_venv_that_is_a_fifo_leads_nowhere(host: Host, home: Path) -> None:
    (home / "shop").mkdir()
    os.mkfifo(home / "shop" / ".venv")
    assert scanned(host) == {}
    assert chosen(host, home / "shop")[0] is None


@pytest.mark.parametrize("member", ["packages/red", "apps/web", "apps/a/b/web"])
def test_a_member_of_a_workspace_gets_the_environment_of_its_root(
    host: Host, home: Path, python: Path, member: str
) -> None:
    shop = lock(home / "shop", WORKSPACE)
    prefix = synced(shop / ".venv", python)
    write(shop / member / "pyproject.toml", '[project]\nname = "red"\n')
    assert scanned(host)[prefix].projects == (shop, shop / member)
    assert chosen(host, shop / member) == (prefix, f"uv uses the environment of the workspace {shop}.")
    stray = synced(shop / member / ".venv", python)
    assert chosen(host, shop / member)[0] == prefix
    assert scanned(host)[stray].active is False


@pytest.mark.parametrize(
    ("member", "text"),
    [
        ("packages/old", ""),
        ("packages/deep/red", ""),
        ("elsewhere", ""),
        ("packages/root", "[tool.uv.workspace]\nmembers = []\n"),
        ("packages/red", "[tool.uv]\nmanaged = false\n"),
    ],
)
def test_a_folder_that_is_no_member_keeps_its_own(host: Host, home: Path, python: Path, member: str, text: str) -> None:
    shop = lock(home / "shop", WORKSPACE)
    prefix = synced(shop / ".venv", python)
    write(shop / member / "pyproject.toml", text)
    own = synced(shop / member / ".venv", python)
    assert scanned(host)[prefix].projects == (shop,)
    assert chosen(host, shop / member)[0] == own


def test_a_workspace_whose_environment_a_variable_names(host: Host, home: Path, python: Path) -> None:
    shop = lock(home / "shop", WORKSPACE)
    write(shop / "packages" / "red" / "pyproject.toml")
    prefix = synced(shop / "far", python)
    assert chosen(with_variable(host, "far"), shop / "packages" / "red")[0] == prefix


@pytest.mark.parametrize(
    "text",
    [
        "not toml [",
        "tool = 3\n",
        "[tool]\nuv = 3\n",
        "[tool.uv]\nworkspace = 3\n",
        "[tool.uv.workspace]\nmembers = 3\n",
    ],
)
def test_a_damaged_workspace_has_no_members(host: Host, home: Path, python: Path, text: str) -> None:
    shop = lock(home / "shop", text)
    prefix = synced(shop / ".venv", python)
    write(shop / "packages" / "red" / "pyproject.toml")
    assert scanned(host)[prefix].projects == (shop,)


def test_its_interpreters_are_those_that_are_no_links(host: Host, home: Path) -> None:
    folder = home / ".local" / "share" / "uv" / "python"
    make_base(folder / "cpython-3.12.7-linux-x86_64-gnu", "3.12.7")
    link(folder / "cpython-3.12-linux-x86_64-gnu", "cpython-3.12.7-linux-x86_64-gnu")
    found = [one for one in interpreters.find(host) if one.manager == "uv"]
    assert [one.path for one in found] == [folder / "cpython-3.12.7-linux-x86_64-gnu" / "bin" / "python"]


def test_environments_of_uv_tools_are_not_listed(host: Host, home: Path, python: Path) -> None:
    synced(home / ".local" / "share" / "uv" / "tools" / "ruff", python)
    assert scanned(host) == {}


@pytest.mark.parametrize("key", ["3.12", "--help", "cpython", "cpython-3.12/../x", ""])
def test_only_what_uv_lists_is_installed(host: Host, key: str) -> None:
    with pytest.raises(BadRequest, match="is no Python of uv's"):
        Uv().plan_install(key, Scene(host), {"uv": Path("/bin/uv")})
    with pytest.raises(Refused, match="uv is not installed"):
        Uv().plan_install("cpython-3.12.4-linux-x86_64-gnu", Scene(host), {})


def test_an_ipykernel_is_added_by_uv_only_where_uv_uses_the_environment(host: Host, python: Path) -> None:
    shop, tools = host.home / "shop", {"uv": Path("/bin/uv")}
    write(shop / "pyproject.toml", '[project]\nname = "shop"\nversion = "1"\n')
    words = []
    for name in (".venv", "other"):
        prefix = make_environment(shop / name, python)
        reading = Reading(str(prefix), {"home": str(python.parent)}, str(host.home))
        owned = Owned(Candidate(reading, prefix, "test"), Uv(), Claim(links=(Link(shop, 0, "test"),)))
        words.append(Uv().plan_add_ipykernel(owned, Scene(host), tools).commands[0].words)
    assert "add" in words[0]
    assert str(shop / ".venv" / "bin" / "python") in words[0]
    assert "pip" in words[1]
