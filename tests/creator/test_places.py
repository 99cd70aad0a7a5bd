"""Environments lie where they may, also when somebody moves folders and links about while we work."""

from __future__ import annotations

import errno
import os
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jupyter_envs.creator.places import REQUIREMENTS_AT_MOST, Places, is_inside, make_folder, open_folder
from jupyter_envs.errors import BadRequest, NotFound, Outside, Refused
from jupyter_envs.settings import Settings
from tests.creator.scene import finder_of

if TYPE_CHECKING:
    from jupyter_envs.host import Host

pytestmark = pytest.mark.skipif(os.name == "nt", reason="environments are not made on Windows")


@pytest.fixture
def places(host: Host) -> Places:
    """Those of a server that shows the home."""
    return Places.of(finder_of(host), [host.home])


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """A folder beside the home, whose name begins as the home's does."""
    folder = tmp_path.resolve() / "home-of-another"
    folder.mkdir()
    return folder


def test_whole_names_decide_what_lies_inside() -> None:
    assert is_inside(Path("/a/b/c"), [Path("/a/b")])
    assert is_inside(Path("/a/b"), [Path("/a/b")])
    assert is_inside(Path("/a"), [Path("/")])
    assert not is_inside(Path("/a/bc"), [Path("/a/b")])
    assert not is_inside(Path("/a"), [Path("/a/b")])


def test_a_place_outside_is_refused(places: Places, host: Host, elsewhere: Path) -> None:
    (host.home / "link").symlink_to(elsewhere)
    for prefix in (elsewhere / "env", host.home / "link" / "env", Path("/env")):
        with pytest.raises(Outside, match="outside of the folders for environments"):
            places.prefix(prefix)


def test_a_link_is_told_only_where_one_leads_outside(places: Places, host: Host, elsewhere: Path) -> None:
    (host.home / "link").symlink_to(elsewhere)
    for ask, place in ((places.prefix, "env"), (places.project, ".")):
        with pytest.raises(Outside) as straight:
            ask(elsewhere / place)
        assert straight.value.message.startswith(f"{elsewhere / place} is outside of ")
        with pytest.raises(Outside) as led:
            ask(host.home / "link" / place)
        assert led.value.message.startswith(f"{host.home / 'link' / place} leads to {elsewhere / place}, which is outs")


def test_a_place_inside_is_told_by_its_real_path(places: Places, host: Host) -> None:
    (host.home / "real").mkdir()
    (host.home / "link").symlink_to("real")
    assert places.prefix(host.home / "link" / "env") == host.home / "real" / "env"
    assert places.prefix(host.home / "new" / "env") == host.home / "new" / "env"


@pytest.mark.parametrize("text", ["env", "../env", "/", "/home/../etc/env", "/a\n/env", "/a/e\0v", "/a/\x1b[2J"])
def test_what_is_no_place_is_refused(places: Places, text: str) -> None:
    with pytest.raises(BadRequest, match="cannot be the place"):
        places.prefix(Path(text))


def test_in_a_terminal_a_person_may_name_any_place(host: Host, elsewhere: Path) -> None:
    places = Places.of(finder_of(host), None)
    assert places.prefix(elsewhere / "env") == elsewhere / "env"
    assert places.project(elsewhere) == elsewhere


def test_the_tools_own_folders_are_allowed_though_they_lie_elsewhere(host: Host, elsewhere: Path) -> None:
    home = host.home / "notebooks"
    home.mkdir()
    given = {**host.variables, "WORKON_HOME": str(elsewhere / "envs"), "POETRY_VIRTUALENVS_PATH": str(elsewhere / "p")}
    places = Places.of(finder_of(type(host)(host.home, given, uid=host.uid)), [home])
    assert places.prefix(elsewhere / "envs" / "shop") == elsewhere / "envs" / "shop"
    assert places.prefix(elsewhere / "p" / "shop-12345678-py3.12").parent == elsewhere / "p"
    with pytest.raises(Refused):
        places.prefix(elsewhere / "shop")


