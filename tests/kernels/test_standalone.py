"""The kernel spec for other tools, as data."""

from __future__ import annotations

import ast
import os
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from jupyter_envs.errors import Problem, ProblemCode, Refused
from jupyter_envs.kernels import standalone
from jupyter_envs.kernels.activation import CONDAS_TRACES, LEAD_ELSEWHERE
from jupyter_envs.settings import Settings
from jupyter_envs.state import State
from tests.folders import make_conda, write_program
from tests.kernels.test_specs import SHOP as ODD

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the paths are written for Unix")
SHOP = replace(ODD, prefix=Path("/home/user/my $shop/.venv"), python=Path("/home/user/my $shop/.venv/bin/python"))


FOLDER = Path("/home/user/my $data/kernels/shop")


def spec_of(environment: Any = SHOP, **settings: Any) -> dict[str, Any]:  # noqa: ANN401  # as in a kernel.json
    return standalone.spec_of(environment, Settings(**settings), FOLDER)


def test_it_starts_the_environments_own_interpreter_with_its_variables() -> None:
    spec = spec_of()
    python, option, line, *rest = spec["argv"]
    assert (python, option, rest) == (str(SHOP.python), "-c", ["-f", "{connection_file}"])
    ast.parse(line)
    assert spec["env"]["PATH"] == "/home/user/my $$shop/.venv/bin:/home/user/my $$data/kernels/shop/bin:${PATH}"
    assert spec["env"]["VIRTUAL_ENV"] == "/home/user/my $$shop/.venv"
    assert (spec["env"]["PYTHONHOME"], spec["env"]["PYTHONPATH"]) == ("", "")
    assert (spec["display_name"], spec["interrupt_mode"]) == ("shop (Poetry, Python 3.12)", "signal")


def test_the_mark_says_that_it_is_ours_and_no_provisioner_is_asked_for() -> None:
    assert spec_of()["metadata"] == {
        "jupyter_envs": {"id": SHOP.id, "manager": "poetry", "registered": True, "prefix": str(SHOP.prefix)},
        "debugger": True,
        "supported_encryption": ["curve"],
    }


def test_what_leads_elsewhere_is_dropped_inside() -> None:
    line = spec_of()["argv"][2]
    dropped = set(LEAD_ELSEWHERE) - {"VIRTUAL_ENV", "VIRTUAL_ENV_PROMPT"} | {"PYTHONPATH", "CONDA_PREFIX"}
    assert all(repr(name) in line for name in (*dropped, *CONDAS_TRACES))
    assert "'VIRTUAL_ENV'" not in line


def test_python_path_is_kept_on_demand() -> None:
    spec = spec_of(keep_pythonpath=True)
    assert "PYTHONPATH" not in spec["env"]
    assert "PYTHONPATH" not in spec["argv"][2]


@pytest.mark.parametrize("version", ["2.7.18", "3.6.15", "3.6", "unknown", None])
def test_before_python_37_an_empty_home_is_a_wrong_one_and_variables_are_ignored(version: str | None) -> None:
    spec = spec_of(replace(SHOP, version=version))
    assert spec["argv"][1:3] == ["-E", "-c"]
    assert not {"PYTHONHOME", "PYTHONPATH"} & spec["env"].keys()
    kept = spec_of(replace(SHOP, version=version), keep_pythonpath=True)
    assert kept["argv"][1] == "-c"
    assert not {"PYTHONHOME", "PYTHONPATH"} & kept["env"].keys()


def test_a_conda_environment_gets_condas_variables(home: Path) -> None:
    prefix = make_conda(home / "envs" / "sci")
    spec = spec_of(replace(SHOP, prefix=prefix, python=prefix / "bin" / "python"))
    assert (spec["env"]["CONDA_PREFIX"], spec["env"]["CONDA_DEFAULT_ENV"]) == (str(prefix), "sci")
    assert "VIRTUAL_ENV" not in spec["env"]
    assert "'CONDA_PREFIX'," not in spec["argv"][2]
    assert "'VIRTUAL_ENV'" in spec["argv"][2]


def test_a_base_interpreter_is_no_virtual_environment() -> None:
    assert "VIRTUAL_ENV" not in spec_of(replace(SHOP, bare=True))["env"]


@pytest.mark.parametrize("word", ["{connection_file}", "{x}", "{resource_dir}"])
def test_a_path_that_jupyter_would_change_is_refused(word: str) -> None:
    odd = replace(SHOP, python=Path(f"/home/{word}/.venv/bin/python"))
    with pytest.raises(Refused, match="Jupyter would replace") as refused:
        spec_of(odd)
    assert word in refused.value.message
    borrowing = replace(odd, prefix=odd.python.parent.parent, state=State.NEEDS_IPYKERNEL, kernel=True)
    assert "%7B" in "".join(spec_of(borrowing)["argv"])


