"""Base Pythons are installed by the real uv and the real pyenv, from this disk, whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import subprocess
import tarfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jupyter_envs.creator.pythons import Installation
from jupyter_envs.errors import BadRequest, Cancelled, NotFound, Occupied, Refused, ToolFailed
from jupyter_envs.host import Host
from jupyter_envs.pyvenv import MARKER
from jupyter_envs.settings import Settings
from tests.creator.scene import Told, creator_of, finder_of
from tests.folders import make_base, write, write_program
from tests.real.outside import UV, MissingError, interpreters, pyenv_root

if TYPE_CHECKING:
    from jupyter_envs.creator import Creator

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Pythons are not installed on Windows")

try:
    MINOR = ".".join(interpreters().default.version.split(".")[:2])
except MissingError:
    MINOR = "3.12"
VERSION = f"{MINOR}.99"
BROKEN = f"{MINOR}.98"
LARGE = ("test", "site-packages", "idlelib", "ensurepip", "tkinter", "lib2to3", "__pycache__")


@pytest.fixture(scope="session")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One of this machine's interpreters, packed as python-build-standalone packs its own."""
    try:
        base = interpreters().default
    except MissingError as error:
        pytest.skip(str(error))

    def without(entry: tarfile.TarInfo) -> tarfile.TarInfo | None:
        parts = entry.name.split("/")
        return None if any(part in LARGE or part.startswith("config-") for part in parts) else entry

    path = tmp_path_factory.mktemp("archive") / "python.tar.gz"
    prefix = Path(os.path.realpath(base.executable)).parent.parent
    with tarfile.open(path, "w:gz", compresslevel=1) as tar:
        names = [f"bin/{name}" for name in (f"python{MINOR}", "python3", "python")]
        names += [f"lib/python{MINOR}", f"include/python{MINOR}/patchlevel.h"]
        names += [f"lib/{each.name}" for each in (prefix / "lib").glob("libpython*")]
        for name in filter(lambda name: (prefix / name).exists(), names):
            tar.add(prefix / name, f"python/{name}", filter=without)
    return path


@pytest.fixture
def host(home: Path) -> Host:
    """Somebody without any Python of pyenv's or uv's."""
    return Host(home=home, variables={"HOME": str(home), "PATH": os.environ["PATH"]}, uid=os.getuid())


@pytest.fixture
def with_uv(host: Host, archive: Path) -> Host:
    """Whose uv knows one Python to download, which lies on this disk."""
    entry = {
        "name": "cpython", "arch": {"family": platform.machine(), "variant": None}, "os": "linux", "libc": "gnu",
        "major": 3, "minor": int(MINOR[2:]), "patch": 99, "prerelease": "", "variant": None, "build": "20260101",
        "url": archive.as_uri(), "sha256": hashlib.sha256(archive.read_bytes()).hexdigest(),
    }  # fmt: skip
    known = host.home / "known.json"
    known.write_text(json.dumps({f"cpython-{VERSION}-linux-{platform.machine()}-gnu": entry}))
    more = {"UV_PYTHON_DOWNLOADS_JSON_URL": str(known), "UV_NO_CONFIG": "1"}
    return replace(host, variables={**host.variables, **more})


@pytest.fixture
def with_pyenv(host: Host, archive: Path) -> Host:
    """Whose pyenv knows how to build one Python, by unpacking it."""
    if not (pyenv_root() / "bin" / "pyenv").exists():
        pytest.skip("needs pyenv")
    definitions = host.home / "definitions"
    unpack = f'unpack() {{ tar -xzf "{archive}" -C "$PREFIX_PATH" --strip-components=1; }}\nunpack\n'
    write(definitions / VERSION, unpack)
    write(definitions / BROKEN, 'mkdir -p "$PREFIX_PATH/bin"\nfalse\n')
    return replace(host, variables={**host.variables, "PYTHON_BUILD_DEFINITIONS": str(definitions)})