@pytest.mark.parametrize("in_terminal", [False, True])
def test_the_setting_says_where_environments_may_lie_and_projects_may_lie_elsewhere(
    host: Host,
    elsewhere: Path,
    in_terminal: bool,  # noqa: FBT001 -- pytest gives it by its name
) -> None:
    finder = finder_of(host, Settings(create_roots=(str(elsewhere),)))
    places = Places.of(finder, None if in_terminal else [host.home])
    assert places.prefix(elsewhere / "env") == elsewhere / "env"
    assert places.project(host.home) == host.home
    assert places.project(elsewhere) == elsewhere
    with pytest.raises(Refused, match="'create_roots'"):
        places.prefix(host.home / "env")


def test_a_file_of_requirements_is_a_regular_one_inside(places: Places, host: Host, elsewhere: Path) -> None:
    good = host.home / "requirements.txt"
    good.write_text("six\n")
    (host.home / "link.txt").symlink_to(good)
    assert places.requirements(good) == good
    assert places.requirements(host.home / "link.txt") == good
    (elsewhere / "theirs.txt").write_text("six\n")
    (host.home / "theirs.txt").symlink_to(elsewhere / "theirs.txt")
    for outside in (elsewhere / "theirs.txt", host.home / "theirs.txt", Path("/etc/passwd")):
        with pytest.raises(Refused, match="outside of your folders"):
            places.requirements(outside)


def test_what_is_no_file_of_requirements_is_refused(places: Places, host: Host) -> None:
    os.mkfifo(host.home / "pipe")
    (host.home / "long.txt").write_text("#" * (REQUIREMENTS_AT_MOST + 1))
    for name, words in (("", "is not a file"), ("pipe", "is not a file"), ("long.txt", "longer than 1 MB")):
        with pytest.raises(BadRequest, match=words):
            places.requirements(host.home / name)
    for name in ("absent", "nul\0"):
        with pytest.raises(NotFound, match="There is no file"):
            places.requirements(host.home / name)


def test_a_link_on_the_way_is_not_followed(host: Host, elsewhere: Path) -> None:
    (host.home / "link").symlink_to(elsewhere)
    for folder in (host.home / "link", host.home / "link" / "deeper"):
        with pytest.raises(OSError, match="A link was put there meanwhile") as failure:
            make_folder(folder, host.home)
        assert failure.value.errno == errno.ELOOP
    assert list(elsewhere.iterdir()) == []


def test_a_file_on_the_way_is_told_as_the_system_does(host: Host) -> None:
    (host.home / "file").write_text("")
    with pytest.raises(NotADirectoryError):
        open_folder(host.home / "file" / "deeper")


def test_missing_folders_are_made_for_their_person_alone(host: Host) -> None:
    descriptor, made = make_folder(host.home / "a" / "b", host.home)
    os.close(descriptor)
    assert made == (host.home / "a", host.home / "a" / "b")
    assert (host.home / "a" / "b").stat().st_mode & 0o777 == 0o700


def test_nothing_is_made_above_the_folder_that_must_be_there(host: Host) -> None:
    with pytest.raises(FileNotFoundError):
        make_folder(host.home / "a" / "b", host.home / "a")
    assert list(host.home.iterdir()) == []


def test_what_was_made_on_the_way_goes_when_the_rest_cannot_be(host: Host) -> None:
    with pytest.raises(OSError, match="File name too long"):
        make_folder(host.home / "a" / ("x" * 300), host.home)
    assert list(host.home.iterdir()) == []


def test_the_root_of_all_folders_can_be_opened() -> None:
    descriptor = open_folder(Path("/"))
    try:
        assert os.path.samestat(os.fstat(descriptor), Path("/").stat())
    finally:
        os.close(descriptor)


def test_no_swap_of_a_folder_for_a_link_leads_outside(host: Host, elsewhere: Path) -> None:
    """Somebody puts a link to another folder in the place of one on the way, again and again."""
    inside, aside = host.home / "inside", host.home / "aside"
    inside.mkdir()
    stop = threading.Event()

    def swap() -> None:
        while not stop.is_set():
            inside.rename(aside)
            inside.symlink_to(elsewhere)
            inside.unlink()
            aside.rename(inside)

    thread = threading.Thread(target=swap)
    thread.start()
    tried = refused = 0
    end = time.monotonic() + 20
    try:
        while tried < 300 or (refused == 0 and time.monotonic() < end):
            tried += 1
            try:
                os.close(make_folder(inside / f"env{tried}", inside)[0])
            except OSError:
                refused += 1
    finally:
        stop.set()
        thread.join()
    assert list(elsewhere.iterdir()) == []
    assert refused > 0
