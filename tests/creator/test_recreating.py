"""An environment is made again with what it had; the old one goes only when the new one stands."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from jupyter_envs.creator import parking
from jupyter_envs.errors import NotFound, ToolFailed
from jupyter_envs.finder import Finder
from jupyter_envs.managers.base import Command, RemovalPlan
from jupyter_envs.settings import Settings
from tests.creator.changing import (
    environment_at,
    is_old,
    make_package,
    others,
    recreation_of,
    uv,
    version_of,
)
from tests.creator.scene import Told, listed, names_in
from tests.folders import add_distribution, make_base, make_environment, site_of, write

if TYPE_CHECKING:
    from pathlib import Path

    from jupyter_envs.host import Host

pytestmark = pytest.mark.skipif(os.name == "nt", reason="environments are not made on Windows")


def test_an_environment_is_made_again_with_its_packages_in_their_versions(host: Host, prefix: Path) -> None:
    number = prefix.stat().st_ino
    work = recreation_of(host, prefix)
    assert (work.kind, work.prefix) == ("recreate", prefix)
    assert work.tells[0].startswith(f"{prefix} will be made again by venv, on Python 3.")
    assert work.tells[0].endswith("with its 1 package.")
    environment = work.do(Told())
    assert environment is not None
    assert environment.prefix == prefix
    assert prefix.stat().st_ino != number
    assert not is_old(prefix)
    assert version_of(prefix, "six") == "1.15.0"
    assert names_in(prefix.parent) == [".venv", "requirements.txt"]
    assert listed(host) == [prefix]
    assert names_in(host.own_state_folder() / parking.NOTES) == []


def test_another_python_keeps_what_fits_it(host: Host, prefix: Path) -> None:
    other = others(host, prefix)[0]
    environment = recreation_of(host, prefix, other).do(Told())
    assert environment is not None
    assert environment.minor == other
    assert version_of(prefix, "six") == "1.15.0"


def test_versions_that_the_index_no_longer_has_are_replaced_and_lost_names_fail(host: Host, prefix: Path) -> None:
    site = site_of(prefix)
    add_distribution(site, "iniconfig", "0.0.999")
    add_distribution(site, "needs-it", "1.0", "this-package-does-not-exist-anywhere")
    one_place = {name: value for name, value in host.variables.items() if name != "PIP_FIND_LINKS"}
    host = replace(host, variables=one_place)
    with pytest.raises(ToolFailed, match="Choosing versions failed"):
        recreation_of(host, prefix).do(Told())  # nobody else needs `needs-it`, which is nowhere
    assert is_old(prefix)
    subprocess.run(["rm", "-r", site / "needs_it-1.0.dist-info"], check=True)
    recreation_of(host, prefix).do(Told())
    assert version_of(prefix, "iniconfig") != "0.0.999"


def test_a_dependency_that_is_gone_does_not_fail_what_no_longer_needs_it(host: Host, prefix: Path) -> None:
    add_distribution(site_of(prefix), "old-dependency-that-is-nowhere", "1.0")
    told = site_of(prefix) / "six-1.15.0.dist-info" / "METADATA"
    told.write_text(told.read_text().replace("\n\n", "\nRequires-Dist: old-dependency-that-is-nowhere\n\n", 1))
    report = Told()
    recreation_of(host, prefix).do(report)
    assert version_of(prefix, "six") == "1.15.0"
    assert report.warnings == [
        "Not in the new environment, as nothing in it needs them on this Python: old-dependency-that-is-nowhere."
    ]


def test_editable_packages_stay_as_they_were_also_those_inside(host: Host, prefix: Path, tmp_path: Path) -> None:
    own = make_package(tmp_path / "home" / "own", "own")
    inside = make_package(prefix / "src" / "inner", "inner")
    gone = make_package(tmp_path / "home" / "gone", "gone")
    for folder in (own, inside, gone):
        uv("pip", "install", "--python", prefix / "bin" / "python", "-e", folder)
    write(inside / "unsaved.txt", "mine")
    subprocess.run(["rm", "-r", gone], check=True)
    work = recreation_of(host, prefix)
    assert work.tells[-1] == f"gone is left out: it was installed from {gone}, which is gone."
    work.do(Told())
    told = json.loads((site_of(prefix) / "own-1.0.dist-info" / "direct_url.json").read_text())
    assert told == {"url": own.as_uri(), "dir_info": {"editable": True}}
    assert (prefix / "src" / "inner" / "unsaved.txt").read_text() == "mine"
    assert (site_of(prefix) / "inner-1.0.dist-info").exists()


def test_the_prompt_and_the_systems_packages_stay(host: Host, project: Path) -> None:
    prefix = project / ".venv"
    words = ["-m", "venv", "--without-pip", "--prompt", "it's", "--system-site-packages"]
    subprocess.run([sys.executable, *words, prefix], check=True)
    recreation_of(host, prefix).do(Told())
    config = (prefix / "pyvenv.cfg").read_text()
    assert "include-system-site-packages = true" in config
    assert "it's" in config


def test_a_lost_base_is_replaced_by_the_same_version(host: Host, prefix: Path) -> None:
    minor = environment_at(host, prefix).minor
    (prefix / "bin" / "python").unlink()
    (prefix / "bin" / "python").symlink_to(f"/gone/python{minor}")
    environment = recreation_of(host, prefix).do(Told())
    assert environment is not None
    assert environment.minor == minor
    assert environment.state != "broken"
    assert version_of(prefix, "six") == "1.15.0"


def test_a_version_that_is_nowhere_is_replaced_by_what_the_project_allows(host: Host, project: Path) -> None:
    prefix = make_environment(project / ".venv", make_base(host.home / "base", "3.7.9"))
    add_distribution(site_of(prefix), "six", "1.15.0")
    (prefix / "bin" / "python").unlink()
    known = Finder(host, Settings()).interpreters()
    if any(one.version.startswith("3.7") for one in known):
        host = replace(host, variables={**host.variables, "PYENV_ROOT": "/nowhere"})
        known = Finder(host, Settings()).interpreters()
    assert recreation_of(host, prefix).making.request.python == known[0]
    write(project / "pyproject.toml", '[project]\nrequires-python = "<3"\n')
    with pytest.raises(NotFound) as refusal:
        recreation_of(host, prefix)
    assert refusal.value.fix == "Install one: jupyter envs pythons install 3.7"


def test_a_python_that_is_not_there_is_told(host: Host, prefix: Path) -> None:
    with pytest.raises(NotFound, match=r"9\.9"):
        recreation_of(host, prefix, "9.9")
    assert is_old(prefix)


def test_what_is_its_persons_own_is_carried_over(host: Host, prefix: Path) -> None:
    write(prefix / "bin" / "postactivate", "echo mine\n").chmod(0o755)
    work = replace(recreation_of(host, prefix), removal=RemovalPlan(carried=("bin/postactivate", "bin/absent")))
    work.do(Told())
    assert (prefix / "bin" / "postactivate").read_text() == "echo mine\n"
    assert os.access(prefix / "bin" / "postactivate", os.X_OK)


def test_where_the_new_one_lies_elsewhere_the_old_one_goes_after_it(host: Host, prefix: Path) -> None:
    from jupyter_envs import pins
    from jupyter_envs.managers.scene import Scene

    work, other = recreation_of(host, prefix), prefix.with_name("env")
    shell = tuple(replace(one, words=(*one.words[:-1], str(other))) for one in work.making.plan.shell)
    plan = replace(work.making.plan, prefix=other, shell=shell)
    making = replace(work.making, prefix=other, plan=plan)
    pins.change(host, prefix, pins.Mark.PIN, on=True)
    note = write(prefix.parent / "note", str(prefix / "bin" / "python"))
    broken = replace(making, plan=replace(plan, commands=(Command(("/bin/false",), prefix.parent, "Failing"),)))
    with pytest.raises(ToolFailed):
        replace(work, making=broken).do(Told())
    assert is_old(prefix)
    assert not other.exists()
    environment = replace(work, making=making, removal=RemovalPlan(notes=(note,))).do(Told())
    assert environment is not None
    assert environment.prefix == other
    assert not prefix.exists()
    assert not note.exists()
    assert version_of(other, "six") == "1.15.0"
    assert pins.read(Scene(host)).pinned == {other}