def by_uv(host: Host, settings: Settings | None = None) -> Creator:
    return creator_of(host, settings, tools={"uv": Path(UV)})


def by_pyenv(host: Host) -> Creator:
    return creator_of(host, tools={"pyenv": pyenv_root() / "bin" / "pyenv", "uv": Path(UV)})


def managed(host: Host) -> list[tuple[str, Path]]:
    found = finder_of(host).interpreters()
    return [(one.manager, one.path) for one in found if one.path.is_relative_to(host.home)]


def run(prefix: Path) -> None:
    subprocess.run([prefix / "bin" / "python3", "-I", "-c", "import json"], check=True)


@pytest.mark.skipif(platform.system() != "Linux", reason="the archive is one for Linux")
@pytest.mark.parametrize("version", [MINOR, VERSION])
def test_uv_installs_the_version_whole_into_its_own_folder(with_uv: Host, version: str) -> None:
    work = by_uv(with_uv).prepare_python(version, "uv")
    folder = with_uv.home / ".local" / "share" / "uv" / "python"
    assert work.kind == "install-python"
    assert work.prefix.parent == folder
    assert not folder.exists()
    assert work.tells == (f"uv will download Python {work.prefix.name} into {work.prefix}.",)
    assert work.do(Told()) is None
    run(work.prefix)
    assert managed(with_uv) == [("uv", work.prefix / "bin" / "python")]
    assert not (with_uv.home / ".local" / "bin").exists()
    with pytest.raises(Occupied, match="there already"):
        by_uv(with_uv).prepare_python(MINOR, "uv")


def test_pyenv_builds_in_a_marked_folder(with_pyenv: Host) -> None:
    work = by_pyenv(with_pyenv).prepare_python(VERSION)
    assert work.prefix == with_pyenv.home / ".pyenv" / "versions" / VERSION
    assert "pyenv will download and build" in work.tells[0]
    assert work.do(Told()) is None
    run(work.prefix)
    assert not (work.prefix / MARKER).exists()
    assert managed(with_pyenv) == [("pyenv", work.prefix / "bin" / "python")]


def test_what_pyenv_cannot_build_leaves_nothing(with_pyenv: Host) -> None:
    work = by_pyenv(with_pyenv).prepare_python(BROKEN)
    with pytest.raises(ToolFailed, match="pyenv ended with status"):
        work.do(Told())
    assert not work.prefix.exists()


def test_cancelling_leaves_nothing(with_pyenv: Host) -> None:
    work = by_pyenv(with_pyenv).prepare_python(VERSION)
    told = Told()
    told.cancel.set()
    with pytest.raises(Cancelled):
        work.do(told)
    assert not work.prefix.exists()


def test_what_is_being_made_is_no_interpreter_yet(host: Host) -> None:
    prefix = host.home / ".pyenv" / "versions" / "3.12.1"
    make_base(prefix, "3.12.1")
    assert managed(host) == [("pyenv", prefix / "bin" / "python")]
    write(prefix / MARKER)
    assert managed(host) == []


def test_a_network_that_is_not_there_is_told(with_uv: Host) -> None:
    known = Path(with_uv.variables["UV_PYTHON_DOWNLOADS_JSON_URL"])
    told = json.loads(known.read_text())
    next(iter(told.values()))["url"] = "http://127.0.0.1:9/python.tar.gz"
    known.write_text(json.dumps(told))
    host = replace(with_uv, variables={**with_uv.variables, "UV_HTTP_RETRIES": "0"})
    work = by_uv(host).prepare_python(VERSION)
    with pytest.raises(ToolFailed) as caught:
        work.do(Told())
    assert "network" in caught.value.fix
    assert not work.prefix.exists()


@pytest.mark.parametrize(
    "version", ["", "-f", "--list", "3.12/../x", "3.12;x", "latest", "3.12 3.11", "३.12", "3." * 9]
)
def test_what_is_no_version_is_refused(host: Host, version: str) -> None:
    with pytest.raises(BadRequest, match="is not a version of Python"):
        by_uv(host).prepare_python(version)


