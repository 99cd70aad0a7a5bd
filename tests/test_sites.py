"""What lies in site-packages: which ipykernel counts, and what Python runs at start."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_envs import sites
from tests.folders import (
    add_ipykernel,
    make_environment,
    read,
    site_of,
    write,
)


def test_leftovers_of_ipykernel_are_no_ipykernel(home: Path, python: Path) -> None:
    prefix = make_environment(home / ".venv", python)
    add_ipykernel(site_of(prefix))
    (site_of(prefix) / "ipykernel_launcher.py").unlink()
    assert sites.ipykernel(read(prefix, home)) is None


def test_of_several_leftover_versions_the_newest_counts(home: Path, python: Path) -> None:
    prefix = make_environment(home / ".venv", python)
    for version in ("6.9.1", "6.10.0", "6.x"):
        add_ipykernel(site_of(prefix), version)
    write(site_of(prefix) / "ipykernel-²-x.dist-info" / "METADATA")
    assert sites.ipykernel(read(prefix, home)) == "6.10.0"


def test_without_metadata_the_source_tells_the_version(home: Path, python: Path) -> None:
    prefix = make_environment(home / ".venv", python)
    write(site_of(prefix) / "ipykernel_launcher.py")
    assert sites.ipykernel(read(prefix, home)) == "unknown"
    write(site_of(prefix) / "ipykernel" / "_version.py", '"""x"""\n__version__ = "6.29.5"\n')
    assert sites.ipykernel(read(prefix, home)) == "6.29.5"


@pytest.mark.parametrize("file", ["__editable__.ipykernel.pth", "ipykernel.egg-link"])
def test_an_editable_ipykernel_is_followed(home: Path, python: Path, file: str) -> None:
    prefix = make_environment(home / ".venv", python)
    source = home / "src" / "ipykernel"
    write(source / "ipykernel_launcher.py")
    write(source / "ipykernel" / "_version.py", '__version__ = "7.5.0.dev0"\n')
    write(site_of(prefix) / file, f"# a comment\n\n{source}\n../\n")
    assert sites.ipykernel(read(prefix, home)) == "7.5.0.dev0"
    write(site_of(prefix) / "ipykernel-7.5.0.dist-info" / "METADATA")
    assert sites.ipykernel(read(prefix, home)) == "7.5.0"


def test_an_import_line_is_never_run(home: Path, python: Path) -> None:
    prefix = make_environment(home / ".venv", python)
    mark = home / "ran"
    write(site_of(prefix) / "x.pth", f"import os; open({str(mark)!r}, 'w')\nimport\tos\n")
    assert sites.ipykernel(read(prefix, home)) is None
    assert not mark.exists()


def test_an_editable_ipykernel_of_an_old_pip_tells_its_version_beside_its_source(home: Path, python: Path) -> None:
    prefix = make_environment(home / ".venv", python)
    source = home / "src" / "ipykernel"
    write(source / "ipykernel_launcher.py")
    write(
        source / "ipykernel.egg-info" / "PKG-INFO", "Metadata-Version: 1.0\nName: ipykernel\nVersion: 6.1.0\n\nText\n"
    )
    write(site_of(prefix) / "ipykernel.egg-link", f"{source}\n.\n")
    assert sites.ipykernel(read(prefix, home)) == "6.1.0"


def test_files_that_python_runs_at_start_are_known(home: Path, python: Path) -> None:
    site = site_of(make_environment(home / ".venv", python))
    for name in ("a.pth", "b.egg-link", "sitecustomize.py", "usercustomize.py", "c.py", "d.pth.bak"):
        write(site / name)
    (site / "sitecustomize").mkdir()
    found = {Path(path).name for path in sites.path_files(str(site))}
    assert found == {"a.pth", "b.egg-link", "sitecustomize.py", "usercustomize.py", "sitecustomize"}
