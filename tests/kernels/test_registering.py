"""Registered kernel specs on disk: what is written, what never is, and what is taken back."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from jupyter_client.kernelspec import KernelSpecManager

from jupyter_envs import registered
from jupyter_envs.catalogue import Catalogue
from jupyter_envs.errors import BadRequest, Refused
from jupyter_envs.finder import Finder
from jupyter_envs.kernels.manager import EnvironmentKernelSpecManager
from jupyter_envs.kernels.registering import Registry
from jupyter_envs.kernels.spec_folder import take_away
from jupyter_envs.managers.base import Scene
from jupyter_envs.settings import Settings
from jupyter_envs.state import State
from tests.dead_mount import dead_mount
from tests.folders import (
    add_ipykernel,
    as_somebody_else,
    link,
    make_base,
    make_environment,
    make_kernel_environment,
    make_overlay,
    scanned,
    site_of,
    write,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from jupyter_envs.environment import Environment
    from jupyter_envs.host import Host

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the folders are written for Unix")
LOGOS = ["logo-32x32.png", "logo-64x64.png", "logo-svg.svg"]
WRITTEN = ["bin", "kernel.json", *LOGOS]


@pytest.fixture
def registry(host: Host) -> Registry:
    return Registry(host, Settings())


@pytest.fixture
def shop(host: Host, home: Path, python: Path) -> Environment:
    prefix = make_kernel_environment(home / "shop" / ".venv", python)
    return scanned(host)[prefix]


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def spec_in(folder: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((folder / "kernel.json").read_text("ascii"))
    return told


def foreign(folder: Path) -> Path:
    """A kernel spec that somebody else wrote."""
    return write(folder / "kernel.json", '{"argv": ["ir"], "display_name": "R", "language": "R"}')


def test_it_lies_in_the_persons_own_folder_under_the_id(registry: Registry, home: Path, shop: Environment) -> None:
    done = registry.register(shop)
    assert done.folder == home / ".local" / "share" / "jupyter" / "kernels" / shop.id
    assert names_in(done.folder) == WRITTEN
    assert spec_in(done.folder)["metadata"]["jupyter_envs"] == {
        "id": shop.id,
        "manager": "venv",
        "registered": True,
        "prefix": str(shop.prefix),
    }
    assert done.as_json() == {
        "name": shop.id,
        "id": shop.id,
        "prefix": str(shop.prefix),
        "file": str(done.folder / "kernel.json"),
        "outlives": True,
    }
    assert list(registry.all()) == [done]


def test_it_lies_where_jupyter_was_told_to_keep_data(host: Host, home: Path, shop: Environment) -> None:
    elsewhere = replace(host, variables={"JUPYTER_DATA_DIR": str(home / "jd"), "JUPYTER_PATH": str(home / "more")})
    assert Registry(elsewhere, Settings()).register(shop).folder == home / "jd" / "kernels" / shop.id


def test_a_folder_of_kernels_may_be_a_link(registry: Registry, home: Path, shop: Environment) -> None:
    (home / "dotfiles" / "kernels").mkdir(parents=True)
    link(home / ".local" / "share" / "jupyter", home / "dotfiles")
    registry.register(shop)
    assert names_in(home / "dotfiles" / "kernels") == [shop.id]


def test_written_again_nothing_is_touched_until_something_changed(registry: Registry, shop: Environment) -> None:
    folder = registry.register(shop).folder
    before = {name: (folder / name).stat() for name in names_in(folder)}
    registry.register(shop)
    assert {name: (folder / name).stat() for name in names_in(folder)} == before
    registry.register(replace(shop, display_name="other", ipykernel="5.5.6"))
    assert spec_in(folder)["display_name"] == "other"
    assert "debugger" not in spec_in(folder)["metadata"]
    assert names_in(folder) == WRITTEN


def test_a_name_is_written_as_jupyter_knows_it(registry: Registry, shop: Environment) -> None:
    assert registry.register(shop, "My.Shop_2").name == "my.shop_2"
    assert registry.register(shop).name == "my.shop_2"


@pytest.mark.parametrize("name", ["", "..", ".", "a/b", "/a", "a b", "ä", "a\nb", "a\\b", "..."])
def test_what_is_no_name_is_refused(registry: Registry, shop: Environment, name: str) -> None:
    with pytest.raises(BadRequest, match="is no name for a kernel"):
        registry.register(shop, name)
    assert not registry.folder.exists()


@pytest.mark.parametrize("name", ["python3", "Project-Env"])
def test_the_names_of_other_kernels_are_taken(registry: Registry, shop: Environment, name: str) -> None:
    with pytest.raises(Refused, match="is the kernel"):
        registry.register(shop, name)


def test_the_id_of_another_environment_is_taken(registry: Registry, shop: Environment) -> None:
    with pytest.raises(Refused, match="is the kernel of another environment"):
        registry.register(shop, "other-1a2b3c4d", {"other-1a2b3c4d", shop.id})
    assert registry.register(shop, shop.id.upper(), {shop.id}).name == shop.id


def test_one_is_not_registered_twice(registry: Registry, shop: Environment) -> None:
    registry.register(shop, "a")
    with pytest.raises(Refused) as refused:
        registry.register(shop, "b")
    assert refused.value.message == "shop (venv, Python 3.12) is registered as 'a' already."
    assert refused.value.fix == "Take that back first: jupyter envs unregister a"
    assert names_in(registry.folder) == ["a"]


def test_what_somebody_else_wrote_is_never_overwritten(registry: Registry, shop: Environment) -> None:
    path = foreign(registry.folder / "ir")
    before = path.read_bytes()
    with pytest.raises(Refused, match="was not written by jupyter-envs") as refused:
        registry.register(shop, "ir")
    assert refused.value.fix.endswith("jupyter kernelspec remove ir")
    assert (path.read_bytes(), names_in(path.parent)) == (before, ["kernel.json"])


SENSELESS = {
    "metadata": {"jupyter_envs": {"id": "a", "manager": "venv", "registered": True, "prefix": "/a"}},
    "argv": 3,
}


@pytest.mark.parametrize("text", ["", "{", "[" * 60_000, '{"metadata": []}', json.dumps(SENSELESS)])
def test_ours_that_was_damaged_is_left_as_it_is(registry: Registry, shop: Environment, text: str) -> None:
    folder = registry.register(shop).folder
    write(folder / "kernel.json", text)
    with pytest.raises(Refused, match="cannot be understood any more"):
        registry.register(shop)
    assert (folder / "kernel.json").read_text() == text
    assert list(registry.all()) == []


@pytest.mark.parametrize("target", ["shop", "shop/kernel.json"])
def test_nothing_is_written_through_a_link(registry: Registry, home: Path, shop: Environment, target: str) -> None:
    registry.register(shop, "mine")
    shutil.move(registry.folder / "mine", home / "elsewhere")
    (registry.folder / "shop").mkdir() if "/" in target else None
    link(registry.folder / target, home / "elsewhere" / target.removeprefix("shop").lstrip("/"))
    before = (home / "elsewhere" / "kernel.json").stat()
    assert list(registry.all()) == []
    with pytest.raises(Refused, match="is a link, or holds one"):
        registry.register(replace(shop, display_name="other"), "shop")
    assert (home / "elsewhere" / "kernel.json").stat() == before


def test_a_logo_that_is_a_link_is_replaced_and_not_followed(registry: Registry, home: Path, shop: Environment) -> None:
    folder = registry.register(shop).folder
    (folder / LOGOS[0]).unlink()
    link(folder / LOGOS[0], write(home / "precious", "precious"))
    registry.register(shop)
    assert (home / "precious").read_text() == "precious"
    assert not (folder / LOGOS[0]).is_symlink()


def test_a_logo_of_a_persons_own_is_kept_for_good(registry: Registry, shop: Environment) -> None:
    logo = write(registry.folder / shop.id / LOGOS[0], "mine")
    registry.register(shop)
    kernel = registry.register(replace(shop, display_name="other"))
    assert take_away(kernel) == [logo]
    assert logo.read_text() == "mine"


def test_what_a_killed_one_left_goes_with_the_rest(registry: Registry, shop: Environment) -> None:
    kernel = registry.register(shop)
    write(kernel.folder / ".kernel.json.123.456", "{")
    assert take_away(kernel) == []
    assert not kernel.folder.exists()


def test_a_link_that_leads_nowhere_is_refused(registry: Registry, home: Path, shop: Environment) -> None:
    link(registry.folder / shop.id, home / "gone")
    with pytest.raises(Refused, match="is a link"):
        registry.register(shop)
    assert not (home / "gone").exists()


def test_a_file_of_that_name_is_refused(registry: Registry, shop: Environment) -> None:
    write(registry.folder / shop.id, "mine")
    with pytest.raises(Refused, match="is no folder"):
        registry.register(shop)


def test_a_folder_without_a_spec_is_used_and_what_is_in_it_kept(registry: Registry, shop: Environment) -> None:
    write(registry.folder / shop.id / "logo-svg.svg", "mine")
    write(registry.folder / shop.id / "kernel.js", "mine")
    folder = registry.register(shop).folder
    assert names_in(folder) == ["bin", "kernel.js", "kernel.json", *LOGOS]
    assert (folder / "logo-svg.svg").read_text() == "mine"


@pytest.mark.parametrize("name", ["Shop", "shop"])
def test_a_kernel_of_that_name_in_another_folder_is_not_hidden(
    registry: Registry, host: Host, shop: Environment, name: str
) -> None:
    foreign(host.prefix / "share" / "jupyter" / "kernels" / name)
    with pytest.raises(Refused, match="There is a kernel 'shop' already, in "):
        registry.register(shop, "shop")


def test_an_environment_with_a_spec_of_somebody_elses_gets_ours_by_a_name_only(
    registry: Registry, shop: Environment
) -> None:
    theirs = replace(shop, kernel_name="my-shop")
    with pytest.raises(Refused, match="has a kernel spec on disk already, 'my-shop'"):
        registry.register(theirs)
    assert list(registry.register_offered([theirs], ())) == []
    done = registry.register(theirs, "second")
    assert done.name == "second"
    assert list(registry.register_offered([theirs, shop], ())) == [(theirs, done), (shop, done)]


def test_of_several_one_that_is_refused_keeps_no_other_back(registry: Registry, shop: Environment) -> None:
    bad = replace(shop, prefix=shop.prefix / "{x}", python=shop.prefix / "{x}" / "bin" / "python")
    (_, refused), (_, done) = registry.register_offered([bad, shop], ())
    assert isinstance(refused, Refused)
    assert list(registry.all()) == [done]


def test_by_itself_none_is_registered_that_would_end_with_the_package(registry: Registry, shop: Environment) -> None:
    borrowing = replace(shop, state=State.NEEDS_IPYKERNEL)
    assert list(registry.register_offered([borrowing], ())) == [(borrowing, None)]
    assert not registry.folder.exists()
    own = registry.register(shop)
    before = spec_in(own.folder)
    assert list(registry.register_offered([borrowing], ())) == [(borrowing, None)]
    assert spec_in(own.folder) == before
    asked = registry.register(borrowing)
    assert asked.borrows
    renamed = replace(borrowing, display_name="other")
    assert list(registry.register_offered([renamed], ())) == [(renamed, asked)]
    assert spec_in(asked.folder)["display_name"] == "other"


def test_one_that_lacks_an_ipykernel_to_borrow_needs_that_to_be_made(
    registry: Registry, host: Host, home: Path, shop: Environment
) -> None:
    prefix = make_environment(home / "bare" / ".venv", make_base(home / "opt" / "python-3.9", "3.9.2"))
    bare = scanned(host)[prefix]
    assert registry.still_needed(bare) == "jupyter envs borrow build --python 3.9"
    assert registry.still_needed(shop) is None
    make_overlay(host, prefix)
    assert registry.still_needed(scanned(host)[prefix]) is None
    assert registry.still_needed(replace(bare, prefix=home / "gone")) is None


def test_a_pip_that_reaches_no_other_python_comes_and_goes_with_the_kernel_spec(
    registry: Registry, shop: Environment
) -> None:
    done = registry.register(shop)
    assert names_in(done.folder / "bin") == ["pip", "pip3"]
    assert spec_in(done.folder)["env"]["PATH"].split(os.pathsep)[1] == str(done.folder / "bin")
    (done.folder / "bin" / "pip").chmod(0o644)
    registry.register(shop)
    assert all(os.access(path, os.X_OK) for path in (done.folder / "bin").iterdir())
    write(shop.prefix / "bin" / "pip")
    registry.register(shop)
    assert names_in(done.folder) == ["kernel.json", *LOGOS]
    (shop.prefix / "bin" / "pip").unlink()
    registry.register(shop)
    assert take_away(done) == []
    assert names_in(registry.folder) == []


def test_programs_of_a_persons_own_are_neither_overwritten_nor_removed(registry: Registry, shop: Environment) -> None:
    folder = registry.register(shop).folder
    write(folder / "bin" / "pip", "mine")
    (folder / "bin" / "pip3").unlink()
    link(folder / "bin" / "pip3", "pip")
    done = registry.register(replace(shop, display_name="other"))
    assert take_away(done) == [folder / "bin"]
    assert (names_in(folder / "bin"), (folder / "bin" / "pip").read_text()) == (["pip", "pip3"], "mine")


def test_no_program_is_written_through_a_link(registry: Registry, home: Path, shop: Environment) -> None:
    link(registry.folder / shop.id / "bin", home / "elsewhere")
    (home / "elsewhere").mkdir()
    with pytest.raises(Refused, match="bin is no folder"):
        registry.register(shop)
    assert (names_in(home / "elsewhere"), list(registry.all())) == ([], [])
    (registry.folder / shop.id / "bin").unlink()
    done = registry.register(shop)
    shutil.rmtree(done.folder / "bin")
    link(done.folder / "bin", home / "elsewhere")
    assert take_away(done) == [done.folder / "bin"]


def test_the_name_of_another_registered_environment_is_taken(registry: Registry, shop: Environment) -> None:
    done = registry.register(shop, "mine")
    other = replace(shop, id="other-1", prefix=shop.prefix.parent / "other")
    with pytest.raises(Refused, match="'mine' is the registered kernel of ") as refused:
        registry.register(other, "mine")
    assert refused.value.fix == "Choose another name, or take that back: jupyter envs unregister mine"
    assert list(registry.all()) == [done]


def test_jupyters_own_environment_can_be_registered_for_others(registry: Registry, shop: Environment) -> None:
    assert registry.register(replace(shop, kernel_name="python3")).name == shop.id


SOMEBODY_ELSE = """
from dataclasses import replace
from pathlib import Path
from jupyter_envs.environment import Environment
from jupyter_envs.errors import Refused
from jupyter_envs.kernels.registering import Registry
from jupyter_envs.kernels.spec_folder import take_away
from jupyter_envs.state import State
mine = host.Host(Path(sys.argv[1]), prefix=Path("/opt/server"), uid=os.getuid())
prefix = mine.home / "closed"
shop = Environment("shop-1", "shop", "shop", "venv", prefix, prefix / "bin", "3.12.1", "cpython", State.READY, "")
registry = Registry(mine, settings.Settings())
"""
TAKING_BACK = """
(registry.register(shop).folder).chmod(0o555)
try:
    take_away(registry.of(prefix))
