"""Reading one environment: every row of the rules' table of cases, on folders written by hand."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_envs import pyvenv, sites
from jupyter_envs.unconfigured import versioned
from tests.folders import (
    add_ipykernel,
    as_somebody_else,
    link,
    make_base,
    make_conda,
    make_environment,
    read,
    site_of,
    write,
    write_program,
)


def test_the_configuration_is_split_at_the_first_equals_sign() -> None:
    text = "Home = /opt/a=b/bin\n  Version=3.12.1  \nno equals\n= empty\nprompt = 'x'\nhome2=\n"
    config = pyvenv.parse_config(text)
    assert config == {"home": "/opt/a=b/bin", "version": "3.12.1", "": "empty", "prompt": "'x'", "home2": ""}


def test_an_environment_of_venv(home: Path, python: Path) -> None:
    prefix = make_environment(home / "shop" / ".venv", python)
    reading = read(prefix, home)
    assert reading.fault is None
    assert reading.python == f"{prefix}/bin/python"
    assert reading.target == str(python)
    assert reading.base == str(python.parent.parent)
    assert (reading.implementation, reading.minor, reading.threads) == ("cpython", "3.12", "")
    assert reading.sites() == [str(site_of(prefix))]
    assert not reading.shares_system
    assert sites.ipykernel(reading) is None


CONFIGS = {
    "venv": "home = {home}\ninclude-system-site-packages = false\nversion = 3.12.1\nexecutable = {home}/python3.12\n",
    "virtualenv": (
        "home = {home}\nimplementation = CPython\nversion_info = 3.12.1.final.0\nversion = 3.12.1\n"
        "virtualenv = 20.29.1\ninclude-system-site-packages = false\nbase-prefix = {home}/..\n"
    ),
    "old virtualenv 20": (
        "home = {home}\nimplementation = CPython\nversion_info = 3.12.1.final.0\nvirtualenv = 20.0.21\n"
        "include-system-site-packages = false\n"
    ),
    "uv": (
        "home = {home}\nimplementation = CPython\nuv = 0.13.9\nversion_info = 3.12.1\n"
        "include-system-site-packages = false\nprompt = shop\nrelocatable = true\n"
    ),
    "uv on an upgradeable Python": (
        "home = {home}\nimplementation = CPython\nuv = 0.13.9\nversion_info = 3.12\n"
        "include-system-site-packages = false\n"
    ),
}


@pytest.mark.parametrize("tool", CONFIGS)
def test_the_configuration_of_every_tool_is_understood(home: Path, python: Path, tool: str) -> None:
    config = CONFIGS[tool].format(home=python.parent)
    reading = read(make_environment(home / "shop" / ".venv", python, config=config), home)
    assert reading.fault is None
    assert reading.remembered == "3.12"
    assert reading.minor == "3.12"
    assert not reading.shares_system


def test_a_missing_key_for_system_packages_means_true(home: Path, python: Path) -> None:
    prefix = make_environment(home / ".venv", python, config=f"home = {python.parent}\n")
    assert read(prefix, home).shares_system
    assert read(prefix, home).remembered is None


@pytest.mark.parametrize("config", ["", "version = 3.12.1\n", "home =\n", "home\n", "\0\n"])
def test_without_a_home_it_is_no_environment(home: Path, python: Path, config: str) -> None:
    prefix = make_environment(home / ".venv", python, config=config)
    assert pyvenv.read(str(prefix), str(home)) is None
    assert not pyvenv.is_environment(str(prefix))


def test_a_configuration_that_is_a_folder_or_a_fifo_is_none(home: Path, python: Path) -> None:
    for name, make in (("folder", Path.mkdir), ("fifo", os.mkfifo)):
        prefix = make_environment(home / name, python)
        (prefix / "pyvenv.cfg").unlink()
        make(prefix / "pyvenv.cfg")
        assert pyvenv.read(str(prefix), str(home)) is None
        assert not pyvenv.is_environment(str(prefix))


def test_a_huge_configuration_is_read_as_far_as_its_first_page(home: Path, python: Path) -> None:
    first = make_environment(home / "first", python, config=f"home = {python.parent}\n" + "x = y\n" * 1_000_000)
    assert read(first, home).fault is None
    last = make_environment(home / "last", python, config="x = y\n" * 100_000 + f"home = {python.parent}\n")
    assert pyvenv.read(str(last), str(home)) is None


def test_a_binary_configuration_is_read_without_harm(home: Path, python: Path) -> None:
    prefix = make_environment(home / ".venv", python)
    (prefix / "pyvenv.cfg").write_bytes(bytes(range(256)) * 100)
    assert pyvenv.read(str(prefix), str(home)) is None
    (prefix / "pyvenv.cfg").write_bytes(b"\xff\xfe = \xff\nhome = " + os.fsencode(python.parent) + b"\n")
    assert read(prefix, home).fault is None


@given(st.binary(max_size=400))
def test_any_configuration_is_read_without_harm(data: bytes) -> None:
    pyvenv.parse_config(data.decode("utf-8", "surrogateescape"))


def test_activate_alone_is_no_environment(home: Path) -> None:
    write(home / "tool" / "bin" / "activate", "VIRTUAL_ENV=/x\n")
    assert pyvenv.read(str(home / "tool"), str(home)) is None
    assert not pyvenv.is_environment(str(home / "tool"))


def test_what_is_being_made_does_not_exist_yet(home: Path, python: Path) -> None:
    prefix = make_environment(home / ".venv", python)
    write(prefix / pyvenv.MARKER)
    assert pyvenv.read(str(prefix), str(home)) is None
    assert not pyvenv.is_environment(str(prefix))


def test_what_tools_write_for_git_and_backups_is_no_reason_to_skip(home: Path, python: Path) -> None:
    prefix = make_environment(home / ".venv", python)
    write(prefix / ".gitignore", "*\n")
    write(prefix / "CACHEDIR.TAG", "Signature: 8a477f597d28d172789f06886806bc55\n")
    assert pyvenv.is_environment(str(prefix))


def test_a_dangling_interpreter_names_what_is_gone(home: Path, python: Path) -> None:
    prefix = make_environment(home / ".venv", python)
    shutil.rmtree(python.parent.parent)
    reading = read(prefix, home)
    assert reading.fault == pyvenv.INTERPRETER_MISSING
    assert reading.detail == str(python)
    assert (reading.implementation, reading.minor) == ("cpython", "3.12")


def test_an_absent_interpreter_is_named(home: Path, python: Path) -> None:
    prefix = make_environment(home / ".venv", python)
    (prefix / "bin" / "python").unlink()
    reading = read(prefix, home)
    assert reading.fault == pyvenv.INTERPRETER_MISSING
    assert reading.detail == f"{prefix}/bin/python"


def test_an_environment_without_bin_is_broken(home: Path) -> None:
    write(home / ".venv" / "pyvenv.cfg", "home = /opt/python/bin\nversion = 3.12.1\n")
    reading = read(home / ".venv", home)
    assert reading.fault == pyvenv.INTERPRETER_MISSING
    assert reading.minor == "3.12"


def test_an_interpreter_that_may_not_be_run_or_is_a_folder_is_missing(home: Path, python: Path) -> None:
    prefix = make_environment(home / "a", python)
    (prefix / "bin" / "python").unlink()
    write(prefix / "bin" / "python", "#!/bin/sh\n").chmod(0o644)
    assert read(prefix, home).fault == pyvenv.INTERPRETER_MISSING
    prefix = make_environment(home / "b", python)
    (prefix / "bin" / "python").unlink()
    (prefix / "bin" / "python").mkdir()
    assert read(prefix, home).fault == pyvenv.INTERPRETER_MISSING


def test_an_interpreter_whose_links_go_round_in_a_circle_is_missing(home: Path, python: Path) -> None:
    prefix = make_environment(home / ".venv", python)
    (prefix / "bin" / "python").unlink()
    link(prefix / "bin" / "python", "python3")
    reading = read(prefix, home)
    assert reading.fault == pyvenv.INTERPRETER_MISSING
    assert reading.detail == f"{prefix}/bin/python"


def make_copy(prefix: Path, python: Path) -> Path:
    """An environment whose interpreter is a copy, as `venv --copies` makes it."""
    make_environment(prefix, python)
    (prefix / "bin" / "python").unlink()
    shutil.copy(python, prefix / "bin" / "python")
    return prefix


def test_a_copied_interpreter_works_while_its_base_is_there(home: Path, python: Path) -> None:
    reading = read(make_copy(home / ".venv", python), home)
    assert reading.fault is None
    assert reading.base == str(python.parent.parent)
    assert (reading.implementation, reading.minor) == ("cpython", "3.12")


def test_a_copied_interpreter_is_broken_when_home_is_gone(home: Path, python: Path) -> None:
    prefix = make_copy(home / ".venv", python)
    shutil.rmtree(python.parent)
    reading = read(prefix, home)
    assert reading.fault == pyvenv.BASE_MISSING
    assert reading.detail == str(python.parent)


def test_a_copied_interpreter_is_broken_when_its_base_has_another_version(home: Path, python: Path) -> None:
    prefix = make_copy(home / ".venv", python)
    base = python.parent.parent
    shutil.rmtree(base / "lib" / "python3.12")
    write(base / "lib" / "python3.13" / "os.py")
    reading = read(prefix, home)
    assert reading.fault == pyvenv.BASE_CHANGED
    assert reading.detail == str(base / "lib" / "python3.13")


@pytest.mark.parametrize("left", ["lib", "lib/python3.12", "lib/python3.12/site-packages"])
def test_a_copied_interpreter_is_broken_when_its_base_is_empty(home: Path, python: Path, left: str) -> None:
    prefix = make_copy(home / ".venv", python)
    base = python.parent.parent
    for folder in (base / "lib", python.parent):
        shutil.rmtree(folder)
        folder.mkdir()
    (base / left).mkdir(parents=True, exist_ok=True)
    reading = read(prefix, home)
    assert (reading.fault, reading.detail) == (pyvenv.BASE_MISSING, str(python.parent))


@pytest.mark.parametrize("place", ["lib64/python3.12/os.py", "lib-python/3/os.py", "bin/Lib/os.py"])
def test_a_standard_library_may_lie_elsewhere(home: Path, python: Path, place: str) -> None:
    """Fedora's, an older PyPy's, that of a Python run where it was built."""
    prefix = make_copy(home / ".venv", python)
    base = python.parent.parent
    shutil.rmtree(base / "lib")
    write(base / place)
    assert read(prefix, home).fault is None


def test_a_base_may_be_a_folder_of_links_into_a_framework(home: Path) -> None:
    """Homebrew's: `home` holds links only, and the standard library lies beside the real interpreter."""
    python = make_base(home.parent / "Cellar" / "Python.framework" / "Versions" / "3.12", "3.12.1")
    linked = link(home.parent / "opt" / "python@3.12" / "bin" / "python3.12", python)
    prefix = make_copy(home / ".venv", linked)
    assert read(prefix, home).fault is None
    shutil.rmtree(python.parent.parent / "lib")
    assert read(prefix, home).fault == pyvenv.BASE_MISSING


