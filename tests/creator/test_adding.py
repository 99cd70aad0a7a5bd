"""An environment gets an ipykernel of its own, by its own tool, or stays as it was."""

from __future__ import annotations

import os
import shutil
import threading
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jupyter_envs.creator import holding
from jupyter_envs.creator.adding import Addition
from jupyter_envs.errors import NotFound, Occupied, Refused, ToolFailed
from jupyter_envs.managers.base import Command
from jupyter_envs.settings import Settings
from tests.creator.changing import environment_at, made_by_hand, version_of
from tests.creator.scene import Told, creator_of
from tests.folders import add_distribution, add_ipykernel, make_base, make_environment, site_of, write

if TYPE_CHECKING:
    from jupyter_envs.host import Host

pytestmark = pytest.mark.skipif(os.name == "nt", reason="environments are not changed on Windows")


@pytest.fixture
def prefix(project: Path) -> Path:
    return made_by_hand(project / ".venv")


def addition_to(host: Host, prefix: Path, tools: dict[str, Path] | None = None) -> Addition:
    work = creator_of(host, tools=tools).prepare_ipykernel(environment_at(host, prefix))
    assert isinstance(work, Addition)
    return work


def test_an_environment_without_pip_gets_an_ipykernel_through_uv(host: Host, prefix: Path) -> None:
    work = addition_to(host, prefix)
    assert (work.kind, work.prefix) == ("add-ipykernel", prefix)
    assert work.tells == (f"ipykernel will be installed into {prefix} by venv.",)
    told = Told()
    environment = work.do(told)
    assert environment is not None
    assert environment.state == "ready"
    assert version_of(prefix, "ipykernel") == environment.ipykernel
    assert "Installing packages" in told.phases
    with pytest.raises(Refused, match=f"has ipykernel {environment.ipykernel} already"):
        addition_to(host, prefix)


def test_where_nothing_may_be_made_none_is_added(host: Host, prefix: Path) -> None:
    with pytest.raises(Refused, match="switched off"):
        creator_of(host, Settings(allow_create=False)).prepare_ipykernel(environment_at(host, prefix))


def test_an_inconsistent_one_is_mended(host: Host, prefix: Path) -> None:
    add_ipykernel(site_of(prefix), "6.0.0")
    add_distribution(site_of(prefix), "ipykernel", "6.0.0", "comm>=1")
    assert environment_at(host, prefix).problems
    assert addition_to(host, prefix).prefix == prefix


def test_a_broken_environment_must_be_made_again_first(host: Host, prefix: Path) -> None:
    (prefix / "bin" / "python").unlink()
    with pytest.raises(Refused, match=r"is broken\. Make it again first"):
        addition_to(host, prefix)


def test_base_interpreters_and_what_is_gone_get_none(host: Host, prefix: Path) -> None:
    make_base(host.home / "python")
    with pytest.raises(Refused, match="is a Python itself"):
        addition_to(host, host.home / "python")
    environment = environment_at(host, prefix)
    shutil.rmtree(prefix)
    with pytest.raises(NotFound):
        creator_of(host).prepare_ipykernel(environment)


def test_what_a_failing_tool_changed_in_the_project_is_put_back(host: Host, prefix: Path) -> None:
    declared = write(prefix.parent / "pyproject.toml", "before\n")
    fresh = prefix.parent / "tool.lock"
    work = addition_to(host, prefix)
    script = f"echo after > '{declared.name}'; echo new > '{fresh.name}'; exit 3"
    command = Command(("/bin/sh", "-c", script), prefix.parent, "Adding ipykernel")
    work = replace(work, plan=replace(work.plan, commands=(command,), touched=(declared, fresh)))
    with pytest.raises(ToolFailed, match="Adding ipykernel failed: sh ended with status 3"):
        work.do(Told())
    assert declared.read_text() == "before\n"
    assert not fresh.exists()
    assert (prefix / "pyvenv.cfg").exists()


def test_a_tool_that_installs_none_is_found_out(host: Host, prefix: Path) -> None:
    true = next(path for path in (Path("/usr/bin/true"), Path("/bin/true")) if path.exists())
    with pytest.raises(ToolFailed, match="has no ipykernel"):
        addition_to(host, prefix, {"uv": true}).do(Told())


def test_a_tool_that_installs_one_that_cannot_be_relied_on_is_found_out(host: Host, prefix: Path) -> None:
    template = make_environment(host.home / "template", make_base(host.home / "base"))
    add_ipykernel(site_of(template), "6.0.0")
    add_distribution(site_of(template), "ipykernel", "6.0.0", "comm>=99")
    work = addition_to(host, prefix)
    command = Command(("/bin/cp", "-r", f"{site_of(template)}/.", str(site_of(prefix))), Path("/"), "Copying")
    with pytest.raises(ToolFailed, match="cannot be relied on"):
        replace(work, plan=replace(work.plan, commands=(command,))).do(Told())


def test_two_at_once_are_one(host: Host, prefix: Path) -> None:
    work = addition_to(host, prefix)
    with holding.hold(prefix, host), pytest.raises(Occupied, match="is being changed right now"):
        work.do(Told())


def test_while_a_tool_works_others_are_told(host: Host, prefix: Path) -> None:
    work, begun = addition_to(host, prefix), threading.Event()
    command = Command(("/bin/sh", "-c", "echo here; sleep 0.3; exit 1"), prefix, "Working")
    work = replace(work, plan=replace(work.plan, commands=(command,)))
    told = Told()
    told.line = lambda text: begun.set() if text == "here" else None  # type: ignore[method-assign]

    def attempt() -> None:
        with pytest.raises(ToolFailed):
            work.do(told)

    thread = threading.Thread(target=attempt)
    thread.start()
    assert begun.wait(10)
    with pytest.raises(Occupied):
        addition_to(host, prefix).do(Told())
    thread.join()
