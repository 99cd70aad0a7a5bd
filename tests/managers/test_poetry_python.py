"""Which Pythons a Poetry project allows, in the standard's words and in Poetry's."""

from __future__ import annotations

import tomllib

import pytest

from jupyter_envs.managers import poetry_python

EXAMPLES = [
    ("[project]", 'requires-python = ">=3.12,<4"', True),
    ("[project]", 'requires-python = ">=3.13"', False),
    ("[project]", 'requires-python = "whatever"', True),
    ("[tool.poetry.dependencies]", 'python = "^3.12"', True),
    ("[tool.poetry.dependencies]", 'python = "^3.13"', False),
    ("[tool.poetry.dependencies]", 'python = "^4"', False),
    ("[tool.poetry.dependencies]", 'python = "~3.12"', True),
    ("[tool.poetry.dependencies]", 'python = "~3.11.2"', False),
    ("[tool.poetry.dependencies]", 'python = "~3"', True),
    ("[tool.poetry.dependencies]", 'python = "~=3.11"', True),
    ("[tool.poetry.dependencies]", 'python = "3.12.*"', True),
    ("[tool.poetry.dependencies]", 'python = "3.12"', False),
    ("[tool.poetry.dependencies]", 'python = "=3.12.1"', True),
    ("[tool.poetry.dependencies]", 'python = ">= 3.8 <3.12"', False),
    ("[tool.poetry.dependencies]", 'python = "^2.7 || ^3.6"', True),
    ("[tool.poetry.dependencies]", 'python = "2.7.* | >=3.6, !=3.12.*"', False),
    ("[tool.poetry.dependencies]", 'python = "*"', True),
    ("[tool.poetry.dependencies]", 'python = {version = "^3.13"}', False),
    ("[tool.poetry.dependencies]", "python = 3.12", True),
]


@pytest.mark.parametrize(("table", "line", "allowed"), EXAMPLES)
def test_a_project_allows_a_python_or_says_what_leaves_it_out(table: str, line: str, *, allowed: bool) -> None:
    found = poetry_python.excluding(tomllib.loads(f"{table}\n{line}\n"), "3.12.1")
    assert (found is None) == allowed
    assert found is None or found in line


def test_both_of_a_projects_words_count() -> None:
    content = {
        "project": {"requires-python": ">=3.9"},
        "tool": {"poetry": {"dependencies": {"python": ">=3.9,<3.12"}}},
    }
    assert poetry_python.excluding(content, "3.12.1") == ">=3.9,<3.12"
    assert poetry_python.excluding(content, "3.11.7") is None
