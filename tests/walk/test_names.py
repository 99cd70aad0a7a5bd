"""Names and lines: what the bare child does by its own means is what others do."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from jupyter_envs import naming, pyvenv
from jupyter_envs.walk import listing, names, telling

if TYPE_CHECKING:
    from pathlib import Path


def test_lines_are_json_whatever_a_path_holds(home: Path) -> None:
    for name in ("plain", 'quo"te', "back\\slash", "new\nline", "caf\u00e9", os.fsdecode(b"\xff"), "\x7f", "esc\x1b"):
        encoded = os.fsencode(name)
        line = telling.line(encoded, [encoded], [encoded], is_environment=False)
        assert json.loads(line) == [name, [name], [name], 0]
        assert json.loads(telling.line(encoded, [], [], is_environment=True)) == [name, [], [], 1]


@pytest.mark.parametrize("stem", ["venv", "env", "virtualenv", "vent", "", "v"])
def test_environment_names_are_those_of_naming(stem: str) -> None:
    for name in (f"{dot}{case}{rest}" for dot in ("", ".", "..") for case in (stem, stem.upper(), stem.title())
                 for rest in ("", "-", "_a", ".b", "39", "x", " ", "\n")):  # fmt: skip
        assert names.is_environment_name(name.encode()) == naming.is_environment_name(name), name


def test_the_marker_is_that_of_pyvenv() -> None:
    assert os.fsdecode(listing.MARKER) == pyvenv.MARKER