except Refused as error:
    print(error)
"""
REGISTERING = """
try:
    registry.register(shop)
except Refused as error:
    print(error)
"""
LOOKING = """
registry.register(shop)
print(len(registry.stale()))
prefix.mkdir()
prefix.chmod(0)
print(len(registry.stale()))
"""


CHANGING = """
(registry.register(shop).folder).chmod(0o555)
try:
    registry.register(replace(shop, display_name="other"))
except Refused as error:
    print(error)
"""
ELSEWHERE = "Mend that, or name another folder in JUPYTER_DATA_DIR."


@pytest.mark.parametrize(
    ("code", "mode", "said"),
    [
        (REGISTERING, 0o555, f"No kernel spec can be written in {{0.parent}}: Permission denied. {ELSEWHERE}"),
        (CHANGING, 0o777, f"The kernel spec in {{0}} could not be changed: Permission denied. {ELSEWHERE}"),
        (
            TAKING_BACK,
            0o777,
            "The kernel spec in {0} could not be removed: Permission denied. Mend that, and try again.",
        ),
    ],
    ids=["write", "change", "remove"],
)
def test_a_folder_that_may_not_be_written_is_one_sentence(open_folder: Path, code: str, mode: int, said: str) -> None:
    share = open_folder / ".local" / "share"
    share.mkdir(parents=True)
    share.chmod(mode)
    place = share / "jupyter" / "kernels" / "shop-1"
    assert as_somebody_else(SOMEBODY_ELSE + code, open_folder) == said.format(place) + "\n"


def test_what_cannot_be_seen_is_not_stale(open_folder: Path) -> None:
    open_folder.chmod(0o777)
    assert as_somebody_else(SOMEBODY_ELSE + LOOKING, open_folder) == "1\n0\n"


def test_a_name_that_is_too_long_leaves_nothing_behind(registry: Registry, shop: Environment) -> None:
    with pytest.raises(Refused, match="could not be made: File name too long"):
        registry.register(shop, "x" * 256)
    registry.register(shop, "y" * 250)
    assert names_in(registry.folder) == ["y" * 250]


def test_a_path_that_becomes_too_long_on_the_way_leaves_nothing_behind(
    host: Host, home: Path, shop: Environment
) -> None:
    deep = home
    while len(str(deep)) < 4096 - 280:
        deep /= "d" * 200
    deep /= "e" * (4096 - len(str(deep)) - len("/kernels/shop/kernel.json") - 10)
    registry = Registry(replace(host, variables={"JUPYTER_DATA_DIR": str(deep)}), Settings())
    with pytest.raises(Refused, match="could not be made: File name too long"):
        registry.register(shop, "shop")
    assert not os.path.lexists(deep / "kernels" / "shop")


def test_a_full_disk_leaves_nothing_behind(registry: Registry, shop: Environment) -> None:
    registry.folder.mkdir(parents=True)
    disk = ["mount", "-t", "tmpfs", "-o", "size=8k", "none", str(registry.folder)]
    if subprocess.run(disk, check=False, capture_output=True).returncode:
        pytest.skip("may not mount a disk of its own")
    try:
        with pytest.raises(Refused, match=r"No kernel spec can be written in .*: No space left on device"):
            registry.register(shop)
        assert names_in(registry.folder) == []
    finally:
        subprocess.run(["umount", str(registry.folder)], check=True)


def test_a_disk_that_does_not_answer_is_not_asked(registry: Registry, shop: Environment) -> None:
    asked: list[Callable[[], object]] = [
        lambda: registry.register(shop),
        lambda: registry.named(shop.id),
        lambda: registry.of(shop.prefix),
    ]
    with dead_mount(registry.folder):
        for ask in asked:
            with pytest.raises(Refused, match="does not answer"):
                ask()
        assert registry.stale() == []


def test_an_environment_on_a_disk_that_does_not_answer_is_not_stale(registry: Registry, shop: Environment) -> None:
    done = registry.register(shop)
    with dead_mount(shop.prefix):
        assert registry.stale() == []
    shutil.rmtree(shop.prefix)
    assert registry.stale() == [done]


def test_what_is_taken_back_is_what_was_written(registry: Registry, shop: Environment) -> None:
    done = registry.register(shop)
    assert take_away(done) == []
    assert names_in(registry.folder) == []
    with pytest.raises(Refused, match="is not as it was any more"):
        take_away(done)


def test_what_else_lies_there_is_kept_and_told(registry: Registry, home: Path, shop: Environment) -> None:
    done = registry.register(shop)
    write(done.folder / "notes.txt", "mine")
    (done.folder / "logo-x.png").mkdir()
    (done.folder / LOGOS[0]).unlink()
    link(done.folder / LOGOS[0], write(home / "precious", "precious"))
    kept = take_away(done)
    assert [path.name for path in kept] == [LOGOS[0], "logo-x.png", "notes.txt"]
    assert (home / "precious").read_text() == "precious"
    assert list(registry.all()) == []
    assert registry.register(shop).folder == done.folder
    assert (done.folder / LOGOS[0]).is_symlink()


def test_one_that_was_changed_meanwhile_is_left_alone(registry: Registry, shop: Environment) -> None:
    done = registry.register(shop)
    foreign(done.folder)
    with pytest.raises(Refused, match="is not as it was any more"):
        take_away(done)
    assert names_in(done.folder) == WRITTEN


def test_sound_ones_are_not_stale(registry: Registry, shop: Environment) -> None:
    registry.register(shop)
    foreign(registry.folder / "dead")
    assert registry.stale() == []


def test_one_without_its_environment_is_stale(registry: Registry, shop: Environment) -> None:
    done = registry.register(shop)
    shutil.rmtree(shop.prefix)
    assert registry.stale() == [done]


def test_one_whose_interpreter_is_gone_is_stale(registry: Registry, python: Path, shop: Environment) -> None:
    done = registry.register(shop)
    python.unlink()
    assert registry.stale() == [done]


def test_an_interpreter_left_without_its_environment_would_be_the_wrong_python(
    registry: Registry, shop: Environment
) -> None:
    done = registry.register(shop)
    (shop.prefix / "pyvenv.cfg").unlink()
    assert registry.stale() == [done]


def test_a_base_interpreter_needs_no_configuration(registry: Registry, host: Host, home: Path) -> None:
    python = make_base(home / ".pyenv" / "versions" / "3.12.1")
    add_ipykernel(site_of(python.parent.parent))
    registry.register(scanned(host)[python.parent.parent])
    assert registry.stale() == []


def test_one_that_borrows_goes_through_the_launcher_and_is_stale_without_it(
    registry: Registry, host: Host, home: Path, python: Path
) -> None:
    prefix = make_environment(home / "bare" / ".venv", python)
    done = registry.register(replace(scanned(host)[prefix], kernel=True, state=State.NEEDS_IPYKERNEL))
    assert done.borrows
    assert list(registry.all()) == [done]
    spec = spec_in(done.folder)
    (launcher,) = [word for word in spec["argv"] if word.endswith("launch.py")]
    assert "kernel_provisioner" not in spec["metadata"]
    assert registry.stale() == []
    spec["argv"][spec["argv"].index(launcher)] = "/nonexistent/kernels/launch.py"
    write(done.folder / "kernel.json", json.dumps(spec))
    assert registry.stale() == [done]


def test_the_catalogue_keeps_one_kernel_for_it(registry: Registry, host: Host, shop: Environment) -> None:
    registry.register(shop)
    assert scanned(host)[shop.prefix].kernel_name == shop.id
    take_away(next(registry.all()))
    registry.register(shop, "mine")
    found = scanned(host)[shop.prefix]
    assert (found.kernel_name, found.kernel) == ("mine", True)
    assert registered.kernel_names(Scene(host))[shop.prefix] == "mine"


def served(registry: Registry) -> EnvironmentKernelSpecManager:
    """What a server offers whose stock manager sees what is registered."""
    stock = KernelSpecManager(kernel_dirs=[str(registry.folder)], ensure_native_kernel=False)
    return EnvironmentKernelSpecManager(wrapped=stock, catalogue=Catalogue(Finder(registry.host, Settings())))


@pytest.fixture
def central(host: Host, home: Path, python: Path) -> Environment:
    """A ready environment that is found without a walk."""
    prefix = make_kernel_environment(home / ".virtualenvs" / "shop", python)
    return scanned(host)[prefix]


def test_a_server_still_checks_the_kernel_that_is_registered_by_its_id(
    registry: Registry, central: Environment
) -> None:
    registry.register(central)
    manager = served(registry)
    assert manager.get_all_specs().keys() == {central.id, "project-env"}
    for spec in (manager.get_all_specs()[central.id]["spec"], manager.get_kernel_spec(central.id).to_dict()):
        assert any(word.endswith("launch.py") for word in spec["argv"])
    (central.prefix / "bin" / "python").unlink()
    manager.catalogue.refresh()
    assert any(word.endswith("launch.py") for word in manager.get_kernel_spec(central.id).argv)


def test_under_a_name_of_its_own_it_is_the_environments_one_kernel(registry: Registry, central: Environment) -> None:
    registry.register(central, "mine")
    found = served(registry).get_all_specs()
    assert found.keys() == {"mine", "project-env"}
    assert found["mine"]["spec"]["argv"][0] == str(central.python)


def test_one_of_an_environment_that_was_not_found_is_served_as_it_is(
    registry: Registry, central: Environment, home: Path
) -> None:
    registry.register(central)
    shutil.move(home / ".virtualenvs", home / "moved")
    found = served(registry).get_all_specs()
    assert found[central.id]["spec"]["argv"][0] == str(central.python)
