"""An environment that is made again loses nothing that its person put into it."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from jupyter_envs.errors import Refused, ToolFailed
from tests.creator.changing import is_old, made_by_hand, make_package, others, recreation_of, uv, version_of
from tests.creator.scene import Told
from tests.folders import add_distribution, site_of, write

if TYPE_CHECKING:
    from pathlib import Path

    from jupyter_envs.host import Host

pytestmark = pytest.mark.skipif(os.name == "nt", reason="environments are not made on Windows")


def test_scripts_settings_kernels_and_modules_go_with_it_to_another_python(host: Host, project: Path) -> None:
    prefix = made_by_hand(project / ".venv")
    write(prefix / "bin" / "mine", f"#!{prefix}/bin/python\nimport sys\nprint(sys.version_info[1], mine)\n").chmod(
        0o755
    )
    write(prefix / "share" / "jupyter" / "kernels" / "mine" / "kernel.json", json.dumps({"argv": ["x"]}))
    write(prefix / "etc" / "jupyter" / "mine.json", "{}").chmod(0o600)
    write(site_of(prefix) / "sitecustomize.py", "import builtins\nbuiltins.mine = 'customized'\n")
    write(project / "more" / "extended.py")
    write(site_of(prefix) / "_virtualenv_path_extensions.pth", f"{project}/more\n")
    other, told = others(host, prefix)[0], Told()
    work = recreation_of(host, prefix, other)
    assert work.tells[0].endswith(", without packages.")
    assert any(line.startswith("Your own files in it are carried over: bin/mine, etc/") for line in work.tells)
    work.do(told)
    words = [prefix / "bin" / "python", prefix / "bin" / "mine"]
    said = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    assert said == f"{other.removeprefix('3.')} customized\n"
    subprocess.run([prefix / "bin" / "python", "-I", "-c", "import extended"], check=True)
    assert (prefix / "share" / "jupyter" / "kernels" / "mine" / "kernel.json").exists()
    assert (prefix / "etc" / "jupyter" / "mine.json").stat().st_mode & 0o777 == 0o600
    assert told.warnings == []


def test_what_cannot_be_carried_is_a_reason_not_to_do_it(host: Host, prefix: Path) -> None:
    write(prefix / "__pycache__" / "old")
    (prefix / "share").mkdir(exist_ok=True)
    work = recreation_of(host, prefix)
    os.mkfifo(prefix / "share" / "pipe")
    with pytest.raises(Refused, match=r"holds what cannot be carried over into the new one: share/pipe\.") as refusal:
        recreation_of(host, prefix)
    assert refusal.value.fix == "Move it elsewhere first."
    with pytest.raises(Refused, match=r"cannot be carried over into the new one: share/pipe\."):
        work.do(Told())
    assert is_old(prefix)


def test_its_pip_conf_says_where_its_packages_come_from(host: Host, project: Path, index: str) -> None:
    kept = {name: value for name, value in host.variables.items() if not name.startswith(("PIP_", "UV_INDEX"))}
    host = replace(host, variables=kept, system=host.home / "machine", prefix=host.home / "none")
    prefix, told = made_by_hand(project / ".venv"), Told()
    add_distribution(site_of(prefix), "tiny", "1.2")
    address = index.replace("//", "//me:hidden-word@")
    write(prefix / "pip.conf", f"[global]\nindex-url = {address}\n").chmod(0o600)
    recreation_of(host, prefix, others(host, prefix)[0]).do(told)
    assert version_of(prefix, "tiny") == "1.2"
    assert (site_of(prefix) / "tiny-1.2.dist-info" / "RECORD").exists()
    assert (prefix / "pip.conf").stat().st_mode & 0o777 == 0o600
    assert address in (prefix / "pip.conf").read_text()
    assert not any("hidden-word" in line for line in told.lines)


def test_a_pip_conf_that_cannot_be_read_fails_it(host: Host, prefix: Path) -> None:
    (prefix / "pip.conf").symlink_to("pip.conf")
    recreation_of(host, prefix).do(Told())
    assert (prefix / "pip.conf").is_symlink()
    (prefix / "pip.conf").unlink()
    write(prefix / "__pycache__" / "old")
    os.mkfifo(prefix / "pip.conf")
    with pytest.raises(Refused, match=r"pip\.conf could not be read"):
        recreation_of(host, prefix).do(Told())
    assert is_old(prefix)


def test_without_what_somebody_asked_for_the_old_one_comes_back(host: Host, prefix: Path, tmp_path: Path) -> None:
    folder = make_package(tmp_path / "own", "own")
    uv("pip", "install", "--python", prefix / "bin" / "python", "-e", folder)
    make_package(folder, "renamed")
    with pytest.raises(ToolFailed, match=r"would be without what was in the old one: own\."):
        recreation_of(host, prefix).do(Told())
    assert is_old(prefix)
    assert version_of(prefix, "own") == "1.0"


def test_what_was_needed_on_the_old_python_only_fails_nothing(host: Host, prefix: Path) -> None:
    minor = site_of(prefix).parent.name.removeprefix("python")
    add_distribution(site_of(prefix), "one-that-is-nowhere", "1.0")
    add_distribution(site_of(prefix), "idna", "3.0", f"one-that-is-nowhere; python_version == '{minor}'")
    told = Told()
    recreation_of(host, prefix, others(host, prefix)[0]).do(told)
    assert version_of(prefix, "idna")
    assert told.warnings == [
        "Not in the new environment, as nothing in it needs them on this Python: one-that-is-nowhere."
    ]
