"""What a home can hold that no tool would leave there: each function spoils one that has good environments."""

from __future__ import annotations

import os
import random
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

HUGE = 1024**3
SETTINGS = ".config/pypoetry/config.toml"
CENTRAL = ".cache/pypoetry/virtualenvs"


@dataclass(frozen=True, slots=True)
class Spoiled:
    """One way to spoil a home, and a word that must be in what is said about it (None: it may be passed over)."""

    name: str
    spoil: Callable[[Path], None]
    said: str | None = None


def false_environment(prefix: Path, config: bytes | None = None) -> Path:
    """A folder with all that an environment has, and a pyvenv.cfg of any content."""
    (prefix / "bin").mkdir(parents=True, exist_ok=True)
    (prefix / "lib" / "python3.11" / "site-packages").mkdir(parents=True, exist_ok=True)
    (prefix / "bin" / "python").unlink(missing_ok=True)
    (prefix / "bin" / "python").symlink_to("/usr/bin/env")
    (prefix / "bin" / "activate").touch()
    if config is not None:
        (prefix / "pyvenv.cfg").write_bytes(config)
    return prefix


def text(path: str, content: bytes) -> Callable[[Path], None]:
    """A file of this content."""

    def spoil(home: Path) -> None:
        _parent(home, path).write_bytes(content)

    return spoil


def fifo(path: str) -> Callable[[Path], None]:
    """A FIFO that nobody writes to: opening it to read waits for ever."""

    def spoil(home: Path) -> None:
        os.mkfifo(_parent(home, path))

    return spoil


def folder(path: str) -> Callable[[Path], None]:
    """A folder where a file is expected."""

    def spoil(home: Path) -> None:
        _parent(home, path).mkdir()

    return spoil


def link(path: str, target: str) -> Callable[[Path], None]:
    """A link, perhaps in a circle."""

    def spoil(home: Path) -> None:
        _parent(home, path).symlink_to(target)

    return spoil


def config(content: bytes) -> Callable[[Path], None]:
    """An environment whose pyvenv.cfg has this content."""

    def spoil(home: Path) -> None:
        false_environment(home / "code" / "bad" / ".venv", content)

    return spoil


def closed(path: str) -> Callable[[Path], None]:
    """Something whose permissions were taken away."""

    def spoil(home: Path) -> None:
        false_environment(home / "code" / "bad" / ".venv", b"home = /usr/bin\n")
        (home / path).chmod(0)

    return spoil


def _parent(home: Path, path: str) -> Path:
    """The place for a file; what lies there is removed and the folders on the way are made."""
    target = home / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    return target


def huge_with_a_home(home: Path) -> None:
    """The first lines are good; a gigabyte of zeros follows."""
    prefix = false_environment(home / "code" / "bad" / ".venv", b"home = /usr/bin\nversion = 3.11.2\n")
    os.truncate(prefix / "pyvenv.cfg", HUGE)


def huge_and_empty(home: Path) -> None:
    """A gigabyte of zeros."""
    prefix = false_environment(home / "code" / "bad" / ".venv", b"")
    os.truncate(prefix / "pyvenv.cfg", HUGE)


def huge_settings(home: Path) -> None:
    """Every file that tools keep settings in is a gigabyte long."""
    for path in (SETTINGS, f"{CENTRAL}/envs.toml", ".bashrc", "code/bad/pyproject.toml", "Envs/good/.project"):
        _parent(home, path).touch()
        os.truncate(home / path, HUGE)


def a_socket(home: Path) -> None:
    """A socket called pyvenv.cfg."""
    prefix = false_environment(home / "s")
    with socket.socket(socket.AF_UNIX) as listener:
        here = os.open(prefix, os.O_RDONLY)
        listener.bind(f"/proc/self/fd/{here}/pyvenv.cfg")
        os.close(here)


