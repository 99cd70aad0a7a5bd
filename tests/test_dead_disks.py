"""A disk that never answers: it costs the others nothing, and what lies on it is told as it was known."""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.commands import start
from tests.dead_mount import dead_mount
from tests.folders import link, make_base, make_environment, make_kernel_environment, write

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="needs FUSE"),
    pytest.mark.usefixtures("person"),
]
PATIENCE = 5.0
"""How long a walk waits for a folder, in seconds."""
AT_MOST = 20.0
"""Seconds: each mount is asked for one of them, and nothing else may wait."""


@pytest.fixture
def far(home: Path) -> Path:
    """Where the disk will be, away from the home."""
    folder = home.parent / "far"
    folder.mkdir()
    return folder


def timed(*words: str, **variables: str) -> Any:  # noqa: ANN401 -- whatever the JSON holds
    """The JSON of a command that ends with 0, and soon."""
    began = time.monotonic()
    done = start(*words, "--json", **variables)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert time.monotonic() - began < AT_MOST
    return json.loads(done.stdout)


def states(told: Any) -> dict[str, tuple[str, list[str]]]:  # noqa: ANN401 -- as above
    return {
        environment["prefix"]: (environment["state"], [problem["code"] for problem in environment["problems"]])
        for environment in told["environments"]
    }


def test_what_lies_on_it_is_told_as_it_was_and_the_others_as_they_are(home: Path, far: Path, python: Path) -> None:
    """In the home, behind a link, in a central folder, with its interpreter or its project there."""
    base = make_base(far / "python-3.12")
    here = make_kernel_environment(home / "here" / ".venv", python)
    on_it = make_kernel_environment(far / "shop" / ".venv", python)
    link(home / "linked" / ".venv", on_it)
    central = make_environment(far / "envs" / "science", python)
    on_its_python = make_environment(home / "borrowing" / ".venv", base)
    project_there = make_environment(home / ".virtualenvs" / "served", python)
    (far / "served").mkdir()
    write(project_there / ".project", f"{far / 'served'}\n")
    moved = {"WORKON_HOME": str(far / "envs")}
    before = states(timed("list", **moved))
    assert before.keys() == {str(path) for path in (here, on_it, central, on_its_python)}
    assert str(project_there) in states(timed("list"))
    with dead_mount(far):
        after = states(timed("list", **moved))
        assert after.keys() == before.keys()
        assert after[str(here)] == before[str(here)]
        for path in (on_it, central, on_its_python):
            assert after[str(path)] == ("broken", ["unreachable", *before[str(path)][1]])
        served = next(one for one in timed("list")["environments"] if one["prefix"] == str(project_there))
        assert (served["orphan"], served["project"]) == (False, str(far / "served"))
    again = states(timed("list", **moved))
    assert again == before


@pytest.mark.parametrize("words", [["list", "--rescan"], ["list", "--no-wait"], ["pythons"], ["which", "."]])
def test_no_command_waits_for_it(home: Path, far: Path, python: Path, words: list[str]) -> None:
    here = make_kernel_environment(home / ".venv", python)
    write(home / ".local/share/jupyter/kernels/far/kernel.json", json.dumps(spec(far / "env" / "bin" / "python")))
    link(home / "code" / "linked" / ".venv", far / "env")
    link(home / ".virtualenvs" / "linked", far / "env")
    write(home / "code" / "project" / ".python-version", "far\n")
    write(home / "code" / "file" / ".venv", f"{far / 'env'}\n")
    write(home / "code" / "pdm" / ".pdm-python", f"{far / 'env' / 'bin' / 'python'}\n")
    with dead_mount(far):
        variables = {
            "PYENV_ROOT": str(far / "pyenv"), "PROJECT_HOME": str(far / "projects"), "CONDA_ENVS_PATH": str(far),
            "PDM_CONFIG_FILE": str(far / "pdm.toml"), "HATCH_DATA_DIR": str(far), "UV_CACHE_DIR": str(far),
            "UV_PROJECT_ENVIRONMENT": str(far / "env"), "POETRY_VIRTUALENVS_PATH": str(far / "poetry"),
        }  # fmt: skip
        told = timed(*words, **variables)
    assert told["version"] == 1
    if words[0] == "list" and "--no-wait" not in words:
        assert str(here) in states(told)


def test_a_root_on_it_is_named_and_the_other_roots_are_walked(home: Path, far: Path, python: Path) -> None:
    here = make_environment(home / "shop" / ".venv", python)
    with dead_mount(far):
        told = timed("list", "--root", str(home), "--root", str(far / "code"))
    assert str(here) in states(told)
    assert any(str(far) in problem["message"] for problem in told["problems"])
    assert told["complete"] is False


def test_a_disk_in_the_home_costs_a_walk_nothing(home: Path, python: Path) -> None:
    here = make_environment(home / "shop" / ".venv", python)
    (home / "disk").mkdir()
    with dead_mount(home / "disk"):
        told = timed("list")
    assert states(told).keys() == {str(here)}


def spec(python: Path) -> dict[str, object]:
    words = [str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    return {"argv": words, "display_name": "Far", "language": "python"}


def test_while_a_root_does_not_answer_a_listing_walks_once(home: Path, far: Path, python: Path) -> None:
    make_environment(home / "shop" / ".venv", python)
    write(home / ".jupyter" / "jupyter_envs_config.json", json.dumps({"JupyterEnvs": {"roots": [str(home), str(far)]}}))
    with dead_mount(far):
        first = timed("list")
        began = time.monotonic()
        assert timed("list") == first
        assert time.monotonic() - began < PATIENCE
    assert first["complete"] is False
    assert timed("list")["complete"] is True