def test_a_copied_free_threaded_interpreter_keeps_its_library(home: Path) -> None:
    python = make_base(home.parent / "opt" / "python", "3.13.0", threads="t")
    prefix = make_copy(home / ".venv", python)
    reading = read(prefix, home)
    assert (reading.minor, reading.threads) == ("3.13", "t")
    assert reading.sites() == [str(prefix / "lib" / "python3.13t" / "site-packages")]


def test_a_base_upgraded_under_its_environment_counts_with_its_new_version(home: Path) -> None:
    base = home.parent / "opt" / "python3"
    python = make_base(base, "3.11.7")
    prefix = make_environment(home / ".venv", python)
    add_ipykernel(site_of(prefix))
    (prefix / "bin" / "python").unlink()
    link(prefix / "bin" / "python", base / "bin" / "python3")
    assert sites.ipykernel(read(prefix, home)) == "7.4.0"
    shutil.rmtree(base)
    make_base(base, "3.12.1")
    reading = read(prefix, home)
    assert reading.fault is None
    assert reading.minor == "3.12"
    assert reading.remembered == "3.11"
    assert sites.ipykernel(reading) is None


def test_an_interpreter_whose_name_says_nothing_is_known_by_its_library(home: Path) -> None:
    base = home.parent / "opt" / "framework"
    write_program(base / "bin" / "python3")
    write(base / "lib" / "python3.9" / "os.py")
    prefix = home / ".venv"
    link(prefix / "bin" / "python", base / "bin" / "python3")
    write(prefix / "pyvenv.cfg", f"home = {base}/bin\nversion = 3.8.1\n")
    assert read(prefix, home).minor == "3.9"