def a_project_of_a_central_environment(home: Path, toml: str, content: bytes) -> None:
    """A Poetry project beside a central folder with one of its environments."""
    (home / "code" / "bad").mkdir()
    (home / "code" / "bad" / "pyproject.toml").touch()
    (home / "code" / "bad" / toml).write_bytes(content)
    false_environment(home / CENTRAL / "bad-abcdEFGH-py3.11", b"home = /usr/bin\n")


def project_file(toml: str, content: bytes) -> Callable[[Path], None]:
    """A bad file in a project of Poetry's."""

    def spoil(home: Path) -> None:
        a_project_of_a_central_environment(home, toml, content)

    return spoil


def direct_url(content: bytes) -> Callable[[Path], None]:
    """A central environment of a project that is not known, whose direct_url.json is bad."""

    def spoil(home: Path) -> None:
        prefix = false_environment(home / CENTRAL / "lost-abcdEFGH-py3.11", b"home = /usr/bin\n")
        packages = prefix / "lib" / "python3.11" / "site-packages" / "lost-1.0.dist-info"
        packages.mkdir()
        (packages / "direct_url.json").write_bytes(content)

    return spoil


def ipykernel_files(name: str, content: bytes) -> Callable[[Path], None]:
    """An environment with a bad file in its site-packages."""

    def spoil(home: Path) -> None:
        prefix = false_environment(home / "code" / "bad" / ".venv", b"home = /usr/bin\n")
        (prefix / "lib" / "python3.11" / "site-packages" / name).write_bytes(content)

    return spoil


