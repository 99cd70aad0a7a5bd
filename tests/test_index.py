"""The index: what it remembers is told again only while it holds, and never instead of the truth."""

from __future__ import annotations

import json
import os
import shutil
import sys
import zlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any

import pytest

from jupyter_envs import index as module
from jupyter_envs import index_key
from jupyter_envs.finder import Finder
from jupyter_envs.index import Index
from jupyter_envs.managers.base import Sighting
from jupyter_envs.mounts import Mounts
from jupyter_envs.settings import Settings
from jupyter_envs.snapshot import Snapshot, Walked
from tests.folders import make_environment, make_kernel_environment, make_poetry_project, poetry_hash

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from jupyter_envs.host import Host

NO_MOUNTS = Mounts({})
LONG_AGO = 1_600_000_000


@pytest.fixture
def finder(host: Host) -> Finder:
    return Finder(host, Settings())


@pytest.fixture
def shop(home: Path, python: Path) -> Path:
    make_poetry_project(home / "shop")
    return make_kernel_environment(home / "shop" / ".venv", python)


def age(*tops: Path) -> None:
    """Make everything look as if it had not changed for years."""
    for top in tops:
        for folder, _, names in os.walk(top):
            for name in (*names, "."):
                os.utime(f"{folder}/{name}", (LONG_AGO, LONG_AGO), follow_symlinks=False)


def remembered(finder: Finder, index: Index) -> Snapshot:
    """What a walk found, put into the index."""
    age(finder.host.home.parent)
    snapshot = finder.scan(kept=index)
    assert index.save(snapshot)
    return snapshot


def kept_file(finder: Finder) -> Path:
    return next(finder.host.own_cache_folder().glob("environments-*"))


def test_what_is_remembered_is_what_was_told(finder: Finder, shop: Path, home: Path, python: Path) -> None:
    make_environment(home / "gone" / os.fsdecode(b"sh\xffp") / "venv", python)
    snapshot = remembered(finder, finder.index())
    known = finder.index().load()
    assert known is not None
    assert known.holds(NO_MOUNTS)
    assert known.is_whole
    assert json.loads(module.answer(known.head, known.environments)) == snapshot.as_json()
    again = known.snapshot()
    assert again.as_json() == snapshot.as_json()
    assert again.walked == snapshot.walked
    assert [one.revision for one in again.environments] == [one.revision for one in snapshot.environments]
    assert shop in {one.prefix for one in again.environments}


def test_nothing_is_remembered_at_first_and_after_forgetting(finder: Finder, shop: Path) -> None:
    assert finder.index().load() is None
    remembered(finder, finder.index())
    finder.index().forget()
    assert finder.index().load() is None
    assert shop.exists()


def test_an_empty_listing_is_remembered_too(finder: Finder, home: Path) -> None:
    home.chmod(0o755)
    remembered(finder, finder.index())
    known = finder.index().load()
    assert known is not None
    assert json.loads(module.answer(known.head, known.environments))["environments"] == []


CHANGES: dict[str, Callable[[Path, Path], object]] = {
    "ipykernel removed": lambda home, _: shutil.rmtree(next((home / "shop/.venv/lib").glob("*/site-packages"))),
    "interpreter removed": lambda home, _: (home / "shop/.venv/bin/python").unlink(),
    "configuration changed": lambda home, _: (home / "shop/.venv/pyvenv.cfg").write_text("home = /usr/bin\n"),
    "environment removed": lambda home, _: shutil.rmtree(home / "shop/.venv"),
    "project removed": lambda home, _: shutil.rmtree(home / "shop"),
    "lock file removed": lambda home, _: (home / "shop/poetry.lock").unlink(),
    "project renamed in its file": lambda home, _: (home / "shop/pyproject.toml").write_text("[project]\nname = 'x'\n"),
    "made in the project": lambda home, python: make_environment(home / "shop" / "second", python),
    "made beside it": lambda home, python: make_environment(home / "next" / ".venv", python),
    "made in a central folder": lambda home, python: make_environment(home / ".virtualenvs" / "science", python),
    "made in Poetry's": lambda home, python: make_environment(
        home / ".cache/pypoetry/virtualenvs" / f"shop-{poetry_hash(home / 'shop')}-py3.12", python
    ),
    "base upgraded": lambda _, python: python.write_text("another Python"),
    "a shell file exports": lambda home, _: (home / ".bashrc").write_text("export WORKON_HOME=~/envs\n"),
    "Poetry is configured": lambda home, _: write_poetry_settings(home),
}


