"""Metadata as tools of twenty years left them: understood where they can be, and never a reason to fail."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jupyter_envs.overlay import distributions
from jupyter_envs.overlay.distributions import Distribution, Installed, Metadata, installed
from tests.folders import add_distribution, make_environment, read, site_of, write

if TYPE_CHECKING:
    from pathlib import Path

LICENSE = (
    "License: Copyright (c) 2001, IPython Development Team\n"
    "        \n        All rights reserved.\n\t\n        Redistribution and use\n"
)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    folder = tmp_path / "site-packages"
    folder.mkdir()
    return folder


def only(*folders: Path) -> Metadata:
    found = Installed(map(str, folders))
    assert len(found) == 1
    return next(iter(found.values()))


def test_a_wheels_metadata_are_read(site: Path) -> None:
    add_distribution(site, "jupyter-client", "8.6.3", "traitlets>=5.3", 'importlib-metadata; python_version < "3.10"')
    requires = ("traitlets>=5.3", 'importlib-metadata; python_version < "3.10"')
    assert only(site) == Metadata("jupyter-client", "8.6.3", requires)


def test_white_space_in_a_license_does_not_end_the_headers(site: Path) -> None:
    text = f"Name: ipython\nVersion: 5.10.0\n{LICENSE}Requires-Dist: traitlets (>=4.2)\n\nRequires-Dist: no header\n"
    write(site / "ipython-5.10.0.dist-info" / "METADATA", text)
    assert only(site) == Metadata("ipython", "5.10.0", ("traitlets (>=4.2)",))


@pytest.mark.parametrize("size", [20_000, 200_000])
def test_a_long_license_is_read_through(site: Path, size: int) -> None:
    text = "Name: old\nVersion: 1.0\nLicense: " + "GNU\n  " * (size // 6) + "\nRequires-Dist: other\n\nIt is old.\n"
    write(site / "old-1.0.dist-info" / "METADATA", text)
    assert only(site).requires == ("other",)


def test_lines_that_go_on_and_windows_line_ends_are_joined(site: Path) -> None:
    text = 'Version: 1.0\nRequires-Dist: other (>=1);\n  python_version == "2.7"\nSummary: x\n\nRequires-Dist: no\n'
    (site / "old-1.0.dist-info").mkdir()
    (site / "old-1.0.dist-info" / "METADATA").write_bytes(text.replace("\n", "\r\n").encode())
    assert only(site).requires == ('other (>=1); python_version == "2.7"',)


def test_what_setuptools_wrote_before_wheels_is_read(site: Path) -> None:
    info = site / "Old_Package-1.0-py2.7.egg-info"
    write(info / "PKG-INFO", "Metadata-Version: 1.0\nName: Old.Package\nVersion: 1.0\n")
    sections = "[:python_version=='2.7']\nenum34\n\n[doc]\nsphinx\n\n[test:sys_platform=='win32']\nmock>=1\n"
    write(info / "requires.txt", f"six>=1.5\n# a remark\n\n{sections}")
    assert only(site) == Metadata(
        "old-package",
        "1.0",
        (
            "six>=1.5",
            "enum34 ; (python_version=='2.7')",
            'sphinx ; extra == "doc"',
            "mock>=1 ; (sys_platform=='win32') and extra == \"test\"",
        ),
    )


def test_the_single_file_of_distutils_is_read(site: Path) -> None:
    write(site / "argparse-1.4.0.egg-info", "Metadata-Version: 1.0\nName: argparse\nVersion: 1.4.0\n")
    assert only(site) == Metadata("argparse", "1.4.0")


def test_eggs_are_read_in_their_own_folder(tmp_path: Path) -> None:
    egg = tmp_path / "tornado-4.5.3-py3.6-linux-x86_64.egg"
    write(egg / "EGG-INFO" / "PKG-INFO", "Name: tornado\nVersion: 4.5.3\n")
    write(egg / "EGG-INFO" / "top_level.txt", "tornado\n")
    assert installed([str(egg)]) == {"tornado": Distribution("tornado", "4.5.3", (), ("tornado",))}


def test_the_first_folder_wins_and_then_the_newer_version(site: Path, tmp_path: Path) -> None:
    for version in ("4.3.3", "5.9.0", "5.10.0", "5.x"):
        add_distribution(site, "traitlets", version)
    add_distribution(tmp_path / "base", "traitlets", "9.0")
    add_distribution(tmp_path / "base", "six", "1.16.0")
    found = Installed([str(site), str(tmp_path / "base"), str(site), str(tmp_path / "absent")])
    assert {name: each.version for name, each in found.items()} == {"traitlets": "5.10.0", "six": "1.16.0"}


def test_what_an_uninstallation_left_counts_for_nothing(site: Path) -> None:
    (site / "traitlets-5.9.0.dist-info").mkdir()
    write(site / "~raitlets-4.3.3.dist-info" / "METADATA", "Name: traitlets\nVersion: 4.3.3\n")
    found = Installed([str(site)])
    assert "traitlets" not in found
    assert list(found) == ["~raitlets"]
    with pytest.raises(KeyError):
        found.with_modules("traitlets")
    add_distribution(site, "traitlets", "4.3.2")
    assert Installed([str(site)])["traitlets"].version == "4.3.2"


def test_its_place_is_known_also_when_it_is_gone_since_it_was_read(site: Path) -> None:
    add_distribution(site, "thing", "1.0")
    place = site / "thing-1.0.dist-info"
    found = Installed([str(site)])
    assert found["thing"].version == "1.0"
    shutil.rmtree(place)
    assert found.place("thing") == str(place)


def test_a_fifo_and_a_folder_in_the_place_of_metadata_are_passed_over(site: Path) -> None:
    (site / "one-1.0.dist-info").mkdir()
    os.mkfifo(site / "one-1.0.dist-info" / "METADATA")
    (site / "two-1.0.dist-info" / "METADATA").mkdir(parents=True)
    os.mkfifo(site / "three-1.0.egg-info")
    assert dict(Installed([str(site)])) == {}


def test_without_a_version_it_is_unknown(site: Path) -> None:
    write(site / "odd-1.0.dist-info" / "METADATA", "")
    assert only(site) == Metadata("odd", None)


def test_modules_are_told_by_top_level_txt(site: Path) -> None:
    add_distribution(site, "python-dateutil", "2.9.0")
    write(site / "python_dateutil-2.9.0.dist-info" / "top_level.txt", "dateutil\n")
    assert installed([str(site)])["python-dateutil"].modules == ("dateutil",)


def test_modules_are_otherwise_those_of_the_files(site: Path) -> None:
    add_distribution(site, "several", "1.0")
    files = [
        "several-1.0.dist-info/METADATA,sha256=x,10",
        "../../../bin/several,sha256=x,10",
        "__pycache__/single.cpython-312.pyc,,",
        "single.py,sha256=x,10",
        "_fast.cpython-312-x86_64-linux-gnu.so,sha256=x,10",
        '"package/a,b.py",sha256=x,10',
        "package/data/table.csv,sha256=x,10",
        "backports/several/__init__.py,sha256=x,10",
        "several-1.0.data/scripts/several.py,sha256=x,10",
        "several-stubs/__init__.pyi,sha256=x,10",
        "several.pth,sha256=x,10",
        "folder/",
        "",
    ]
    write(site / "several-1.0.dist-info" / "RECORD", "\n".join(files))
    assert installed([str(site)])["several"].modules == ("single", "_fast", "package", "backports")


def test_modules_are_at_last_called_like_the_package(site: Path) -> None:
    add_distribution(site, "matplotlib-inline", "0.1.7")
    assert installed([str(site)])["matplotlib-inline"].modules == ("matplotlib_inline",)


@pytest.mark.parametrize(
    "path", ["zmq.py", "zmq.cpython-312-x86_64-linux-gnu.so", "zmq.pyc", "zmq/__init__.py", "zmq/__init__.pyc"]
)
def test_what_has_no_metadata_is_of_an_unknown_version(site: Path, path: str) -> None:
    overlay = {name: Distribution(name, "9.0", (), (module,)) for name, module in (("pyzmq", "zmq"), ("six", "six"))}
    write(site / path)
    assert dict(distributions.visible([str(site)], overlay)) == {"pyzmq": Metadata("pyzmq", None)}


@pytest.mark.parametrize(
    "path", ["zmq/__pycache__/__init__.cpython-312.pyc", "zmq/backend/__init__.py", "zmq.txt", "zmq"]
)
def test_a_folder_that_hides_nothing_is_nothing(site: Path, path: str) -> None:
    write(site / path)
    assert dict(distributions.visible([str(site)], {"pyzmq": Distribution("pyzmq", "9.0", (), ("zmq",))})) == {}


def test_with_metadata_it_is_known(site: Path) -> None:
    add_distribution(site, "six", "1.16.0")
    found = distributions.visible([str(site)], {"six": Distribution("six", "1.17.0", (), ("six",))})
    assert dict(found) == {"six": Metadata("six", "1.16.0")}


def test_an_overlays_description_is_what_it_was_made_from(tmp_path: Path) -> None:
    told = Distribution("pyzmq", "27.0", ("cffi",), ("zmq",))
    assert Distribution.from_json(told.as_json()) == told
    write(
        tmp_path / "overlay.json", '{"distributions": [{"name": "six", "version": "1", "requires": [], "modules": []}]}'
    )
    assert distributions.of_overlay(str(tmp_path)) == {"six": Distribution("six", "1")}


@pytest.mark.parametrize(
    "text", [None, "", "7", "{}", '{"distributions": [7]}', '{"distributions": 7}', "[" * 100_000, "\udcff"]
)
def test_a_damaged_description_is_empty(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        write(tmp_path / "overlay.json", text)
    assert distributions.of_overlay(str(tmp_path)) == {}


def test_the_folders_of_an_environment_are_those_that_it_imports_from(home: Path, python: Path) -> None:
    prefix = make_environment(home / "shop" / ".venv", python)
    write(site_of(prefix) / "here.pth", f"{home}/code\nimport os\n")
    assert distributions.folders_of(read(prefix, home)) == [str(site_of(prefix)), f"{home}/code"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100, deadline=None)
@given(st.binary(max_size=200), st.binary(max_size=200), st.binary(max_size=200))
def test_nothing_that_stands_in_there_raises(site: Path, metadata: bytes, requires: bytes, record: bytes) -> None:
    for kind, name in (("x-1.dist-info", "METADATA"), ("y-1.egg-info", "PKG-INFO")):
        (site / kind).mkdir(exist_ok=True)
        (site / kind / name).write_bytes(b"Version: " + metadata)
        (site / kind / "requires.txt").write_bytes(requires)
        (site / kind / "RECORD").write_bytes(record)
    assert set(installed([str(site)])) == {"x", "y"}