def deep(home: Path) -> None:
    """Folders in folders, deeper than a path may be long."""
    here = os.open(home / "code", os.O_RDONLY)
    for _ in range(700):
        os.mkdir("deeper", dir_fd=here)
        inside = os.open("deeper", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = inside
    os.close(here)


def wide(home: Path) -> None:
    """Two thousand folders, and as many links to nowhere."""
    for number in range(2000):
        (home / "code" / f"wide{number}").mkdir()
        (home / "code" / f"link{number}").symlink_to("nowhere")


NOISE = random.Random(2).randbytes(100_000)  # noqa: S311 -- any bytes will do, the same each time
WRONG_TYPES = b'cache-dir = 3\n[virtualenvs]\npath = ["x"]\nin-project = "perhaps"\n'
NUL_PATH = b'cache-dir = "/a\\u0000b"\n[virtualenvs]\npath = "/c\\u0000d"\n'
CIRCLE = b'cache-dir = "{virtualenvs.path}"\n[virtualenvs]\npath = "{cache-dir}/{nothing}/~"\n'

SPOILED = (
    Spoiled("pyvenv.cfg empty", config(b"")),
    Spoiled("pyvenv.cfg binary", config(NOISE)),
    Spoiled("pyvenv.cfg without home", config(b"version = 3.11.2\n")),
    Spoiled("pyvenv.cfg with an empty home", config(b"home =\n")),
    Spoiled("pyvenv.cfg with a NUL in home", config(b"home = /usr\0/bin\n")),
    Spoiled("pyvenv.cfg with a relative home", config(b"home = ../../bin\n")),
    Spoiled("pyvenv.cfg in Latin-1", config("home = /usr/bin\nprompt = é\n".encode("latin-1"))),
    Spoiled("pyvenv.cfg in UTF-16", config("home = /usr/bin\n".encode("utf-16"))),
    Spoiled("pyvenv.cfg with an odd version", config(b"home = /usr/bin\nversion_info = x.y\nversion = \xff..9\n")),
    Spoiled("pyvenv.cfg with an endless line", config(b"home = " + b"x" * 100_000)),
    Spoiled("pyvenv.cfg of a gigabyte", huge_with_a_home),
    Spoiled("pyvenv.cfg of a gigabyte of zeros", huge_and_empty),
    Spoiled("pyvenv.cfg a folder", folder("code/bad/.venv/pyvenv.cfg")),
    Spoiled("pyvenv.cfg a FIFO", fifo("code/bad/.venv/pyvenv.cfg")),
    Spoiled("pyvenv.cfg a socket", a_socket),
    Spoiled("pyvenv.cfg a device", link("code/bad/.venv/pyvenv.cfg", "/dev/zero")),
    Spoiled("pyvenv.cfg a circle", link("code/bad/.venv/pyvenv.cfg", "pyvenv.cfg")),
    Spoiled("pyvenv.cfg unreadable", closed("code/bad/.venv/pyvenv.cfg")),
    Spoiled(".venv unreadable", closed("code/bad/.venv")),
    Spoiled("bin unreadable", closed("code/bad/.venv/bin"), "bin"),
    Spoiled("site-packages unreadable", closed("code/bad/.venv/lib/python3.11/site-packages")),
    Spoiled("a project unreadable", closed("code/bad")),
    Spoiled(".venv a circle", link("code/.venv", ".venv")),
    Spoiled(".venv a link to nowhere", link("code/bad/.venv", "nowhere")),
    Spoiled(".venv a link to the folder it is in", link("code/bad/.venv", ".")),
    Spoiled(".venv a link to the home", link("code/bad/.venv", "../..")),
    Spoiled("a circle of folders", link("code/bad/up", "..")),
    Spoiled("a circle of links", link("code/bad/a", "a")),
    Spoiled("bin/python a circle", link("code/good/venv/bin/python", "python")),
    Spoiled(".venv a binary file", text("code/bad/.venv", NOISE)),
    Spoiled(".venv a FIFO", fifo("code/bad/.venv")),
    Spoiled("bin/activate a FIFO", fifo("code/good/.venv/bin/activate")),
    Spoiled("bin/python a FIFO", fifo("code/bad/.venv/bin/python")),
    Spoiled("a .pth a FIFO", fifo("code/good/.venv/lib/python3.11/site-packages/a.pth")),
    Spoiled("a .pth binary", ipykernel_files("a.pth", NOISE)),
    Spoiled("a .pth with a NUL", ipykernel_files("a.pth", b"/a\0b\n\n./\n../../..\n")),
    Spoiled("an .egg-link binary", ipykernel_files("ipykernel.egg-link", NOISE)),
    Spoiled("config.toml malformed", text(SETTINGS, b"[virtualenvs\npath = "), "config.toml"),
    Spoiled("config.toml binary", text(SETTINGS, NOISE), "config.toml"),
    Spoiled("config.toml nested too deep", text(SETTINGS, b"a = " + b"[" * 20_000), "config.toml"),
    Spoiled("config.toml a folder", folder(SETTINGS)),
    Spoiled("config.toml a FIFO", fifo(SETTINGS)),
    Spoiled("config.toml with wrong types", text(SETTINGS, WRONG_TYPES)),
    Spoiled("config.toml with a NUL", text(SETTINGS, NUL_PATH)),
    Spoiled("config.toml in a circle", text(SETTINGS, CIRCLE)),
    Spoiled("config.toml with empty paths", text(SETTINGS, b'cache-dir = ""\n[virtualenvs]\npath = ""\n')),
    Spoiled("envs.toml malformed", text(f"{CENTRAL}/envs.toml", b"[a\nminor"), "envs.toml"),
    Spoiled("envs.toml binary", text(f"{CENTRAL}/envs.toml", NOISE), "envs.toml"),
    Spoiled("envs.toml a FIFO", fifo(f"{CENTRAL}/envs.toml")),
    Spoiled(
        "envs.toml with wrong types", text(f"{CENTRAL}/envs.toml", b'good-abcdEFGH = 3\n["bad-abcdEFGH"]\nminor = 3\n')
    ),
    Spoiled("poetry.toml malformed", project_file("poetry.toml", b"[[["), "poetry.toml"),
    Spoiled("poetry.toml with wrong types", project_file("poetry.toml", WRONG_TYPES)),
    Spoiled("poetry.toml with a NUL", project_file("poetry.toml", NUL_PATH)),
    Spoiled("poetry.toml with an empty path", project_file("poetry.toml", b'[virtualenvs]\npath = ""\n')),
    Spoiled("pyproject.toml malformed", project_file("pyproject.toml", b"project = [")),
    Spoiled("pyproject.toml with wrong types", project_file("pyproject.toml", b"project = 3\n[tool]\npoetry = 4\n")),
    Spoiled("pyproject.toml a FIFO", fifo("code/bad/pyproject.toml")),
    Spoiled("poetry.lock a FIFO", fifo("code/good/poetry.lock")),
    Spoiled(".python-version binary", text("code/good/.python-version", NOISE)),
    Spoiled("direct_url.json malformed", direct_url(b"{")),
    Spoiled("direct_url.json a list", direct_url(b"[1]")),
    Spoiled("direct_url.json with wrong types", direct_url(b'{"url": 3, "dir_info": 4}')),
    Spoiled("direct_url.json with a NUL", direct_url(b'{"url": "file:///a%00b", "dir_info": {"editable": true}}')),
    Spoiled("direct_url.json with no host", direct_url(b'{"url": "file://[/a", "dir_info": {"editable": true}}')),
    Spoiled("direct_url.json nested too deep", direct_url(b"[" * 50_000)),
    Spoiled(".project empty", text("Envs/good/.project", b"")),
    Spoiled(".project binary", text("Envs/good/.project", NOISE)),
    Spoiled(".project with a NUL", text("Envs/good/.project", b"/a\0b\n")),
    Spoiled(".project relative", text("Envs/good/.project", b"../..\n")),
    Spoiled(".project a FIFO", fifo("Envs/good/.project")),
    Spoiled(".project a folder", folder("Envs/good/.project")),
    Spoiled("rc file binary", text(".bashrc", NOISE)),
    Spoiled("rc file with a NUL", text(".bashrc", b"export PYENV_ROOT=/a\0b\n")),
    Spoiled("rc file a FIFO", fifo(".bashrc")),
    Spoiled("settings malformed", text(".jupyter/jupyter_envs_config.json", b'{"roots": '), "jupyter_envs_config.json"),
    Spoiled("settings a list", text(".jupyter/jupyter_envs_config.json", b"[]"), "jupyter_envs_config.json"),
    Spoiled(
        "settings of wrong types",
        text(".jupyter/jupyter_envs_config.json", b'{"JupyterEnvs": {"max_depth": "x"}}'),
        "max_depth",
    ),
    Spoiled(
        "settings nested too deep", text(".jupyter/jupyter_envs_config.json", b"[" * 50_000), "jupyter_envs_config.json"
    ),
    Spoiled("settings a FIFO", fifo(".jupyter/jupyter_envs_config.json")),
    Spoiled("a kernel spec malformed", text(".local/share/jupyter/kernels/bad/kernel.json", b"{")),
    Spoiled(
        "a kernel spec of wrong types", text(".local/share/jupyter/kernels/bad/kernel.json", b'{"argv": [3, null]}')
    ),
    Spoiled("a kernel spec without words", text(".local/share/jupyter/kernels/bad/kernel.json", b'{"argv": []}')),
    Spoiled(
        "a kernel spec with a NUL", text(".local/share/jupyter/kernels/bad/kernel.json", b'{"argv": ["/a\\u0000b"]}')
    ),
    Spoiled("a kernel spec a list", text(".local/share/jupyter/kernels/bad/kernel.json", b"[]")),
    Spoiled("a kernel spec a FIFO", fifo(".local/share/jupyter/kernels/bad/kernel.json")),
    Spoiled("huge settings everywhere", huge_settings),
    Spoiled("deep folders", deep),
    Spoiled("wide folders", wide),
)
