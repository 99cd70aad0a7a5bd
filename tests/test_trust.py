"""Whose an environment really is: who owns, and who may write, each thing that would run."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from jupyter_envs import pyvenv
from jupyter_envs.trust import Distrust, Trust
from tests.folders import add_ipykernel, link, make_base, make_environment, site_of, write

ME, OTHER, LECTURER = 4711, 4712, 4713
AS_ROOT = pytest.mark.skipif(os.name == "nt" or os.getuid() != 0, reason="only root can give files to others")


def judge(prefix: Path, uid: int | None = None, owners: frozenset[int] = frozenset()) -> Distrust | None:
    reading = pyvenv.read(str(prefix), "/nonexistent")
    assert reading is not None
    return Trust(os.getuid() if uid is None else uid, owners).judge(reading)


@pytest.fixture
def shop(home: Path, python: Path) -> Path:
    """An environment with everything in it that trust looks at."""
    prefix = make_environment(home / "shop" / ".venv", python)
    (home / "editable" / "src").mkdir(parents=True)
    write(site_of(prefix) / "shop.pth", f"import os\n{home}/editable/src\n")
    write(site_of(prefix) / "sitecustomize.py")
    write(site_of(prefix) / "usercustomize" / "__init__.py")
    return prefix


PLACES = {
    "the project's folder": "shop",
    "the environment": "shop/.venv",
    "its configuration": "shop/.venv/pyvenv.cfg",
    "its bin": "shop/.venv/bin",
    "the link to its interpreter": "shop/.venv/bin/python",
    "its library": "shop/.venv/lib/python3.12",
    "its packages": "shop/.venv/lib/python3.12/site-packages",
    "a file of paths": "shop/.venv/lib/python3.12/site-packages/shop.pth",
    "sitecustomize": "shop/.venv/lib/python3.12/site-packages/sitecustomize.py",
    "usercustomize": "shop/.venv/lib/python3.12/site-packages/usercustomize",
    "a folder that a file of paths names": "editable/src",
    "the folder of such a folder": "editable",
    "the standard library": "../opt/python-3.12/lib/python3.12",
    "its first module": "../opt/python-3.12/lib/python3.12/os.py",
    "the folder of the standard library": "../opt/python-3.12/lib",
    "the base": "../opt/python-3.12",
    "the base's bin": "../opt/python-3.12/bin",
    "the interpreter": "../opt/python-3.12/bin/python3.12",
}


def test_ones_own_environment_is_trusted(shop: Path) -> None:
    assert judge(shop) is None


@AS_ROOT
@pytest.mark.parametrize("place", PLACES)
def test_another_owner_of_any_link_of_the_chain_is_found(home: Path, shop: Path, place: str) -> None:
    path = Path(os.path.normpath(home / PLACES[place]))
    os.chown(path, OTHER, -1, follow_symlinks=False)
    found = judge(shop)
    assert found is not None
    assert (found.path, found.owner, found.world_writable) == (str(path), OTHER, False)


@pytest.mark.parametrize("place", [place for place in PLACES if place != "the link to its interpreter"])
def test_what_everybody_may_write_is_found(home: Path, shop: Path, place: str) -> None:
    path = Path(os.path.normpath(home / PLACES[place]))
    path.chmod(path.stat().st_mode | stat.S_IWOTH)
    found = judge(shop)
    assert found is not None
    assert (found.path, found.owner, found.world_writable) == (str(path), os.getuid(), True)


@AS_ROOT
@pytest.mark.parametrize("place", ["bin", "lib/python3.12", "lib64/python3.12", "lib/python3.12/os.py"])
def test_the_base_that_the_configuration_names_is_judged(home: Path, python: Path, place: str) -> None:
    """Python takes its standard library from `home`, wherever `bin/python` leads."""
    theirs = make_base(home / "theirs", "3.12.1").parent
    write(home / "theirs" / "lib64" / "python3.12" / "os.py")
    prefix = make_environment(home / "shop" / ".venv", python, config=f"home = {theirs}\n")
    assert judge(prefix) is None
    os.chown(home / "theirs" / place, OTHER, -1)
    found = judge(prefix)
    assert found is not None
    assert found.path == str(home / "theirs" / place)


@AS_ROOT
def test_the_standard_library_is_looked_for_upwards_as_python_does(home: Path, python: Path) -> None:
    theirs = write(home / "lib" / "python3.12" / "os.py")
    (home / "a" / "b" / "bin").mkdir(parents=True)
    prefix = make_environment(home / "shop" / ".venv", python, config=f"home = {home / 'a' / 'b' / 'bin'}\n")
    os.chown(theirs, OTHER, -1)
    found = judge(prefix)
    assert found is not None
    assert found.path == str(theirs)


@pytest.mark.parametrize("place", ["/gone/bin", "relative", "/a\0b", "/" + "x" * 300])
def test_a_home_that_is_no_folder_is_no_reason(home: Path, python: Path, place: str) -> None:
    prefix = make_environment(home / "shop" / ".venv", python, config=f"home = {place}\n")
    write(site_of(prefix) / "odd.pth", "a\0b\n")
    assert judge(prefix) is None


def test_the_folder_where_ipykernel_was_found_is_judged(home: Path, python: Path) -> None:
    prefix = make_environment(home / "shop" / ".venv", python)
    add_ipykernel(home / "open")
    write(site_of(prefix) / "ipykernel.pth", f"{home / 'open'}\n")
    (home / "open").chmod(0o777)
    found = judge(prefix)
    assert found is not None
    assert (found.path, found.world_writable) == (str(home / "open"), True)


def test_a_sticky_folder_may_be_writable_for_everybody(home: Path, shop: Path) -> None:
    (home / "shop").chmod(0o1777)
    assert judge(shop) is None


def test_a_sticky_file_may_not(shop: Path) -> None:
    (shop / "pyvenv.cfg").chmod(0o1666)
    assert judge(shop) is not None


def test_what_a_group_may_write_is_trusted(home: Path, shop: Path) -> None:
    """umask 002 with private groups, docker-stacks, OpenShift, a 2770 folder of a laboratory."""
    for path in [home / "shop", *(home / "shop").rglob("*")]:
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | stat.S_IWGRP | (stat.S_ISGID if path.is_dir() else 0))
    (home / "shop").chmod(0o2770)
    assert judge(shop) is None


@AS_ROOT
def test_root_and_named_owners_are_trusted(home: Path, shop: Path) -> None:
    assert judge(shop, ME) is None
    os.chown(home / "shop", LECTURER, -1)
    found = judge(shop, ME)
    assert found is not None
    assert found.owner == LECTURER
    assert judge(shop, ME, frozenset({LECTURER})) is None
    assert judge(shop, LECTURER) is None


@AS_ROOT
def test_an_environment_of_another_user_in_the_temporary_folder_is_found(home: Path, python: Path) -> None:
    (home / "tmp").mkdir()
    (home / "tmp").chmod(0o1777)
    prefix = make_environment(home / "tmp" / "env", python)
    for path in [prefix, *prefix.rglob("*")]:
        os.chown(path, OTHER, -1, follow_symlinks=False)
    found = judge(prefix)
    assert found is not None
    assert found.path == str(prefix)


@AS_ROOT
def test_a_link_through_another_users_folder_is_found(home: Path, shop: Path, python: Path) -> None:
    link(home / "others" / "python", python)
    os.chown(home / "others", OTHER, -1)
    (shop / "bin" / "python").unlink()
    link(shop / "bin" / "python", "../../../others/python")
    found = judge(shop)
    assert found is not None
    assert found.path == str(home / "others")


@AS_ROOT
def test_packages_of_the_base_count_where_they_are_imported(home: Path, python: Path) -> None:
    path = write(site_of(python.parent.parent) / "evil.pth", "import os\n")
    os.chown(path, OTHER, -1)
    alone = make_environment(home / "a" / ".venv", python)
    shared = make_environment(home / "b" / ".venv", python, system=True)
    assert judge(alone) is None
    found = judge(shared)
    assert found is not None
    assert found.path == str(path)


@AS_ROOT
def test_other_files_in_the_packages_are_under_their_folders_protection(shop: Path) -> None:
    os.chown(write(site_of(shop) / "module.py"), OTHER, -1)
    assert judge(shop) is None


def test_what_is_missing_is_no_reason(home: Path, shop: Path, python: Path) -> None:
    python.unlink()
    assert judge(shop) is None
    (home / "shop" / ".venv" / "bin" / "python3").unlink()
    assert judge(shop) is None


@AS_ROOT
def test_a_system_without_owners_trusts_everything(home: Path, shop: Path) -> None:
    os.chown(home / "shop", OTHER, -1)
    reading = pyvenv.read(str(shop), str(home))
    assert reading is not None
    assert Trust(None).judge(reading) is None


def test_what_was_judged_is_judged_again_when_it_changes(home: Path, shop: Path) -> None:
    trust = Trust(os.getuid())
    reading = pyvenv.read(str(shop), str(home))
    assert reading is not None
    assert trust.judge(reading) is None
    assert trust.judge(reading) is None
    (home / "shop").chmod(0o777)
    assert trust.judge(reading) is not None
    (home / "shop").chmod(0o755)
    assert trust.judge(reading) is None


@AS_ROOT
def test_what_the_running_python_resolves_through_is_trusted(home: Path) -> None:
    """A server that an administrator runs out of another user's folder: that owner could change the server anyway."""
    python = make_base(home / "theirs" / "python", "3.12.1")
    prefix = make_environment(home / "mine" / ".venv", python)
    os.chown(home / "theirs", OTHER, -1)
    assert judge(prefix) is not None
    code = (
        "import os, sys\n"
        "from jupyter_envs import pyvenv, trust\n"
        "sys.executable = sys.argv[2]\n"
        "print(trust.Trust(os.getuid()).judge(pyvenv.read(sys.argv[1], '/')))\n"
    )
    words = [sys.executable, "-c", code, str(prefix), str(python)]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert done.stdout == "None\n"


