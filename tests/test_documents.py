"""The documents name everything that a person can meet."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from jupyter_envs import cli, managers
from jupyter_envs.errors import ProblemCode
from jupyter_envs.settings import HELP
from tests.folders import ROOT

if TYPE_CHECKING:
    from pathlib import Path

DOCS = ROOT / "docs"


@pytest.mark.parametrize("code", list(ProblemCode))
def test_every_problem_is_explained(code: ProblemCode) -> None:
    assert f"`{code.value}`" in (DOCS / "reference" / "problems.md").read_text("utf-8")


@pytest.mark.parametrize("setting", HELP)
def test_every_setting_is_explained(setting: str) -> None:
    assert f"`{setting}`" in (DOCS / "reference" / "settings.md").read_text("utf-8")


@pytest.mark.parametrize("command", cli.COMMANDS)
def test_every_command_is_explained(command: str) -> None:
    assert re.search(rf"^\| `{command}\b", (DOCS / "reference" / "command-line.md").read_text("utf-8"), re.MULTILINE)


@pytest.mark.parametrize("name", [*(manager.name for manager in managers.OURS), managers.LAST.name])
def test_every_manager_has_a_page_that_the_contents_name(name: str) -> None:
    assert (DOCS / "reference" / "managers" / f"{name}.md").is_file()
    assert f"reference/managers/{name}.md" in (DOCS / "README.md").read_text("utf-8")


@pytest.mark.parametrize("name", [*(manager.name for manager in managers.OURS), managers.LAST.name])
def test_every_manager_is_named_where_the_json_is_told(name: str) -> None:
    told = (DOCS / "reference" / "command-line.md").read_text("utf-8")
    (row,) = re.findall(r"^\| `manager` \|.*", told, re.MULTILINE)
    assert f"`{name}`" in row


@pytest.mark.parametrize("path", sorted(DOCS.rglob("*.md")), ids=lambda path: path.name)
def test_every_link_leads_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", path.read_text("utf-8")):
        assert (path.parent / target).exists(), target