def test_with_several_libraries_beside_the_interpreter_the_environment_decides(home: Path) -> None:
    base = home.parent / "opt" / "many"
    write_program(base / "bin" / "python3")
    for minor in ("3.9", "3.10"):
        write(base / "lib" / f"python{minor}" / "os.py")
    prefix = home / ".venv"
    link(prefix / "bin" / "python", base / "bin" / "python3")
    write(prefix / "pyvenv.cfg", f"home = {base}/bin\nversion = 3.10.1\n")
    assert read(prefix, home).minor == "3.10"
    (prefix / "lib" / "python3.9" / "site-packages").mkdir(parents=True)
    assert read(prefix, home).minor == "3.9"


def test_where_nothing_tells_the_version_it_is_unknown(home: Path) -> None:
    base = home.parent / "opt" / "nothing"
    write_program(base / "bin" / "python")
    prefix = home / ".venv"
    link(prefix / "bin" / "python", base / "bin" / "python")
    write(prefix / "pyvenv.cfg", f"home = {base}/bin\n")
    reading = read(prefix, home)
    assert reading.minor is None
    assert reading.implementation is None
    assert reading.sites() == []


def test_python_2_made_by_virtualenv_20(home: Path) -> None:
    python = make_base(home.parent / "opt" / "python-2.7", "2.7.18")
    config = f"home = {python.parent}\nimplementation = CPython\nversion_info = 2.7.18.final.0\nvirtualenv = 20.21.0\n"
    prefix = make_environment(home / ".venv", python, config=config)
    add_ipykernel(site_of(prefix), "4.10.1")
    reading = read(prefix, home)
    assert (reading.fault, reading.minor) == (None, "2.7")
    assert sites.ipykernel(reading) == "4.10.1"


