"""How an environment would be made again: by its own tool, for its project, on its Python or the next best."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from jupyter_envs.creator import replanning, subject
from jupyter_envs.errors import BadRequest, Refused
from jupyter_envs.finder import Finder
from jupyter_envs.managers.venv import Venv
from jupyter_envs.settings import Settings
from tests.creator.changing import environment_at, made_by_hand, means_of
from tests.folders import make_base, make_conda, make_environment, write

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from jupyter_envs.creator.subject import Subject
    from jupyter_envs.host import Host
    from jupyter_envs.managers.base import CreateRequest, Plan, Scene

pytestmark = pytest.mark.skipif(os.name == "nt", reason="environments are not made on Windows")


def subject_of(host: Host, prefix: Path) -> Subject:
    return subject.afresh(means_of(host), environment_at(host, prefix))


def test_one_without_a_project_is_made_again_at_its_place(host: Host) -> None:
    prefix = made_by_hand(host.home / "envs" / "thing")
    making = replanning.planned(subject_of(host, prefix), means_of(host), None)
    assert making.prefix == prefix
    assert not making.request.install


def test_what_no_manager_of_ours_makes_is_left_to_its_own(host: Host) -> None:
    prefix = make_conda(host.home / "envs" / "shop")
    with pytest.raises(Refused, match=r"not made again here.*conda create"):
        replanning.planned(subject_of(host, prefix), means_of(host), None)


def test_one_whose_project_is_gone_is_left_where_its_tool_needs_one(host: Host, tmp_path: Path) -> None:
    folder = host.home / ".cache" / "pypoetry" / "virtualenvs"
    prefix = make_environment(folder / "shop-abcdefgh-py3.12", make_base(tmp_path / "base"))
    host = replace(host, variables={n: v for n, v in host.variables.items() if n[:4] not in {"XDG_", "POET"}})
    with pytest.raises(Refused, match="The project that it was made for is gone"):
        replanning.planned(subject_of(host, prefix), means_of(host), None)


def test_a_lost_project_of_virtualenvwrapper_hinders_nothing(host: Host) -> None:
    host = replace(host, variables={**host.variables, "WORKON_HOME": str(host.home / "envs")})
    prefix = made_by_hand(host.home / "envs" / "shop")
    write(prefix / "bin" / "activate")
    write(prefix / ".project", f"{host.home}/gone\n")
    found = subject_of(host, prefix)
    assert found.owned.manager.name == "virtualenvwrapper"
    making = replanning.planned(found, means_of(host), None)
    assert (making.prefix, making.request.project) == (prefix, None)


def test_the_very_interpreter_comes_before_another_of_its_version(host: Host, project: Path) -> None:
    known = Finder(host, Settings()).interpreters()
    for interpreter in known[:3]:
        if interpreter.implementation == "cpython" and not interpreter.version.endswith("t"):
            prefix = made_by_hand(project / interpreter.version, python=interpreter.path)
            chosen = replanning.chosen_python(subject_of(host, prefix), means_of(host), None, None)
            assert os.path.realpath(chosen.path) == os.path.realpath(interpreter.path)


def test_a_base_that_became_another_version_is_replaced_by_the_version_of_the_packages(
    host: Host, project: Path
) -> None:
    prefix = made_by_hand(project / ".venv")
    minor = environment_at(host, prefix).minor
    known = {".".join(one.version.split(".")[:2]): one for one in Finder(host, Settings()).interpreters()}
    other = next((one for name, one in known.items() if name != minor), None)
    if other is None:
        pytest.skip("there is one Python only")
    (prefix / "bin" / "python").unlink()
    (prefix / "bin" / "python").symlink_to(os.path.realpath(other.path))
    chosen = replanning.chosen_python(subject_of(host, prefix), means_of(host), None, None)
    assert chosen.version.startswith(f"{minor}.")


@pytest.mark.parametrize(
    ("told", "prompt"),
    [("'it\\'s'", "it's"), ('"a b"', "a b"), ("plain", "plain"), ("'broken", None), ("", None), (None, None)],
)
def test_a_prompt_is_understood_however_it_was_written(told: str | None, prompt: str | None) -> None:
    assert replanning._prompt(told) == prompt


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ('[project]\nrequires-python = ">=3.9"\n', ">=3.9"),
        ("[project]\nrequires-python = 3\n", None),
        ("project = 3\n", None),
        ("[project\n", None),
    ],
)
def test_what_a_project_says_of_its_python_is_read(host: Host, project: Path, text: str, wanted: str | None) -> None:
    found = subject_of(host, made_by_hand(project / ".venv"))
    assert replanning.requires_python(found, project) is None
    write(project / "pyproject.toml", text)
    assert replanning.requires_python(replace(found, scene=means_of(host).scene()), project) == wanted


def test_what_the_manager_cannot_do_is_told(host: Host, project: Path) -> None:
    class Stubborn(Venv):
        def plan_create(self, request: CreateRequest, scene: Scene, tools: Mapping[str, Path]) -> Plan:
            raise BadRequest("It is not to be.", "Choose another.")

    found = subject_of(host, made_by_hand(project / ".venv"))
    found = replace(found, owned=replace(found.owned, manager=Stubborn()))
    with pytest.raises(BadRequest, match="It is not to be"):
        replanning.planned(found, means_of(host), None)
