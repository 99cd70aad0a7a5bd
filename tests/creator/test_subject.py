"""What may not be removed or changed is left as it is, and the reason is told."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from jupyter_envs.creator import removing, subject
from jupyter_envs.errors import NotFound, Occupied, Refused
from jupyter_envs.host import Host
from jupyter_envs.settings import Settings
from tests.creator.changing import environment_at, made_by_hand, means_of, removal_of
from tests.creator.scene import Told, creator_of, finder_of
from tests.folders import make_base, make_conda, write

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(os.name == "nt", reason="environments are not removed on Windows")


@pytest.fixture
def prefix(project: Path) -> Path:
    return made_by_hand(project / ".venv")


def test_it_can_be_switched_off(host: Host, prefix: Path) -> None:
    with pytest.raises(Refused, match="switched off"):
        removal_of(host, prefix, Settings(allow_remove=False))


def test_windows_says_no(host: Host, prefix: Path) -> None:
    environment = environment_at(host, prefix)
    with pytest.raises(Refused, match="not changed on Windows"):
        creator_of(replace(host, platform="win32")).prepare_removal(environment)


def test_what_is_gone_or_no_environment_is_told(host: Host, prefix: Path) -> None:
    environment = environment_at(host, prefix)
    (prefix / "pyvenv.cfg").unlink()
    with pytest.raises((NotFound, Refused)):
        creator_of(host).prepare_removal(environment)
    shutil.rmtree(prefix)
    with pytest.raises(NotFound, match="There is no environment at"):
        creator_of(host).prepare_removal(environment)


def test_base_interpreters_are_never_removed(host: Host, tmp_path: Path) -> None:
    base = tmp_path / "home" / "python"
    make_base(base)
    with pytest.raises(Refused, match="is a Python itself"):
        removal_of(host, base)


def test_environments_of_conda_are_left_to_conda(host: Host) -> None:
    prefix = make_conda(host.home / "miniconda3" / "envs" / "shop")
    with pytest.raises(Refused, match=r"conda"):
        removal_of(host, prefix)
    assert (prefix / "conda-meta").exists()


def test_what_jupyter_runs_on_is_never_removed(host: Host, prefix: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "prefix", str(prefix))
    with pytest.raises(Refused, match="is what Jupyter itself runs on"):
        removal_of(host, prefix)


@pytest.mark.parametrize("name", ["pyproject.toml", "analysis.ipynb", "results/a.csv", ".git/HEAD", ".env"])
def test_an_environment_that_holds_its_persons_own_things_is_left(host: Host, prefix: Path, name: str) -> None:
    write(prefix / name)
    with pytest.raises(Refused, match=r"also holds what no tool put there: "):
        removal_of(host, prefix)


def test_at_most_three_of_them_are_named(host: Host, prefix: Path) -> None:
    for number in range(5):
        write(prefix / f"{number}.ipynb")
    with pytest.raises(Refused, match=r"0\.ipynb, 1\.ipynb, 2\.ipynb and 2 more\. Move that elsewhere first\."):
        removal_of(host, prefix)


def test_what_a_package_put_at_its_top_is_no_strangers(host: Host, prefix: Path) -> None:
    write(prefix / "LICENSE.txt")
    (site,) = (prefix / "lib").glob("python*/site-packages")
    write(site / "it-1.0.dist-info" / "RECORD", "it.py,,\n../../../LICENSE.txt,sha256=x,1\n")
    removal_of(host, prefix)


def test_what_came_after_it_was_decided_is_left_too(host: Host, prefix: Path) -> None:
    work = removal_of(host, prefix)
    write(prefix / "analysis.ipynb")
    with pytest.raises(Refused, match="has changed meanwhile"):
        work.do(Told())
    assert (prefix / "analysis.ipynb").exists()


def test_an_environment_that_holds_the_home_or_a_root_is_left(host: Host, prefix: Path) -> None:
    (prefix / "home").mkdir()
    for within in (Host(prefix / "home", host.variables, uid=host.uid), host):
        settings = Settings(roots=(str(prefix / "home"),)) if within is host else Settings()
        found = environment_at(host, prefix)
        with pytest.raises(Refused, match=r"holds .*home\."):
            removing.decide(means_of(within, settings), found)


def test_what_holds_a_mounted_disk_is_left(host: Host, prefix: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from jupyter_envs.mounts import Mounts

    monkeypatch.setattr(Host, "mounts", lambda _self: Mounts({str(prefix / "disk"): "ext4"}))
    with pytest.raises(Refused, match="is a mounted disk"):
        removal_of(host, prefix)


def test_what_lies_outside_of_the_allowed_folders_is_left(host: Host, tmp_path: Path, prefix: Path) -> None:
    outside = made_by_hand(tmp_path / "outside")
    with pytest.raises(Refused, match="is outside of the folders for environments"):
        removal_of(host, outside)
    (host.home / "link").symlink_to(outside)
    with pytest.raises(Refused, match="is outside of the folders for environments"):
        removal_of(host, outside)
    found = finder_of(host).inspect(outside)
    assert found is not None
    removing.decide(means_of(host), found).do(Told())  # a person in a terminal may
    assert not outside.exists()
    with pytest.raises(Refused, match="'create_roots'"):
        removal_of(host, prefix, Settings(create_roots=(str(tmp_path / "home" / "envs"),)))


def test_somebody_elses_environment_is_left(host: Host, prefix: Path) -> None:
    if os.getuid() != 0:
        pytest.skip("only root can give files away")
    os.chown(prefix, 12345, 12345)
    with pytest.raises(Refused):
        removal_of(host, prefix)
    os.chown(prefix, 0, 0)
    prefix.chmod(0o777)
    with pytest.raises(Refused, match="Ask its owner"):
        removal_of(host, prefix)


def test_what_a_trusted_owner_keeps_is_theirs_to_remove(host: Host, prefix: Path) -> None:
    if os.getuid() != 0:
        pytest.skip("only root can give files away")
    for path in (prefix, *prefix.rglob("*")):
        os.chown(path, 12345, 12345, follow_symlinks=False)
    settings = Settings(trusted_owners=("12345",))
    environment = finder_of(host, settings).inspect(prefix)
    assert environment is not None
    with pytest.raises(Refused, match=r"belongs to 12345\. Ask 12345"):
        creator_of(host, settings).prepare_removal(environment)


def test_a_managers_environment_that_the_lists_leave_out_is_removed_all_the_same(host: Host, prefix: Path) -> None:
    environment = environment_at(host, prefix)
    work = creator_of(host, Settings(managers=("poetry",))).prepare_removal(environment)
    work.do(Told())
    assert not prefix.exists()


def test_what_the_system_refuses_is_told_in_words(host: Host, prefix: Path) -> None:
    found = subject.afresh(means_of(host), environment_at(host, prefix))
    with (
        pytest.raises(Refused, match=r"could not be changed: Read-only file system\. Do it where"),
        subject.in_words(found),
    ):
        raise OSError(30, os.strerror(30))


def test_one_that_became_another_since_it_was_shown_is_left(host: Host, prefix: Path) -> None:
    shown = environment_at(host, prefix)
    creator_of(host).prepare_removal(replace(shown, problems=(), stamp=""))
    write(next(prefix.glob("lib/*/site-packages")) / "new.py")
    for decide in (creator_of(host).prepare_removal, creator_of(host).prepare_recreation):
        with pytest.raises(Occupied, match=r"has changed meanwhile\. Look at it again, then decide\."):
            decide(shown)
    creator_of(host).prepare_removal(replace(environment_at(host, prefix), display_name="old", revision="old"))