def make_old_virtualenv(prefix: Path, python: Path, *, alone: bool = True) -> Path:
    """As virtualenv 16 makes it: a copied interpreter, links to the library's files, and no `pyvenv.cfg`."""
    (prefix / "bin").mkdir(parents=True)
    shutil.copy(python, prefix / "bin" / python.name)
    link(prefix / "bin" / "python", python.name)
    write(prefix / "bin" / "activate", f'VIRTUAL_ENV="{prefix}"\n')
    write(prefix / "include" / "placeholder")
    write(prefix / "lib" / python.name / "orig-prefix.txt", str(python.parent.parent))
    (prefix / "lib" / python.name / "site-packages").mkdir()
    if alone:
        write(prefix / "lib" / python.name / "no-global-site-packages.txt")
    return prefix


@pytest.mark.parametrize("version", ["2.7.18", "3.6.15"])
def test_virtualenv_before_20_is_known_without_a_configuration(home: Path, version: str) -> None:
    python = make_base(home.parent / "opt" / "python", version)
    prefix = make_old_virtualenv(home / ".venv", python)
    add_ipykernel(site_of(prefix), "4.10.1")
    reading = read(prefix, home)
    assert pyvenv.is_environment(str(prefix))
    assert reading.fault is None
    assert reading.minor == version.rpartition(".")[0]
    assert reading.base == str(python.parent.parent)
    assert not reading.shares_system
    assert sites.ipykernel(reading) == "4.10.1"


def test_virtualenv_before_20_with_system_packages(home: Path) -> None:
    python = make_base(home.parent / "opt" / "python", "2.7.18")
    add_ipykernel(site_of(python.parent.parent), "4.10.0")
    reading = read(make_old_virtualenv(home / ".venv", python, alone=False), home)
    assert reading.shares_system
    assert sites.ipykernel(reading) == "4.10.0"


def test_virtualenv_before_20_is_broken_when_its_base_is_gone(home: Path) -> None:
    python = make_base(home.parent / "opt" / "python", "2.7.18")
    prefix = make_old_virtualenv(home / ".venv", python)
    shutil.rmtree(python.parent.parent)
    assert read(prefix, home).fault == pyvenv.BASE_MISSING


def test_a_library_without_its_origin_is_no_old_virtualenv(home: Path) -> None:
    write(home / "x" / "bin" / "activate")
    write(home / "x" / "lib" / "python3.6" / "os.py")
    write(home / "x" / "lib" / "other" / "orig-prefix.txt", "/opt")
    assert pyvenv.read(str(home / "x"), str(home)) is None


def test_pypy_has_its_own_library(home: Path) -> None:
    python = make_base(home.parent / "opt" / "pypy", "3.10.14", kind="pypy")
    prefix = make_environment(home / ".venv", python)
    add_ipykernel(site_of(prefix))
    reading = read(prefix, home)
    assert (reading.implementation, reading.minor) == ("pypy", "3.10")
    assert reading.own_library == str(prefix / "lib" / "pypy3.10")
    assert sites.ipykernel(reading) == "7.4.0"


