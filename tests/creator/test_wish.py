"""What somebody wishes, and which interpreter they mean."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jupyter_envs.environment import Interpreter
from jupyter_envs.errors import NotFound

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
