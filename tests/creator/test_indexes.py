"""Where pip looks, uv looks too; and what pip would merely warn of fails nobody."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jupyter_envs.errors import ToolFailed
from tests.creator.scene import Told, creator_of, making_of, plain
from tests.faults.wheels import make_wheel
from tests.folders import write
from tests.real.outside import UV

if TYPE_CHECKING:
    from jupyter_envs.creator import Wish
    from jupyter_envs.environment import Environment
    from jupyter_envs.host import Host

pytestmark = pytest.mark.skipif(os.name == "nt", reason="environments are not made on Windows")

DEAD = "http://127.0.0.1:9/simple/"
BY_UV = {"uv": Path(UV)}
WAYS = pytest.mark.parametrize("tools", [BY_UV, {}], ids=["uv", "pip"])


@pytest.fixture
def host(host: Host) -> Host:
    """Somebody whose machine sets nothing for pip or uv."""
    kept = {name: value for name, value in host.variables.items() if not name.startswith(("PIP_", "UV_INDEX"))}
    quick = {"UV_HTTP_RETRIES": "0", "PIP_RETRIES": "0", "PIP_CONFIG_FILE": os.devnull}
    return replace(host, variables={**kept, **quick}, system=host.home / "machine", prefix=host.home / "none")


def with_conf(host: Host, text: str) -> Host:
    conf = write(host.home / ".config" / "pip" / "pip.conf", f"[global]\n{text}\n")
    return replace(host, variables={**host.variables, "PIP_CONFIG_FILE": str(conf)})


def with_tiny(host: Host, project: Path, tools: dict[str, Path], told: Told | None = None) -> Environment:
    """An environment whose `tiny` is that of the index of these tests."""
    wish: Wish = plain(project, packages=("tiny",))
    environment = making_of(creator_of(host, tools=tools), wish).do(told or Told())
    subprocess.run([environment.python, "-I", "-c", "import tiny"], check=True)
    return environment


def test_pips_file_says_where_packages_come_from(host: Host, project: Path, index: str) -> None:
    with_tiny(with_conf(host, f"index-url = {index}"), project, BY_UV)


def test_pips_variables_say_where_packages_come_from(host: Host, project: Path, index: str) -> None:
    with_tiny(replace(host, variables={**host.variables, "PIP_INDEX_URL": index}), project, BY_UV)


@WAYS
def test_an_extra_index_that_is_not_there_fails_nobody(
    host: Host, project: Path, index: str, tools: dict[str, Path]
) -> None:
    told = Told()
    text = (
        f"index-url = {index}\nextra-index-url = {DEAD}\n[install]\nuser = true"  # into the environment, all the same
    )
    with_tiny(with_conf(host, text), project, tools, told)
    commands = [line for line in told.lines if line.startswith("$ ")]
    assert any("-m pip install" in line for line in commands)


def test_without_extra_indexes_uvs_word_is_the_last(host: Host, project: Path, index: str) -> None:
    told = Told()
    creator = creator_of(with_conf(host, f"index-url = {index}"), tools=BY_UV)
    making = making_of(creator, plain(project, packages=("no-such-package",)))
    with pytest.raises(ToolFailed, match="Installing packages failed: uv"):
        making.do(told)
    assert not any("-m pip install" in line for line in told.lines)
    assert not (project / ".venv").exists()


def test_without_any_index_only_the_folders_of_files_count(host: Host, project: Path, tmp_path: Path) -> None:
    make_wheel(tmp_path, "tiny", "1.2", {"tiny.py": ""})
    told = Told()
    with_tiny(with_conf(host, f"no-index = true\nfind-links = {tmp_path}"), project, BY_UV, told)
    assert any("--no-index" in line for line in told.lines)


@pytest.mark.parametrize("file", ["requirements.txt", "pyproject.toml", None])
def test_what_the_project_declares_is_installed(host: Host, project: Path, index: str, file: str | None) -> None:
    """And a file of requirements that was chosen, whose own words count from the project."""
    (project / "requirements.txt").unlink()
    text = '[project]\nname = "shop"\nversion = "1"\ndependencies = ["tiny"]\n'
    write(project / (file or "needs/all.txt"), text if file == "pyproject.toml" else "tiny\n")
    wish: Wish = plain(project, install=bool(file), requirements=None if file else project / "needs" / "all.txt")
    making = making_of(creator_of(with_conf(host, f"index-url = {index}"), tools=BY_UV), wish)
    assert making.plan.commands[0].cwd == (Path("/") if file == "pyproject.toml" else project)
    environment = making.do(Told())
    subprocess.run([environment.python, "-I", "-c", "import tiny"], check=True)


def test_a_projects_own_index_counts_for_its_files_alone(host: Host, project: Path, index: str, tmp_path: Path) -> None:
    """Packages that were named, and files from elsewhere, come from where the person's own settings say."""
    (tmp_path / "theirs").mkdir()
    make_wheel(tmp_path / "theirs", "only-theirs", "1", {"only_theirs.py": ""})
    make_wheel(tmp_path / "theirs", "tiny", "99", {"tiny.py": ""})
    write(project / "uv.toml", f"find-links = ['{tmp_path / 'theirs'}']\n")
    write(project / "requirements.txt", "only-theirs\n")
    creator = creator_of(with_conf(host, f"index-url = {index}"), tools=BY_UV)
    inside: Wish = plain(project, packages=("tiny",), requirements=project / "requirements.txt")
    assert installed(making_of(creator, inside).do(Told())) == {"only_theirs-1", "tiny-1.2"}
    outside = write(host.home / "list" / "needs.txt", "tiny\n")
    write(outside.parent / "uv.toml", f"find-links = ['{tmp_path / 'theirs'}']\n")
    other: Wish = plain(project, name="other", requirements=outside)
    assert installed(making_of(creator, other).do(Told())) == {"tiny-1.2"}


def installed(environment: Environment) -> set[str]:
    """The names and versions of what is in there beside pip."""
    found = environment.prefix.glob("lib/python*/site-packages/*.dist-info")
    return {path.stem for path in found if not path.name.startswith("pip-")}


def test_what_pips_variables_would_put_elsewhere_comes_here(host: Host, project: Path, index: str) -> None:
    elsewhere = {f"PIP_{name}": str(host.home / name) for name in ("TARGET", "PREFIX", "ROOT")}
    theirs = {**host.variables, **elsewhere, "PIP_PYTHON": "/usr/bin/python3", "PIP_INDEX_URL": index}
    with_tiny(replace(host, variables=theirs), project, {})
    assert not any((host.home / name).exists() for name in ("TARGET", "PREFIX", "ROOT"))


def test_what_a_file_of_pips_puts_elsewhere_is_told(host: Host, project: Path, index: str) -> None:
    """No variable undoes that."""
    settings = with_conf(host, f"index-url = {index}\ntarget = {host.home / 'elsewhere'}")
    making = making_of(creator_of(settings, tools={}), plain(project, packages=("tiny", "six; python_version < '3'")))
    with pytest.raises(ToolFailed, match=r"The tool ended well, but .*\.venv has no tiny\."):
        making.do(Told())
    assert not (project / ".venv").exists()