def test_old_pypy_keeps_packages_in_the_prefix(home: Path) -> None:
    base = home.parent / "opt" / "pypy3.6"
    write_program(base / "bin" / "pypy3")
    write(base / "lib-python" / "3" / "os.py")
    prefix = home / ".venv"
    link(prefix / "bin" / "python", base / "bin" / "pypy3")
    write(prefix / "pyvenv.cfg", f"home = {base}/bin\ninclude-system-site-packages = false\nversion = 3.6.9\n")
    add_ipykernel(prefix / "site-packages", "5.5.6")
    reading = read(prefix, home)
    assert (reading.implementation, reading.minor) == ("pypy", "3.6")
    assert reading.sites() == [str(prefix / "site-packages")]
    assert sites.ipykernel(reading) == "5.5.6"


def test_free_threaded_pythons_have_their_own_library(home: Path) -> None:
    python = make_base(home.parent / "opt" / "python", "3.13.0", threads="t")
    prefix = make_environment(home / ".venv", python)
    add_ipykernel(site_of(prefix))
    reading = read(prefix, home)
    assert (reading.minor, reading.threads) == ("3.13", "t")
    assert reading.sites() == [str(prefix / "lib" / "python3.13t" / "site-packages")]
    assert sites.ipykernel(reading) == "7.4.0"


def test_a_windows_layout_cannot_run_here(home: Path) -> None:
    prefix = home / ".venv"
    write(prefix / "Scripts" / "python.exe", "MZ")
    write(prefix / "pyvenv.cfg", "home = C:\\Python312\ninclude-system-site-packages = false\nversion = 3.12.1\n")
    add_ipykernel(prefix / "Lib" / "site-packages")
    reading = read(prefix, home)
    assert reading.windows
    assert reading.fault == pyvenv.OTHER_PLATFORM
    assert reading.python == str(prefix / "Scripts" / "python.exe")
    assert reading.minor == "3.12"
    assert sites.ipykernel(reading) == "7.4.0"


def test_what_may_not_be_read_is_a_fault_of_its_own(open_folder: Path) -> None:
    python = make_base(open_folder / "opt" / "closed" / "python", "3.12.1")
    prefix = make_environment(open_folder / ".venv", python)
    (open_folder / "opt" / "closed").chmod(0)
    code = "reading = pyvenv.read(sys.argv[1], '/'); print(reading.fault, reading.detail, reading.minor)"
    expected = f"unreadable {open_folder / 'opt' / 'closed' / 'python'} 3.12\n"
    try:
        assert as_somebody_else(code, prefix) == expected
    finally:
        (open_folder / "opt" / "closed").chmod(0o755)


def test_an_environment_that_was_moved_still_runs(home: Path, python: Path) -> None:
    make_environment(home / "old" / ".venv", python)
    (home / "old").rename(home / "new")
    assert read(home / "new" / ".venv", home).fault is None


def test_the_interpreter_is_never_resolved(home: Path, python: Path) -> None:
    prefix = make_environment(home / ".venv", python)
    assert read(prefix, home).python == f"{prefix}/bin/python"


def test_system_packages_are_those_of_the_base_and_of_the_person(home: Path, python: Path) -> None:
    prefix = make_environment(home / ".venv", python, system=True)
    base = python.parent.parent
    user = home / ".local" / "lib" / "python3.12" / "site-packages"
    user.mkdir(parents=True)
    reading = read(prefix, home)
    assert reading.shares_system
    assert reading.sites() == [str(site_of(prefix)), str(user), str(site_of(base))]
    add_ipykernel(site_of(base), "6.0.0")
    assert sites.ipykernel(reading) == "6.0.0"
    add_ipykernel(user, "6.1.0")
    assert sites.ipykernel(reading) == "6.1.0"
    add_ipykernel(site_of(prefix), "6.2.0")
    assert sites.ipykernel(reading) == "6.2.0"


def test_an_interpreter_has_the_persons_own_packages_first(home: Path, python: Path) -> None:
    base = python.parent.parent
    user = home / ".local" / "lib" / "python3.12" / "site-packages"
    user.mkdir(parents=True)
    interpreter = pyvenv.read_interpreter(str(base), str(home))
    assert interpreter is not None
    assert interpreter.sites() == [str(user), str(site_of(base))]
    conda = make_conda(home / "conda")
    assert read(conda, home).sites() == [str(user), str(site_of(conda))]


