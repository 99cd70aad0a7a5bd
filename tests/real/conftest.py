"""The tree, made once per run."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.real.truth import Truth
    from tests.real.workshop import Home, Tree

if sys.platform == "win32":
    collect_ignore_glob = ["test_*.py"]


@pytest.fixture(scope="session")
def tree_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that only the invoking user can write, by its real path."""
    return tmp_path_factory.mktemp("tree").resolve()


@pytest.fixture(scope="session")
def tree(tree_folder: Path, request: pytest.FixtureRequest) -> Tree:
    """The tree of real environments; prints how long it took."""
    from tests.real.homes import build

    built = build(tree_folder)
    count = sum(len(home.made) for home in built.homes)
    capture = request.config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled():
        sys.stdout.write(f"\n{count} real environments in {len(built.homes)} homes, made in {built.seconds:.0f} s\n")
    return built


@pytest.fixture(scope="session")
def truths(tree: Tree) -> Callable[[Home], list[Truth]]:
    """The truth of a home, measured once."""
    from tests.real import truth

    known: dict[str, list[Truth]] = {}

    def of(home: Home) -> list[Truth]:
        if home.name not in known:
            known[home.name] = truth.measure(tree, home)
        return known[home.name]

    return of
