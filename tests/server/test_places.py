"""Paths of the file browser are paths below its root, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_envs.errors import BadRequest, Refused
from jupyter_envs.server.places import Places


def test_paths_go_there_and_back(tmp_path: Path) -> None:
    places = Places(tmp_path)
    for path in ("", "a", "a/b c/ü.ipynb"):
        assert places.on_disk(path) == tmp_path / path
        assert places.in_browser(tmp_path.resolve() / path) == path
    assert places.on_disk("/a//b/") == tmp_path / "a" / "b"


def test_a_root_that_is_a_link_is_seen_through(tmp_path: Path) -> None:
    (tmp_path / "real" / "proj").mkdir(parents=True)
    (tmp_path / "link").symlink_to("real")
    assert Places(tmp_path / "link").in_browser(tmp_path.resolve() / "real" / "proj") == "proj"


def test_a_folder_beside_the_root_is_not_in_it(tmp_path: Path) -> None:
    assert Places(tmp_path / "home").in_browser(tmp_path / "home2") is None


@pytest.mark.parametrize("path", ["..", "a/../..", ".", "a\0b"])
def test_strange_paths_are_refused(tmp_path: Path, path: str) -> None:
    with pytest.raises(BadRequest):
        Places(tmp_path).on_disk(path)


def test_files_that_are_not_on_this_machine_have_no_path() -> None:
    places = Places(None)
    assert places.in_browser(Path("/")) is None
    with pytest.raises(Refused, match="not on this machine"):
        places.on_disk("a")