def test_without_system_packages_those_of_others_do_not_count(home: Path, python: Path) -> None:
    prefix = make_environment(home / ".venv", python)
    add_ipykernel(site_of(python.parent.parent))
    add_ipykernel(home / ".local" / "lib" / "python3.12" / "site-packages")
    assert sites.ipykernel(read(prefix, home)) is None


@pytest.mark.parametrize(("version", "threads", "kind"), [("3.13.0", "t", "python"), ("3.10.14", "", "pypy")])
def test_the_persons_own_packages_lie_in_a_folder_of_each_kind_of_python(
    home: Path, version: str, threads: str, kind: str
) -> None:
    python = make_base(home.parent / "opt" / "python", version, threads, kind)
    reading = read(make_environment(home / ".venv", python, system=True), home)
    add_ipykernel(home / ".local" / "lib" / python.name / "site-packages", "7.0.0")
    assert sites.ipykernel(reading) == "7.0.0"


def test_packages_of_a_parent_environment_do_not_count(home: Path, python: Path) -> None:
    """`home` names the base Python even when an environment's interpreter made it."""
    parent = make_environment(home / "parent", python, system=True)
    add_ipykernel(site_of(parent))
    child = make_environment(home / "child", python, system=True)
    (child / "bin" / "python").unlink()
    link(child / "bin" / "python", parent / "bin" / "python")
    assert sites.ipykernel(read(child, home)) is None


def test_debian_keeps_packages_of_its_python_elsewhere(home: Path) -> None:
    system = sorted(path for path in Path("/usr/bin").glob("python3.*") if path.name[8:].isdecimal())
    if not system or not Path("/usr/lib/python3/dist-packages").is_dir():
        pytest.skip("needs Debian's own Python")
    prefix = make_environment(home / ".venv", system[-1], system=True)
    sites = read(prefix, home).sites()
    assert "/usr/lib/python3/dist-packages" in sites
    local = Path(f"/usr/local/lib/{system[-1].name}/dist-packages")
    assert (str(local) in sites) == local.is_dir()


def test_a_base_interpreter_is_read_without_a_configuration(home: Path, python: Path) -> None:
    base = python.parent.parent
    add_ipykernel(site_of(base))
    reading = pyvenv.read_interpreter(str(base), str(home))
    assert reading is not None
    assert (reading.fault, reading.minor, reading.config) == (None, "3.12", {})
    assert sites.ipykernel(reading) == "7.4.0"
    assert pyvenv.read_interpreter(str(home), str(home)) is None
    named = pyvenv.read_interpreter(str(base), str(home), str(base / "bin" / "python3"))
    assert named is not None
    assert named.python == str(base / "bin" / "python3")


def test_what_leads_out_of_its_folder_is_no_base_interpreter(home: Path, python: Path) -> None:
    prefix = make_environment(home / ".venv", python)
    assert pyvenv.read_interpreter(str(prefix), str(home)) is None
    (prefix / "pyvenv.cfg").unlink()
    assert pyvenv.read_interpreter(str(prefix), str(home)) is None
    write(python.parent.parent / pyvenv.MARKER)
    assert pyvenv.read_interpreter(str(python.parent.parent), str(home)) is None


def test_a_broken_base_interpreter_has_a_fault(home: Path) -> None:
    link(home / "base" / "bin" / "python", "python3.12")
    reading = pyvenv.read_interpreter(str(home / "base"), str(home))
    assert reading is not None
    assert reading.fault == pyvenv.INTERPRETER_MISSING


@given(st.text(st.characters(exclude_characters="\0/"), max_size=30))
def test_any_name_of_an_interpreter_is_read_without_harm(name: str) -> None:
    assert versioned(name) is None or versioned(name)


@pytest.mark.parametrize("odd", ["\x0b", "\x0c", "\x1c", "\x85", "\u2028"])
def test_a_configuration_has_no_other_ends_of_lines_than_pythons(odd: str) -> None:
    assert pyvenv.parse_config(f"home = /a{odd}home = /b\r\nVersion = 3.12.1\r\n") == {
        "home": f"/a{odd}home = /b",
        "version": "3.12.1",
    }