def write_poetry_settings(home: Path) -> None:
    (home / ".config" / "pypoetry").mkdir(parents=True)
    (home / ".config/pypoetry/config.toml").write_text("[virtualenvs]\nin-project = false\n", "utf-8")


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_whatever_a_listing_rests_on_is_noticed(
    finder: Finder, shop: Path, home: Path, python: Path, change: Callable[[Path, Path], object]
) -> None:
    central = make_environment(
        home / ".cache/pypoetry/virtualenvs" / f"shop-{poetry_hash(home / 'shop')}-py3.11", python
    )
    make_environment(home / ".virtualenvs" / "plain", python)
    remembered(finder, finder.index())
    known = finder.index().load()
    assert known is not None
    assert known.holds(NO_MOUNTS)
    assert {shop, central} <= {one.prefix for one in known.snapshot().environments}
    change(home, python)
    assert not known.holds(NO_MOUNTS)
    fresh = Finder(finder.host, finder.settings)
    kept = known.snapshot()
    assert fresh.refresh(kept.walked, kept.environments).environments == fresh.scan().environments


def test_what_does_not_matter_changes_nothing(finder: Finder, shop: Path, home: Path) -> None:
    remembered(finder, finder.index())
    (home / "shop" / "notes.txt").write_text("x")
    (home / "letter.txt").write_text("x")
    known = finder.index().load()
    assert known is not None
    assert known.holds(NO_MOUNTS)
    assert shop.exists()


def rewritten(path: Path, old: bytes, new: bytes) -> None:
    """The content changed by somebody who knows how to write it."""
    content = path.read_bytes().partition(b"\n")[2]
    assert old in content
    content = content.replace(old, new, 1)
    path.write_bytes(b"%08x\n%s" % (zlib.crc32(content), content))


def instead_of(path: Path) -> Path:
    """The path, with what was there moved away."""
    path.rename(path.with_name("moved"))
    return path


