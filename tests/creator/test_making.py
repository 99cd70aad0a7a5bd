"""Environments are made whole or not at all, by the real tools."""

from __future__ import annotations

import os
import re
import subprocess
import threading
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jupyter_envs import process
from jupyter_envs.creator import Cancelled, Creator, Occupied
from jupyter_envs.errors import EnvsError, Refused, ToolFailed
from jupyter_envs.pyvenv import MARKER
from tests.creator.scene import Told, creator_of, listed, made, make_file, make_full_folder, making_of, names_in, plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from jupyter_envs.host import Host


pytestmark = pytest.mark.skipif(os.name == "nt", reason="environments are not made on Windows")


def test_an_environment_is_made_and_works(host: Host, project: Path, creator: Creator) -> None:
    told = Told()
    environment = making_of(creator, plain(project)).do(told)
    assert environment.prefix == project / ".venv"
    assert environment.projects == (project,)
    assert not (project / ".venv" / MARKER).exists()
    assert names_in(project) == [".venv", "requirements.txt"]
    code = "import sys; print(sys.prefix)"
    real = subprocess.run([environment.python, "-I", "-c", code], capture_output=True, text=True, check=True)
    assert real.stdout.strip() == str(environment.prefix)
    assert listed(host) == [project / ".venv"]
    assert told.phases[0] == "Making the environment"
    assert told.lines[0].startswith("$ ")


def test_an_environment_with_ipykernel_is_a_kernel(project: Path, creator: Creator) -> None:
    environment = made(creator, plain(project, name="env", ipykernel=True))
    assert environment.state == "ready"
    assert environment.ipykernel is not None
    code = "import ipykernel; print(ipykernel.__version__)"
    real = subprocess.run([environment.python, "-I", "-c", code], capture_output=True, text=True, check=True)
    assert real.stdout.strip() == environment.ipykernel


def test_without_uv_the_interpreter_makes_it_by_itself(host: Host, project: Path) -> None:
    creator = creator_of(host, tools={})
    making = making_of(creator, plain(project, packages=("six>=1.16",)))
    environment = making.do(Told())
    assert not any("uv" in Path(command.words[0]).name for command in (*making.plan.shell, *making.plan.commands))
    subprocess.run([environment.python, "-I", "-c", "import six"], check=True)


def make_link(path: Path) -> None:
    (path.parent / "elsewhere").mkdir()
    path.symlink_to("elsewhere")


def make_dangling_link(path: Path) -> None:
    path.symlink_to("nowhere")


@pytest.mark.parametrize("make", [make_file, make_full_folder, make_link, make_dangling_link])
def test_what_is_already_there_stays_as_it_is(project: Path, creator: Creator, make: Callable[[Path], None]) -> None:
    making = making_of(creator, plain(project))
    make(project / ".venv")
    before = sorted(project.rglob("*"))
    with pytest.raises(Occupied, match="already exists"):
        creator.prepare(plain(project))
    with pytest.raises(Occupied, match=r"already exists|Delete the link"):
        making.do(Told())
    assert sorted(project.rglob("*")) == before


def test_the_project_does_not_choose_where_packages_come_from(project: Path, creator: Creator) -> None:
    (project / "uv.toml").write_text("no-index = true\n")
    environment = made(creator, plain(project, packages=("six",)))
    subprocess.run([environment.python, "-I", "-c", "import six"], check=True)


def test_an_empty_folder_is_as_good_as_none(project: Path, creator: Creator) -> None:
    (project / ".venv").mkdir()
    assert made(creator, plain(project)).state != "broken"