def test_braces_that_mean_nothing_to_jupyter_are_no_harm() -> None:
    assert spec_of(replace(SHOP, python=Path("/home/{a b}/{}/bin/python")))["argv"][0] == "/home/{a b}/{}/bin/python"


@pytest.mark.parametrize("state", [State.BROKEN, State.FOREIGN])
def test_what_cannot_start_is_refused_with_its_own_reason(state: State) -> None:
    problem = Problem(ProblemCode.INTERPRETER_MISSING, "Its interpreter is gone.", "Make it again.")
    with pytest.raises(Refused) as refused:
        spec_of(replace(SHOP, state=state, kernel=False, problems=(problem,)))
    said = "shop (Poetry, Python 3.12) cannot be registered. Its interpreter is gone. Make it again."
    assert str(refused.value) == said


@pytest.mark.parametrize(
    ("bare", "fix"),
    [
        (True, "Make an environment of it: '/home/user/my $shop/.venv/bin/python' -m venv .venv"),
        (False, "Install it: '/home/user/my $shop/.venv/bin/python' -m pip install ipykernel"),
    ],
)
def test_one_without_ipykernel_of_which_nothing_is_said_is_refused(bare: bool, fix: str) -> None:  # noqa: FBT001
    with pytest.raises(Refused) as refused:
        spec_of(replace(SHOP, state=State.NEEDS_IPYKERNEL, kernel=False, bare=bare))
    assert refused.value.message.endswith("It has no ipykernel.")
    assert refused.value.fix == fix


def test_one_that_needs_an_ipykernel_is_refused_with_what_is_said_of_that_and_of_nothing_else() -> None:
    moved = Problem(ProblemCode.MOVED, "It was moved.", "Make it again.")
    none = Problem(ProblemCode.NO_IPYKERNEL, "It has no ipykernel of its own.", "Install it: uv pip install ipykernel")
    with pytest.raises(Refused) as refused:
        spec_of(replace(SHOP, state=State.NEEDS_IPYKERNEL, kernel=False, problems=(moved, none)))
    assert refused.value.message.endswith("It has no ipykernel of its own.")
    assert refused.value.fix == none.fix
    with pytest.raises(Refused, match=r"It has no ipykernel\. Make an env"):
        spec_of(replace(SHOP, state=State.NEEDS_IPYKERNEL, kernel=False, bare=True, problems=(moved,)))


def test_one_that_borrows_goes_through_the_launcher() -> None:
    for borrowing in ({"kernel": True}, {"kernel": False, "borrowed": "7.4.0"}):
        environment = replace(SHOP, state=State.NEEDS_IPYKERNEL, **borrowing)
        spec = spec_of(environment)
        assert standalone.does_borrow(environment)
        assert spec["argv"][3].endswith("launch.py")
        assert spec["env"] == {}
        assert spec["metadata"]["jupyter_envs"]["registered"] is True
        assert "kernel_provisioner" not in spec["metadata"]


def test_where_there_is_no_pip_one_stands_behind_its_programs_that_can_only_reach_its_own_python(
    tmp_path: Path,
) -> None:
    for name in ("plain", "two\nlines", "it's $HOME", "{a}"):
        prefix = tmp_path / name / ".venv"
        python = write_program(prefix / "bin" / "python", '#!/bin/sh\nprintf "%s:" "$0" "$@"\n')
        shop = replace(SHOP, prefix=prefix, python=python)
        programs = standalone.programs_of(shop)
        assert programs.keys() == {"pip", "pip3"}
        for text in programs.values():
            program = tmp_path / "program"
            program.write_bytes(text)
            program.chmod(0o755)
            said = subprocess.run([program, "install", "a b"], capture_output=True, text=True, check=True).stdout
            assert said == f"{python}:-m:pip:install:a b:"


def test_a_path_that_is_no_text_is_no_obstacle(tmp_path: Path) -> None:
    python = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff/bin/python"))
    (text, _) = standalone.programs_of(replace(SHOP, prefix=python.parent.parent, python=python)).values()
    assert os.fsencode(python) in text


def test_where_there_is_a_pip_or_ours_is_brought_nothing_stands_behind(tmp_path: Path) -> None:
    shop = replace(SHOP, prefix=tmp_path, python=tmp_path / "bin" / "python")
    write_program(tmp_path / "bin" / "pip")
    assert standalone.programs_of(shop) == {}
    assert spec_of(shop)["env"]["PATH"] == f"{tmp_path}/bin:${{PATH}}"
    assert standalone.programs_of(replace(SHOP, state=State.NEEDS_IPYKERNEL, kernel=True)) == {}
