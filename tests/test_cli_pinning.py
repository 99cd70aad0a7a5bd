"""The commands pin and hide."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from jupyter_envs import pins
from jupyter_envs.host import Host
from tests.commands import answer, run
from tests.folders import make_base, make_environment, make_kernel_environment, write

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [
    pytest.mark.skipif(os.name == "nt", reason="the folders are written for Unix"),
    pytest.mark.usefixtures("person"),
]


@pytest.fixture
def shop(home: Path, python: Path) -> Path:
    return make_kernel_environment(home / "shop" / ".venv", python)


def test_hide_and_its_taking_back_say_what_holds_now(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("hide", "shop") == 0
    out = capsys.readouterr().out
    assert out.startswith("shop (venv, Python 3.12) is hidden: Jupyter does not offer it; its kernel still starts")
    assert run("hide", "--off", shop) == 0
    assert capsys.readouterr().out.endswith("is neither pinned nor hidden: Jupyter offers it as a kernel.\n")
    assert run("pin", "shop") == 0
    assert capsys.readouterr().out.endswith("is pinned: Jupyter offers it as a kernel.\n")


def test_the_listing_follows(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert answer(capsys, "list")["environments"][0]["kernel"] is True
    told = answer(capsys, "hide", "shop")["environment"]
    assert (told["hidden"], told["pinned"], told["kernel"]) == (True, False, False)
    listed = answer(capsys, "list")["environments"][0]
    assert (listed["hidden"], listed["kernel"]) == (True, False)


def test_pinning_one_that_cannot_start_says_why(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_environment(home / "bare" / ".venv", make_base(home.parent / "opt" / "python-3.7", "3.7.16"))
    assert run("pin", "bare") == 0
    assert "is pinned. It cannot be a kernel as it is. It has no ipykernel" in capsys.readouterr().out


def test_a_bare_interpreter_that_can_borrow_none_is_no_kernel_and_says_what_would_be(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    python = make_base(home.parent / "opt" / "python-3.7", "3.7.16")
    assert run("pin", python.parent.parent) == 0
    said = capsys.readouterr().out
    assert "is pinned. It cannot be a kernel as it is. It has no ipykernel, so no notebook can run on it. " in said
    assert said.endswith(f"Make an environment of it: {python.parent}/python -m venv .venv\n")


def test_a_pinned_interpreter_that_can_borrow_is_a_kernel(python: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("pin", python.parent.parent) == 0
    assert capsys.readouterr().out.endswith("is pinned: Jupyter offers it as a kernel.\n")


def test_one_outside_of_all_roots_can_be_pinned(
    home: Path, python: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    elsewhere = make_kernel_environment(tmp_path.resolve() / "elsewhere" / ".venv", python)
    assert answer(capsys, "pin", elsewhere)["environment"]["pinned"] is True


def test_what_nobody_knows_cannot_be_pinned(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("pin", "nothing") == 1
    assert "jupyter-envs: " in capsys.readouterr().err


def test_a_damaged_file_is_one_clear_line(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(pins.file_of(Host.current()), "{")
    assert run("pin", "shop") == 1
    err = capsys.readouterr().err
    said = f"jupyter-envs: {path} could not be understood, so nothing is pinned or hidden."
    assert err == f"{said} Set it aside with: jupyter envs doctor --fix\n"
    assert run("list") == 0
    assert "pins.json could not be understood" in capsys.readouterr().err
