"""What somebody wishes, and which interpreter they mean."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jupyter_envs.environment import Interpreter
from jupyter_envs.errors import NotFound, PythonMissing

if TYPE_CHECKING:
    from jupyter_envs.host import Host


pytestmark = pytest.mark.skipif(os.name == "nt", reason="environments are not made on Windows")


def test_a_version_is_not_taken_for_a_longer_one(host: Host, project: Path) -> None:
    from jupyter_envs.creator.wish import chosen_interpreter

    known = [
        Interpreter(Path("/p/3.12"), "3.12.1", "cpython", "pyenv"),
        Interpreter(Path("/p/3.1"), "3.1.5", "cpython", "pyenv"),
    ]
    assert chosen_interpreter("3.1", known).version == "3.1.5"
    with pytest.raises(NotFound, match=r"There is no Python here\. Choose one of these: none\."):
        chosen_interpreter(None, [])


@pytest.mark.parametrize(
    ("wanted", "suits", "missing"),
    [
        ("3.12.4", None, "3.12.4"),
        (None, "==3.9.*", "3.9"),
        (None, ">=3.12.3,<3.13", "3.12"),
        (None, "<=3.11", "3.10"),
    ],
)
def test_a_version_that_is_missing_is_named_so_that_it_can_be_installed(
    wanted: str | None, suits: str | None, missing: str
) -> None:
    from jupyter_envs.creator.wish import chosen_interpreter

    known = [Interpreter(Path("/p/3.14"), "3.14.1", "cpython", "pyenv")]
    with pytest.raises(PythonMissing, match=f"pythons install {missing}\\)") as caught:
        chosen_interpreter(wanted, known, suits)
    assert caught.value.as_json()["version"] == missing


@pytest.mark.parametrize(
    ("wanted", "suits"),
    [("/nonexistent/python", None), ("new", None), ("99", None), ("3.99", None), ("9.9.1", None), (None, ">=4")],
)
def test_what_no_installation_could_mend_is_only_not_found(wanted: str | None, suits: str | None) -> None:
    from jupyter_envs.creator.wish import chosen_interpreter

    with pytest.raises(NotFound) as caught:
        chosen_interpreter(wanted, [], suits)
    assert not isinstance(caught.value, PythonMissing)