@pytest.mark.parametrize("how", ["cancelled", "failed", "not marked"])
def test_a_persons_own_empty_folder_stays_when_nothing_comes_of_it(
    project: Path, creator: Creator, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    own = project / ".venv"
    own.mkdir(mode=0o700)
    before = own.stat()
    making = making_of(creator, plain(project, ipykernel=True))
    if how == "failed":
        making = replace(making, plan=replace(making.plan, commands=()))
    if how == "not marked":
        monkeypatch.setattr(os, "fsync", fail_for_want_of_room)
    with pytest.raises(EnvsError):
        making.do(Told(stop_at="Installing packages"))
    assert names_in(own) == []
    assert os.path.samestat(own.stat(), before)
    assert names_in(project) == [".venv", "requirements.txt"]


def fail_for_want_of_room(_descriptor: int) -> None:
    raise OSError(28, "No space left on device")


def test_a_failing_tool_says_why_and_leaves_nothing(host: Host, project: Path, creator: Creator) -> None:
    wish = plain(project, packages=("this-package-does-not-exist-anywhere-at-all",))
    with pytest.raises(ToolFailed) as failure:
        creator.prepare(wish).do(Told())
    # pip is asked where uv finds nothing and pip would look in several places
    assert re.match(r"Installing packages failed: (uv|python) ended with status 1\.\n", failure.value.message)
    assert "this-package-does-not-exist-anywhere-at-all" in failure.value.message.partition("\n")[2]
    assert names_in(project) == ["requirements.txt"]
    assert listed(host) == []


@pytest.mark.parametrize("phase", ["Making the environment", "Installing packages"])
def test_cancelling_leaves_nothing(host: Host, project: Path, creator: Creator, phase: str) -> None:
    with pytest.raises(Cancelled):
        creator.prepare(plain(project, ipykernel=True)).do(Told(stop_at=phase))
    assert names_in(project) == ["requirements.txt"]
    assert listed(host) == []


def test_a_tool_that_makes_nothing_is_found_out(host: Host, project: Path) -> None:
    true = next(path for path in (Path("/usr/bin/true"), Path("/bin/true")) if path.exists())
    creator = creator_of(host, tools={"uv": true})
    with pytest.raises(ToolFailed, match="has no working Python"):
        made(creator, plain(project))
    assert names_in(project) == ["requirements.txt"]


def test_an_ipykernel_that_is_missing_in_the_end_is_found_out(host: Host, project: Path, creator: Creator) -> None:
    making = making_of(creator, plain(project, ipykernel=True))
    only_first = replace(making, plan=replace(making.plan, commands=()))
    with pytest.raises(ToolFailed, match="has no ipykernel"):
        only_first.do(Told())
    assert names_in(project) == ["requirements.txt"]


def test_a_project_that_vanishes_is_told_in_words(project: Path, creator: Creator) -> None:
    making = making_of(creator, plain(project))
    (project / "requirements.txt").unlink()
    project.rmdir()
    with pytest.raises(Refused, match="could not be made: No such file or directory"):
        making.do(Told())


def test_a_folder_that_may_not_be_written_is_told_in_words(host: Host, project: Path, creator: Creator) -> None:
    if host.uid == 0:
        pytest.skip("root may write everywhere")
    making = making_of(creator, plain(project))
    project.chmod(0o555)
    try:
        with pytest.raises(Refused, match=r"Permission denied.*Choose a folder that you may write"):
            making.do(Told())
    finally:
        project.chmod(0o755)


def test_tools_see_no_secret_of_the_server(host: Host, project: Path, tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    program = tmp_path / "uv"
    program.write_text(f"#!/bin/sh\nenv > '{seen}'\n")
    program.chmod(0o755)
    secrets = {"JUPYTERHUB_API_TOKEN": "hub-secret", "JPY_API_TOKEN": "hub-secret", "JUPYTER_TOKEN": "hub-secret"}
    host = replace(host, variables={**host.variables, **secrets})
    creator = creator_of(host, tools={"uv": program})
    with pytest.raises(ToolFailed):
        made(creator, plain(project))
    assert f"HOME={host.home}" in seen.read_text().splitlines()
    assert "hub-secret" not in seen.read_text()
    assert "JPY_" not in seen.read_text()


def test_nothing_is_listed_while_it_is_being_made(host: Host, project: Path, creator: Creator) -> None:
    during: list[list[Path]] = []

    class Looking(Told):
        def line(self, text: str) -> None:
            during.append(listed(host))

    creator.prepare(plain(project, packages=("six",))).do(Looking())
    assert len(during) > 2
    assert not any(during)


def test_two_at_once_do_not_share_a_folder(project: Path, creator: Creator) -> None:
    making = making_of(creator, plain(project))
    outcomes: list[str] = []

    def make() -> None:
        try:
            making.do(Told())
        except Occupied:
            outcomes.append("occupied")
        else:
            outcomes.append("made")

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["made"] + ["occupied"] * 7
    assert names_in(project) == [".venv", "requirements.txt"]


def test_the_time_limit_is_told_in_words(
    host: Host, project: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = tmp_path / "uv"
    program.write_text("#!/bin/sh\necho still working\nexec sleep 60\n")
    program.chmod(0o755)
    real = process.run
    monkeypatch.setattr(process, "run", lambda *words, **more: real(*words, **{**more, "seconds": 0.5}))
    creator = creator_of(host, tools={"uv": program})
    with pytest.raises(ToolFailed, match=r"was not done after 15 minutes\.\nstill working"):
        made(creator, plain(project))
    assert names_in(project) == ["requirements.txt"]