@pytest.mark.parametrize(
    ("version", "there"), [("3.12", True), ("3.12.1", True), ("3.1", False), ("3.12.2", False), ("3.12t", False),
                           ("pypy3.10", True), ("pypy3.11", False), ("3.13t", True), ("cpython-3.12", True)]
)  # fmt: skip
def test_one_that_is_there_is_told(host: Host, version: str, *, there: bool) -> None:
    versions = host.home / ".pyenv" / "versions"
    make_base(versions / "3.12.1", "3.12.1")
    make_base(versions / "3.13.0t", "3.13.0", threads="t")
    make_base(versions / "pypy3.10-7.3", "3.10.14", kind="pypy")
    tools = {"pyenv": write_program(host.home / ".pyenv" / "bin" / "pyenv")}
    with pytest.raises(Occupied if there else NotFound):
        creator_of(host, tools=tools).prepare_python(version, "pyenv")


def test_pyenv_resolves_a_version_as_pyenv_does(host: Host) -> None:
    definitions = host.home / ".pyenv" / "plugins" / "python-build" / "share" / "python-build"
    for name in ("3.12.9", "3.12.10", "3.12-dev", "3.13.1t", "3.14.0rc1", "pypy3.10-7.3.2", "pypy3.10-7.3.12-src"):
        write(definitions / name)
    tools = {"pyenv": write_program(host.home / ".pyenv" / "bin" / "pyenv")}
    names = {}
    for version in ("3.12", "3.12.9", "3.13t", "3.14.0rc1", "pypy3.10", "3"):
        work = creator_of(host, tools=tools).prepare_python(version, "pyenv")
        assert isinstance(work, Installation)
        names[version] = work.plan.commands[0].words[-1]
    assert names == {
        "3.12": "3.12.10", "3.12.9": "3.12.9", "3.13t": "3.13.1t", "3.14.0rc1": "3.14.0rc1",
        "pypy3.10": "pypy3.10-7.3.2", "3": "3.12.10",
    }  # fmt: skip
    for unknown in ("3.14", "3.13"):
        with pytest.raises(NotFound, match="pyenv knows no Python"):
            creator_of(host, tools=tools).prepare_python(unknown, "pyenv")


def test_who_shall_install_is_the_one_that_is_there(with_uv: Host) -> None:
    pyenv = write_program(with_uv.home / ".pyenv" / "bin" / "pyenv")
    creator = creator_of(with_uv, tools={"pyenv": pyenv, "uv": Path(UV)})
    assert "uv will download" in creator.prepare_python(VERSION).tells[0]  # which pyenv does not know
    with pytest.raises(NotFound, match=r"uv knows no Python 3\.99"):
        by_uv(with_uv).prepare_python("3.99")
    with pytest.raises(BadRequest, match="installs no Pythons"):
        creator.prepare_python("3.99", "poetry")
    with pytest.raises(Refused, match="pyenv is not installed"):
        by_uv(with_uv).prepare_python("3.99", "pyenv")
    with pytest.raises(Refused, match="Neither pyenv nor uv"):
        creator_of(with_uv, tools={}).prepare_python("3.99")


def test_it_is_refused_where_nothing_may_be_made(host: Host) -> None:
    with pytest.raises(Refused, match="switched off"):
        by_uv(host, Settings(allow_create=False)).prepare_python("3.12")
    with pytest.raises(Refused, match="not installed on Windows"):
        by_uv(replace(host, platform="win32")).prepare_python("3.12")


def test_what_lies_there_and_is_no_python_is_in_the_way(host: Host) -> None:
    write(host.home / ".pyenv" / "plugins" / "python-build" / "share" / "python-build" / VERSION)
    write(host.home / ".pyenv" / "versions" / VERSION / "mine")
    tools = {"pyenv": write_program(host.home / ".pyenv" / "bin" / "pyenv")}
    with pytest.raises(Occupied, match="is there already"):
        creator_of(host, tools=tools).prepare_python(VERSION)