@AS_ROOT
def test_a_python_that_does_not_know_itself_makes_no_exceptions(home: Path, shop: Path) -> None:
    os.chown(home / "shop", OTHER, -1)
    code = (
        "import os, sys\n"
        "from jupyter_envs import pyvenv, trust\n"
        "sys.executable = '/nonexistent'\n"
        "print(trust.Trust(os.getuid()).judge(pyvenv.read(sys.argv[1], '/')).path)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(shop)], capture_output=True, text=True, check=True)
    assert done.stdout == f"{home / 'shop'}\n"


@AS_ROOT
def test_a_read_only_mount_is_trusted(home: Path, python: Path) -> None:
    """An image of a container or Apptainer, where root's files are shown as nobody's."""
    folder = home / "image"
    prefix = make_environment(folder / "env", python)
    os.chown(prefix, OTHER, -1)
    assert judge(prefix) is not None
    script = (
        f"mount --bind '{folder}' '{folder}' && mount -o remount,ro,bind '{folder}' && exec '{sys.executable}' -c "
        "'import os, sys; from jupyter_envs import pyvenv, trust; "
        'print(trust.Trust(os.getuid()).judge(pyvenv.read(sys.argv[1], "/")))\' "$1"'
    )
    words = ["unshare", "--mount", "sh", "-c", script, "sh", str(prefix)]
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("needs unshare")
    if "ermi" in done.stderr or "perm" in done.stderr:
        pytest.skip(f"may not mount here: {done.stderr.strip()}")
    assert done.stdout == "None\n", done.stderr