DAMAGES: dict[str, Callable[[Path], object]] = {
    "empty": lambda path: path.write_bytes(b""),
    "cut": lambda path: path.write_bytes(path.read_bytes()[:-20]),
    "one bit": lambda path: path.write_bytes(path.read_bytes().replace(b'"venv"', b'"vemv"')),
    "another version": lambda path: rewritten(path, b'"by": "', b'"by": "9'),
    "a damaged head": lambda path: path.write_bytes(path.read_bytes().replace(b'"complete"', b'"cXmplete"', 1)),
    "a damaged list of mounts": lambda path: path.write_bytes(
        path.read_bytes().replace(b'"touched": {}', b'"touched": 3', 1)
    ),
    "another format": lambda path: rewritten(path, b'"format": %d' % module.FORMAT, b'"format": 9999'),
    "no object": lambda path: path.write_bytes(b"[]\n\n\n"),
    "binary": lambda path: path.write_bytes(os.urandom(4096)),
    "deep": lambda path: path.write_bytes(b"[" * 100_000),
    "a folder": lambda path: instead_of(path).mkdir(),
    "a FIFO": lambda path: os.mkfifo(instead_of(path)),
    "a link": lambda path: instead_of(path).symlink_to("moved"),
    "others may write": lambda path: path.chmod(0o666),
    "vanished": lambda path: path.unlink(),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_an_index_that_cannot_be_believed_counts_as_absent(
    finder: Finder, home: Path, python: Path, damage: Callable[[Path], object]
) -> None:
    make_environment(home / "shop" / "venv", python)
    snapshot = remembered(finder, finder.index())
    damage(kept_file(finder))
    index = finder.index()
    assert index.load() is None
    assert index.changed() is None
    saved = index.save(snapshot)
    assert (finder.index().load() is not None) == saved
    assert saved or kept_file(finder).is_dir()


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a file to somebody else")
def test_an_index_of_somebody_else_is_not_believed_and_is_replaced(finder: Finder, shop: Path) -> None:
    snapshot = remembered(finder, finder.index())
    os.chown(kept_file(finder), 65534, 65534)
    assert finder.index().load() is None
    assert finder.index().save(snapshot)
    assert finder.index().load() is not None
    assert shop.exists()


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a folder to somebody else")
def test_nothing_is_kept_in_a_folder_of_somebody_else(finder: Finder, shop: Path) -> None:
    folder = finder.host.own_cache_folder()
    folder.mkdir(parents=True)
    os.chown(folder, 65534, 65534)
    index = finder.index()
    assert not index.save(finder.scan(kept=index))
    assert index.folder_times() is None
    assert list(folder.iterdir()) == []
    assert shop.exists()


def test_without_a_folder_to_write_to_all_is_found_and_nothing_kept(finder: Finder, shop: Path, home: Path) -> None:
    (home / ".cache").write_text("no folder")
    index = finder.index()
    snapshot = finder.scan(kept=index)
    assert [one.prefix for one in snapshot.environments] == [shop]
    assert not index.save(snapshot)
    assert index.load() is None
    nothing = Index(None, index.key, 0)
    assert (nothing.load(), nothing.save(snapshot), nothing.folder_times()) == (None, False, None)


def test_the_folder_and_its_files_are_for_oneself(finder: Finder, shop: Path) -> None:
    remembered(finder, finder.index())
    folder = finder.host.own_cache_folder()
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    assert shop.exists()


def test_two_writers_lose_nothing_of_each_other(finder: Finder, shop: Path, home: Path, python: Path) -> None:
    ours, theirs = finder.index(), finder.index()
    before = remembered(finder, ours)
    theirs.load()
    late = make_environment(home / "deep" / "down" / "venv", python)
    assert theirs.save(finder.refresh(before.walked.joined(Walked(sightings=(Sighting(late, "them"),)))))
    assert ours.save(before)
    known = finder.index().load()
    assert known is not None
    assert not known.holds(NO_MOUNTS)
    merged = finder.refresh(known.walked())
    assert {one.prefix for one in merged.environments} == {shop, late}
    assert known.snapshot().rests is None


def test_what_others_wrote_is_told_until_it_was_read(finder: Finder, shop: Path) -> None:
    ours, theirs = finder.index(), finder.index()
    snapshot = remembered(finder, ours)
    assert ours.changed() is None
    assert theirs.load() is not None
    assert theirs.save(replace(snapshot, complete=False))
    assert theirs.changed() is None
    assert (found := ours.changed()) is not None
    assert not found.is_whole
    assert ours.load() is not None
    assert ours.changed() is None
    assert shop.exists()


def test_what_was_merged_while_writing_is_told_to_the_writer_too(finder: Finder, shop: Path, home: Path) -> None:
    ours, theirs = finder.index(), finder.index()
    snapshot = remembered(finder, ours)
    theirs.load()
    other = Walked(sightings=(Sighting(home / "other", "them"),))
    assert theirs.save(replace(snapshot, walked=snapshot.walked.joined(other)))
    assert ours.save(snapshot)
    assert (found := ours.changed()) is not None
    assert home / "other" in {sighting.prefix for sighting in found.walked().sightings}
    assert shop.exists()


def _write_often(folder: str, key: str, told: dict[str, object], walked: dict[str, object], number: int) -> None:
    from pathlib import Path

    index = Index(Path(folder), key, os.getuid())
    for turn in range(30):
        sighting = Sighting(Path(f"/somewhere/{number}/{turn}"), "test")
        saw = Walked.from_json(walked).joined(Walked(sightings=(sighting,)))
        assert index.save(Snapshot.from_json(told, saw, None))


def test_many_writers_at_once_leave_one_whole_index_with_everything(finder: Finder, shop: Path) -> None:
    snapshot = remembered(finder, finder.index())
    folder, key = finder.host.own_cache_folder(), finder.index().key
    context = get_context("spawn")
    told, walked = snapshot.as_json(), snapshot.walked.as_json()
    writers = [
        context.Process(target=_write_often, args=(str(folder), key, told, walked, number)) for number in range(3)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0, 0, 0]
    known = finder.index().load()
    assert known is not None
    assert len(known.walked().sightings) == len(snapshot.walked.sightings) + 90
    assert sorted(path.name.partition("-")[0] for path in folder.iterdir()) == ["environments", "folders", "lock"]
    assert shop.exists()


def test_of_two_walks_the_later_counts_and_what_either_saw_is_kept(home: Path) -> None:
    now = datetime.now(UTC)
    one, two = Sighting(home / "one", "walk"), Sighting(home / "two", "walk")
    earlier = Walked(sightings=(one,), complete=True, ended=now - timedelta(hours=1), roots=(home,))
    later = Walked(sightings=(two,), complete=False, ended=now)
    for joined in (earlier.joined(later), later.joined(earlier)):
        assert (joined.complete, joined.ended, joined.roots) == (False, now, ())
        assert set(joined.sightings) == {one, two}
    assert Walked().joined(earlier).ended == earlier.ended


def test_left_over_files_and_old_indexes_are_tidied_away(finder: Finder, shop: Path) -> None:
    folder = finder.host.own_cache_folder()
    folder.mkdir(parents=True, mode=0o700)
    for number in range(40):
        for kind in ("environments", "folders", "lock"):
            (folder / f"{kind}-{number:016x}").touch(mode=0o600)
            os.utime(folder / f"{kind}-{number:016x}", (LONG_AGO + number, LONG_AGO + number))
    (folder / "environments-abc.123").touch()
    os.utime(folder / "environments-abc.123", (LONG_AGO, LONG_AGO))
    assert finder.index().save(finder.scan())
    names = {path.name for path in folder.iterdir()}
    assert "environments-abc.123" not in names
    assert len([name for name in names if name.startswith("environments-")]) == 32
    assert not {f"folders-{0:016x}", f"lock-{0:016x}"} & names
    assert f"folders-{39:016x}" in names
    assert shop.exists()


class Asked(dict[str, str]):
    """Variables that remember who was asked for."""

    def __init__(self, variables: dict[str, str]) -> None:
        super().__init__(variables)
        self.names: set[str] = set()

    def get(self, name: str, default: object = None) -> Any:  # noqa: ANN401 -- as a mapping's
        self.names.add(name)
        return super().get(name, default)


def test_every_variable_that_finding_asks_for_is_in_the_key(
    host: Host, home: Path, python: Path, shop: Path, tmp_path: Path
) -> None:
    make_environment(home / ".virtualenvs" / "science", python)
    for name in ("Pipfile", "uv.lock", "pdm.lock", "pixi.toml", "hatch.toml", ".python-version"):
        (home / "other" / name).parent.mkdir(exist_ok=True)
        (home / "other" / name).write_text("")
    asked = Asked({"JUPYTER_PLATFORM_DIRS": "0", "POETRY_VIRTUALENVS_PATH": str(tmp_path)})
    finder = Finder(replace(host, variables=asked), Settings())
    finder.resolve(shop)
    assert finder.scan().environments
    missing = {name for name in asked.names if not index_key.moves_a_folder(name)}
    assert missing <= {"PATH"}
    assert len(asked.names) > 20


@pytest.mark.parametrize(
    ("name", "matters"),
    [
        ("WORKON_HOME", True), ("POETRY_VIRTUALENVS_PATH", True), ("XDG_CACHE_HOME", True), ("JUPYTER_PATH", True),
        ("UV_PROJECT_ENVIRONMENT", True), ("CONDA_ENVS_PATH", True), ("CELLAR_HOME", True),
        ("POETRY_HTTP_BASIC_SHOP_PASSWORD", False), ("UV_INDEX_SHOP_PASSWORD", False), ("JUPYTER_TOKEN", False),
        ("JUPYTERHUB_API_TOKEN", False), ("XDG_SESSION_ID", False), ("EDITOR", False), ("JUPYTER_SERVER_URL", False),
        ("JUPYTER_SERVER_ROOT", False), ("DIRENV_DIR", False), ("PYENV_VIRTUAL_ENV", False), ("PYENV_DIR", False),
    ],
)  # fmt: skip
def test_the_key_is_of_variables_that_move_a_folder_and_of_no_secret(host: Host, name: str, *, matters: bool) -> None:
    changed = replace(host, variables={name: "/somewhere"})
    keys = {Finder(each, Settings()).index().key for each in (host, changed)}
    assert len(keys) == (2 if matters else 1)


def test_a_server_whose_root_is_the_home_and_a_terminal_share_an_index(host: Host) -> None:
    server = Finder(host, Settings(roots=(str(host.home),)))
    assert server.index().key == Finder(host, Settings()).index().key
    assert server.index().key != Finder(host, Settings(max_depth=3)).index().key
    assert server.index().key != Finder(host, Settings(roots=(str(host.home / "work"),))).index().key


def test_mounts_that_touch_nothing_known_may_come_and_go(finder: Finder, shop: Path, home: Path) -> None:
    remembered(finder, finder.index())
    known = finder.index().load()
    assert known is not None
    assert known.holds(Mounts({"/run/user/1000/gvfs": "fuse.gvfsd-fuse"}))
    assert not known.holds(Mounts({str(home): "nfs4"}))
    assert shop.exists()


def test_a_home_that_is_not_there_is_not_made(host: Host) -> None:
    nowhere = host.home / "nowhere"
    finder = Finder(replace(host, home=nowhere), Settings())
    assert not finder.index().save(finder.scan(kept=finder.index()))
    assert finder.index().load() is None
    assert not nowhere.exists()


def test_a_child_is_told_what_says_where_things_are_and_nothing_that_opens_something() -> None:
    names = "JUPYTERHUB_API_TOKEN JPY_API_TOKEN JUPYTER_TOKEN POETRY_HTTP_BASIC_X_PASSWORD AWS_SECRET_ACCESS_KEY"
    names += " UV_INDEX_X_PASSWORD MYSQL_PWD STRIPE_KEY DATABASE_URL PIP_INDEX_URL HTTP_PROXY"
    secret = dict.fromkeys(names.split(), "x")
    plain = {"HOME": "/home/user", "PATH": "/bin", "CELLAR_HOME": "/cellar", "POETRY_VIRTUALENVS_PATH": "/envs"}
    assert index_key.needed({**secret, **plain}) == plain


def test_a_package_that_is_installed_beside_us_may_bring_a_manager(
    finder: Finder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packages = tmp_path / "site-packages"
    packages.mkdir()
    monkeypatch.setattr(sys, "path", [*sys.path, str(packages)])
    remembered(finder, finder.index())
    known = finder.index().load()
    assert known is not None
    assert known.holds(NO_MOUNTS)
    (packages / "cellar-1.0.dist-info").mkdir()
    assert not known.holds(NO_MOUNTS)
