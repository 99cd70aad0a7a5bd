"""The packages of an environment are read from its files, with where each came from."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from jupyter_envs.creator import packages
from tests.folders import add_distribution, make_base, make_environment, read, site_of, write

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def prefix(tmp_path: Path) -> Path:
    return make_environment(tmp_path / "env", make_base(tmp_path / "base"))


def of(prefix: Path) -> dict[str, packages.Package]:
    return {one.name: one for one in packages.installed(read(prefix, prefix))}


def add_from(prefix: Path, name: str, told: object) -> None:
    add_distribution(site_of(prefix), name, "1.0")
    write(site_of(prefix) / f"{name}-1.0.dist-info" / "direct_url.json", json.dumps(told))


def test_packages_are_told_by_name_with_their_versions(prefix: Path) -> None:
    add_distribution(site_of(prefix), "Typing_Extensions", "4.12.0", "six>=1")
    add_distribution(site_of(prefix), "six", "1.16.0")
    add_distribution(site_of(prefix), "pip", "24.0")
    assert list(of(prefix)) == ["six", "typing-extensions"]
    assert of(prefix)["typing-extensions"].pin == "typing-extensions==4.12.0"
    assert of(prefix)["typing-extensions"].requires == ("six>=1",)
    assert of(prefix)["six"].wanted == "six"


def test_what_a_broken_installation_left_is_none(prefix: Path) -> None:
    write(site_of(prefix) / "~andas-2.0.dist-info" / "METADATA", "Name: pandas\nVersion: 2.0\n\n")
    write(site_of(prefix) / "odd-2.dist-info" / "METADATA", "Name: odd\nVersion: 2 --index-url x\n\n")
    assert list(of(prefix)) == ["odd"]
    assert of(prefix)["odd"].pin is None


def test_a_package_of_a_commit_is_wanted_as_that_commit(prefix: Path) -> None:
    vcs = {"vcs": "git", "requested_revision": "main", "commit_id": "0123abcd"}
    add_from(prefix, "one", {"url": "https://example.org/one.git", "vcs_info": vcs, "subdirectory": "a b"})
    assert of(prefix)["one"].wanted == "one @ git+https://example.org/one.git@0123abcd#subdirectory=a%20b"
    assert of(prefix)["one"].pin is None
    assert not of(prefix)["one"].is_lost


def test_a_package_of_an_address_is_wanted_from_there(prefix: Path) -> None:
    add_from(prefix, "one", {"url": "https://example.org/one-1.0.whl", "archive_info": {}})
    assert of(prefix)["one"].wanted == "one @ https://example.org/one-1.0.whl"


def test_an_editable_package_is_wanted_from_its_folder(prefix: Path, tmp_path: Path) -> None:
    folder = tmp_path / "my project"
    folder.mkdir()
    add_from(prefix, "one", {"url": folder.as_uri(), "dir_info": {"editable": True}})
    assert of(prefix)["one"].wanted == f"-e {folder.as_uri()}"
    assert of(prefix)["one"].folder == folder
    folder.rmdir()
    assert of(prefix)["one"].is_lost


def test_a_folder_that_was_installed_without_a_link_is_wanted_from_there(prefix: Path, tmp_path: Path) -> None:
    (tmp_path / "all" / "one").mkdir(parents=True)
    told = {"url": (tmp_path / "all").as_uri(), "dir_info": {}, "subdirectory": "one"}
    add_from(prefix, "one", told)
    assert of(prefix)["one"].wanted == f"one @ {(tmp_path / 'all').as_uri()}#subdirectory=one"
    assert of(prefix)["one"].folder == tmp_path / "all" / "one"


@pytest.mark.parametrize(
    "told",
    [None, [], "text", {"url": 3}, {"url": "no scheme"}, {"url": "https://a b/"}, {"url": "x", "vcs_info": []}],
)
def test_an_origin_that_makes_no_sense_counts_as_none(prefix: Path, told: object) -> None:
    add_from(prefix, "one", told)
    assert of(prefix)["one"].pin == "one==1.0"


@pytest.mark.parametrize("text", ["{", "[" * 9999])
def test_an_origin_that_is_damaged_counts_as_none(prefix: Path, text: str) -> None:
    add_from(prefix, "one", {})
    write(site_of(prefix) / "one-1.0.dist-info" / "direct_url.json", text)
    assert of(prefix)["one"].pin == "one==1.0"


def test_what_setuptools_linked_is_editable(prefix: Path, tmp_path: Path) -> None:
    linked = tmp_path / "linked"
    write(linked / "known.egg-info" / "PKG-INFO", "Name: known\nVersion: 3.0\n\n")
    write(site_of(prefix) / "known.egg-link", f"{linked}\n.")
    write(site_of(prefix) / "Bare_One.egg-link", f"{tmp_path / 'bare'}\n../")
    write(site_of(prefix) / "strange.egg-link", "not/absolute\n")
    assert of(prefix)["known"].wanted == f"-e file://{linked}"
    assert of(prefix)["known"].version == "3.0"
    assert of(prefix)["bare-one"].editable
    assert of(prefix)["bare-one"].is_lost
    assert "strange" not in of(prefix)


def test_packages_of_a_python_that_is_gone_are_told_too(prefix: Path) -> None:
    add_distribution(prefix / "lib" / "python3.9" / "site-packages", "six", "1.15.0")
    add_distribution(site_of(prefix), "idna", "3.0")
    (prefix / "bin" / "python").unlink()
    assert list(of(prefix)) == ["idna", "six"]


def test_what_is_missing_is_told_by_names(prefix: Path) -> None:
    one, other = packages.Package("one", "1"), packages.Package("other", "1")
    assert packages.missing([one, other], [packages.Package("one", "2")]) == (other,)
